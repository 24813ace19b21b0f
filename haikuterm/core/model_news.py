"""One-line news of models: a price table that is old, a model that nears its end, a Haiku that is newer or cheaper."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from haikuterm.core.models import Catalogue, Model
from haikuterm.core.money import Rates

OLD = 90  # days after which a price table may be wrong
NEAR = 60  # days before its end of life from which on a model says so


def ageing(catalogue: Catalogue, today: date) -> str:
    """The line on a price table of more than 90 days, "" for a younger one."""
    days = (today - date.fromisoformat(catalogue.version)).days
    if days <= OLD:
        return ""
    return (
        f"The prices in this version of haikuterm are of {catalogue.version}, {days} days old. Update haikuterm, "
        "or put newer ones into models.toml in the settings folder."
    )


def ending(model: Model, today: date) -> str:
    """The line on a model that is retired or will be within 60 days, "" for any other."""
    if not model.retires:
        return (
            f"{model.id} is retired: requests for it fail. Choose another with /model."
            if model.note == "retired"
            else ""
        )
    days = (date.fromisoformat(model.retires) - today).days
    if days > NEAR:
        return ""
    if days < 0:
        return f"{model.alias} was retired on {model.retires}: requests for it may fail. Choose another with /model."
    left = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    return f"{model.alias} is retired on {model.retires}, {left}. Choose another with /model."


def better_haiku(current: Model, offered: Iterable[Model]) -> str:
    """The line on a Haiku among the offered ones that is newer or cheaper than the one in use, with both prices.

    "" where the model in use is none, or there is no better one. Nothing switches by itself.
    """
    if current.family != "haiku" or current.local:
        return ""
    others = [m for m in offered if m.family == "haiku" and m.id not in (current.id, current.snapshot)]
    for other in sorted(others, key=lambda m: m.released, reverse=True):
        words = [
            word for word, true in (("newer", _newer(other, current)), ("cheaper", _cheaper(other, current))) if true
        ]
        if words and other.alias != current.alias:
            return (
                f"{other.id} is {' and '.join(words)}: {rates_line(other)} per million tokens in/out, against "
                f"{rates_line(current)} of {current.id}. /model {other.alias} takes it; nothing switches by itself."
            )
    return ""


def _newer(one: Model, other: Model) -> bool:
    return bool(one.released and other.released) and one.released > other.released


def _cheaper(one: Model, other: Model) -> bool:
    """Whether a short prompt and its answer cost less."""
    if one.prices is None or other.prices is None:
        return False
    mine, theirs = one.prices.rates(0), other.prices.rates(0)
    return mine.input < theirs.input and mine.output < theirs.output


def rates_line(model: Model) -> str:
    """What a model costs, as in "$0.10/$0.50 (above 100,000 prompt tokens $0.50/$2.50)"; "unpriced" where unknown."""
    if model.local:
        return "free"
    if model.prices is None:
        return "unpriced"
    first, *more = model.prices.bands
    line, bound = _pair(first), first.up_to
    for band in more:
        line += f" (above {bound:,} prompt tokens {_pair(band)})"
        bound = band.up_to
    return line


def _pair(band: Rates) -> str:
    return f"${band.input}/${band.output}"
