"""Owns where a row of an entry is found again when the same text is wrapped to another width."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from haikuterm.ui.tui.code_rows import CodeRow
from haikuterm.ui.tui.flow import Line


def found_again(row: int, before: Sequence[Line], after: Sequence[Line]) -> int:
    """The row of `after` that shows what this row of `before` showed: in the same block the same line, and part of it.

    A table may have more or fewer lines than before, which is why blocks are counted first.
    """
    if not (isinstance(before, list) and isinstance(after, list)):  # to ask a diff for its lines would draw them all
        return row * len(after) // len(before)
    top, old, first, new = _within(row, before, after, _parts_blocks)
    start, lines, begin, rows = _within(row - top, old, new, _begins_line)
    return first + begin + (row - top - start) * len(rows) // len(lines)


def _within(
    row: int, before: Sequence[Line], after: Sequence[Line], begins: Callable[[Line], bool]
) -> tuple[int, Sequence[Line], int, Sequence[Line]]:
    """The part that the row lies in: where it begins and what it is, before and after; all, if those do not match."""
    old, new = _starts(before, begins), _starts(after, begins)
    if len(old) != len(new):
        return 0, before, 0, after
    at = bisect_right(old, row) - 1
    return old[at], before[old[at] : old[at + 1]], new[at], after[new[at] : new[at + 1]]


def _starts(rows: Sequence[Line], begins: Callable[[Line], bool]) -> list[int]:
    return [0, *(number for number, row in enumerate(rows) if number and begins(row)), len(rows)]


def _parts_blocks(row: Line) -> bool:
    return not isinstance(row, CodeRow) and not row.segments


def _begins_line(row: Line) -> bool:
    return row.joint is None
