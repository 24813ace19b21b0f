"""The state of vim between two keys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from haikuterm.ui.vim_commands import Command
from haikuterm.ui.vim_edits import Register
from haikuterm.ui.vim_motions import Find, last_char

Mode: TypeAlias = Literal["insert", "normal", "visual", "lines"]
SHOWN = {"insert": "INSERT", "normal": "NORMAL", "visual": "VISUAL", "lines": "VISUAL LINE"}
FAR = 1 << 30  # the column that `$` wishes for
KEPT = 100  # states that can be undone


@dataclass(frozen=True, slots=True)
class Insertion:
    """What was done in insert mode: so many characters deleted to the left, this typed."""

    deleted: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Vim:
    """Where vim is. pending: the keys of a command that is not whole. anchor: where a selection began.

    wish: the column that j and k want, -1 for the cursor's. change, typed: what `.` does again. unit: text and cursor
    before the change that is going on. begun: the same when insert mode began. seen: the same as they were left.
    """

    mode: Mode = "insert"
    pending: tuple[str, ...] = ()
    anchor: int = 0
    wish: int = -1
    register: Register = field(default_factory=Register)
    find: Find | None = None
    change: Command | None = None
    typed: Insertion = field(default_factory=Insertion)
    unit: tuple[str, int] = ("", 0)
    begun: tuple[str, int] = ("", 0)
    undo: tuple[tuple[str, int], ...] = ()
    redo: tuple[tuple[str, int], ...] = ()
    seen: tuple[str, int] | None = None

    @property
    def shown(self) -> str:
        """The mode and the keys that wait, as a screen shows them."""
        return " ".join((SHOWN[self.mode], "".join(self.pending))).strip()


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a key did. effects: what the text cannot show: "send", "escape", "older", "newer"."""

    text: str
    cursor: int
    vim: Vim
    effects: tuple[str, ...] = ()


def kept(past: tuple[tuple[str, int], ...], state: tuple[str, int]) -> tuple[tuple[str, int], ...]:
    """The states with one more, the oldest forgotten."""
    return (*past, state)[-KEPT:]


def unselected(now: Pressed) -> Pressed:
    """In normal mode again, the cursor on a character."""
    cursor = min(now.cursor, last_char(now.text, now.cursor))
    return replace(now, cursor=cursor, vim=replace(now.vim, mode="normal", pending=()))
