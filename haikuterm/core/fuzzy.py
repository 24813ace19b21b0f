"""Fuzzy ranking of paths and names for completion."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

MANY = 2_000  # of the names that hold the query in one piece, so many short ones are weighed
SCATTERED = 400  # of those that hold its letters only here and there
SLICE = 200_000  # characters that are looked through in one go: other threads want their turn
END = "\0"  # stands between names: no file is called so

Row: TypeAlias = tuple[int, str]  # where a name begins in the text, and the name in lower case


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
        lengths: dict[int, list[str]] = {}
        for name in sorted(names):  # not in one call that sorts by length: other threads want their turn
            lengths.setdefault(len(name), []).append(name)
        ordered = [name for length in sorted(lengths) for name in lengths[length]]
        self._text = END.join(["", *ordered, ""])
        self._low = self._text.lower()
        if not self._text.isascii():  # the lower case of some signs is longer
            rows = ((name, name.lower()) for name in ordered)
            self._low = END.join(["", *(low if len(low) == len(name) else name for name, low in rows), ""])
        # A query, and all that hold it in one piece, or its letters, where those are few: one value, threads share it.
        self._few: tuple[str, list[Row] | None, list[Row] | None] = ("", None, None)

    def best(self, wanted: str, limit: int) -> list[str]:
        """The best names for a query in lower case."""
        query, inside, loose = self._few
        if not wanted.startswith(query):
            inside = loose = None
        if inside is None:
            holding = [*islice(self._holding(wanted), MANY)]
            inside = holding if len(holding) < MANY else None
        else:
            holding = inside = [row for row in inside if wanted in row[1]]
        found = sorted(holding, key=lambda row: _rung(wanted, row[1]))[:limit]
        if len(found) < limit:
            loose, scattered = self._scattered(wanted, loose, max(limit, SCATTERED))
            found += scattered
        self._few = (wanted, inside, loose)
        return [self._text[start : start + len(low)] for start, low in found[:limit]]

    def _scattered(self, wanted: str, known: list[Row] | None, limit: int) -> tuple[list[Row] | None, list[Row]]:
        """All that hold the letters, if they are few; and the first few that do but not in one piece, closest first."""
        if known is None:
            holding = [*islice(self._matching(_letters(wanted)), 2 * limit)]
        else:
            holding = [row for row in known if _spread(wanted, row[1]) >= 0]
        apart = [row for row in holding if wanted not in row[1]][:limit]
        apart.sort(key=lambda row: (_spread(wanted, row[1]), len(row[1])))
        return holding if len(holding) < 2 * limit else None, apart

    def _holding(self, wanted: str) -> Iterator[Row]:
        """Those that hold it in one piece."""
        for first, last in self._slices():
            at = first
            while (at := self._low.find(wanted, at, last)) >= 0:
                start = self._low.rfind(END, 0, at) + 1
                at = self._low.find(END, at)
                yield start, self._low[start:at]

    def _matching(self, pattern: re.Pattern[str]) -> Iterator[Row]:
        """Those that match a pattern, which begins with an END."""
        for first, last in self._slices():
            for found in pattern.finditer(self._low, first, last):
                start = found.start() + 1
                yield start, self._low[start : self._low.find(END, start)]

    def _slices(self) -> Iterator[tuple[int, int]]:
        """From one END to another."""
        first, length = 0, len(self._low)
        while first < length - 1:
            last = self._low.find(END, min(first + SLICE, length - 1))
            yield first, last
            first = last


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
