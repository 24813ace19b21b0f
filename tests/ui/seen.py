"""What a person sees on a terminal: its screen, and above it what has gone up."""

from __future__ import annotations

import copy
import re

import pyte

ALTERNATE = 1049
PRIVATE = re.compile(rb"\x1b\[[<>=]")  # marks that pyte does not know; it knows `?`
CUT = re.compile(rb"\x1b\[?$")
WHERE = b"\x1b[6n"  # a program asks where the cursor is


class Glass(pyte.Screen):
    """A screen that keeps what goes up, and has an alternate one."""

    def __init__(self, columns: int, rows: int) -> None:
        self.gone: list[str] = []
        self._under: tuple[dict[int, object], object] | None = None
        super().__init__(columns, rows)

    def row(self, y: int) -> str:
        """A row as text."""
        return "".join(self.buffer[y][x].data for x in range(self.columns)).rstrip()

    def index(self) -> None:
        """What goes up from the whole screen is kept."""
        if self.margins is None and self.cursor.y == self.lines - 1 and self._under is None:
            self.gone.append(self.row(0))
        super().index()

    def set_mode(self, *modes: int, **more: bool) -> None:
        """The alternate screen begins empty."""
        super().set_mode(*modes, **more)
        if ALTERNATE in modes and self._under is None:
            self._under = copy.deepcopy(dict(self.buffer)), copy.copy(self.cursor)
            self.buffer.clear()

    def reset_mode(self, *modes: int, **more: bool) -> None:
        """Behind it the other one is as it was."""
        super().reset_mode(*modes, **more)
        if ALTERNATE in modes and self._under is not None:
            (rows, self.cursor), self._under = self._under, None
            self.buffer.clear()
            self.buffer.update(rows)


class Seen:
    """Reads the bytes of a program as a terminal does."""

    def __init__(self, columns: int, rows: int) -> None:
        self.glass = Glass(columns, rows)
        self._stream = pyte.ByteStream(self.glass)
        self._cut = b""

    def feed(self, data: bytes) -> bytes:
        """More bytes, whole or cut anywhere; what a terminal answers to them."""
        data = PRIVATE.sub(b"\x1b[?", self._cut + data)
        found = CUT.search(data)
        data, self._cut = (data[: found.start()], data[found.start() :]) if found else (data, b"")
        answers = b""
        *before, last = data.split(WHERE)
        for part in before:
            self._stream.feed(part)
            answers += b"\x1b[%d;%dR" % (self.glass.cursor.y + 1, self.glass.cursor.x + 1)
        self._stream.feed(last)
        return answers

    @property
    def rows(self) -> list[str]:
        """The rows of the screen, without the blanks at their ends."""
        return [self.glass.row(y) for y in range(self.glass.lines)]

    @property
    def lines(self) -> list[str]:
        """Those that have gone up, and the screen below them."""
        return [*self.glass.gone, *self.rows]

    @property
    def cursor(self) -> tuple[int, int]:
        """The cursor's column, and its row counted from the first that ever was; both from 0."""
        return self.glass.cursor.x, len(self.glass.gone) + self.glass.cursor.y
