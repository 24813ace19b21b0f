"""A hunk as a patch to change in an editor, and the lines that such a patch leaves, each with the ending it had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from haikuterm.core.diff import Hunk, spans
from haikuterm.core.errors import EditRefused

HOW_TO_EDIT = (
    "# To keep a line that would go, make its '-' a blank. To leave out a new line, delete it.",
    "# New lines begin with '+'. Lines like this one do not count. Delete everything to reject the hunk.",
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a patch. bare: the patch says that no newline follows it."""

    mark: str
    text: str
    bare: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """A line to write. ending: what follows its text, None if that is not said."""

    text: str
    ending: str | None

    @staticmethod
    def of(line: str) -> _Line:
        """A line as it stands in a file."""
        text = _shown(line)
        return _Line(text, line[len(text) :])


def write_patch(hunk: Hunk) -> str:
    """The hunk with a word on how to change it.

    What ends a line in the file stays out of it, but for git's word on a missing last newline.
    """
    rows = []
    for line in hunk.lines:
        text, feed, said = line.text.partition("\n")
        rows.append(f"{line.mark}{_shown(text)}{feed}{said}")
    return "\n".join([hunk.header, *rows, *HOW_TO_EDIT, ""])


def read_patch(patch: str, hunk: Hunk, old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The lines that an edited patch leaves of the hunk; all of the old ones if nothing is left of the patch.

    old, new: all lines of the file with their endings. What was not changed keeps its bytes, a line that was changed
    its ending; one that was added ends as the line above it, else the one below, else as those of the new file or the
    old. Raises EditRefused if the patch's old lines are not those of the file.
    """
    rows, here = _rows(patch), old[slice(*hunk.old)]
    if not rows:
        return list(here)
    proposed = [new[line.new - 1] for line in hunk.lines if line.mark == "+" and line.new]
    added = _added([row for row in rows if row.mark == "+"], [_Line.of(line) for line in proposed])
    lines: list[_Line] = []
    at = 0
    for row in rows:
        if row.mark == "+":
            lines.append(next(added))
            continue
        if row.mark not in " -" or at >= len(here) or not _stands_for(row, here[at]):
            found = row.mark + row.text
            raise EditRefused(f"The edited hunk does not fit the file any more, at {found!r}. Change only '+' lines.")
        lines += [_Line.of(here[at])] if row.mark == " " else []
        at += 1
    if any(line.strip() for line in here[at:]):
        raise EditRefused("The edited hunk leaves out lines of the file. Keep every ' ' and '-' line in it.")
    lines += map(_Line.of, here[at:])
    usual = next((_Line.of(line).ending for line in (*new, *old) if line.endswith("\n")), "\n")
    return list(_ended(lines, usual or "\n", last=hunk.old[1] == len(old)))


def _shown(line: str) -> str:
    """The line without what ends it; that may be more than one carriage return."""
    return line.rstrip("\r\n")


def _rows(patch: str) -> list[_Row]:
    """The rows that count, but for empty ones at the end: an editor that strips blanks leaves nothing of such lines."""
    rows: list[_Row] = []
    for row in patch.split("\n"):
        if row.startswith("\\"):
            rows[-1:] = [replace(last, bare=True) for last in rows[-1:]]
        elif not row.startswith(("#", "@@")):
            rows.append(_Row(row[:1].strip("\r") or " ", _shown(row[1:])))
    while rows and (rows[-1].mark, rows[-1].text) == (" ", ""):
        rows.pop()
    return rows


def _stands_for(row: _Row, line: str) -> bool:
    """Whether the row is that line, but for blanks at its end."""
    return row.text in (_shown(line), _shown(line).rstrip())


def _added(rows: Sequence[_Row], proposed: Sequence[_Line]) -> Iterator[_Line]:
    """The rows as lines: each with the ending of the proposed line that it is, or that it stands in the place of."""
    at = 0
    changed = spans([line.text for line in proposed], [row.text for row in rows])
    mates: list[_Line | None] = []
    for i1, i2, j1, j2 in changed:
        mates += proposed[at:i1]
        mates += (proposed[i1 + n] if i1 + n < i2 else None for n in range(j2 - j1))
        at = i2
    for row, mate in zip(rows, [*mates, *proposed[at:]], strict=True):
        ending = mate.ending if mate else None
        if row.bare != (ending is not None and "\n" not in ending):
            ending = "" if row.bare else None
        yield _Line(row.text, ending)


def _ended(lines: Sequence[_Line], usual: str, *, last: bool) -> Iterator[str]:
    """The lines with their endings; only the last one may lack a newline, if it is the last of the file."""
    above = ""
    for n, line in enumerate(lines):
        ending = line.ending
        if ending is None or ("\n" not in ending and not (last and n == len(lines) - 1)):
            below = next((other.ending for other in lines[n:] if other.ending and "\n" in other.ending), usual)
            ending = "\r\n" if ending else above or below
        above = ending
        yield line.text + ending
