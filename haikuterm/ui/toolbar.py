"""The status line of the inline face: what it shows, and the one timer that draws it again while a cache lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

from haikuterm.engine.status import Status
from haikuterm.ui.segments import fit, next_change, segments, shown

GAP = "  "
LATE = 0.02  # seconds after a countdown's next number


class Toolbar:
    """Draws the status as pieces of text, each with its style; draws itself again only while something counts down.

    look: the status now. columns: how wide the terminal is. redraw: has the line drawn again.
    """

    def __init__(self, look: Callable[[], Status], columns: Callable[[], int], redraw: Callable[[], object]) -> None:
        self._look, self._columns, self._redraw = look, columns, redraw
        self._tick: asyncio.TimerHandle | None = None

    def draw(self) -> list[tuple[str, str]]:
        """The line, as wide as the terminal at most."""
        now = monotonic()
        pieces = fit(shown(segments(self._look()), now), self._columns(), len(GAP))
        self.stop()
        wait = next_change(pieces, now)
        if wait is not None:
            self._tick = asyncio.get_running_loop().call_later(wait + LATE, self._redraw)
        gaps = [GAP] * (len(pieces) - 1) + [""]
        return [(f"class:{piece.role}", piece.text + gap) for piece, gap in zip(pieces, gaps, strict=False)]

    def stop(self) -> None:
        """Draw nothing again."""
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None
