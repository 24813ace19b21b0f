"""Owns what the terminal shows now, and the fewest bytes that make it show something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.color import ColorSystem
from textual.strip import Strip

from haikuterm.ui.tui.pens import Pen, Run, pens_of, written

ALIKE = 8  # rows of the same text that are looked at as where one may have come from
LEAST = 4  # rows that scrolling must save before it is worth its bytes and the risk of a flicker

# Cells whose width no terminal disagrees about: only in rows of these is a part of a row written on its own.
_SAFE = frozenset("–—‘’“”„…‹›€→←↑↓·•❯") | frozenset(
    map(chr, (*range(0x20, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x300), *range(0x2500, 0x25A0)))
)


@dataclass(slots=True)
class Piece:
    """Cells of one row, from where it is kept up to `end`. runs: its text and pens, once somebody needed them."""

    end: int
    strip: Strip
    runs: list[Run] | None = None


Row = dict[int, Piece]
Chops = Mapping[int, Strip | None]  # strips by where they begin; None: nobody knows this one, and it did not change
Span = tuple[int, int, int]  # row, first cell, the cell after the last one


class Picture:
    """The screen as it was last written: what is not in it, nobody knows.

    system: the colours that the terminal has.
    """

    def __init__(self, system: ColorSystem) -> None:
        self._system = system
        self._rows: list[Row] = []

    def whole(self, lines: Iterable[Iterable[Strip]]) -> str:
        """Write everything, whatever the terminal shows; lines: all rows, each as its strips from left to right."""
        rows: list[Row] = []
        for line in lines:
            row: Row = {}
            x = 0
            for strip in line:
                row[x] = Piece(x + strip.cell_length, strip)
                x += strip.cell_length
            rows.append(row)
        self._rows = [{} for _ in rows]
        return self._write(dict(enumerate(rows)))

    def part(self, chops: Sequence[Chops], ends: Sequence[Sequence[int]], spans: Iterable[Span]) -> str:
        """Write what differs in these spans; chops: the strips of each row, ends: where each of them ends."""
        wanted: dict[int, Row] = {}
        for y, left, right in spans:
            if y >= len(self._rows):
                continue
            row = wanted.setdefault(y, dict(self._rows[y]))
            for end, (x, strip) in zip(ends[y], chops[y].items(), strict=False):
                start, stop = max(x, left), min(end, right)
                if strip is not None and start < stop:
                    _place(row, start, stop, strip if stop - start == end - x else strip.crop(start - x, stop - x))
        scrolled = self._scroll(wanted)
        return scrolled + self._write(wanted)

    def _scroll(self, wanted: dict[int, Row]) -> str:
        """Move rows where that saves more than it costs; the rows moved in are wanted too, as they were."""
        column, shift, rows = self._shift(wanted)
        if not rows:
            return ""
        first, last = _reach(self._rows, wanted, column, rows, shift)
        for y in range(first, last + 1):
            wanted.setdefault(y, self._rows[y])
        moved = self._rows[first : last + 1]
        empty: list[Row] = [{} for _ in range(min(abs(shift), len(moved)))]
        if shift > 0:
            self._rows[first : last + 1] = moved[shift:] + empty
            step = f"\x1b[{first + 1};1H\x1b[{shift}M"
        else:
            self._rows[first : last + 1] = empty + moved[:shift]
            step = f"\x1b[{first + 1};1H\x1b[{-shift}L"
        return f"\x1b[{first + 1};{last + 1}r{step}\x1b[r"

    def _shift(self, wanted: dict[int, Row]) -> tuple[int, int, list[int]]:
        """How many rows further down most of what is wanted stands now; before it the column, after it those rows."""
        stood: dict[tuple[int, str], list[int]] = {}
        others: list[tuple[int, int, str]] = []
        for y, row in wanted.items():
            x, piece = max(row.items(), key=lambda item: item[1].end - item[0], default=(0, None))
            before = self._rows[y].get(x)
            if piece is None or before is None or before.end != piece.end or before.strip is piece.strip:
                continue
            text, old = piece.strip.text, before.strip.text
            if text != old and not text.isspace():
                others.append((y, x, text))
            stood.setdefault((x, old), []).append(y)
        votes: dict[tuple[int, int], list[int]] = {}
        for y, x, text in others:
            for place in stood.get((x, text), ())[:ALIKE]:
                votes.setdefault((x, place - y), []).append(y)
        (column, shift), rows = max(votes.items(), key=lambda vote: len(vote[1]), default=((0, 0), []))
        return (column, shift, rows) if len(rows) >= LEAST else (0, 0, [])

    def _write(self, wanted: dict[int, Row]) -> str:
        out: list[str] = []
        pen: Pen | None = None
        for y in sorted(wanted):
            old = self._rows[y]
            for x, piece in wanted[y].items():
                before = old.get(x)
                known = before if before is not None and before.end == piece.end else None
                if known is not None and known.strip is piece.strip:
                    continue
                skip, runs = self._difference(known, piece)
                if runs:
                    out.append(f"\x1b[{y + 1};{x + skip + 1}H")
                    text, pen = written(runs, pen)
                    out.append(text)
            self._rows[y] = wanted[y]
        if pen is not None and pen != Pen():
            out.append("\x1b[0m")
        return "".join(out)

    def _difference(self, before: Piece | None, piece: Piece) -> tuple[int, list[Run]]:
        """How many cells at the left stay as they are, and what stands after them up to where nothing differs again."""
        new = self._runs(piece)
        if before is None:
            return 0, new
        old = self._runs(before)
        if old == new:
            return 0, []
        if not (_safe(old) and _safe(new)):
            return 0, new
        before_cells, cells = _cells(old), _cells(new)
        return _middle(before_cells, cells) if len(before_cells) == len(cells) else (0, new)

    def _runs(self, piece: Piece) -> list[Run]:
        if piece.runs is None:
            piece.runs = pens_of(piece.strip, self._system)
        return piece.runs


def _place(row: Row, start: int, stop: int, strip: Strip) -> None:
    """Put a strip into a row, over what was there."""
    there = row.get(start)
    if there is not None and there.end == stop:
        if there.strip is not strip:
            row[start] = Piece(stop, strip)
        return
    pieces = [(start, Piece(stop, strip))]
    for x, piece in row.items():
        if x < start:
            end = min(piece.end, start)
            pieces.append((x, piece if end == piece.end else Piece(end, piece.strip.crop(0, end - x))))
        if piece.end > stop:
            begin = max(x, stop)
            pieces.append(
                (begin, piece if begin == x else Piece(piece.end, piece.strip.crop(begin - x, piece.end - x)))
            )
    row.clear()
    row.update(sorted(pieces, key=lambda item: item[0]))


def _reach(rows: list[Row], wanted: dict[int, Row], column: int, moved: list[int], shift: int) -> tuple[int, int]:
    """The first and the last row of what scrolls: as far as the column goes, for a row half written scrolls too."""
    first, last = min(*moved, *(y + shift for y in moved)), max(*moved, *(y + shift for y in moved))
    end = wanted[moved[0]][column].end

    def same(y: int) -> bool:
        return y in wanted and all(column in row and row[column].end == end for row in (wanted[y], rows[y]))

    while same(first - 1):
        first -= 1
    while same(last + 1):
        last += 1
    return first, last


def _safe(runs: Iterable[Run]) -> bool:
    return all(text.isascii() or _SAFE.issuperset(text) for text, _ in runs)


def _cells(runs: Iterable[Run]) -> list[tuple[str, Pen]]:
    return [(sign, pen) for text, pen in runs for sign in text]


def _middle(old: list[tuple[str, Pen]], new: list[tuple[str, Pen]]) -> tuple[int, list[Run]]:
    """The cells between what both begin with and what both end with."""
    left = 0
    while old[left] == new[left]:
        left += 1
    right = len(new)
    while old[right - 1] == new[right - 1]:
        right -= 1
    return left, list(_joined(new[left:right]))


def _joined(cells: Iterable[tuple[str, Pen]]) -> Iterator[Run]:
    text, pen = "", Pen()
    for sign, own in cells:
        if text and own != pen:
            yield text, pen
            text = ""
        text, pen = text + sign, own
    if text:
        yield text, pen
