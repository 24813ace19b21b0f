"""Fuzzy ranking of paths and names for completion."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple, TypeAlias

MANY = 2_000  # of the names that hold the query in one piece, so many short ones are weighed
SCATTERED = 400  # of those that hold its letters only here and there
PATCH = 1_000_000  # characters that are looked through for those where others are shown; the next letter goes on
SLICE = 200_000  # characters that are looked through in one go: other threads want their turn
END = "\0"  # stands between names: no file is called so

Row: TypeAlias = tuple[int, str]  # where a name begins in the text, and the name in lower case
Find: TypeAlias = Callable[[int, int], Iterator[Row]]  # those between two ENDs of the text that are wanted


class _Seen(NamedTuple):
    """What was found for a query, and the END up to which the text was looked through; the rest waits for the next."""

    rows: list[Row]
    end: int


_NOTHING = _Seen([], 0)


def rank(query: str, names: Iterable[str], limit: int = 50) -> list[str]:
    """The names that hold the query's letters in order, best first.

    Best is: the file's own name begins with the query, then holds it, then the path holds it, then the letters lie
    close together; shorter names before longer ones. A tuple is remembered: when the query of before goes on, only
    what was left of it is looked at.
    """
    wanted = lowered(query)
    if not wanted:
        return list(names)[:limit] if isinstance(names, Sequence) else sorted(names)[:limit]
    return (search(names) if isinstance(names, tuple) else Search(names)).best(wanted, limit)


def lowered(query: str) -> str:
    """A query as `Search.best` takes it."""
    return query.lower().replace("\\", "/").replace(END, "")


_last: list[tuple[tuple[str, ...], Search]] = []  # at most one: building it takes longer than using it


def search(names: tuple[str, ...]) -> Search:
    """What looks through these names; that of the last tuple is remembered."""
    known = next((found for given, found in _last if given is names), None)
    if known is None:
        known = Search(names)
        _last[:] = [(names, known)]
    return known


class Search:
    """Names in the order in which equally good ones are offered: short ones first. A folder among them ends with "/".

    All of them stand in one text, so that looking through them is left to C.
    """

    def __init__(self, names: Iterable[str]) -> None:
        lengths: dict[int, list[str]] = defaultdict(list)
        for name in sorted(names):  # not in one call that sorts by length: other threads want their turn
            lengths[len(name)].append(name)
        ordered = [name for length in sorted(lengths) for name in lengths[length]]
        self._text = END.join(["", *ordered, ""])
        self._low = self._text.lower()
        if not self._text.isascii():  # the lower case of some signs is longer
            rows = ((name, name.lower()) for name in ordered)
            self._low = END.join(["", *(low if len(low) == len(name) else name for name, low in rows), ""])
        self._last = ("", _NOTHING, _NOTHING)  # a query, and what was seen for it: one value, for threads share it

    def best(self, wanted: str, limit: int, enough: int = 0) -> list[str]:
        """The best names for a query in lower case.

        enough: so many that hold it in one piece are not followed by those that hold its letters here and there.
        """
        query, inside, apart = self._last
        if not wanted.startswith(query):
            inside = apart = _NOTHING
        holding = partial(self._holding, wanted)
        inside = self._look_on(inside, lambda low: wanted in low, holding, MANY, len(self._low))
        found = sorted(inside.rows, key=lambda row: _rung(wanted, row[1]))[:limit]
        if len(found) < min(limit, enough or limit):
            most, letters = max(limit, SCATTERED), partial(self._matching, _letters(wanted))
            far = PATCH if found else len(self._low)
            apart = self._look_on(apart, lambda low: _spread(wanted, low) >= 0, letters, 2 * most, far)
            scattered = [row for row in apart.rows if wanted not in row[1]][:most]
            found += sorted(scattered, key=lambda row: (_spread(wanted, row[1]), len(row[1])))
        self._last = (wanted, inside, apart)
        return [self._text[start : start + len(low)] for start, low in found[:limit]]

    def _look_on(self, seen: _Seen, fits: Callable[[str], bool], find: Find, most: int, far: int) -> _Seen:
        """Those of before that still fit, and the next ones from where the last look stopped.

        most: of them, far: characters further, after which it stops again.
        """
        rows, at = [row for row in seen.rows if fits(row[1])], seen.end
        far = min(at + far, len(self._low) - 1)
        while len(rows) < most and at < far:
            last = self._low.find(END, min(at + SLICE, len(self._low) - 1))
            for row in islice(find(at, last), most - len(rows)):
                rows.append(row)
                at = row[0] + len(row[1])  # the END behind it
            at = last if len(rows) < most else at
        return _Seen(rows, at)

    def _holding(self, wanted: str, first: int, last: int) -> Iterator[Row]:
        """Those between two ENDs that hold it in one piece."""
        at = first
        while (at := self._low.find(wanted, at, last)) >= 0:
            start = self._low.rfind(END, 0, at) + 1
            at = self._low.find(END, at)
            yield start, self._low[start:at]

    def _matching(self, pattern: re.Pattern[str], first: int, last: int) -> Iterator[Row]:
        """Those between two ENDs that match a pattern, which begins with an END."""
        for found in pattern.finditer(self._low, first, last):
            start = found.start() + 1
            yield start, self._low[start : self._low.find(END, start)]


def _rung(wanted: str, low: str) -> int:
    """0: the name or its last part begins with it; 1: the last part holds it; 2: the name does."""
    base = low.rfind("/", 0, -1) + 1
    if low.startswith(wanted) or low.startswith(wanted, base):
        return 0
    return 1 if low.find(wanted, base) >= 0 else 2


def _letters(wanted: str) -> re.Pattern[str]:
    """The letters in this order in a name; it never goes back, so it takes as long as reading does."""
    return re.compile(END + "".join(f"[^{re.escape(sign)}{END}]*+{re.escape(sign)}" for sign in wanted))


def _spread(wanted: str, low: str) -> int:
    """How far the letters lie from each other; -1 where they are not there, in this order."""
    first = at = low.find(wanted[0])
    for letter in wanted[1:]:
        if at < 0:
            return -1
        at = low.find(letter, at + 1)
    return at - first if at >= 0 else -1
