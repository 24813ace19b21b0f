"""`haikuterm models`: all models with what they cost, take and hold, as text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, TextIO

from haikuterm.core.guard import visible_line
from haikuterm.core.model_news import ageing, better_haiku, ending, rates_line
from haikuterm.core.models import Model, catalogue

if TYPE_CHECKING:
    from haikuterm.engine.refreshing import Refreshed

COLUMNS = ("model", "id", "window", "answer", "thinks", "effort", "$/M in/out", "cache read")


async def run(
    current: Model, today: date, out: TextIO, refresh: Callable[[], Awaitable[Refreshed]] | None = None
) -> int:
    """Print the list; with `refresh` ask the endpoint first. Returns the exit code. Raises what `refresh` raises.

    current: the model in use.
    """
    models, kept = catalogue().models, ""
    if refresh is not None:
        known = {name for model in models for name in (model.id, model.snapshot)}
        done = await refresh()
        new = {model.id for model in done.offered} - known
        kept = f"The endpoint lists {len(done.offered)} models, {len(new)} of them new here. {done.kept}"
        models = catalogue().models
        offered: Sequence[Model] = done.offered
    else:
        offered = [model for model in models if model.listed]
    lines = [listing(models, today), kept, *news(current, offered, today)]
    print("\n".join(line for line in lines if line), file=out)
    return 0


def news(current: Model, offered: Sequence[Model], today: date) -> list[str]:
    """The lines below the list: old prices, a model near its end, a newer or cheaper Haiku."""
    return [
        line for line in (ageing(catalogue(), today), ending(current, today), better_haiku(current, offered)) if line
    ]


def listing(models: Sequence[Model], today: date) -> str:
    """The models as an aligned table, those that are retired left out; notes stand in a line below their model."""
    shown = [model for model in models if model.note != "retired" and not _gone(model, today)]
    rows = [COLUMNS, *(_row(model) for model in shown)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(COLUMNS, widths, strict=True)).rstrip()]
    for model, row in zip(shown, rows[1:], strict=True):
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        lines += [f"  {note}" for note in _notes(model)]
    lines.append(f"Prices: US dollars per million tokens, of {catalogue().version}.")
    return "\n".join(lines)


def _gone(model: Model, today: date) -> bool:
    return bool(model.retires) and date.fromisoformat(model.retires) < today


def _row(model: Model) -> tuple[str, ...]:
    first = model.prices.rates(0) if model.prices and not model.local else None
    return (
        visible_line(model.alias),
        visible_line(model.id),
        tokens(model.context),
        tokens(model.max_output),
        _thinking(model),
        _efforts(model),
        f"{first.input}/{first.output}" if first else rates_line(model),
        str(first.cache_read) if first else "",
    )


def tokens(count: int) -> str:
    """A count of tokens in a few signs, as in "200k" or "1M"."""
    if count % 1_000_000 == 0:
        return f"{count // 1_000_000}M"
    return f"{count // 1_000}k" if count >= 1_000 else str(count)


def _thinking(model: Model) -> str:
    if not model.thinking:
        return "-"
    if model.thinks:
        return "yes, can be off" if "disabled" in model.thinking else "always"
    return "if told to"


def _efforts(model: Model) -> str:
    if not model.efforts:
        return "-"
    chosen = f" ({model.default_effort})" if model.default_effort else ""
    return f"{model.efforts[0]}..{model.efforts[-1]}{chosen}"


def _notes(model: Model) -> list[str]:
    """What does not fit a column: further price bands, fast mode, the end, who may use it."""
    notes = []
    if model.prices and len(model.prices.bands) > 1:
        notes.append(rates_line(model))
    if model.fast:
        price = f" at ${model.fast.input}/${model.fast.output}" if model.fast.input is not None else ", price not known"
        until = f", until {model.fast.until}" if model.fast.until else ""
        notes.append(
            f"fast mode{' (beta)' if model.fast.access == 'beta' else ''}{price}{until}; not used by haikuterm"
        )
    if model.retires:
        notes.append(f"retires on {model.retires}")  # those that are gone stand in no list
    if model.note:
        notes.append(visible_line(model.note))
    if not model.known:
        notes.append("not in the catalogue: careful rules")
    return notes
