"""Owns the search in the conversation: where words stand, counted in what was said, marked in what is shown."""

from __future__ import annotations

import re
from bisect import bisect_right
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
        self._hits: tuple[Sequence[Line] | None, list[Hit]] = (None, [])

    def scan(self, entries: Sequence[Entry]) -> Iterator[None]:
        """Look through all entries, with a stop after each."""
        for index, entry in enumerate(entries):
            if entry.kind not in UNSEARCHED and not self.over:
                text = f"{entry.text}\n{entry.more}" if entry.more else entry.text
                self.found += [(index, number) for number, _ in enumerate(self._pattern.finditer(text))]
                self.over = len(self.found) > MOST
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

    def hits(self, lines: Sequence[Line]) -> list[Hit]:
        """Where the words stand in these rows of one entry, a hit for each row that they take."""
        if not self.words.strip():
            return []
        if self._hits[0] is not lines or not self.over:
            self._hits = (lines, [hit for group in self.groups(lines) for hit in group])
        return self._hits[1]

    def marks(self, row: int, lines: Sequence[Line], current: Sequence[Hit]) -> Iterator[Mark]:
        """What is painted on a row of these. current: the hits of the place that is looked at, if it is among them."""
        for hit in self.hits(lines):
            if hit[0] == row:
                yield hit[1], hit[2], CURRENT if hit in current else OTHER

    def groups(self, lines: Sequence[Line]) -> list[list[Hit]]:
        """The same, one list for each place."""
        groups: list[list[Hit]] = []
        first = 0
        for end in range(1, len(lines) + 1):
            if end == len(lines) or lines[end].joint is None:
                groups += self._line(lines, first, end)
                first = end
        return groups

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
