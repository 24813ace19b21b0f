"""The grammar of vim's commands: keys in, a whole command out, or word that more is needed or that there is none."""

from __future__ import annotations

from dataclasses import dataclass

from haikuterm.ui.vim_motions import MOTIONS, OPENING

OPERATORS = "dcy"
OBJECTS = frozenset({*"wW\"'`", *OPENING})
CHANGES = frozenset("xXrsSCDpPJ~iIaAoO")  # with dd and the like: what `.` does again
UNDO, REDO, AGAIN = "u", "ctrl+r", "."
_PLAIN = {*MOTIONS, *"jkG;,", *CHANGES, *"YvV", UNDO, AGAIN}
_VISUAL = {*MOTIONS, *"jkG;,", *"dxXcsCSyYDrJpP~uUovV"}
_MOVES = {*MOTIONS, *"jkG;,"}
NAMED = {
    "left": "h",
    "right": "l",
    "up": "k",
    "down": "j",
    "home": "0",
    "end": "$",
    "backspace": "h",
    "space": "l",
    "delete": "x",
}


class NoCommand(Exception):
    """These keys mean nothing."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it was typed. key: as in "d", "x" or "gg". count, motion_count: 0 if none was given.

    motion: what an operator works on, "w", "iw", or the operator itself for whole lines. char: what f, t and r name.
    """

    key: str
    count: int = 0
    motion: str = ""
    motion_count: int = 0
    char: str = ""

    @property
    def times(self) -> int:
        """Both counts together, 1 at least."""
        return max(1, self.count) * max(1, self.motion_count)

    @property
    def counted(self) -> bool:
        """Whether any count was given."""
        return bool(self.count or self.motion_count)


@dataclass(slots=True)
class _Reader:
    keys: tuple[str, ...]
    at: int = 0

    def next(self) -> str:
        """The next key. Raises IndexError where it has not been typed yet."""
        self.at += 1
        return self.keys[self.at - 1]

    def count(self) -> int:
        """The digits that stand here, 0 for none."""
        digits = ""
        while len(self.keys[self.at]) == 1 and self.keys[self.at] in ("123456789" if not digits else "0123456789"):
            digits += self.next()
        return min(int(digits or 0), 9999)


def parse(keys: tuple[str, ...], *, visual: bool = False) -> Command | None:
    """The command that the keys are, None while it is not whole. Raises NoCommand."""
    try:
        return _command(_Reader(keys), visual)
    except IndexError:
        return None


def _command(reader: _Reader, visual: bool) -> Command:
    count, key = reader.count(), reader.next()
    if not visual and key in OPERATORS:
        motion_count = reader.count()
        motion, char = _motion(reader, key)
        return Command(key, count, motion, motion_count, char)
    if visual and key in "ia":
        return Command(key, count, _object(reader))
    if key in "fFtTr":
        return Command(key, count, char=_char(reader))
    if key == "g":
        return Command(_gg(reader), count)
    if key in (_VISUAL if visual else _PLAIN) or (key == REDO and not visual):
        return Command(key, count)
    raise NoCommand


def _motion(reader: _Reader, operator: str) -> tuple[str, str]:
    key = reader.next()
    if key in ("i", "a"):
        return key + _object(reader), ""
    if key in "fFtT":
        return key, _char(reader)
    if key == "g":
        return _gg(reader), ""
    if key == operator or key in _MOVES:
        return key, ""
    raise NoCommand


def _object(reader: _Reader) -> str:
    if (key := reader.next()) not in OBJECTS:
        raise NoCommand
    return key


def _gg(reader: _Reader) -> str:
    if reader.next() != "g":
        raise NoCommand
    return "gg"


def _char(reader: _Reader) -> str:
    key = reader.next()
    if len(key) != 1:
        raise NoCommand
    return key
