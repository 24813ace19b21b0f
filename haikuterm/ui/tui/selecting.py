"""Owns selected text: how it is painted, and what of it goes to the clipboard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset
from textual.selection import Selection
from textual.strip import Strip

from haikuterm.core.guard import visible
from haikuterm.ui.tui.blocks import parts
from haikuterm.ui.tui.code_rows import CodeRow
from haikuterm.ui.tui.entries import MARKDOWN
from haikuterm.ui.tui.flow import Line
from haikuterm.ui.tui.roll import Place, Roll

# A row of the transcript as one number that grows downwards and does not move when heights above are corrected.
ROWS = 1 << 20
_RULE = re.compile(r"[ |:-]*-[ |:-]*")
_LIST = re.compile(r" {0,3}(?:[-*+]|\d+[.)]) ")
_SIGNS = {"•": "-", "◦": "-", "▪": "-", "☐": "- [ ]", "☑": "- [x]"}
_MARK = re.compile(rf"^( *)([{''.join(_SIGNS)}])(?= )", re.MULTILINE)
Mark = tuple[int, int, Style]  # over the characters from the first to the second, -1 for the end of the row


def code(place: Place) -> int:
    """The place as the y that Textual's selection works with."""
    return place[0] * ROWS + place[1]


def entry(index: int) -> Selection:
    """All of one entry."""
    return Selection(Offset(0, index * ROWS), Offset(ROWS, (index + 1) * ROWS - 1))


def marked(strip: Strip, marks: Iterable[Mark]) -> Strip:
    """The strip with all of the marks on it, later ones above."""
    for start, end, style in marks:
        strip = Strip(painted(list(strip), start, end, style), strip.cell_length)
    return strip


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
    """What is selected of one entry: its source, or that of its blocks, or of its rows."""
    base, entry = index * ROWS, roll.entries[index]
    if start.transpose <= (base, 0) and end.y >= base + ROWS - 1:
        return "\n".join(filter(None, (entry.text.strip("\n"), entry.more.strip("\n"))))
    first, last = max(0, start.y - base), end.y - base
    span = _Span(first, start.x if base + first == start.y else 0, last, end.x)
    lines = roll.drawn(index).lines
    if entry.kind not in MARKDOWN or index == roll.live:
        return _rows(lines, 0, len(lines), span).strip("\n")
    return _blocks(roll, index, lines, span)


@dataclass(frozen=True, slots=True)
class _Span:
    """The selected part of an entry: from a character of a row up to one of another."""

    first: int
    left: int
    last: int
    right: int

    def holds(self, lines: Sequence[Line], top: int, end: int) -> bool:
        """Whether these rows are selected as a whole."""
        begins = (self.first, self.left) <= (top, lines[top].gutter)
        return begins and (self.last, self.right) >= (end - 1, len(lines[end - 1].text.rstrip()))

    def touches(self, top: int, end: int) -> bool:
        """Whether any of these rows is selected."""
        return self.first < end and self.last >= top and (self.last, self.right) > (top, 0)


def _blocks(roll: Roll, index: int, lines: Sequence[Line], span: _Span) -> str:
    """The source of the blocks that are selected as a whole, of others what is selected of them.

    Code that is selected alone goes without its fence.
    """
    entry, found = roll.entries[index], []
    top = len(roll.looks.head(entry, roll.width))
    if span.touches(0, top):
        found.append(_rows(lines, 0, top, span).strip("\n"))
    for rows, source in parts(roll.looks.markdown, entry.text, roll.width):
        end = top + len(rows)
        if rows and span.touches(top, end):
            alone = isinstance(rows[0], CodeRow) and span.first >= top and span.last < end
            whole = span.holds(lines, top, end) and not alone
            found.append(source.strip("\n") if whole else _partly(lines, top, end, span, source))
        top = end + bool(rows)
    return "\n\n".join(filter(None, found))


def _partly(lines: Sequence[Line], top: int, end: int, span: _Span, source: str) -> str:
    """Some rows of a block: of a table whole lines of the source, of a list with the signs of the source."""
    written = source.strip("\n").split("\n")
    first, last = max(top, span.first), min(end - 1, span.last)
    if len(written) > 1 and _RULE.fullmatch(written[1]) and len(written) == end - top and first < last:
        return "\n".join(written[first - top : last - top + 1])
    text = _rows(lines, top, end, span)
    return _MARK.sub(lambda mark: mark[1] + _SIGNS[mark[2]], text) if _LIST.match(source) else text


def _rows(lines: Sequence[Line], top: int, end: int, span: _Span) -> str:
    """The text of the rows without our marks; what was wrapped is one line again."""
    out: list[str] = []
    for row in range(max(top, span.first), min(end, span.last + 1)):
        line = lines[row]
        left = span.left if row == span.first else 0
        right = span.right if row == span.last else ROWS
        if out:
            out.append(line.joint if line.joint is not None else "\n")
        whole = line.source if isinstance(line, CodeRow) and not left and right >= len(line.text) else None
        out.append(line.text[max(left, line.gutter) : right] if whole is None else visible(whole))
    return "".join(out)
