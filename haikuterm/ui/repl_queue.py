"""The line below the answer that shows what is typed ahead, for the inline face."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output

from haikuterm.core.guard import visible_line
from haikuterm.ui.present import cells

LABEL = "next: "
_SIGNS: dict[str, str] = {Keys.ControlM: " ⏎ ", Keys.ControlJ: "↵"}
_BACK = (Keys.ControlH, Keys.Backspace)
# The cursor goes one line down and up again, so that there is one below, and is kept; xterm's control sequences.
_BELOW, _BACK_AGAIN, _ERASE = "\x1bD\x1b[A\x1b7\r\n\x1b[2m", "\x1b[22m\x1b8", "\x1b[J"


def typed(presses: Iterable[KeyPress]) -> str:
    """What was typed, about as the prompt will have it: a sign for each Enter, and for keys that move nothing."""
    signs: list[str] = []
    for press in presses:
        if press.key in _BACK:
            del signs[-1:]
        elif press.key in _SIGNS:
            signs.append(_SIGNS[press.key])
        elif press.key == Keys.BracketedPaste or (len(press.key) == 1 and press.data.isprintable()):
            signs += visible_line(press.data)
    return "".join(signs)


class QueueLine:
    """Draws the line anew after each piece of an answer. columns: of the terminal; 0 where nothing is drawn twice."""

    def __init__(self, output: Output, columns: Callable[[], int]) -> None:
        self._output, self._columns = output, columns
        self._text, self._drawn, self._at = "", False, 0

    def show(self, text: str) -> None:
        """Show this instead; "" for nothing."""
        self.clear()
        self._text = text
        self.draw()
        self._output.flush()

    def wrote(self, text: str) -> None:
        """The cursor went on over this text."""
        _, newline, tail = text.rpartition("\n")
        self._at = cells(tail) + (0 if newline else self._at)

    def clear(self) -> None:
        """Take it away, before something else is written."""
        if self._drawn:
            self._output.write_raw(_ERASE)
            self._drawn = False

    def draw(self) -> None:
        """Draw it, but not at the right edge: there a terminal waits to wrap, and would forget it."""
        columns = self._columns()
        if not self._text or columns <= len(LABEL) + 2 or (self._at and self._at % columns == 0):
            return
        room, shown = columns - len(LABEL) - 1, self._text
        while cells(shown) > room:
            shown = f"…{shown[2:]}" if shown[0] == "…" else f"…{shown[1:]}"
        self._output.write_raw(f"{_BELOW}{LABEL}{shown}{_BACK_AGAIN}")
        self._drawn = True
