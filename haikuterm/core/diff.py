"""A change as the lines of a diff, for every face to draw: which lines stay, which go, which come."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from haikuterm.core.changes import FileChange
from haikuterm.core.textfile import decode_both, is_binary

Mark = Literal[" ", "-", "+"]
Span: TypeAlias = tuple[int, int, int, int]  # old[i1:i2] became new[j1:j2]
Run: TypeAlias = tuple[int, int, int]  # old[i : i + n] is new[j : j + n]
CONTEXT = 3
SMALL = 2_000  # pairs of lines that difflib may look at in one go
WINDOW = 32  # lines on each side that are looked at together where no line is unique
NEW, DELETED = "new file", "deleted"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line. old, new: its 1-based numbers, None where it does not stand. text: without its line ending."""

    mark: Mark
    old: int | None
    new: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that lie together. old, new: which lines of the file before and after, 0-based, the end exclusive."""

    old: tuple[int, int]
    new: tuple[int, int]
    lines: tuple[DiffLine, ...]

    @property
    def header(self) -> str:
        """The hunk's first line in a unified diff."""
        (a, b), (c, d) = self.old, self.new
        return f"@@ -{a + (b > a)},{b - a} +{c + (d > c)},{d - c} @@"

    def unified(self) -> str:
        """The hunk as text, its header first; lines as they are, not for a terminal."""
        return "".join(f"{row}\n" for row in (self.header, *(f"{line.mark}{line.text}" for line in self.lines)))


@dataclass(frozen=True, slots=True)
class FileDiff:
    """A file's change. note: what lines cannot show: NEW, DELETED or "binary file"."""

    path: str
    hunks: tuple[Hunk, ...]
    added: int
    removed: int
    note: str = ""

    @property
    def heads(self) -> tuple[str, str]:
        """The two lines that name the file before and after."""
        old = "/dev/null" if self.note == NEW else f"a/{self.path}"
        new = "/dev/null" if self.note == DELETED else f"b/{self.path}"
        return f"--- {old}", f"+++ {new}"

    def unified(self) -> str:
        """The change as the text of a unified diff that `git apply` takes; lines as they are, not for a terminal."""
        rows = self.heads if self.hunks else (*self.heads, self.note)
        return "".join(f"{row}\n" for row in rows) + "".join(hunk.unified() for hunk in self.hunks)


def diff(change: FileChange, context: int = CONTEXT) -> FileDiff:
    """The lines of a change."""
    if is_binary(change.before or b"") or is_binary(change.after or b""):
        return FileDiff(change.path, (), 0, 0, "binary file")
    _, *sides = decode_both(change.before, change.after)
    old, new = map(_lines, sides)
    hunks = tuple(_hunk(group, old, new) for group in _groups(spans(old, new), len(old), context))
    marks = [line.mark for hunk in hunks for line in hunk.lines]
    return FileDiff(change.path, hunks, marks.count("+"), marks.count("-"), _note(change))


def spans(old: Sequence[str], new: Sequence[str]) -> list[Span]:
    """What changed between the lines `old` and `new`, in order, with at least one kept line between two spans.

    Lines that occur once on both sides are found first and hold the rest in place. Takes about as long as the lines
    are many: where few are unique and much differs, a span may hold lines that could have been kept.
    """
    if len(old) == len(new) == 1:
        return [] if old[0] == new[0] else [(0, 1, 0, 1)]
    numbers: dict[str, int] = {}
    one, other = ([numbers.setdefault(line, len(numbers)) for line in lines] for lines in (old, new))
    changed: list[Span] = []
    i = j = 0
    for i1, j1, size in [*_Alignment(one, other).kept(), (len(one), len(other), 0)]:
        if i1 > i or j1 > j:
            changed.append((i, i1, j, j1))
        i, j = i1 + size, j1 + size
    return changed


class _Alignment:
    """Which lines of two texts stay, the lines as numbers that are the same where the lines are.

    looks, windows: how much work is left to be spent; when it is used up, what was not looked at has changed.
    """

    def __init__(self, old: Sequence[int], new: Sequence[int]) -> None:
        self.old, self.new = old, new
        self.looks = 40 * (len(old) + len(new))
        self.windows = WINDOW + (len(old) + len(new)) // WINDOW

    def kept(self) -> list[Run]:
        """Runs of lines that stay, in order."""
        found: list[Run] = []
        waiting: list[Span] = [(0, len(self.old), 0, len(self.new))]
        while waiting:
            i1, i2, j1, j2 = waiting.pop()
            self.looks -= i2 - i1 + j2 - j1
            head = _alike(self.old[i1:i2], self.new[j1:j2])
            tail = _alike(self.old[i1 + head : i2][::-1], self.new[j1 + head : j2][::-1])
            found += [(i1, j1, head), (i2 - tail, j2 - tail, tail)]
            i1, i2, j1, j2 = i1 + head, i2 - tail, j1 + head, j2 - tail
            if i1 == i2 or j1 == j2 or self.looks < 0:
                continue
            if (i2 - i1) * (j2 - j1) <= SMALL:
                found += ((i1 + i, j1 + j, size) for i, j, size in _blocks(self.old[i1:i2], self.new[j1:j2]))
            elif anchors := self._anchors(i1, i2, j1, j2):
                waiting += _between([(i1, j1), *anchors, (i2, j2)])
            else:
                found += self._by_windows(i1, i2, j1, j2)
        return sorted(run for run in found if run[2])

    def _anchors(self, i1: int, i2: int, j1: int, j2: int) -> list[tuple[int, int]]:
        """Pairs of lines that occur once on both sides, as many as stand in the same order."""
        there = _once(self.new, j1, j2)
        return _increasing([(i, there[line]) for line, i in _once(self.old, i1, i2).items() if line in there])

    def _by_windows(self, i1: int, i2: int, j1: int, j2: int) -> Iterator[Run]:
        """Runs found a few lines at a time, past lines that only one side has."""
        shared = {*self.old[i1:i2]} & {*self.new[j1:j2]}
        rows = [i for i in range(i1, i2) if self.old[i] in shared]
        columns = [j for j in range(j1, j2) if self.new[j] in shared]
        x = y = 0
        while x < len(rows) and y < len(columns) and self.windows > 0:
            one = [self.old[i] for i in rows[x : x + WINDOW]]
            other = [self.new[j] for j in columns[y : y + WINDOW]]
            self.windows -= one != other
            blocks = [(0, 0, len(one))] if one == other else _blocks(one, other)
            for a, b, size in blocks:
                yield from ((rows[x + a + n], columns[y + b + n], 1) for n in range(size))
            a, b, size = blocks[-1] if blocks else (WINDOW, WINDOW, 0)
            x, y = x + a + size, y + b + size


def _alike(one: Sequence[object], other: Sequence[object]) -> int:
    """How many lines are the same from the beginning on."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _blocks(old: Sequence[int], new: Sequence[int]) -> list[Run]:
    """The runs that difflib finds; it looks for the longest first, which reads well."""
    from difflib import SequenceMatcher  # not needed to start

    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [(i, j, size) for i, j, size in matcher.get_matching_blocks()[:-1]]


def _between(points: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """From each point to the next."""
    return ((i, k, j, m) for (i, j), (k, m) in pairwise(points))


def _once(lines: Sequence[int], start: int, end: int) -> dict[int, int]:
    """Line -> where it stands, of those that occur once between start and end."""
    seen = Counter(lines[start:end])
    return {lines[n]: n for n in range(start, end) if seen[lines[n]] == 1}


def _increasing(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """As many of the pairs as rise on both sides; the first sides rise already (patience sorting)."""
    ends: list[int] = []  # the smallest second side that a row of each length ends in
    last: list[int] = []  # which pair that is
    before: list[int] = []  # for each pair, the one before it in its row
    for n, (_, j) in enumerate(pairs):
        at = bisect_left(ends, j)
        before.append(last[at - 1] if at else -1)
        ends[at : at + 1], last[at : at + 1] = [j], [n]
    row, n = [], last[-1] if last else -1
    while n >= 0:
        row.append(pairs[n])
        n = before[n]
    return row[::-1]


def _lines(text: str) -> list[str]:
    """Split on line feeds only: other separators are part of a line."""
    lines = text.split("\n")
    if lines[-1] == "":
        return lines[:-1]
    return [*lines[:-1], lines[-1] + "\n\\ No newline at end of file"]


def _note(change: FileChange) -> str:
    if change.before is None:
        return NEW
    return DELETED if change.after is None else ""


def _groups(changed: Sequence[Span], old: int, context: int) -> Iterator[list[Span]]:
    """The changes that lie near each other, and around each one what stays; every other span is unchanged.

    old: how many lines there were.
    """
    group: list[Span] = []
    for n, (i1, i2, j1, j2) in enumerate(changed):
        if not group:
            kept = min(context, i1 - (changed[n - 1][1] if n else 0))
            group = [(i1 - kept, i1, j1 - kept, j1)]
        last = n + 1 == len(changed)
        gap = (old if last else changed[n + 1][0]) - i2
        ends = last or gap > 2 * context
        kept = min(context, gap) if ends else gap
        group += [(i1, i2, j1, j2), (i2, i2 + kept, j2, j2 + kept)]
        if ends:
            yield group
            group = []


def _hunk(group: Sequence[Span], old: Sequence[str], new: Sequence[str]) -> Hunk:
    lines: list[DiffLine] = []
    for n, (i1, i2, j1, j2) in enumerate(group):
        if n % 2 == 0:
            lines += [DiffLine(" ", i + 1, i + 1 - i1 + j1, old[i]) for i in range(i1, i2)]
            continue
        lines += [DiffLine("-", i + 1, None, old[i]) for i in range(i1, i2)]
        lines += [DiffLine("+", None, j + 1, new[j]) for j in range(j1, j2)]
    return Hunk((group[0][0], group[-1][1]), (group[0][2], group[-1][3]), tuple(lines))
