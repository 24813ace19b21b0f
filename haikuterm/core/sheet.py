"""A text as lines: as the model sees them, and as they stand in the file."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)  # no slots: the offsets are worked out once, when they are asked for
class Sheet:
    """A text split on line feeds only: what other separators part is one line.

    raw: the lines with the CR that ends some of them. lines: without it. The last one has no ending, and is empty
    where the text ends in a line feed.
    """

    raw: tuple[str, ...]
    lines: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Sheet:
        """The text's sheet."""
        raw = tuple(text.split("\n"))
        return cls(raw, (*(row.removesuffix("\r") for row in raw[:-1]), raw[-1]) if "\r\n" in text else raw)

    @cached_property
    def text(self) -> str:
        """The lines with plain line feeds between them."""
        return "\n".join(self.lines)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where in `text` each line begins."""
        starts, at = [], 0
        for line in self.lines:
            starts.append(at)
            at += len(line) + 1
        return tuple(starts)

    def row(self, at: int) -> int:
        """The 0-based line that holds this offset of `text`."""
        return bisect_right(self.starts, at) - 1

    def ending(self, row: int) -> str:
        """What stands before the line feed of this line ("\\r" or ""); the last line has that of the one before."""
        row = min(row, len(self.raw) - 2)
        return "\r" if row >= 0 and self.raw[row].endswith("\r") else ""
