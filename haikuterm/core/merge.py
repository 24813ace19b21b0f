"""Three versions of a file to one: what was changed on two sides of a common base, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from haikuterm.core.diff import spans
from haikuterm.core.textfile import decode, is_binary, keep_ends


@dataclass(frozen=True, slots=True)
class Merged:
    """The outcome. conflicts: 1-based lines of `data` at which both sides changed the same; the current lines stay."""

    data: bytes
    conflicts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines start..end of the base (0-based, end exclusive) became `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


def merge(base: bytes, current: bytes, wanted: bytes) -> Merged | None:
    """What `wanted` changed in the base, made in the current bytes; None for what has no lines in one encoding.

    Changes that overlap or touch are conflicts, unless they are the same: there the current lines stay.
    """
    if any(is_binary(data) for data in (base, current, wanted)):
        return None
    file = decode(base)
    if any(decode(data).encoding != file.encoding or decode(data).bom != file.bom for data in (current, wanted)):
        return None
    old, mine, theirs = (keep_ends(decode(data).text) for data in (base, current, wanted))
    rows: list[str] = []
    conflicts: list[int] = []
    at = 0
    for left, right in _regions(_changes(old, mine), _changes(old, theirs)):
        start, end = min(c.start for c in (*left, *right)), max(c.end for c in (*left, *right))
        rows += old[at:start]
        one, other = (_result(old, start, end, side) for side in (left, right))
        if left and right and one != other:
            conflicts.append(len(rows) + 1)
        rows += one if left else other
        at = end
    return Merged(decode(current).encode("".join([*rows, *old[at:]])), tuple(conflicts))


def _changes(old: Sequence[str], new: Sequence[str]) -> list[_Change]:
    return [_Change(i1, i2, tuple(new[j1:j2])) for i1, i2, j1, j2 in spans(old, new)]


def _regions(left: list[_Change], right: list[_Change]) -> Iterator[tuple[list[_Change], list[_Change]]]:
    """The changes of both sides in groups that overlap or touch, in order."""
    waiting = (left[::-1], right[::-1])
    while any(waiting):
        group: tuple[list[_Change], list[_Change]] = ([], [])
        first = min((side[-1].start, n) for n, side in enumerate(waiting) if side)[1]
        group[first].append(waiting[first].pop())
        end = group[first][0].end
        grown = True
        while grown:
            grown = False
            for side, taken in zip(waiting, group, strict=True):
                while side and side[-1].start <= end:
                    taken.append(side.pop())
                    end, grown = max(end, taken[-1].end), True
        yield group


def _result(old: Sequence[str], start: int, end: int, changes: Sequence[_Change]) -> list[str]:
    """The base's lines start..end as one side has them."""
    rows: list[str] = []
    for change in changes:
        rows += [*old[start : change.start], *change.lines]
        start = change.end
    return [*rows, *old[start:end]]
