"""Owns rows of text: styled runs wrapped by terminal cells, so that wide characters never break a column."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len, split_graphemes
from rich.segment import Segment
from rich.style import Style

from haikuterm.core.guard import visible

Run = tuple[str, Style]
TAB = 4

# A joiner outside an emoji makes Rich count the next letter as nothing, while terminals draw it: columns would shift.
_EMOJI = "\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"
_STRAY_JOINER = re.compile(f"\u200d(?![{_EMOJI}])|(?<![{_EMOJI}])\u200d")
_ATOM = re.compile(" +|[^ ]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the screen, at most as wide as it was made for.

    gutter: how many characters at the left are ours and not the text's. joint: what wrapping took out between the row
    above and this one, None where a line begins. fill: the style of the rest of the row, None for the widget's own.
    """

    segments: tuple[Segment, ...] = ()
    gutter: int = 0
    joint: str | None = None
    fill: Style | None = None

    @property
    def text(self) -> str:
        """The characters of the row."""
        return "".join(segment.text for segment in self.segments)


def plain(text: str) -> str:
    """The text as a terminal may get it: no controls, tabs as spaces, no joiners that confuse widths."""
    text = visible(text).expandtabs(TAB)
    return text if text.isascii() else _STRAY_JOINER.sub("", text)


def flow(runs: Iterable[Run], width: int, *, words: bool = True, fill: Style | None = None) -> list[Line]:
    """The runs as rows of at most `width` cells; a newline begins a new line.

    words: break between words where possible, else anywhere. A character wider than `width` gets a row of its own.
    """
    lines: list[Line] = []
    for part in _lines(runs):
        text = "".join(run[0] for run in part)
        marks = _marks(text, part)
        before: int | None = None
        for start, end in _rows(text, max(width, 1), words):
            joint = None if before is None else text[before:start]
            lines.append(Line(tuple(_cut(text, marks, start, end)), 0, joint, fill))
            before = end
    return lines


def prefixed(lines: Sequence[Line], first: Run, rest: Run) -> list[Line]:
    """The rows behind a mark of ours that is no part of the text: a quote's bar, the sign of who speaks."""
    marks = (Segment(*first), Segment(*rest))
    return [
        replace(line, segments=(marks[i > 0], *line.segments), gutter=line.gutter + len(marks[i > 0].text))
        for i, line in enumerate(lines)
    ]


def cut(text: str, width: int) -> str:
    """The text, shortened with an ellipsis to at most `width` cells."""
    if cell_len(text) <= width:
        return text
    if width < 2:
        return "…" * width
    return text[: _fit(text, 0, width - 1, len(text))] + "…"


def _lines(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """The runs cleaned and split at newlines; joiners and marks stay with the letter they belong to."""
    line: list[Run] = []
    for text, style in runs:
        head, *more = plain(text).split("\n")
        line.append((head, style))
        for piece in more:
            yield line
            line = [(piece, style)]
    yield line


def _marks(text: str, runs: list[Run]) -> list[tuple[int, Style]]:
    """Where each style ends in the text; never inside of what is drawn as one character."""
    marks: list[tuple[int, Style]] = []
    end = 0
    for piece, style in runs:
        end += len(piece)
        marks.append((end, style))
    if len(marks) == 1 or text.isascii():
        return marks
    ends = [span[1] for span in split_graphemes(text)[0]]
    return [(ends[min(bisect_right(ends, end - 1), len(ends) - 1)] if end else 0, style) for end, style in marks]


def _cut(text: str, marks: list[tuple[int, Style]], start: int, end: int) -> Iterator[Segment]:
    for stop, style in marks:
        if stop > start:
            yield Segment(text[start : min(stop, end)], style)
            start = stop
        if stop >= end:
            return


def _rows(text: str, width: int, words: bool) -> list[tuple[int, int]]:
    """Start and end of each row; between two rows only spaces are left out."""
    if cell_len(text) <= width:
        return [(0, len(text))]
    rows: list[tuple[int, int]] = []
    start = end = used = 0
    for left, right in _atoms(text) if words else ((0, len(text)),):
        cells = cell_len(text[left:right])
        if text[left] == " " and words:
            used += cells
            continue
        if used + cells > width:
            if end > start:
                rows.append((start, end))
            start, used = left, 0
            while (stop := _fit(text, left, width, right)) < right:
                rows.append((start, stop))
                start = left = stop
            cells = cell_len(text[left:right])
        used += cells
        end = right
    rows.append((start, max(end, start)))
    return rows


def _atoms(text: str) -> Iterator[tuple[int, int]]:
    """What stays together: words and runs of spaces; wide characters may be parted anywhere."""
    for match in _ATOM.finditer(text):
        left, right = match.span()
        word = match[0]
        if word.isascii() or cell_len(word) <= len(word):
            yield left, right
            continue
        at = left
        for start, end, cells in split_graphemes(word)[0]:
            if cells > 1:
                if at < left + start:
                    yield at, left + start
                yield left + start, left + end
                at = left + end
        if at < right:
            yield at, right


def _fit(text: str, left: int, width: int, right: int) -> int:
    """How far from `left` the text goes in `width` cells; one character at least."""
    piece = text[left : min(right, left + 4 * width + 16)]
    if piece.isascii():
        return min(left + max(width, 1), right)
    used = 0
    for start, end, cells in split_graphemes(piece)[0]:
        used += cells
        if used > width:
            return left + (start or end)
    return left + len(piece)
