"""A change as the lines of a diff, for every face to draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from haikuterm.core.changes import FileChange
from haikuterm.core.textfile import decode, is_binary

Mark = Literal[" ", "-", "+"]
CONTEXT = 3
NEW, DELETED = "new file", "deleted"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line. old, new: its 1-based numbers, None where it does not stand. text: without its line ending."""

    mark: Mark
    old: int | None
    new: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that lie together; the header is that of a unified diff."""

    header: str
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class FileDiff:
    """A file's change. note: what lines cannot show: NEW, DELETED or "binary file"."""

    path: str
    hunks: tuple[Hunk, ...]
    added: int
    removed: int
    note: str = ""

    @property
    def heads(self) -> tuple[str, str]:
        """The two lines that name the file before and after."""
        old = "/dev/null" if self.note == NEW else f"a/{self.path}"
        new = "/dev/null" if self.note == DELETED else f"b/{self.path}"
        return f"--- {old}", f"+++ {new}"

    def unified(self) -> str:
        """The change as the text of a unified diff that `git apply` takes; lines as they are, not for a terminal."""
        rows = [*self.heads]
        for hunk in self.hunks:
            rows += [hunk.header, *(f"{line.mark}{line.text}" for line in hunk.lines)]
        return "".join(f"{row}\n" for row in (rows if self.hunks else [*rows, self.note]))


def diff(change: FileChange, context: int = CONTEXT) -> FileDiff:
    """The lines of a change."""
    if is_binary(change.before or b"") or is_binary(change.after or b""):
        return FileDiff(change.path, (), 0, 0, "binary file")
    old, new = (_lines(data) for data in (change.before, change.after))
    groups = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(context)
    hunks = tuple(_hunk(group, old, new) for group in groups)
    marks = [line.mark for hunk in hunks for line in hunk.lines]
    return FileDiff(change.path, hunks, marks.count("+"), marks.count("-"), _note(change))


def _lines(data: bytes | None) -> list[str]:
    """Split on line feeds only: other separators are part of a line."""
    text = decode(data or b"").text
    lines = text.split("\n")
    if lines[-1] == "":
        return lines[:-1]
    return [*lines[:-1], lines[-1] + "\n\\ No newline at end of file"]


def _note(change: FileChange) -> str:
    if change.before is None:
        return NEW
    return DELETED if change.after is None else ""


def _hunk(group: list[tuple[str, int, int, int, int]], old: list[str], new: list[str]) -> Hunk:
    a, b, c, d = group[0][1], group[-1][2], group[0][3], group[-1][4]
    header = f"@@ -{a + (b > a)},{b - a} +{c + (d > c)},{d - c} @@"
    return Hunk(header, tuple(line for op in group for line in _op(op, old, new)))


def _op(op: tuple[str, int, int, int, int], old: list[str], new: list[str]) -> Iterator[DiffLine]:
    tag, i1, i2, j1, j2 = op
    if tag == "equal":
        for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
            yield DiffLine(" ", i + 1, j + 1, old[i])
        return
    for i in range(i1, i2):
        yield DiffLine("-", i + 1, None, old[i])
    for j in range(j1, j2):
        yield DiffLine("+", None, j + 1, new[j])
