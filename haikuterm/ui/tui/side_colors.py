"""Owns the colours of a changed file's code: each side lexed as a whole, aside, when somebody first looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from haikuterm.core.changes import FileChange

if TYPE_CHECKING:
    from haikuterm.ui.tui.highlight import Token

Side = Literal["old", "new"]
NONE: tuple[Token, ...] = ()


class SideColors:
    """The tokens of a file before and after its change.

    want: told the first time that a token is asked for and not there; it lets `lex` run in a thread, and what was drawn
    meanwhile is drawn again after it.
    """

    def __init__(self, change: FileChange, want: Callable[[SideColors], object]) -> None:
        self._change, self._want = change, want
        self._wanted = False
        self._sides: dict[Side, tuple[tuple[Token, ...], ...]] = {}

    def line(self, side: Side, number: int) -> tuple[Token, ...]:
        """The tokens of a line, counted from 1; none while they are not known."""
        if not self._wanted:
            self._wanted = True
            self._want(self)
        lines = self._sides.get(side, ())
        return lines[number - 1] if number <= len(lines) else NONE

    def lex(self) -> None:
        """Find the tokens of both sides; takes up to some tenths of a second, meant for a thread."""
        from haikuterm.ui.tui.highlight import lexed_file

        change = self._change
        self._sides = {
            "old": lexed_file(change.before or b"", change.path),
            "new": lexed_file(change.after or b"", change.path),
        }
