"""Builds the engine beside the keys, and sees to it that whatever was built is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from haikuterm.ui.tui.start import beside_the_keys

if TYPE_CHECKING:
    from haikuterm.core.settings import Settings
    from haikuterm.engine.engine import Engine


class Building:
    """The one engine of a face. make: builds it, slowly; engine: what was built last, if it takes prompts or not."""

    def __init__(self, make: Callable[[Settings], Engine]) -> None:
        self._make = make
        self._going: asyncio.Future[Engine] | None = None
        self.engine: Engine | None = None

    def make(self, settings: Settings) -> Engine:
        """Build it here and now. Raises HaikutermError."""
        self.engine = self._make(settings)
        return self.engine

    async def start(self, settings: Settings) -> Engine:
        """Build it in a thread, which goes on if nobody waits for it any more. Raises HaikutermError."""
        self._going = asyncio.ensure_future(asyncio.to_thread(beside_the_keys, lambda: self.make(settings)))
        return await asyncio.shield(self._going)

    async def close(self) -> None:
        """Close the engine, also one that is only now being built."""
        if self._going is not None:
            await asyncio.wait({self._going})
        if self.engine is not None:
            await self.engine.close()
