"""Commands about the conversation as a whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from haikuterm.core.events import Cleared, Event
from haikuterm.engine.commands.registry import Desk, command


@command()
async def clear(desk: Desk) -> AsyncGenerator[Event, None]:
    """Forget what was said; the files stay attached."""
    desk.session.clear()
    desk.save()
    yield Cleared()


@command()
async def reset(desk: Desk) -> AsyncGenerator[Event, None]:
    """Forget what was said and let the files go."""
    desk.session.clear()
    desk.session.attachments.clear()
    desk.save()
    yield Cleared(all=True)
    yield desk.attaching.changed()
