"""An answer on the inline face as it comes: who speaks, its text, its code in colours, the end of its last line."""

from __future__ import annotations

from collections.abc import Callable

from haikuterm.core.guard import visible, visible_line
from haikuterm.ui.plain import Fences, Piece, highlight
from haikuterm.ui.repl_pen import Pen


class Answer:
    """One answer at a time. alias: of the model that speaks. plain: its name stands on the line of its first words.

    colored: whether code is.
    """

    def __init__(self, pen: Pen, alias: Callable[[], str], *, plain: bool, colored: bool) -> None:
        self._pen, self._alias, self._plain, self._colored = pen, alias, plain, colored
        self._fences = Fences()
        self._saying = self._open = False

    def say(self, text: str) -> None:
        """More of the answer."""
        if not self._saying:
            self._pen.print("assistant", f"{visible_line(self._alias())}:", end=" " if self._plain else "\n")
            self._saying = True
        for piece in self._fences.feed(text):
            self._piece(piece)

    def output(self, text: str) -> None:
        """What a command prints."""
        self._pen.redrawn(text, self._plain)
        self._open = not text.endswith("\n")

    def close(self) -> None:
        """End its last line, if there is one."""
        for piece in self._fences.end():
            self._piece(piece)
        if self._open:
            self._pen.print("text", "")
        self._saying = self._open = False

    def _piece(self, piece: Piece) -> None:
        text = visible(piece.text)
        if piece.code is not None and self._colored:
            self._pen.write([(f"class:pygments.{kind}" if kind else "class:code", t) for kind, t in highlight(piece)])
        else:
            self._pen.write([("class:text", text)])
        self._open = not text.endswith("\n")
