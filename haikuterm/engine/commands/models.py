"""Commands about the model: which one, and how much it thinks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from haikuterm.core.errors import SettingsError
from haikuterm.core.events import Event, Notice
from haikuterm.core.model_news import better_haiku
from haikuterm.core.models import catalogue
from haikuterm.core.settings import EFFORTS, THINKING
from haikuterm.engine.commands.registry import Desk, command
from haikuterm.engine.standing import unmet
from haikuterm.engine.switching import picker, switch


@command("[name]", aliases=("models",), values=lambda _: catalogue().names())
async def model(desk: Desk) -> AsyncGenerator[Event, None]:
    """Go on with another model; without a name, choose from a list with prices."""
    if not desk.argument:
        listed = [m for m in catalogue().models if m.listed]
        if line := better_haiku(desk.session.model, listed):
            yield Notice(line)
    name = desk.argument or await desk.asker.choose(picker(desk.session))
    if not name:
        return
    async with aclosing(switch(desk.ports, desk.session, name, desk.ask)) as events:
        async for event in events:
            yield event
    desk.save()


@command("low|medium|high|xhigh|max|default", values=lambda _: (*EFFORTS, "default"))
async def effort(desk: Desk) -> AsyncGenerator[Event, None]:
    """How much the model should think, where it can."""
    desk.session.effort = _one_of(desk, "effort", EFFORTS)
    for notice in _told(desk, "effort"):
        yield notice


@command("on|off|show|default", aliases=("think",), values=lambda _: (*THINKING, "default"))
async def thinking(desk: Desk) -> AsyncGenerator[Event, None]:
    """Whether the model reasons before it answers, and shows it, where it can."""
    desk.session.thinking = _one_of(desk, "thinking", THINKING)
    for notice in _told(desk, "thinking"):
        yield notice


def _one_of(desk: Desk, name: str, values: Sequence[str]) -> str:
    """What the user chose, "" for the default. Raises SettingsError."""
    if desk.argument not in (*values, "default"):
        raise SettingsError(f"Say /{name} with one of {', '.join(values)} or default.")
    return "" if desk.argument == "default" else desk.argument


def _told(desk: Desk, name: str) -> list[Notice]:
    """What holds now, and what of it the model does not take."""
    return [Notice(f"{name}: {desk.argument}"), *unmet(desk.session)]
