"""Owns selected text: how it is painted, and what of it goes to the clipboard."""

from __future__ import annotations

from collections.abc import Iterator

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset
from textual.selection import Selection

from haikuterm.ui.tui.flow import Line
from haikuterm.ui.tui.roll import Place, Roll

# A row of the transcript as one number that grows downwards and does not move when heights above are corrected.
ROWS = 1 << 20


def code(place: Place) -> int:
    """The place as the y that Textual's selection works with."""
    return place[0] * ROWS + place[1]


def entry(index: int) -> Selection:
    """All of one entry."""
    return Selection(Offset(0, index * ROWS), Offset(ROWS, (index + 1) * ROWS - 1))


def painted(segments: list[Segment], start: int, end: int, style: Style) -> Iterator[Segment]:
    """The segments with the style over the characters from `start` to `end`; -1 is the end of the row."""
    at = 0
    for text, own, _ in segments:
        left, right = max(start - at, 0), len(text) if end < 0 else max(end - at, 0)
        at += len(text)
        for piece, new in (
            (text[:left], own),
            (text[left:right], (own or Style()) + style),
            (text[max(left, right) :], own),
        ):
            if piece:
                yield Segment(piece, new)


def copied(roll: Roll, selection: Selection) -> str:
    """The selected text: the source of entries that are selected as a whole, of others the text without our marks."""
    start = selection.start or Offset(0, 0)
    end = selection.end or Offset(ROWS, len(roll) * ROWS)
    first, last = start.y // ROWS, min(end.y // ROWS, len(roll) - 1)
    parts = [_part(roll, index, start, end) for index in range(first, last + 1)]
    return "\n\n".join(part for part in parts if part)


def _part(roll: Roll, index: int, start: Offset, end: Offset) -> str:
    base = index * ROWS
    if start.transpose <= (base, 0) and end.y >= base + ROWS - 1:
        return roll.entries[index].text.strip("\n")
    out, lines = "", roll.drawn(index).lines
    for row in range(max(0, start.y - base), min(len(lines), end.y - base + 1)):
        line = lines[row]
        left = start.x if base + row == start.y else 0
        right = end.x if base + row == end.y else ROWS
        text = _text(line, left, right)
        out += text if not out else (line.joint if line.joint is not None else "\n") + text
    return out.strip("\n")


def _text(line: Line, left: int, right: int) -> str:
    return line.text[max(left, line.gutter) : right]
