"""Owns tables: columns by cell width, wrapped inside their column, or written as records where there is no room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, zip_longest

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from haikuterm.ui.tui.flow import Line, Run, flow, plain

Cell = list[Run]
BETWEEN = " │ "
LEAST = 6  # cells: a narrower column wraps in the middle of most words


def table(rows: Sequence[list[Cell]], aligns: Sequence[str], width: int, border: Style) -> list[Line]:
    """The rows, the first of which is the head; aligns: "left", "center" or "right" for each column."""
    natural = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    room = width - len(BETWEEN) * (len(natural) - 1)
    if room < sum(min(cells, LEAST) for cells in natural):
        return _records(rows, width, border)
    widths = _share(natural, room)
    laid = [[flow(cell, cells) for cell, cells in zip(row, widths, strict=True)] for row in rows]
    rule = Line((Segment("─┼─".join("─" * cells for cells in widths), border),))
    airy = any(len(cell) > 1 for cell in chain.from_iterable(laid[1:]))
    lines: list[Line] = []
    for number, row in enumerate(laid):
        if number == 1 or (airy and number):
            lines.append(rule)
        lines += (_row(parts, widths, aligns, border) for parts in zip_longest(*row, fillvalue=Line()))
    return lines


def _width(cell: Cell) -> int:
    """Of its widest line, in cells; an empty column is drawn one cell wide."""
    return max(1, *(cell_len(line) for line in plain("".join(text for text, _ in cell)).split("\n")))


def _share(natural: list[int], room: int) -> list[int]:
    """Each column as wide as it likes, as long as the wider ones give way; together at most `room`."""
    widths = [0] * len(natural)
    for done, column in enumerate(sorted(range(len(natural)), key=natural.__getitem__)):
        widths[column] = min(natural[column], room // (len(natural) - done))
        room -= widths[column]
    return widths


def _row(parts: Sequence[Line], widths: Sequence[int], aligns: Sequence[str], border: Style) -> Line:
    segments: list[Segment] = []
    for number, (part, cells, align) in enumerate(zip(parts, widths, aligns, strict=True)):
        space = max(0, cells - cell_len(part.text))
        left = {"right": space, "center": space // 2}.get(align, 0)
        last = number == len(widths) - 1
        segments += [Segment(" " * left), *part.segments, Segment("" if last else " " * (space - left))]
        if not last:
            segments.append(Segment(BETWEEN, border))
    return Line(tuple(segment for segment in segments if segment.text))


def _records(rows: Sequence[list[Cell]], width: int, border: Style) -> list[Line]:
    """For a narrow screen: each row as lines of "head: cell"."""
    head, *body = rows
    lines: list[Line] = []
    for row in body or [[[] for _ in head]]:
        lines += [Line((Segment("─" * width, border),))] if lines else []
        for name, cell in zip(head, row, strict=True):
            lines += flow([*name, (": ", border), *cell], width)
    return lines
