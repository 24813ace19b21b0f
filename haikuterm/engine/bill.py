"""Small documents about tokens and money: what the session cost, what the attached files weigh."""

from __future__ import annotations

from decimal import Decimal

from haikuterm.core.context import build, estimate_request
from haikuterm.core.models import Model
from haikuterm.core.money import Usage, cost
from haikuterm.engine.session import Session
from haikuterm.engine.tools import specs

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


def session(now: Session) -> str:
    """The session's tokens by class and its cost, as Markdown."""
    total = now.total
    if not total.requests:
        return "Nothing was asked yet: $0."
    rows = ["| tokens | count |", "|---|---:|"]
    rows += [f"| {label} | {getattr(total.usage, name):,} |" for name, label in CLASSES]
    notes = [f"**{dollars(total.usd)}** for {total.requests} request{'s' * (total.requests > 1)}."]
    if total.unpriced:
        notes.append(f"{total.unpriced} of them went to a model without a known price and are not in the sum.")
    if total.estimated:
        notes.append("Some answers were cut short; their output is an estimate.")
    return "\n".join(rows) + "\n\n" + " ".join(notes)


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
    """About what the next turn of this conversation would cost on a model: all of it uncached, and a short answer."""
    waiting = sum(a.tokens for a in now.attachments.values() if not a.current)
    ahead = estimate_request(build(model, now.messages, specs()))
    return cost(Usage(input=ahead + waiting, output=answer), model.prices)
