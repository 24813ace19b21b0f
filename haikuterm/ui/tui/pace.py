"""Owns when text that streams in is drawn: often enough to flow, seldom enough to leave the keys their time."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from textual.timer import Timer
from textual.widget import Widget

FRAME = 1 / 20  # seconds between two looks at streamed text: smooth to read, a third fewer frames than at 1 / 30
CALM = 8  # how many times as long as drawing took the machine is left to others
LONGEST = 0.25  # seconds that streamed text waits at most


class Pace:
    """Calls `draw` for a widget some time after it was wanted; between frames no timer runs."""

    def __init__(self, widget: Widget, draw: Callable[[], None]) -> None:
        self.due = False
        self._widget, self._draw = widget, draw
        self._timer: Timer | None = None  # while a frame is put off
        self._drawn_at = self._pause = 0.0

    def want(self) -> None:
        """Ask for one frame, not before the last one has paid off."""
        if self.due or not self._widget.is_attached:
            return
        self.due = True
        wait = self._drawn_at + self._pause - monotonic()
        if wait > 0:
            self._timer = self._widget.set_timer(wait, self._frame)
        else:
            self._widget.call_later(self._frame)

    def hurry(self) -> None:
        """Ask for one frame now: the end of an answer waits for nothing."""
        self._pause = 0.0
        if self._timer is not None:
            self._timer.stop()
            self._timer, self.due = None, False
        self.want()

    def _frame(self) -> None:
        self.due, self._timer = False, None
        started = monotonic()
        self._draw()
        self._drawn_at = monotonic()
        self._pause = min(max(FRAME, CALM * (self._drawn_at - started)), LONGEST)
