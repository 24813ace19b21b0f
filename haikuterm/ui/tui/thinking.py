"""Owns the rows of a thought, which may still stream in: each line of it is wrapped, or counted, only once."""

from __future__ import annotations

from math import ceil

from rich.cells import cell_len
from rich.style import Style

from haikuterm.ui.tui.flow import Line, Run, flow, plain, prefixed
from haikuterm.ui.tui.folding import line_of


class Thought:
    """The rows of a text behind a bar; folded, its first line alone and how many more rows there are.

    lines: the rows so far. Any chunking of a text ends in the same ones.
    """

    def __init__(self, width: int, style: Style, bar: Run, *, folded: bool) -> None:
        self.lines: list[Line] = []
        self._width, self._style, self._bar, self._folded = width - len(bar[0]), style, bar, folded
        self._settled = 0  # rows of the lines that are complete; folded, so many are counted
        self._head: str | None = None  # the first line, where it is complete
        self._tail = ""  # what is not settled: the last line, and newlines that may be the end

    def feed(self, text: str) -> int:
        """Take more of the text; returns the first row that changed."""
        self._tail += text
        said = self._tail.rstrip("\n")
        if self._folded and self._head is None:  # newlines before the first word are not told of
            self._tail = self._tail[len(said) - len(said.lstrip("\n")) :] if said else ""
            said = said.lstrip("\n")
        at = said.rfind("\n") + 1
        complete, last = said[:at].split("\n")[:-1], said[at:]
        self._tail = self._tail[at:]
        return self._count(complete, last) if self._folded else self._wrap(complete, last)

    def finish(self) -> int:
        """No more text comes; returns the first row that changed."""
        return self.feed("")

    def _wrap(self, complete: list[str], last: str) -> int:
        first = self._settled
        del self.lines[first:]
        self.lines += (row for line in complete for row in self._rows(line))
        self._settled = len(self.lines)
        self.lines += self._rows(last)
        return first

    def _count(self, complete: list[str], last: str) -> int:
        if complete and self._head is None:
            self._head = complete[0]
        self._settled += sum(map(self._height, complete))
        head = plain(last if self._head is None else self._head)
        rest = self._settled + self._height(last) - 1
        self.lines = self._rows(line_of(head, rest, self._width) if rest else head)
        return 0

    def _height(self, line: str) -> int:
        return max(1, ceil(cell_len(plain(line)) / max(self._width, 1)))

    def _rows(self, line: str) -> list[Line]:
        return prefixed(flow([(line, self._style)], self._width), self._bar, self._bar)
