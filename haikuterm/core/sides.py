"""Which removed line stands beside which added one: a hunk as rows of two columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from haikuterm.core.diff import DiffLine, Hunk

MOST = 400  # comparisons to place the lines of one change; with more of them the lines pair up in their order
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Row:
    """The lines that stand side by side, as indices into the hunk's lines; None for an empty place."""

    left: int | None
    right: int | None


def side_rows(hunk: Hunk) -> tuple[Row, ...]:
    """The rows of the hunk: unchanged lines on both sides, of each change as many rows as its longer side has lines.

    The shorter side's lines keep their order and stand beside those they have most words in common with.
    """
    rows: list[Row] = []
    minus: list[int] = []
    plus: list[int] = []
    for n, line in enumerate(hunk.lines):
        if line.mark != " ":
            (minus if line.mark == "-" else plus).append(n)
            continue
        if minus or plus:
            rows += _change(hunk.lines, minus, plus)
            minus, plus = [], []
        rows.append(Row(n, n))
    rows += _change(hunk.lines, minus, plus)
    return tuple(rows)


def _change(lines: Sequence[DiffLine], minus: list[int], plus: list[int]) -> Iterator[Row]:
    """The rows of one change."""
    if len(minus) > len(plus):
        places = _places(lines, plus, minus)
        for n, left in enumerate(minus):
            yield Row(left, places.get(n))
    else:
        places = _places(lines, minus, plus)
        for n, right in enumerate(plus):
            yield Row(places.get(n), right)


def _places(lines: Sequence[DiffLine], few: list[int], many: list[int]) -> dict[int, int]:
    """Beside which of the many (by position) each of the few stands."""
    spare = len(many) - len(few)
    if not spare or not few or len(few) * (spare + 1) > MOST:
        return dict(enumerate(few))
    words = {n: frozenset(_WORD.findall(lines[n].text)) for n in (*few, *many)}
    # best[gap]: how much the few so far have in common with theirs, where `gap` of the many were left out before
    best, chosen = [0.0] * (spare + 1), []
    for at, n in enumerate(few):
        sums = [best[gap] + _common(words[n], words[many[at + gap]]) for gap in range(spare + 1)]
        gaps = [0]
        for gap in range(1, spare + 1):
            gaps.append(gap if sums[gap] > sums[gaps[-1]] else gaps[-1])
        best = [sums[gap] for gap in gaps]
        chosen.append(gaps)
    places, gap = {}, spare
    for at in range(len(few) - 1, -1, -1):
        gap = chosen[at][gap]
        places[at + gap] = few[at]
    return places


def _common(one: frozenset[str], other: frozenset[str]) -> float:
    """How much of their words two lines share, 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
