"""Owns what of a long entry is shown while it is folded: a row or a few, and how much more there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from haikuterm.ui.tui.flow import cut

TAIL = 10  # lines of a command's output that are shown: how it ended is what one looks for
SPACE = "  "


class Foldable(Protocol):
    """What of an entry matters here; the attributes are those of entries.Entry."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def more(self) -> str: ...
    @property
    def stamp(self) -> str: ...
    @property
    def opened(self) -> bool | None: ...


@dataclass(frozen=True, slots=True)
class View:
    """How the conversation is looked at. unfolded: in full; stamped: with the time and the cost of each turn."""

    unfolded: bool = False
    stamped: bool = False

    def folds(self, entry: Foldable) -> bool:
        """Whether the entry is folded now."""
        return foldable(entry) and self.closed(entry)

    def closed(self, entry: Foldable) -> bool:
        """Whether it is folded as soon as there is something to fold."""
        return not (self.unfolded if entry.opened is None else entry.opened)

    def stamps(self, entry: Foldable) -> bool:
        """Whether the entry says when it was, and what it cost."""
        return self.stamped and bool(entry.stamp)


def foldable(entry: Foldable) -> bool:
    """Whether there is something that can be folded away."""
    match entry.kind:
        case "thinking":
            return bool(entry.text.strip())
        case "tool":
            return bool(entry.more.strip())
        case "output":
            return entry.text.rstrip("\n").count("\n") >= TAIL + 2
    return False


def more(lines: int) -> str:
    """How much is folded away."""
    return f"+{lines} line{'' if lines == 1 else 's'}" if lines else ""


def line_of(text: str, lines: int, width: int) -> str:
    """A row that says how much there is behind it, cut to the width."""
    sign = more(lines)
    room = width - (len(SPACE) + len(sign) if sign else 0)
    if room < len(SPACE):
        return cut(sign or text, width)
    return cut(text, room) + (SPACE + sign if sign else "")


def ending(text: str) -> tuple[str, int]:
    """The last lines of an output, and how many stand above them."""
    lines = text.rstrip("\n").split("\n")
    return "\n".join(lines[-TAIL:]), len(lines) - TAIL
