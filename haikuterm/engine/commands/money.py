"""Commands about money and room: what was paid, what may be, and how full the window is."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from haikuterm.core.budget import PERIODS
from haikuterm.core.events import Event, Notice
from haikuterm.engine import bill
from haikuterm.engine.budget import budgets
from haikuterm.engine.commands.registry import Desk, command, words


@command()
async def cost(desk: Desk) -> AsyncGenerator[Event, None]:
    """What this session cost, by class of tokens, and what it would have cost on other models or without the cache."""
    yield Notice(bill.session(desk.session, desk.ports.store.attempts(desk.session.id)), markdown=True)


@command("[session|day|month AMOUNT|off]", values=lambda _: (*PERIODS, "off"))
async def budget(desk: Desk) -> AsyncGenerator[Event, None]:
    """What may be spent in this session, a day and a month, and what is; with an amount, set it."""
    yield Notice(budgets(desk.ask.books, desk.session, words(desk.argument), desk.ports.keep), markdown=True)


@command()
async def context(desk: Desk) -> AsyncGenerator[Event, None]:
    """How full the model's window is, and how much of the last request came from the cache."""
    from haikuterm.engine.cache_report import report  # a rare road

    yield Notice(report(desk.session), markdown=True)
