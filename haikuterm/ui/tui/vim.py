"""Gives the composer vim's keys: what ui/vim says is done to the text area as one edit, so that undo stays right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual.document._document import Location, Selection
from textual.events import Key
from textual.widgets import TextArea

from haikuterm.ui.tui.keys import ALT
from haikuterm.ui.vim import Pressed, Vim, fresh, press, takes
from haikuterm.ui.vim_motions import line_end, line_start

# What the core asks for, as actions of the composer.
_ACTIONS = {"send": "send", "escape": "escape", "older": "cursor_up", "newer": "cursor_down"}


class VimKeys:
    """Vim for one text area; it begins in insert mode."""

    def __init__(self, area: TextArea) -> None:
        self._area = area
        self._vim = fresh(Vim(), area.text, self._index(area.cursor_location))
        self._drawn: tuple[Selection, int] | None = None  # a selection of ours, and where vim's cursor is in it

    @property
    def shown(self) -> str:
        """The mode, and the keys of a command that is not whole."""
        return self._vim.shown

    def takes(self, event: Key) -> bool:
        """Whether a key is vim's now; `?` on an empty input shows the keys in every mode."""
        if event.key == "question_mark" and not self._area.text:
            return False
        return event.key in ALT or takes(self._vim, _name(event))

    def press(self, event: Key) -> Sequence[str]:
        """Do what a key means; the composer's actions that follow.

        Alt and a key is what terminals send for Escape and that key in quick succession, and here that is meant.
        """
        sign = ALT.get(event.key)
        if sign is None:
            return self._press(_name(event))
        left = self._press("escape") if self._vim.mode != "normal" or self._vim.pending else ()
        return [*left, *self._press(sign)]

    def _press(self, key: str) -> Sequence[str]:
        text = self._area.text
        done = press(text, self._cursor(), self._vim, key)
        self._apply(text, done)
        return [_ACTIONS[effect] for effect in done.effects]

    def settle(self) -> None:
        """The text was changed by somebody else: outside of insert mode the cursor stands on a character."""
        row, column = self._area.cursor_location
        last = max(0, len(self._area.document.get_line(row)) - 1)
        if self._vim.mode == "normal" and column > last:
            self._area.move_cursor((row, last))

    def sent(self) -> None:
        """Another prompt begins, in insert mode."""
        self._vim = fresh(self._vim)

    def _apply(self, before: str, done: Pressed) -> None:
        text = done.text
        if text != before:
            start, old, new = _difference(before, text)
            self._area.replace(text[start:new], self._place(before, start), self._place(before, old))
        self._draw(done)
        self._vim = done.vim
        if self._area.text != text:  # a folded paste went as a whole
            self._vim = replace(self._vim, seen=(self._area.text, self._cursor()))

    def _draw(self, done: Pressed) -> None:
        """The cursor, and what is selected: the cell of the cursor belongs to it."""
        text, cursor, anchor = done.text, done.cursor, done.vim.anchor
        self._drawn = None
        if done.vim.mode in ("insert", "normal"):
            self._area.move_cursor(self._place(text, cursor))
            return
        start, end = (anchor, cursor) if anchor <= cursor else (min(anchor + 1, len(text)), cursor)
        if done.vim.mode == "lines" and anchor <= cursor:
            start, end = line_start(text, anchor), line_end(text, cursor)
        elif done.vim.mode == "lines":
            start, end = line_end(text, anchor), line_start(text, cursor)
        self._area.selection = Selection(self._place(text, start), self._place(text, end))
        self._drawn = (self._area.selection, cursor)

    def _cursor(self) -> int:
        if self._drawn is not None and self._drawn[0] == self._area.selection:
            return self._drawn[1]
        return self._index(self._area.cursor_location)

    def _index(self, location: Location) -> int:
        row, column = location
        return sum(len(line) + 1 for line in self._area.document.lines[:row]) + column

    def _place(self, text: str, index: int) -> Location:
        return text.count("\n", 0, index), index - line_start(text, index)


def _name(event: Key) -> str:
    """The character of a key, else its name."""
    return event.character if event.is_printable and event.character else event.key


def _difference(old: str, new: str) -> tuple[int, int, int]:
    """Where two texts begin to differ, and where that ends in each."""
    start, shorter = 0, min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        start += 1
    same = 0
    while same < shorter - start and old[-1 - same] == new[-1 - same]:
        same += 1
    return start, len(old) - same, len(new) - same
