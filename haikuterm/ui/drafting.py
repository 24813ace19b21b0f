"""Keeps the draft of a face soon after it was changed, in a thread, and never in the way of a key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from haikuterm.core.drafts import Draft, Drafts

SOON = 1.0  # seconds after a change; while the user goes on typing, so often


class Drafting:
    """The draft of one face. read: what stands there now."""

    def __init__(self, read: Callable[[], Draft]) -> None:
        self._read = read
        self._drafts: Drafts | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._saving: asyncio.Task[None] | None = None
        self._kept = Draft("")

    async def open(self, drafts: Drafts) -> Draft | None:
        """Keep it there from now on; what was left there last time, None if nothing was."""
        found = await asyncio.to_thread(drafts.take)
        self._drafts, self._kept = drafts, found or Draft("")
        self.touch()
        return found

    def touch(self) -> None:
        """It was changed."""
        if self._timer is None and self._drafts is not None:
            self._timer = asyncio.get_running_loop().call_later(SOON, self.now)

    def now(self) -> None:
        """Keep it without waiting for more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._drafts is not None:
            self._saving = asyncio.ensure_future(self._save(self._drafts, self._saving))

    async def _save(self, drafts: Drafts, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await before
        draft = self._read()
        if draft != self._kept:
            self._kept = draft
            await asyncio.to_thread(drafts.keep, draft)

    async def close(self) -> None:
        """Keep what stands there, and leave it for the next start."""
        self.now()
        if self._saving is not None:
            await self._saving
        if self._drafts is not None:
            await asyncio.to_thread(self._drafts.close)
            self._drafts = None
