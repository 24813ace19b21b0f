"""What the line-by-line faces share: diffs as lines, code fences in a stream, milestones of long work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from haikuterm.core.changes import FileChange
from haikuterm.core.diff import FileDiff, Hunk, diff
from haikuterm.core.events import Event, Notice, Progress
from haikuterm.core.guard import visible, visible_line
from haikuterm.ui.present import Line, cells, line

# A code fence (CommonMark 4.5), and the beginning of a line that may still become one.
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([^\s`]*)[^`\n]*\n?")
_MAYBE = re.compile(r" {0,3}(?:`{1,2}|`{3,}[^`\n]*|~{1,2}|~{3,}[^\n]*)?")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
MOST_CODE = 1_500  # characters of a block that are read again to tell the colours of its next line
_MARKS = re.compile(r"`([^`\n]*)`|\*\*([^*\n]*)\*\*")  # Markdown's marks for code and for weight
_BARS = re.compile(r"(?<!\\)\|")  # between the cells of a table's row; an escaped one belongs to its cell
_ROLES = {"+": "added", "-": "removed", " ": "text"}


def spoken(event: Event, stop_key: str) -> Line | None:
    """`present.line` for those who hear it: what only a colour tells is a word."""
    shown = line(event, stop_key)
    if shown and isinstance(event, Notice) and event.level != "info":
        return Line(shown.role, f"{event.level}: {shown.text}")
    return shown


def diff_lines(change: FileChange) -> Iterator[Line]:
    """The change as the lines of a unified diff, safe to print; a note stands where lines cannot show it."""
    found = diff(change)
    yield from head_lines(found)
    for hunk in found.hunks:
        yield from hunk_lines(hunk)


def head_lines(found: FileDiff) -> Iterator[Line]:
    """The lines above a file's hunks, safe to print; with the note where there are no hunks."""
    for head in found.heads:
        yield Line("heading", visible_line(head))
    if not found.hunks and found.note:
        yield Line("muted", found.note)


def hunk_lines(hunk: Hunk) -> Iterator[Line]:
    """A hunk as the lines of a unified diff, safe to print."""
    yield Line("muted", hunk.header)
    for row in hunk.lines:
        yield Line(_ROLES[row.mark], visible(f"{row.mark}{row.text}"))


def document(text: str) -> str:
    """A small Markdown document as text that is safe to print: tables in columns, no marks for code and weight."""
    done: list[str] = []
    for is_table, rows in groupby(visible(text).split("\n"), lambda row: row.startswith("|")):
        plain = [_MARKS.sub(lambda mark: mark[1] or mark[2], row) for row in rows]
        done += _table(plain) if is_table else plain
    return "\n".join(done)


def _table(rows: list[str]) -> list[str]:
    """Rows of a pipe table, their columns below each other; the row of dashes says which stand to the right."""
    split = [[cell.strip().replace("\\|", "|") for cell in _BARS.split(row.strip().strip("|"))] for row in rows]
    dashes = next((row for row in split if all(cell and set(cell) <= set(":-") for cell in row)), [])
    right = [cell.endswith(":") for cell in dashes]
    return columns([row for row in split if row is not dashes], right)


def columns(rows: Sequence[Sequence[str]], right: Sequence[bool] = ()) -> list[str]:
    """The rows as lines with two blanks between columns; right: which columns stand to the right."""
    widths = [max(map(cells, column)) for column in zip_longest(*rows, fillvalue="")]
    sides = [*right, *[False] * len(widths)]
    lines = []
    for row in rows:
        blanks = [" " * (width - cells(cell)) for cell, width in zip(row, widths, strict=False)]
        padded = (b + cell if side else cell + b for cell, b, side in zip(row, blanks, sides, strict=False))
        lines.append("  ".join(padded).rstrip())
    return lines


@dataclass(slots=True)
class Milestones:
    """Which steps of long work are worth a line where lines cannot be drawn over: the first, and each new tenth."""

    last: tuple[str, int] = ("", -1)

    def due(self, event: Progress) -> bool:
        """True where the event reaches a tenth that was not yet told."""
        tenth = event.done * 10 // event.total if event.total else 0
        if (event.what, tenth) == self.last:
            return False
        self.last = (event.what, tenth)
        return True


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of an answer. code: the block up to and with this line, None for what is no code; language: as named."""

    text: str
    code: str | None = None
    language: str = ""


@dataclass(slots=True)
class Fences:
    """Tells code from prose in an answer that comes in pieces: prose passes at once, code line by line."""

    _held: str = ""
    _inside_line: bool = False
    _mark: str = ""
    _language: str = ""
    _code: str = ""

    def feed(self, text: str) -> Iterator[Piece]:
        """What can be shown now that this text has come."""
        for part in _LINES.findall(text):
            whole = part.endswith("\n")
            if self._inside_line:
                self._inside_line = not whole
                yield Piece(part)
                continue
            self._held += part
            if whole or not (self._mark or _MAYBE.fullmatch(self._held)):
                self._inside_line = not whole
                yield self._line()

    def end(self) -> Iterator[Piece]:
        """What was held back, now that the answer is over; the next answer begins outside of code."""
        if self._held:
            yield self._line()
        self._mark, self._inside_line = "", False

    def _line(self) -> Piece:
        line, self._held = self._held, ""
        fence = _FENCE.fullmatch(line)
        if not self._mark:
            if fence:
                self._mark, self._language, self._code = fence[1], fence[2], ""
                self._inside_line = False
            return Piece(line)
        if fence and fence[1].startswith(self._mark) and not fence[2]:
            self._mark = ""
            return Piece(line)
        self._code += line
        return Piece(line, self._code, self._language)


def highlight(piece: Piece) -> list[tuple[str, str]]:
    """A line of code as (token type, text), the type as in "name.function", "" where the language is not known.

    It is read together with the lines of its block before it, so that a long string stays a string.
    """
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    code = (piece.code or "")[-MOST_CODE:]
    start = len(code) - len(piece.text)
    try:
        tokens = get_lexer_by_name(piece.language or "text").get_tokens_unprocessed(code)
    except ClassNotFound:
        return [("", visible(piece.text))]
    cut = ((".".join(kind).lower(), value[max(0, start - index) :]) for index, kind, value in tokens)
    return [(kind, visible(text)) for kind, text in cut if text]
