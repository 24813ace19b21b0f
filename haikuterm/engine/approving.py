"""Whether edits are asked for in this session: what holds, the other way, and one prompt that changes nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Literal

from haikuterm.core.events import Event, Notice
from haikuterm.core.settings import Settings
from haikuterm.engine.running import ALL
from haikuterm.engine.session import Session

ASKED = "Each edit is shown and asked for."
ACCEPTED = "Edits are written without asking in this session; to remove or rename a file is asked for. /undo is there."
ALWAYS = "Edits are written without asking: the setting yes (-y) says so. Start without it to be asked."
ONLY = "(The user only asks this time: answer in words. Edits would not be written.)"


def turned(session: Session, settings: Settings) -> Notice:
    """The other way than now; what holds then."""
    return put(session, settings, "asked" if session.writes == "accepted" else "accepted")


def put(session: Session, settings: Settings, writes: Literal["asked", "accepted"]) -> Notice:
    """Let this hold, but where the settings say otherwise or a prompt runs that changes nothing; what holds then."""
    if session.writes == "none":
        return Notice("This prompt changes nothing, whatever is said; it can be changed once it is over.")
    if not settings.yes:
        session.writes = writes
    return Notice(held(session, settings))


def held(session: Session, settings: Settings) -> str:
    """What holds of edits, as a sentence."""
    if settings.yes:
        return ALWAYS
    return ACCEPTED if session.writes == "accepted" else ASKED


def commands_held(session: Session, settings: Settings) -> str:
    """What holds of the user's own commands, as a sentence."""
    if settings.yes or ALL in session.noted:
        return "Commands (`!`) run without asking in this session."
    return "Commands (`!`) are asked for each time, but those you agreed to for good."


async def only_asked(session: Session, turn: Callable[[], AsyncGenerator[Event, None]]) -> AsyncGenerator[Event, None]:
    """Play a turn in which nothing is written, and of which the model knows that."""
    before, session.writes = session.writes, "none"
    session.enclose(ONLY)
    try:
        async with aclosing(turn()) as events:
            async for event in events:
                yield event
    finally:
        session.writes = before
        session.notes = tuple(note for note in session.notes if note != ONLY)  # of a turn that came to nothing
