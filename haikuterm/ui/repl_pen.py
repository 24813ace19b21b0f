"""Writes styled text on the terminal of the inline face, faster than prompt_toolkit's own printing does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.styles import Attrs, Style

from haikuterm.ui.present import Line
from haikuterm.ui.repl_queue import QueueLine


class Pen:
    """One terminal. before: is called before anything is written. queue: the line that stays below."""

    def __init__(
        self, output: Output, depth: ColorDepth, style: Style, before: Callable[[], None], queue: QueueLine
    ) -> None:
        self._output, self._depth, self._style, self._before, self._queue = output, depth, style, before, queue
        self._attrs: dict[str, Attrs] = {}

    def restyle(self, style: Style) -> None:
        """Other colours from now on."""
        self._style = style
        self._attrs.clear()

    def print(self, role: str, text: str, end: str = "\n") -> None:
        """Print text that is safe to print."""
        self.write([(f"class:{role}", text + end)])

    def lines(self, lines: Iterable[Line]) -> None:
        """Print lines that are safe to print."""
        self.write([(f"class:{row.role}", f"{row.text}\n") for row in lines])

    def write(self, fragments: Sequence[tuple[str, str]]) -> None:
        """Write pieces of text, each in its style."""
        self._before()
        self._queue.clear()
        for style, text in fragments:
            if style not in self._attrs:
                self._attrs[style] = self._style.get_attrs_for_style_str(style)
            self._output.set_attributes(self._attrs[style], self._depth)
            self._output.write(text.replace("\n", "\r\n"))
            self._queue.wrote(text)
        self._output.reset_attributes()
        self._queue.draw()
        self._output.flush()

    def redrawn(self, text: str, plain: bool) -> None:
        """Write what a command prints: a carriage return begins its line anew, a line of its own where plain."""
        for number, part in enumerate(text.split("\r")):
            if number and not plain:
                self._queue.clear()
                self._output.write_raw("\r")
                self._output.erase_end_of_line()
                self._queue.wrote("\n")
            self.write([("class:text", "\n" + part if number and plain else part)])
