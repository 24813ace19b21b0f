"""The composer: where a prompt is written; every key takes one path through it, so keys never overtake each other."""

from __future__ import annotations

from dataclasses import dataclass
from os.path import isfile
from time import monotonic
from typing import TYPE_CHECKING

from textual.events import Key, Paste
from textual.message import Message

from haikuterm.core.guard import visible
from haikuterm.core.mention import at_cursor
from haikuterm.engine.status import Completions
from haikuterm.ui.chips import big, plain
from haikuterm.ui.first_frame import PLACEHOLDER
from haikuterm.ui.tui.completion import SHELL, Popup
from haikuterm.ui.tui.draft_area import DraftArea
from haikuterm.ui.tui.keying import Keying
from haikuterm.ui.tui.keys import ALT

if TYPE_CHECKING:
    from haikuterm.ui.keymap import Pairs
    from haikuterm.ui.tui.vim import VimKeys


class Composer(DraftArea):
    """A multi-line input with a history and completions; takes values and posts messages.

    `queued` mirrors how many prompts wait: Up in an empty input asks for the last of them back.
    """

    @dataclass
    class Submitted(Message):
        """The user sends this prompt."""

        text: str

    @dataclass
    class Asked(Message):
        """The user pressed a key whose meaning lies outside of the composer; name: the action in the key table."""

        name: str

    @dataclass
    class Typed(Message):
        """The text, its pastes folded, is this now, with the cursor at an index; asks: for completions."""

        text: str
        cursor: int
        asks: bool

    def __init__(self, popup: Popup) -> None:
        super().__init__(PLACEHOLDER)
        self.cursor_blink = False
        self.popup = popup
        self.queued = 0
        self.first_try = ""  # what Tab puts into an empty input
        self._offered = ("", 0)
        self.keying = Keying()
        self.vim: VimKeys | None = None

    @property
    def cursor_index(self) -> int:
        """Where the cursor is, as an index into the text."""
        row, column = self.cursor_location
        return sum(len(line) + 1 for line in self.document.lines[:row]) + column

    # Keys and pastes

    async def _on_key(self, event: Key) -> None:
        self._armed = self._armed and event.key == "escape"
        if self.vim is not None and not self.keying.is_own(event.key) and self.vim.takes(event):
            if event.key == "escape" or event.key in ALT:
                self.popup.close()
            follows = self.vim.press(event)
        else:
            action = self.keying.action(event.key, empty=not self.text, selected=not self.selection.is_empty)
            if action is None:
                return  # letters: TextArea takes them, in this same turn of the queue; the rest is the app's
            follows = [action] if action else []
        event.stop()
        event.prevent_default()
        for action in follows:
            await self.run_action(action)
        self._settle()

    def set_keys(self, own: Pairs, *, vim: bool) -> None:
        """Take the user's own keys, and vim's."""
        self.keying = Keying(own)
        self.set_vim(vim)

    def set_vim(self, on: bool) -> None:
        """Take vim's keys, or leave them."""
        if on == (self.vim is not None):
            return
        from haikuterm.ui.tui.vim import VimKeys  # not before it is needed: the first key waits for imports

        self.vim = VimKeys(self) if on else None
        self._settle()

    def _settle(self) -> None:
        """Show what the frame says: vim's mode, and where the line goes."""
        if self.vim is not None:
            self.vim.settle()
        says = (self.vim.shown if self.vim else "", "run in your shell" if self.has_class("shell") else "")
        if (title := " · ".join(filter(None, says))) != (self.border_title or ""):
            self.border_title = title

    async def _on_paste(self, event: Paste) -> None:
        """Line ends become newlines and control characters visible, so that pasted escapes stay text.

        Pictures and PDFs that were dragged here, which terminals paste as paths, become mentions. What is big is
        folded to a chip; pasting the same behind its chip opens it.
        """
        from haikuterm.core.dropped import mentions  # not before it is needed: the first key waits for imports

        named = mentions(event.text, isfile)
        if named and self.cursor_index and not self.text[self.cursor_index - 1].isspace():
            named = f" {named}"  # a mention stands at the beginning of a word
        event.text = plain(visible((named or event.text).replace("\r\n", "\n").replace("\r", "\n")))
        if big(event.text):
            found = self.chip_at(self.cursor_location)
            if found and found[2].text == event.text:
                self.open_chip(self.cursor_location)
                event.prevent_default()
            event.text = self.chips.add(event.text) if not found or found[2].text != event.text else ""

    def on_text_area_changed(self) -> None:
        """Tell what is typed, so that the app can look for completions; keep it soon."""
        if (shell := self.text.startswith(SHELL)) != self.has_class("shell"):
            self.set_class(shell, "shell")
            self._settle()
        self.changed_at = monotonic()
        self.keeping.touch()
        self._tell()

    def _tell(self) -> None:
        text, cursor = self.text, self.cursor_index
        asks = text.startswith(("/", SHELL)) or at_cursor(text[:cursor]) is not None
        if not asks:
            self.popup.close()
        self.post_message(self.Typed(text, cursor, asks))

    def offer(self, text: str, cursor: int, found: Completions) -> None:
        """Show completions that were looked for at this state of the text; stale ones are dropped."""
        if (text, cursor) != (self.text, self.cursor_index):
            return
        typed = text[found.start : cursor]
        only = [item.text.rstrip() for item in found.items] == [typed.rstrip()]
        self._offered = (text, cursor)
        self.popup.show(Completions(0) if only else found)

    @property
    def offer_is_fresh(self) -> bool:
        """Whether the list is about what stands here now: keys may be quicker than the look for suggestions."""
        return self.popup.display and self._offered == (self.text, self.cursor_index)

    # Actions of the key table

    def action_send(self) -> None:
        """Send the prompt, or take the suggestion if one is being chosen; a command that is whole then is sent."""
        before = self.text[: self.cursor_index]
        if self.offer_is_fresh and self.popup.takes_enter(before):
            runs = self.popup.runs(before)
            self.action_accept()
            if not runs:
                return
        if self.text.endswith("\\") and self.cursor_location == self.document.end:
            self.action_delete_left()
            self.action_newline()
        elif self.text.strip():
            text = self.draft
            self._remember(text)
            self.put("")
            self.popup.close()
            self.keeping.now()
            if self.vim is not None:
                self.vim.sent()
            self.post_message(self.Submitted(text))

    def action_accept(self) -> None:
        """Put the chosen suggestion where its beginning stands; without one, open the chip beside the cursor."""
        if not self.text and self.first_try:
            self.put(self.first_try)
        elif not self.offer_is_fresh:
            self.open_chip(self.cursor_location)
        else:
            before = self.text[: self.popup.offer.start]
            start = (before.count("\n"), len(before) - before.rfind("\n") - 1)
            text = self.popup.chosen.text
            self.popup.close()
            self.move_cursor(self.replace(text, start, self.cursor_location).end_location)

    def action_newline(self) -> None:
        """Break the line."""
        self.move_cursor(self.replace("\n", *sorted(self.selection)).end_location)

    def action_escape(self) -> None:
        """Close the list, else let the app stop the turn."""
        if self.popup.display:
            self.popup.close()
        else:
            self._asked = self.text
            self.post_message(self.Asked("escape"))

    def action_interrupt(self) -> None:
        """Copy a selection, else let the app decide."""
        if self.selected_text:
            self.action_copy()
        else:
            self._asked = self.text
            self.post_message(self.Asked("interrupt"))

    def action_leave(self) -> None:
        """Quit on an empty input, else delete to the right as everywhere."""
        if self.text and self.text != self._asked:  # else the app may be about to clear it
            self.action_delete_right()
        else:
            self.post_message(self.Asked("leave"))

    def action_scroll(self, where: str) -> None:
        """Move the conversation."""
        from haikuterm.ui.tui.status import Scrolled  # not before it is needed: the first key waits for imports

        self.post_message(Scrolled(where))

    def action_paste_picture(self) -> None:
        """Attach the picture in the system's clipboard; what stands in the input stays."""
        self.post_message(self.Submitted("/paste"))

    def action_clear_draft(self) -> None:
        """Put the draft away."""
        self._asked = self.text
        self.put_away()

    def action_run_line(self, line: str) -> None:
        """Send a command, or begin with it where it ends with a blank; what stands in the input is put away then."""
        if line.endswith(" "):
            self.action_clear_draft()
            self.put(line)
        else:
            self.post_message(self.Submitted(line))

    def action_ask(self, name: str) -> None:
        """Hand on a key that concerns more than the input."""
        self.post_message(self.Asked(name))

    def action_cursor_up(self, select: bool = False) -> None:
        """Up in the list, the text, the queue or the history."""
        if self.popup.display:
            self.popup.move(-1)
        elif select or not self.navigator.is_first_wrapped_line(self.cursor_location):
            super().action_cursor_up(select)
        elif self.queued and not self.text:
            self.post_message(self.Asked("unqueue"))
        else:
            self._recall(-1)

    def action_cursor_down(self, select: bool = False) -> None:
        """Down in the list, the text or the history."""
        if self.popup.display:
            self.popup.move(1)
        elif select or not self.navigator.is_last_wrapped_line(self.cursor_location):
            super().action_cursor_down(select)
        else:
            self._recall(1)
