"""Owns the rows of a hunk, in one column or side by side: all are counted, none is drawn before it is looked at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, zip_longest
from typing import overload

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from haikuterm.core.diff import DiffLine, Hunk
from haikuterm.core.sides import Row, side_rows
from haikuterm.core.word_marks import Span, word_marks
from haikuterm.ui.tui.flow import TAB, Line, flow, plain, prefixed
from haikuterm.ui.tui.inks import Inks
from haikuterm.ui.tui.side_colors import NONE, Side, SideColors

ROOM = 12  # cells of text that line numbers must leave
NARROWEST = 24  # cells in which two columns still hold something


class Stack(Sequence[Line]):
    """Sequences of rows, one under the other."""

    def __init__(self, parts: Sequence[Sequence[Line]]) -> None:
        self.parts = parts
        self.tops = list(accumulate(map(len, parts), initial=0))

    def __len__(self) -> int:
        return self.tops[-1]

    def find(self, row: int) -> tuple[int, int]:
        """Which part the row belongs to, and which row of it it is. Raises IndexError below the last one."""
        if not 0 <= row < len(self):
            raise IndexError(row)
        part = bisect_right(self.tops, row) - 1
        return part, row - self.tops[part]

    @overload
    def __getitem__(self, row: int) -> Line: ...
    @overload
    def __getitem__(self, row: slice) -> list[Line]: ...
    def __getitem__(self, row: int | slice) -> Line | list[Line]:
        if isinstance(row, slice):
            return [self[n] for n in range(*row.indices(len(self)))]
        part, row = self.find(row)
        return self.parts[part][row]


@dataclass(frozen=True, slots=True)
class Shape:
    """The room for a hunk. width: cells of a row. digits: of the file's longest line number. split: two columns."""

    width: int
    digits: int
    split: bool = False

    @property
    def column(self) -> int:
        """The cells of one of the columns; of two there is a bar between them."""
        return (self.width - 1) // 2 if self.split else self.width

    @property
    def numbered(self) -> bool:
        """Whether there is room for line numbers."""
        return self.column >= self.digits + ROOM

    @property
    def text(self) -> int:
        """The cells for the text of a line, beside its number and its sign."""
        return max(1, self.column - 2 - (self.digits + 1 if self.numbered else 0))


def digits(hunks: Sequence[Hunk]) -> int:
    """How long the longest line number is."""
    return len(str(max((max(hunk.old[1], hunk.new[1]) for hunk in hunks), default=0)))


class HunkRows(Sequence[Line]):
    """The rows of a hunk in a shape.

    quiet: without colours, as of something that is over and done with.
    """

    def __init__(self, hunk: Hunk, shape: Shape, inks: Inks, colors: SideColors | None, *, quiet: bool = False) -> None:
        self._hunk, self._shape, self._inks, self._colors, self._quiet = hunk, shape, inks, colors, quiet
        self._crlf = all(line.text.endswith("\r") for line in hunk.lines)  # then it is no news in any of them
        self._drawn: dict[int, list[Line]] = {}
        self._marks: dict[int, tuple[tuple[Span, ...], tuple[Span, ...]]] = {}
        self._tops = list(accumulate(self._heights(), initial=0))

    def __len__(self) -> int:
        return self._tops[-1]

    @overload
    def __getitem__(self, row: int) -> Line: ...
    @overload
    def __getitem__(self, row: slice) -> list[Line]: ...
    def __getitem__(self, row: int | slice) -> Line | list[Line]:
        if isinstance(row, slice):
            return [self[n] for n in range(*row.indices(len(self)))]
        if not 0 <= row < len(self):
            raise IndexError(row)
        n = bisect_right(self._tops, row) - 1
        if n not in self._drawn:
            self._drawn[n] = self._both(self._pairs[n]) if self._shape.split else self._one(n)
        return self._drawn[n][row - self._tops[n]]

    def repaint(self) -> None:
        """The code has got its colours."""
        self._drawn.clear()

    def line_at(self, row: int) -> int:
        """Which line of the hunk a row shows the beginning or more of."""
        n = max(0, bisect_right(self._tops, row) - 1)
        if not self._shape.split:
            return n
        pair = self._pairs[n]
        return pair.left if pair.left is not None else pair.right or 0

    def row_of(self, line: int) -> int:
        """The first row of a line of the hunk."""
        if not self._shape.split:
            return self._tops[line]
        return self._tops[next(n for n, pair in enumerate(self._pairs) if line in (pair.left, pair.right))]

    @cached_property
    def _pairs(self) -> tuple[Row, ...]:
        return side_rows(self._hunk)

    @cached_property
    def _partners(self) -> dict[int, int]:
        """The line on the other side of each changed line that has one; both ways."""
        pairs = [(row.left, row.right) for row in self._pairs if row.left != row.right]
        known = [(left, right) for left, right in pairs if left is not None and right is not None]
        return {**dict(known), **{right: left for left, right in known}}

    def _heights(self) -> Sequence[int]:
        """How many rows each line takes, or each pair of lines."""
        width = self._shape.text
        heights = [_height(self._text(line), width) for line in self._hunk.lines]
        if not self._shape.split:
            return heights
        heights.append(1)  # of an empty place, which None is the index of
        return [max(heights[-1 if n is None else n] for n in (row.left, row.right)) for row in self._pairs]

    def _text(self, line: DiffLine) -> str:
        return line.text[:-1] if self._crlf else line.text

    def _one(self, n: int) -> list[Line]:
        """The rows of a line in one column."""
        line = self._hunk.lines[n]
        return self._numbered(n, "old" if line.mark == "-" else "new")

    def _both(self, pair: Row) -> list[Line]:
        """The rows of two lines side by side."""
        left = self._numbered(pair.left, "old") if pair.left is not None else []
        right = self._numbered(pair.right, "new") if pair.right is not None else []
        bar = Segment("│", self._inks.of["border"])
        rows = []
        for one, two in zip_longest(left, right, fillvalue=Line()):
            space = Segment(" " * (self._shape.column - cell_len(one.text)), one.fill or Style())
            rows.append(Line((*one.segments, space, bar, *two.segments), fill=two.fill))
        return rows

    def _numbered(self, n: int, side: Side) -> list[Line]:
        """The rows of a line behind its number and its sign: colour says nothing alone."""
        line, muted = self._hunk.lines[n], self._inks.of["muted"]
        sign = muted if self._quiet else self._inks.sign(line.mark)
        rows = prefixed(self._flowing(n, line, side), (f"{line.mark} ", sign), ("  ", sign))
        if not self._shape.numbered:
            return rows
        size, number = self._shape.digits, line.old if side == "old" else line.new
        return prefixed(rows, (f"{number} ".rjust(size + 1), muted), (" " * (size + 1), muted))

    def _flowing(self, n: int, line: DiffLine, side: Side) -> list[Line]:
        """The rows of a line's text; what git says of its end stands apart and has no colours."""
        inks, number = self._inks, line.old if side == "old" else line.new
        text, _, end = self._text(line).partition("\n")
        ground = None if self._quiet or line.mark == " " else inks.ground[line.mark]
        shown = text.expandtabs(TAB)
        if self._quiet:
            runs = [(shown, inks.of["muted"])]
        elif not _harmless(shown):  # what has to be made visible stands in other columns than in the code
            runs = inks.runs(shown, line.mark, NONE, ())
        else:
            tokens = self._colors.line(side, number) if self._colors and number else NONE
            runs = inks.runs(text, line.mark, tokens, self._spans(n))
        rows = flow(runs, self._shape.text, words=False, fill=ground)
        if end:
            style = inks.of["muted"] + (ground or Style())
            rows += flow([(end, style)], self._shape.text, words=False, fill=ground)
        return rows

    def _spans(self, n: int) -> tuple[Span, ...]:
        """What differs in a line from the one it stands beside."""
        other = self._partners.get(n)
        if other is None:
            return ()
        minus, plus = (n, other) if self._hunk.lines[n].mark == "-" else (other, n)
        if minus not in self._marks:
            old, new = (self._text(self._hunk.lines[at]).partition("\n")[0] for at in (minus, plus))
            self._marks[minus] = word_marks(old, new)
        return self._marks[minus][n == plus]


def _harmless(text: str) -> bool:
    """Whether a terminal may get the text as it is."""
    return text.isprintable() or plain(text) == text


def _height(text: str, width: int) -> int:
    """How many rows a text takes; of the usual one told without looking at each of its characters."""
    shown = text.expandtabs(TAB) if "\t" in text else text
    if shown.isprintable():
        if shown.isascii():
            return max(1, -(-len(shown) // width))
        if 2 * len(shown) <= width:
            return 1
    head, _, end = text.partition("\n")
    rows = len(flow([(head.expandtabs(TAB), Style())], width, words=False))
    return rows + (len(flow([(end, Style())], width, words=False)) if end else 0)
