"""The price of the draft as faces show it: reckoned aside once the keys rest, so that typing never waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from haikuterm.core.forecast import Forecast
from haikuterm.core.guard import visible_line
from haikuterm.ui.present import tokens, usd

REST = 0.15  # seconds without a key after which the draft is reckoned


def words(found: Forecast | None) -> str:
    """The forecast in a few words, as in "~1.2k tokens · ~$0.0014"; "" where there is none."""
    if found is None:
        return ""
    count = f"~{tokens(found.tokens)} tokens"
    if not found.fits:
        return f"{count}, too many for {visible_line(found.model.alias)} ({tokens(found.model.context)})"
    if found.model.local:
        return f"{count} · free"
    price = usd(found.expected, estimated=found.expected is not None)
    without = f" (uncached {usd(found.uncached, estimated=True)})" if found.warm and found.uncached else ""
    return f"{count} · {price}{without}"


class Reckoning:
    """Reckons the latest draft in a thread, after the keys have rested.

    show: is given the words, "" at once when the draft is empty.
    """

    def __init__(self, show: Callable[[str], object]) -> None:
        self._show = show
        self._latest = ""
        self._told: str | None = None
        self._running = False

    def want(self, text: str) -> bool:
        """This is the draft now; True if nothing reckons yet, so that the caller must start `run`."""
        self._latest = text
        if not text.strip():
            self._told = text
            self._show("")
            return False
        self._told = None
        running, self._running = self._running, True
        return not running

    async def run(self, reckon: Callable[[str], Forecast | None]) -> None:
        """Reckon until the words are those of the latest draft."""
        try:
            while self._told != (text := self._latest):
                await asyncio.sleep(REST)
                if text is not self._latest:
                    continue
                found = await asyncio.to_thread(reckon, text)
                if text is self._latest:
                    self._told = text
                    self._show(words(found))
        finally:
            self._running = False


class Margin:
    """The words for a face that asks for them whenever it draws. redraw: tells it that they are others now."""

    def __init__(self, reckon: Callable[[str], Forecast | None], redraw: Callable[[], object]) -> None:
        self.words = ""
        self._reckon, self._redraw = reckon, redraw
        self._reckoning = Reckoning(self._show)
        self._task: asyncio.Task[None] | None = None

    def of(self, draft: str) -> None:
        """Have the words of this draft soon; in a running loop."""
        if self._reckoning.want(draft):
            self._task = asyncio.create_task(self._reckoning.run(self._reckon))

    def draw(self, draft: str) -> list[tuple[str, str]]:
        """The words in their style, nothing beside an empty draft."""
        return [("class:muted", self.words)] if draft.strip() else []

    def close(self) -> None:
        """Stop reckoning."""
        if self._task is not None:
            self._task.cancel()

    def _show(self, words: str) -> None:
        if words != self.words:
            self.words = words
            self._redraw()
