"""Owns the page that the reader will see next: it is drawn, and its code coloured, while nothing else is to be done."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from haikuterm.ui.tui import calm
from haikuterm.ui.tui.code_rows import CodeRow
from haikuterm.ui.tui.entries import MARKDOWN
from haikuterm.ui.tui.roll import Place, Roll

SLICE = 0.004  # seconds after which no other entry is begun before keys and frames had their turn
LONG = 6_000  # characters: a longer text takes more than 8 ms, so it is not drawn before somebody looks at it


class Prefetch:
    """Draws what lies one page ahead of the screen. later: calls something when there is time. done: all is drawn."""

    def __init__(self, later: Callable[[Callable[[], None]], object], done: Callable[[], None]) -> None:
        self.busy = False
        self._later, self._done = later, done
        self._top: Place = (0, 0)
        self._want: tuple[Roll, int, int] | None = None
        self._drew = self._reading = False

    def moved(self, roll: Roll, top: Place, height: int, *, following: bool) -> None:
        """The screen begins with this place now; a reader who does not follow the end is likely to go on that way."""
        before, self._top = self._top, top
        if following or top == before:
            self._reading = self._reading and not following
            return
        if not self._reading:
            self._reading = True
            calm.settle()
        self._want = (roll, height, 1 if top > before else -1)
        if not self.busy:
            self.busy = True
            self._later(self._slice)

    def _slice(self) -> None:
        until = perf_counter() + SLICE
        while (index := self._next()) is not None:
            self._draw(index)
            if perf_counter() > until:
                self._later(self._slice)
                return
        self.busy, self._want = False, None
        if self._drew:
            self._drew = False
            self._done()
            calm.tidy()

    def _next(self) -> int | None:
        """The nearest entry ahead, no more than a page away, that is not drawn yet."""
        assert self._want
        (roll, height, step), (index, row) = self._want, self._top
        left = 2 * height + row if step > 0 else height - row
        index += min(step, 0)
        while left > 0 and 0 <= index < len(roll):
            entry = roll.entries[index]
            if not roll.holds(index) and not (entry.kind in MARKDOWN and len(entry.text) > LONG):
                return index
            left -= roll.tall(index)
            index += step
        return None

    def _draw(self, index: int) -> None:
        assert self._want
        self._drew = True
        lines = self._want[0].drawn(index).lines
        for line in lines if isinstance(lines, list) else ():  # to ask a diff for its rows would draw them all
            if isinstance(line, CodeRow):
                line.code.ask()
