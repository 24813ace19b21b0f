"""The seconds until a failed request goes out again, counted down on the live line of the inline face."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from math import ceil

from haikuterm.core.events import Event, Progress, Retrying
from haikuterm.ui.progress import LiveLine


class Waiting:
    """One wait at a time; its line goes with whatever is printed next. Nothing is counted where lines only follow."""

    def __init__(self, live: LiveLine) -> None:
        self._live = live
        self._task: asyncio.Task[None] | None = None

    async def between(self, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        """The events, and the count from each that tells of a wait to the next."""
        try:
            async with aclosing(events):
                async for event in events:
                    self._end()
                    yield event
                    if isinstance(event, Retrying) and self._live.live:
                        self._task = asyncio.create_task(self._count(ceil(event.wait)))
        finally:
            self._end()

    def _end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._live.clear()

    async def _count(self, seconds: int) -> None:
        for left in range(seconds, 0, -1):
            self._live.show(Progress(f"{left} s left (Esc stops)", 0, 0, ""))
            await asyncio.sleep(1)
        self._live.clear()
