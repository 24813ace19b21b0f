"""What a command prints, as text that is safe to show: its colours taken out, its other controls made visible."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Protocol

from haikuterm.core.guard import visible

LONGEST = 10_000  # characters of a line that are kept; a program may print megabytes without a line's end
_HELD = 1_000  # characters of an escape sequence that may still go on

# Colours, "erase the line", titles and links (ECMA-48 8.3.117, 8.3.41; OSC), the choice of a character set: they
# only dress what stands there. Every other sequence moves or changes something, and is shown as text.
_DRESS = re.compile(r"\x1b\[[0-9;:]*[mK]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-B]|\x0f")
_OPEN = re.compile(r"\x1b(?:\[[0-9;:]*|\][^\x07\x1b]*\x1b?|[()])?\Z")
_STRUCK = re.compile(r"[^\n\r]\x08")  # one sign over another: how old programs print bold


class Shell(Protocol):
    """The user's shell, in the root."""

    def run(self, command: str) -> AsyncGenerator[str | int, None]:
        """What the command prints as it comes, raw, and last its exit code, less than 0 for a signal.

        Consume it in `aclosing`; closing it early ends the command and all it started. Raises SettingsError if it
        cannot start.
        """
        ...


@dataclass(slots=True)
class Cleaner:
    """Cleans text that comes in pieces, wherever they were cut.

    Beside newline and tab one control is left in it: a carriage return, which begins the last line anew.
    """

    _held: str = ""

    def feed(self, text: str) -> str:
        """What can be shown now that this has come."""
        text = self._held + text
        end = _OPEN.search(text)
        cut = end.start() if end and len(end[0]) < _HELD else len(text) - text.endswith("\r")
        text, self._held = text[:cut], text[cut:]
        return _clean(text)

    def end(self) -> str:
        """What was held back, now that nothing more comes."""
        text, self._held = self._held, ""
        return _clean(text)


def _clean(text: str) -> str:
    dressed = _STRUCK.sub("", _DRESS.sub("", text)).replace("\r\n", "\n")
    return "\r".join(map(visible, dressed.split("\r")))


@dataclass(slots=True)
class Output:
    """The first and the last lines of cleaned text that comes in pieces; head, tail: how many of them.

    count: of all lines that have come to their end.
    """

    head: int
    tail: int
    count: int = 0
    _first: list[str] = field(default_factory=list)
    _last: deque[str] = field(default_factory=deque)
    _open: str = ""

    def feed(self, text: str) -> None:
        """More has come."""
        *whole, rest = text.split("\n")
        for line in whole:
            self._keep(_drawn(self._open + line))
            self._open = ""
        self._open = _drawn(self._open + rest)

    def _keep(self, line: str) -> None:
        self.count += 1
        if len(self._first) < self.head:
            self._first.append(line.rstrip("\r"))
        else:
            self._last.append(line.rstrip("\r"))
            if len(self._last) > self.tail:
                self._last.popleft()

    @property
    def lines(self) -> int:
        """How many lines have come, one without an end too."""
        return self.count + bool(self._open)

    @property
    def left_out(self) -> int:
        """How many lines stood between the first and the last ones."""
        return self.count - len(self._first) - len(self._last)

    @property
    def text(self) -> str:
        """The lines that are kept, with a line that says how many are not."""
        missing = [f"[{self.left_out} lines left out]"] if self.left_out else []
        rest = [self._open.rstrip("\r")] if self._open else []
        return "\n".join([*self._first, *missing, *self._last, *rest])


def _drawn(line: str) -> str:
    """A line after its carriage returns; one at its end waits for what will be written over it."""
    text = line.rstrip("\r")
    return text.rpartition("\r")[2][-LONGEST:] + ("\r" if len(text) < len(line) else "")
