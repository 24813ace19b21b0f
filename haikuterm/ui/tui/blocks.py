"""Owns Markdown that still streams in: which blocks are finished and frozen, and what is the live tail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from haikuterm.ui.tui.code_rows import Code, CodeRow, Later
from haikuterm.ui.tui.flow import Line
from haikuterm.ui.tui.highlight import LineLexer
from haikuterm.ui.tui.markdown import Markdown, language, spans

AT_ONCE = 60  # lines of code that are lexed in one go: some 6 ms
_FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`\n]*\n)|~{3,})([^\n]*)\n")


class OpenFence:
    """A code block that is not closed yet: only its new lines are lexed, and of very many only the last ones."""

    def __init__(self, markdown: Markdown, width: int, opening: re.Match[str], later: Later | None) -> None:
        indent, marks, info = opening.groups()
        self._indent = re.compile(f" {{0,{len(indent)}}}")
        self._closing = re.compile(rf" {{0,3}}{marks[0]}{{{len(marks)},}}[ \t]*")
        self._lexer = LineLexer(language(info))
        self.code = Code(markdown.colors, language(info), width, later)
        self.read = opening.end()

    def rows(self, tail: str) -> list[Line] | None:
        """The rows of the lines that are complete now and were not before; None where one of them closes the fence."""
        *complete, _ = tail[self.read :].split("\n")
        closed = next((n for n, line in enumerate(complete) if self._closing.fullmatch(line)), None)
        self.read += sum(len(line) + 1 for line in complete)
        rows = self._rows(complete[:closed])
        return rows if closed is None else None

    def partial(self, tail: str) -> list[Line]:
        """The rows of the line that is still being written, plain."""
        rest = self._inside(tail[self.read :])
        return self.code.unfinished(rest) if rest else []

    def _rows(self, lines: list[str]) -> list[Line]:
        far = len(lines) - AT_ONCE
        rows: list[Line] = []
        for number, line in enumerate(map(self._inside, lines)):
            rows += self.code.add(line, self._lexer.line(line) if number >= far else None)
        return rows

    def _inside(self, line: str) -> str:
        return self._indent.sub("", line, count=1)


class Stream:
    """The rows of a Markdown text that grows.

    A block is frozen as soon as another one has begun after it, on complete lines only: then no later text can change
    it, so any chunking of a text ends in the same rows. lines: the rows so far, those of the live tail included.
    """

    def __init__(self, markdown: Markdown, width: int, later: Later | None = None) -> None:
        self.lines: list[Line] = []
        self._markdown, self._width, self._later = markdown, width, later
        self._frozen = 0  # rows that never change again
        self._settled = 0  # rows that do not change while the fence is open
        self._tail = ""  # the source of what is not frozen; begins where a block begins
        self._held = ""  # a carriage return that may be half of a line ending
        self._fence: OpenFence | None = None
        self._shown: Code | None = None  # the code that the tail begins with, as it is on the screen

    def feed(self, text: str) -> int:
        """Take more of the text; returns the first row that changed."""
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        text = _unix(text.removesuffix("\r"))
        self._tail += text
        if self._fence and (rows := self._fence.rows(self._tail)) is not None:
            return self._grow(self._fence, rows)
        self._fence = None
        first = self._frozen
        if "\n" in text:
            *finished, last = spans(self._tail[: self._tail.rindex("\n") + 1]) or [(0, 0)]
            self._freeze(finished, last[0])
        self._live()
        return first

    def finish(self) -> int:
        """No more text comes: freeze what is left; returns the first row that changed."""
        first = self._frozen
        self._tail += _unix(self._held)
        self._held, self._fence = "", None
        self._freeze(spans(self._tail), None)
        return first

    def _live(self) -> None:
        """Make the rows of the tail anew."""
        del self.lines[self._frozen :]
        if opening := _FENCE.match(self._tail):
            fence = OpenFence(self._markdown, self._width, opening, self._later)
            if (rows := fence.rows(self._tail)) is not None:
                self.lines += [Line()] if self.lines else []
                self._fence, self._shown, self._settled = fence, fence.code, len(self.lines)
                self._grow(fence, rows)
                return
        self._stack(self._tail.split("\n"), spans(self._tail))

    def _grow(self, fence: OpenFence, rows: list[Line]) -> int:
        """More rows of the open fence: those of complete lines stay, that of the line being written is made anew."""
        first = self._settled
        self.lines[first:] = rows
        self._settled = len(self.lines)
        self.lines += fence.partial(self._tail)
        return first

    def _freeze(self, finished: list[tuple[int, int]], to: int | None) -> None:
        """Add these blocks of the tail for good, and forget its source up to the line `to`."""
        lines = self._tail.split("\n")
        del self.lines[self._frozen :]
        self._stack(lines, finished)
        self._frozen = len(self.lines)
        self._tail = "\n".join(lines[to:]) if to is not None else ""
        self._shown = None if finished else self._shown

    def _stack(self, source: list[str], blocks: list[tuple[int, int]]) -> None:
        """Add the rows of these blocks of the source."""
        for rows in _blocks(self._markdown, source, blocks, self._width, self._later, self._shown):
            if rows and isinstance(rows[0], CodeRow):
                rows[0].code.hurry(AT_ONCE)
            self.lines += [Line(), *rows] if self.lines and rows else rows


def whole(markdown: Markdown, text: str, width: int, later: Later | None = None) -> list[Line]:
    """The rows of a text that is finished; the same that a Stream ends with. later: as for Code."""
    lines: list[Line] = []
    for rows, _ in parts(markdown, text, width, later):
        lines += [Line(), *rows] if lines and rows else rows
    return lines


def parts(markdown: Markdown, text: str, width: int, later: Later | None = None) -> Iterator[tuple[list[Line], str]]:
    """Each block of a text that is finished, as rows and as source. later: as for Code."""
    source = _unix(text).split("\n")
    blocks = spans(_unix(text))
    for rows, (start, end) in zip(_blocks(markdown, source, blocks, width, later), blocks, strict=True):
        yield rows, "\n".join(source[start:end])


def _blocks(
    markdown: Markdown,
    source: list[str],
    blocks: list[tuple[int, int]],
    width: int,
    later: Later | None,
    shown: Code | None = None,
) -> Iterator[list[Line]]:
    """The rows of each block of the source. shown: how the first one was shown so far, where it is code."""
    for start, end in blocks:
        text = "\n".join(source[start:end]) + "\n"
        rows = markdown.code(text, width, later, shown)
        yield markdown.lines(text, width) if rows is None else rows
        shown = None


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
