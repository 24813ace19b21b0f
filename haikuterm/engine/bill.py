"""Small documents about tokens and money: what the session cost, what the attached files weigh."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from haikuterm.core.context import build, estimate_request
from haikuterm.core.forecast import ENOUGH, Calibration, Forecast, forecast
from haikuterm.core.ledger import Attempt, Otherwise, on_model, without_cache
from haikuterm.core.models import Model, catalogue
from haikuterm.core.money import Usage, cost
from haikuterm.engine.session import Session
from haikuterm.engine.tools import specs

COMPARED = ("sonnet", "opus")  # the models of "what if"
CLASSES = (
    ("input", "input"),
    ("cache_read", "cache read"),
    ("cache_write_5m", "cache write, 5 min"),
    ("cache_write_1h", "cache write, 1 h"),
    ("output", "output"),
)


def dollars(amount: Decimal | None) -> str:
    """An amount for a table: four decimals or more, "unpriced" where there is no price."""
    if amount is None:
        return "unpriced"
    return f"${amount:.4f}" if amount == 0 or amount >= Decimal("0.0001") else f"${amount:.6f}"


def session(now: Session, rows: Sequence[Attempt] = ()) -> str:
    """The session's tokens by class and its cost, as Markdown.

    rows: of the ledger, for what the same would have cost in another way.
    """
    total = now.total
    if not total.requests:
        return "Nothing was asked yet: $0."
    lines = ["| tokens | count |", "|---|---:|"]
    lines += [f"| {label} | {getattr(total.usage, name):,} |" for name, label in CLASSES]
    about = "~" * total.estimated
    notes = [f"**{about}{dollars(total.usd)}** for {total.requests} request{'s' * (total.requests > 1)}."]
    if total.unpriced:
        notes.append(f"{total.unpriced} of them went to a model without a known price and are not in the sum.")
    if now.model.list_price:
        notes.append("At Anthropic's list prices; this cloud sets its own.")
    elif total.estimated:
        notes.append("Some answers were cut short; what they cost is an estimate.")
    notes += otherwise(rows)
    return "\n".join(lines) + "\n\n" + " ".join(notes)


def otherwise(rows: Sequence[Attempt]) -> list[str]:
    """What the requests of the ledger would have cost without the cache, and on bigger models, in sentences."""
    paid = [row for row in rows if row.counts]
    if not paid:
        return []
    plain = without_cache(paid)
    about = "~" if any(row.charge.estimated for row in paid) else ""
    told = [f"Without cache: {about}{dollars(plain.usd)}{_left_out(plain)}."]
    served = {catalogue().resolve(row.charge.served or row.charge.model).id for row in paid}
    others = [model for model in map(catalogue().resolve, COMPARED) if served != {model.id}]
    sums = [(model, on_model(paid, model)) for model in others]
    told += [
        f"The same texts on {model.alias}: ~{dollars(found.usd)}{_left_out(found)}{_tokenizer(paid, model)}."
        for model, found in sums
    ]
    return told


def _left_out(found: Otherwise) -> str:
    if not found.left_out:
        return ""
    return f" (without {found.left_out} request{'s' * (found.left_out > 1)} of which too little is known)"


def _tokenizer(paid: Sequence[Attempt], model: Model) -> str:
    """A note where the other model makes another number of tokens of the same text."""
    used = {catalogue().resolve(row.charge.served or row.charge.model).text_factor for row in paid}
    factors = {model.text_factor / factor for factor in used} - {Decimal(1)}
    if len(factors) != 1:
        return " (their tokenizers differ)" if factors else ""
    return f" (its tokenizer makes ~{factors.pop():.2f} times the tokens)"


def compared(found: Sequence[Forecast], here: Model, taught: Calibration) -> str:
    """What the next prompt would cost on each of the models, in this order, as Markdown.

    here: the conversation's model. taught: what the ledger says of it.
    """
    rows = ["| model | prompt | now | cached | uncached |", "|---|---:|---:|---:|---:|"]
    rows += [_compared(row, row.model.id == here.id) for row in found]
    answer = next((row.answer for row in found if row.model.id == here.id), taught.answer)
    source = f"the middle of its last {taught.rows}" if taught.rows >= ENOUGH else "a guess until there are more"
    included = (
        f"Prices are of the prompt and an answer of ~{answer:,} tokens on {here.alias} ({source}); "
        "further requests of a turn that uses tools come on top."
    )
    columns = "Cached: that model's cache has the conversation so far. Uncached: it has not, and is written."
    notes = [included, columns]
    if any(not row.counted and not row.model.local for row in found):
        off = f", off by at most {taught.off:.0%} nine times in ten lately" if taught.off is not None else ""
        notes.append(f"~ before tokens: not counted by the endpoint, but estimated{off}.")
    return "\n".join(rows) + "\n\n" + "\n".join(f"- {note}" for note in notes)


def _compared(found: Forecast, is_here: bool) -> str:
    """One row of the comparison."""
    count = f"{'' if found.counted else '~'}{found.tokens:,}"
    name = f"{found.model.alias} (current)" if is_here else found.model.alias
    if found.model.local or found.expected is None:
        price = "free" if found.model.local else "unpriced"
        return f"| {name} | {count} | {price}{_too_small(found)} | | |"
    now, cached, uncached = (f"~{dollars(usd)}" for usd in (found.expected, found.cached, found.uncached))
    cached = "-" if cached == uncached else cached
    return f"| {name} | {count} | {now} | {cached} | {uncached}{_too_small(found)} |"


def _too_small(found: Forecast) -> str:
    return "" if found.fits else f" (too long: its window is {found.model.context:,})"


def attachments(now: Session) -> str:
    """The attached files with their weight and what sending them once costs, as Markdown."""
    if not now.attachments:
        return "No file is attached. `@path` in a prompt or `/add PATH` attaches one."
    rows = ["| file | tokens | to send | |", "|---|---:|---:|---|"]
    for item in now.attachments.values():
        state = "sent" if item.current else "goes with the next prompt"
        rows.append(f"| {item.path} | ~{item.tokens:,} | ~{dollars(price(item.tokens, now.model))} | {state} |")
    return "\n".join(rows)


def price(tokens: int, model: Model) -> Decimal | None:
    """What sending so many tokens costs, uncached."""
    return cost(Usage(input=tokens), model.prices)


def next_turn(now: Session, model: Model, answer: int = 500) -> Decimal | None:
    """About what the next turn of this conversation would cost on a model: nothing of it cached, and a short answer."""
    waiting = sum(a.tokens for a in now.attachments.values() if not a.current)
    ahead = estimate_request(build(model, now.messages, specs(), extra=now.extra))
    return forecast(model, ahead + waiting, answer).uncached
