"""Owns Markdown that still streams in: which blocks are finished and frozen, and what is the live tail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from haikuterm.ui.tui.flow import Line
from haikuterm.ui.tui.highlight import LineLexer
from haikuterm.ui.tui.markdown import Markdown, language, spans

if TYPE_CHECKING:
    from haikuterm.ui.tui.highlight import Token

_FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`\n]*\n)|~{3,})([^\n]*)\n")


class OpenFence:
    """A code block that is not closed yet: only its new lines are lexed."""

    def __init__(self, markdown: Markdown, width: int, opening: re.Match[str]) -> None:
        indent, marks, info = opening.groups()
        self._markdown, self._width = markdown, width
        self._indent = re.compile(f" {{0,{len(indent)}}}")
        self._closing = re.compile(rf" {{0,3}}{marks[0]}{{{len(marks)},}}[ \t]*")
        self._lexer = LineLexer(language(info))
        self.read = opening.end()

    def rows(self, tail: str) -> list[Line] | None:
        """The rows of the lines that are complete now and were not before; None where one of them closes the fence."""
        *complete, _ = tail[self.read :].split("\n")
        if any(self._closing.fullmatch(line) for line in complete):
            return None
        self.read += sum(len(line) + 1 for line in complete)
        return [row for line in complete for row in self._rows(self._lexer.line(self._inside(line)))]

    def partial(self, tail: str) -> list[Line]:
        """The rows of the line that is still being written, plain."""
        rest = self._inside(tail[self.read :])
        return self._markdown.code([(rest, self._markdown.colors.plain)], self._width) if rest else []

    def _rows(self, tokens: tuple[Token, ...]) -> list[Line]:
        return self._markdown.code(self._markdown.colors.runs(tokens), self._width)

    def _inside(self, line: str) -> str:
        return self._indent.sub("", line, count=1)


class Stream:
    """The rows of a Markdown text that grows.

    A block is frozen as soon as another one has begun after it, on complete lines only: then no later text can change
    it, so any chunking of a text ends in the same rows. lines: the rows so far, those of the live tail included.
    """

    def __init__(self, markdown: Markdown, width: int) -> None:
        self.lines: list[Line] = []
        self._markdown, self._width = markdown, width
        self._frozen = 0  # rows that never change again
        self._settled = 0  # rows that do not change while the fence is open
        self._tail = ""  # the source of what is not frozen; begins where a block begins
        self._held = ""  # a carriage return that may be half of a line ending
        self._fence: OpenFence | None = None

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
            fence = OpenFence(self._markdown, self._width, opening)
            if (rows := fence.rows(self._tail)) is not None:
                self.lines += [Line()] if self.lines else []
                self._fence, self._settled = fence, len(self.lines)
                self._grow(fence, rows)
                return
        _stack(self.lines, self._markdown, self._tail.split("\n"), spans(self._tail), self._width)

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
        _stack(self.lines, self._markdown, lines, finished, self._width)
        self._frozen = len(self.lines)
        self._tail = "\n".join(lines[to:]) if to is not None else ""


def whole(markdown: Markdown, text: str, width: int) -> list[Line]:
    """The rows of a text that is finished; the same that a Stream ends with."""
    lines: list[Line] = []
    text = _unix(text)
    _stack(lines, markdown, text.split("\n"), spans(text), width)
    return lines


def _stack(lines: list[Line], markdown: Markdown, source: list[str], blocks: list[tuple[int, int]], width: int) -> None:
    """Add the rows of each block of the source to the lines, an empty row between two."""
    for start, end in blocks:
        rows = markdown.lines("\n".join(source[start:end]) + "\n", width)
        lines += [Line(), *rows] if lines and rows else rows


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
