"""Owns the search in the conversation: where words stand, counted in what was said, marked in what is shown."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.style import Style

from haikuterm.ui.tui.flow import Line
from haikuterm.ui.tui.selecting import Mark

if TYPE_CHECKING:
    from haikuterm.ui.tui.entries import Entry

MOST = 9_999  # places that are counted
CURRENT, OTHER = Style(reverse=True, bold=True), Style(underline=True, bold=True)
UNSEARCHED = frozenset({"charge"})
Hit = tuple[int, int, int]  # a row of an entry, and the characters in it


def pattern(words: str) -> re.Pattern[str]:
    """What finds the words one after the other, whatever marks or line ends stand between them.

    Capital letters count only where the user typed one.
    """
    flags = re.IGNORECASE if words == words.lower() else re.NOFLAG
    return re.compile(r"[\s*_`~]+".join(map(re.escape, words.split())), flags)


class Search:
    """The places of some words. found: entry and number within it, in order; at: which of them is looked at."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.found: list[tuple[int, int]] = []
        self.at = -1
        self.over = not words.strip()
        self._pattern = pattern(words)
        self._entries: Sequence[Entry] = ()
        self._scanned = 0  # so many entries were looked through
        self._line_seen: tuple[Line, Line, list[list[Hit]]] | None = None

    def scan(self, entries: Sequence[Entry]) -> Iterator[None]:
        """Look through all entries, with a stop after each; the next time only through those that came since.

        The last one may have grown, so it is looked through again.
        """
        first = max(0, self._scanned - 1) if entries is self._entries else 0
        self._entries = entries
        del self.found[bisect_left(self.found, (first, 0)) :]
        self.over = not self.words.strip()
        for index in range(first, len(entries)):
            entry = entries[index]
            if entry.kind not in UNSEARCHED and not self.over:
                text = f"{entry.text}\n{entry.more}" if entry.more else entry.text
                self.found += [(index, number) for number, _ in enumerate(self._pattern.finditer(text))]
                self.over = len(self.found) > MOST
            self._scanned = index + 1
            yield
        self.over = True

    def start(self, index: int) -> None:
        """Look at the last place up to an entry, else at the first one."""
        self.at = max(0, bisect_right(self.found, (index, MOST)) - 1) if self.found else -1

    def step(self, by: int) -> None:
        """Look at the next place, or the one before; round and round."""
        if self.found:
            self.at = (self.at + by) % len(self.found)

    @property
    def count(self) -> str:
        """As in "3 of 17"."""
        if not self.found:
            return "not found" if self.over and self.words.strip() else ""
        most = f"{MOST:,}+" if len(self.found) > MOST else f"{len(self.found):,}"
        return f"{self.at + 1:,} of {most}"

    def marks(self, row: int, lines: Sequence[Line], current: Sequence[Hit]) -> Iterator[Mark]:
        """What is painted on a row of these. current: the hits of the place that is looked at, if it is among them."""
        if not self.words.strip():
            return
        first, end = row, row + 1
        while first and lines[first].joint is not None:
            first -= 1
        while end < len(lines) and lines[end].joint is not None:
            end += 1
        for hit in (hit for group in self._groups(lines, first, end) for hit in group if hit[0] == row):
            yield hit[1], hit[2], CURRENT if hit in current else OTHER

    def groups(self, lines: Sequence[Line]) -> list[list[Hit]]:
        """Where the words stand in these rows of one entry: for each place a hit in each row that it takes."""
        groups: list[list[Hit]] = []
        first = 0
        for end in range(1, len(lines) + 1):
            if end == len(lines) or lines[end].joint is None:
                groups += self._line(lines, first, end)
                first = end
        return groups

    def _groups(self, lines: Sequence[Line], first: int, end: int) -> list[list[Hit]]:
        """Those of one line; kept, for each of its rows asks, and it may have very many."""
        seen = self._line_seen
        if seen is None or seen[0] is not lines[first] or seen[1] is not lines[end - 1]:
            seen = self._line_seen = (lines[first], lines[end - 1], list(self._line(lines, first, end)))
        return seen[2]

    def _line(self, lines: Sequence[Line], first: int, end: int) -> Iterator[list[Hit]]:
        """Those of one line, which may have been wrapped to several rows."""
        starts, text = [], ""
        for row in range(first, end):
            text += lines[row].joint or ""
            starts.append(len(text))
            text += lines[row].text[lines[row].gutter :]
        for match in self._pattern.finditer(text):
            group = []
            for row, start in enumerate(starts, first):
                size = len(lines[row].text) - lines[row].gutter
                left, right = max(match.start() - start, 0), min(match.end() - start, size)
                if left < right:
                    group.append((row, left + lines[row].gutter, right + lines[row].gutter))
            yield group
