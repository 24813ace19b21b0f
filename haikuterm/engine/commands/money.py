"""Commands about money and room: what was paid, what may be, and how full the window is."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from haikuterm.core.budget import PERIODS
from haikuterm.core.errors import SettingsError
from haikuterm.core.events import Event, Notice
from haikuterm.engine import bill
from haikuterm.engine.budget import budgets
from haikuterm.engine.commands.registry import Desk, command, words
from haikuterm.engine.forecasting import Forecasts


@command("[all [prompt]]", aliases=("usage", "stats"), values=lambda _: ("all",))
async def cost(desk: Desk) -> AsyncGenerator[Event, None]:
    """What this session cost, and would have cost elsewhere; with all, what the next prompt costs on every model."""
    first, _, prompt = desk.argument.partition(" ")
    if not first:
        yield Notice(bill.session(desk.session, desk.ports.store.attempts(desk.session.id)), markdown=True)
    elif first == "all":
        yield await _compared(desk, prompt)
    else:
        raise SettingsError("Say /cost for what was spent, or /cost all [prompt] to compare the models.")


@command("[prompt]")
async def tokens(desk: Desk) -> AsyncGenerator[Event, None]:
    """What the next prompt is in tokens and dollars on every model, counted by the endpoint where it can."""
    yield await _compared(desk, desk.argument)


async def _compared(desk: Desk, prompt: str) -> Notice:
    forecasts = Forecasts(desk.session, desk.ask.books, desk.attaching, desk.settings.max_tokens)
    found = await forecasts.compare(prompt, desk.ports.provider)
    return Notice(bill.compared(found, desk.session.model, forecasts.calibration(desk.session.model)), markdown=True)


@command("[session|day|month AMOUNT|off]", values=lambda _: (*PERIODS, "off"))
async def budget(desk: Desk) -> AsyncGenerator[Event, None]:
    """What may be spent in this session, a day and a month, and what is; with an amount, set it."""
    said = budgets(desk.ask.books, desk.session, words(desk.argument), desk.ports.keep, desk.ports.forget)
    yield Notice(said, markdown=True)


@command()
async def context(desk: Desk) -> AsyncGenerator[Event, None]:
    """How full the model's window is, and how much of the last request came from the cache."""
    from haikuterm.engine.cache_report import report  # a rare road

    yield Notice(report(desk.session), markdown=True)
