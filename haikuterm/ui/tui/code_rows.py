"""Owns a block of code on the screen: its rows are counted at once, drawn when looked at, and coloured when known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

from haikuterm.ui.tui.flow import Line, Run, flow, plain
from haikuterm.ui.tui.highlight import Colors, known, lexing
from haikuterm.ui.tui.inks import detabbed

if TYPE_CHECKING:
    from haikuterm.ui.tui.highlight import Token


class CodeRow(Line):
    """One row of a block of code, drawn when somebody asks how it looks."""

    __slots__ = ("_at", "_code")

    def __init__(self, code: Code, at: tuple[int, int]) -> None:
        object.__setattr__(self, "_code", code)
        object.__setattr__(self, "_at", at)

    @property
    def code(self) -> Code:
        """The block it belongs to."""
        return self._code  # type: ignore[attr-defined, no-any-return]  # a frozen class takes it only this way

    @property
    def _line(self) -> Line:
        return self.code.line(*self._at)  # type: ignore[attr-defined]  # as above

    @property
    def segments(self) -> tuple[Segment, ...]:  # a field there, made late here
        """The row in its colours, as far as they are known."""
        return self._line.segments

    @property
    def gutter(self) -> int:
        """Code stands flush left."""
        return 0

    @property
    def joint(self) -> str | None:
        """Nothing is left out where code is wrapped."""
        return "" if self._at[1] else None  # type: ignore[attr-defined]

    @property
    def fill(self) -> Style | None:
        """The ground of code."""
        return self.code.colors.plain

    @property
    def source(self) -> str | None:
        """The line as it was given, where it is not wrapped."""
        return self.code.source(self._at[0])  # type: ignore[attr-defined]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Line):
            return NotImplemented
        mine, theirs = (self.segments, self.joint, self.fill), (other.segments, other.joint, other.fill)
        return mine == theirs and other.gutter == 0

    def __hash__(self) -> int:
        return hash(self._at)  # type: ignore[attr-defined]


class Code:
    """The rows of a block of code `width` cells wide.

    later: is told of the block once it is complete, looked at, and not in its own colours yet, so that they are found
    when there is time; without it they are found at the first look.
    """

    def __init__(self, colors: Colors, language: str, width: int, later: Later | None = None) -> None:
        self.colors, self.language = colors, language
        self._width, self._later = max(width, 1), later
        self.sources: list[str] = []
        self._tokens: list[tuple[Token, ...] | None] = []
        self._heights: list[int] = []
        self._drawn: dict[int, list[Line]] = {}
        self._complete = self._final = self._told = False

    def add(self, text: str, tokens: tuple[Token, ...] | None = None) -> list[Line]:
        """The rows of one more line; tokens: what it is made of, as far as can be told so far."""
        number, height = len(self.sources), self._height(text)
        self.sources.append(text)
        self._tokens.append(tokens)
        self._heights.append(height)
        return [CodeRow(self, (number, row)) for row in range(height)]

    def complete(self) -> None:
        """No more lines come; where its colours are known from before, it has them now."""
        self._complete = True
        found = known(self.text, self.language)
        if found is not None:
            self._take(found)

    @property
    def rows(self) -> list[Line]:
        """All rows there are so far."""
        return [CodeRow(self, (line, row)) for line, height in enumerate(self._heights) for row in range(height)]

    def unfinished(self, text: str) -> list[Line]:
        """The rows of a line that is still being written."""
        return self._flow([(text, self.colors.plain)])

    @property
    def text(self) -> str:
        """All lines as one text."""
        return "\n".join(self.sources)

    def source(self, number: int) -> str | None:
        """The line as it was given; None where it takes more than one row."""
        return self.sources[number] if self._heights[number] == 1 else None

    def line(self, number: int, row: int) -> Line:
        """A row of a line."""
        self.ask()
        rows = self._drawn.get(number)
        if rows is None:
            rows = self._drawn[number] = self._rows(number)
        return rows[row]

    def hurry(self, lines: int) -> None:
        """Find the colours now, where it has no more lines than these: so it is written once only."""
        if len(self.sources) <= lines:
            for _ in self.lexing():
                pass

    def lexing(self) -> Iterator[None]:
        """Find the colours, with a stop every now and then."""
        if not self._final:
            yield from lexing(self.text, self.language)
            self._take(known(self.text, self.language) or ())

    def ask(self) -> None:
        """Have the colours found, where they are not known and no more lines come."""
        if self._final or not self._complete:
            return
        if self._later is None:
            for _ in self.lexing():
                pass
        elif not self._told:
            self._told = True
            self._later(self)

    def _take(self, tokens: tuple[tuple[Token, ...], ...]) -> None:
        self._final = True
        for number, line in enumerate(tokens[: len(self._tokens)]):
            if self._tokens[number] != line:
                self._tokens[number] = line
                self._drawn.pop(number, None)

    def _height(self, text: str) -> int:
        if len(text) <= self._width and text.isascii() and text.isprintable():
            return 1
        return len(self._flow([(plain(text), self.colors.plain)]))

    def _rows(self, number: int) -> list[Line]:
        """The rows in colour; plain where the colours would need other rows than were counted."""
        text, tokens = plain(self.sources[number]), self._tokens[number]
        if tokens is not None:
            runs = self.colors.runs(tokens)
            rows = self._flow(list(detabbed(runs)) if "\t" in self.sources[number] else runs)
            if len(rows) == self._heights[number]:
                return rows
        return self._flow([(text, self.colors.plain)])

    def _flow(self, runs: list[Run]) -> list[Line]:
        return flow(runs, self._width, words=False, fill=self.colors.plain)


Later = Callable[[Code], None]
