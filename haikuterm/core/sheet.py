"""A text as lines: as the model sees them, and as they stand in the file."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from haikuterm.core.typography import TYPOGRAPHIC, fold

# What str.split() splits on, but for the line feed; and the quotes that the loosest comparison takes for one.
_ASCII_BLANKS = "\t\v\f\r\x1c\x1d\x1e\x1f "
_BLANKS = (
    "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_LOOSE = {**dict.fromkeys(map(ord, _ASCII_BLANKS)), ord("'"): '"', ord("`"): '"'}


@dataclass(frozen=True)  # no slots: its other views are worked out once, when they are asked for
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
        sizes = accumulate(map(len, self.lines[:-1]), initial=0)
        return tuple(size + row for row, size in enumerate(sizes))

    @cached_property
    def trimmed(self) -> tuple[str, ...]:
        """The lines without blanks at their end."""
        return tuple(map(str.rstrip, self.lines))

    @cached_property
    def stripped(self) -> tuple[str, ...]:
        """The lines without blanks at either end."""
        return tuple(map(str.strip, self.lines))

    @cached_property
    def folded(self) -> str:
        """`text` with plain quotes, hyphens and blanks; as long as it was."""
        text = self.text
        for sign in () if text.isascii() else TYPOGRAPHIC:
            text = text.replace(sign, fold(sign))
        return text

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """The folded lines without blanks at their end."""
        return self.trimmed if self.text.isascii() else tuple(map(str.rstrip, self.folded.split("\n")))

    @cached_property
    def loosely(self) -> tuple[str, ...]:
        """The lines as the loosest comparison sees them."""
        text = self.folded
        if text.isascii():
            return tuple(text.translate(_LOOSE).split("\n"))
        for sign in _ASCII_BLANKS + _BLANKS:  # much faster than one translate of a text that is not ASCII
            text = text.replace(sign, "")
        return tuple(text.replace("'", '"').replace("`", '"').split("\n"))

    def row(self, at: int) -> int:
        """The 0-based line that holds this offset of `text`."""
        return bisect_right(self.starts, at) - 1

    def ending(self, row: int) -> str:
        """What stands before the line feed of this line ("\\r" or ""); the last line has that of the one before."""
        row = min(row, len(self.raw) - 2)
        return "\r" if row >= 0 and self.raw[row].endswith("\r") else ""
