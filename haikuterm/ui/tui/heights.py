"""Owns how high entries are that stand one under the other: a guess for each, until somebody has measured it."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

# A place: an entry and a row in it. It stays what it is while heights above turn out to be different.
Place = tuple[int, int]
Size = tuple[int, int]  # of an entry: rows that it has at least, and characters in them


class Heights:
    """The heights of all entries at one width, and the row at which each begins."""

    def __init__(self) -> None:
        self.width = 1
        self._rows: list[int] = []
        self._measured: list[bool] = []
        self._sizes: list[Size] = []
        self._tops: list[int] = [0]  # one more than entries; right up to and with index _right
        self._right = 0

    @property
    def total(self) -> int:
        """The height of all entries."""
        return self.top(len(self._rows))

    def add(self, size: Size) -> None:
        """One more entry at the end."""
        self._sizes.append(size)
        self._rows.append(self._guess(size))
        self._measured.append(False)
        self._tops.append(0)

    def change(self, index: int, size: Size) -> bool:
        """An entry is another one now; whether its height was known."""
        self._sizes[index] = size
        known, self._measured[index] = self._measured[index], False
        self._set(index, self._guess(size))
        return known

    def measure(self, index: int, rows: int, size: Size | None = None) -> None:
        """An entry has so many rows. size: where that is another one too."""
        self._measured[index] = True
        self._sizes[index] = size or self._sizes[index]
        self._set(index, rows)

    def resize(self, width: int) -> None:
        """Another width: all heights are guesses again."""
        self.width = width
        self._rows = [self._guess(size) for size in self._sizes]
        self._measured = [False] * len(self._rows)
        self._right = 0

    def known(self, index: int) -> bool:
        """Whether the entry was measured."""
        return self._measured[index]

    def of(self, index: int) -> int:
        """How many rows the entry has, or about how many."""
        return self._rows[index]

    def top(self, index: int) -> int:
        """The row at which an entry begins."""
        if index > self._right:
            start = self._right
            self._tops[start:] = accumulate(self._rows[start:], initial=self._tops[start])
            self._right = len(self._rows)
        return self._tops[index]

    def place(self, y: int) -> Place | None:
        """What stands at row y; None below the end."""
        if not 0 <= y < self.total:
            return None
        index = bisect_right(self._tops, y) - 1
        return index, y - self._tops[index]

    def _guess(self, size: Size) -> int:
        rows, signs = size
        return rows + signs // (self.width or 1)

    def _set(self, index: int, rows: int) -> None:
        if self._rows[index] != rows:
            self._rows[index] = rows
            self._right = min(self._right, index)
