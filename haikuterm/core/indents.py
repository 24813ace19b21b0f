"""How the indentation a model wrote relates to that of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Indent:
    """One rule for all lines of a block. add, drop: blanks put in front or taken away there.

    tabs: that many blanks become a tab; spaces: a tab becomes that many blanks. All empty: lines stay as they are.
    """

    add: str = ""
    drop: str = ""
    tabs: int = 0
    spaces: int = 0

    def of(self, line: str) -> str | None:
        """The model's line with the file's indentation; None if the rule says nothing about it."""
        if self == SAME:
            return line
        if not line.strip():
            return ""
        mine = blanks(line)
        theirs = self._of(mine)
        return None if theirs is None else theirs + line[len(mine) :]

    def _of(self, mine: str) -> str | None:
        if self.tabs:
            return "\t" * (len(mine) // self.tabs) + " " * (len(mine) % self.tabs) if "\t" not in mine else None
        if self.spaces:
            level = len(mine) - len(mine.lstrip("\t"))
            known = level > 0 or mine == ""
            return " " * (self.spaces * level) + mine[level:] if known and "\t" not in mine[level:] else None
        return self.add + mine.removeprefix(self.drop) if mine.startswith(self.drop) else None


SAME = Indent()
WIDTHS = range(1, 9)  # blanks that may stand for one tab


def blanks(line: str) -> str:
    """The tabs and blanks that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def relation(mine: Sequence[str], theirs: Sequence[str]) -> Indent | None:
    """The one rule that turns the indentation of every line of `mine` into that of its line in `theirs`.

    None: there is none, or more than one. Blank lines say nothing.
    """
    pairs = [(blanks(m), blanks(t)) for m, t in zip(mine, theirs, strict=True) if m.strip()]
    rules = [*_shifts(pairs), *(Indent(tabs=n) for n in WIDTHS), *(Indent(spaces=n) for n in WIDTHS)]
    held = [rule for rule in rules if all(rule.of(f"{m}.") == f"{t}." for m, t in pairs)]
    return held[0] if len(held) == 1 else None


def _shifts(pairs: Sequence[tuple[str, str]]) -> list[Indent]:
    """The constant shift of the first line, if it is one."""
    for mine, theirs in pairs[:1]:
        if theirs.endswith(mine) and theirs != mine:
            return [Indent(add=theirs.removesuffix(mine))]
        if mine.endswith(theirs) and theirs != mine:
            return [Indent(drop=mine.removesuffix(theirs))]
    return []
