"""The composer: where a prompt is written; every key takes one path through it, so keys never overtake each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.binding import Binding
from textual.events import Key, Paste
from textual.message import Message
from textual.widgets import TextArea

from haikuterm.core.guard import visible
from haikuterm.engine.status import Completions
from haikuterm.ui.tui.completion import Popup
from haikuterm.ui.tui.keys import KEYS, actions
from haikuterm.ui.tui.status import Scrolled

# Textual runs bindings only after a key has bubbled up to the app, while letters go straight in: in a fast burst a
# Backspace lands behind the letters that follow it. So the editing keys of TextArea are run from here as well.
_EDITING = {
    name.strip(): binding.action
    for binding in TextArea.BINDINGS
    if isinstance(binding, Binding)
    for name in binding.key.split(",")
}
_ACTIONS = {**_EDITING, **actions(KEYS)}


class Composer(TextArea):
    """A multi-line input with a history and completions; takes values and posts messages.

    `queue` mirrors how many prompts wait: Up in an empty input asks for the last of them back.
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
        """The text is this now, with the cursor at an index; asks: whether completions are wanted."""

        text: str
        cursor: int
        asks: bool

    def __init__(self, popup: Popup) -> None:
        super().__init__(
            id="composer", highlight_cursor_line=False, compact=True, placeholder="Ask.  / commands  @ files  ? keys"
        )
        self.cursor_blink = False
        self.popup = popup
        self.past: list[str] = []
        self.queued = 0
        self._offered = ("", 0)
        self._at = 0
        self._draft = ""

    # The history and what stands in the input

    def remember(self, prompts: Sequence[str]) -> None:
        """Take these as the earlier prompts, oldest first."""
        self.past = list(prompts)
        self._at = len(self.past)

    def put(self, text: str) -> None:
        """Replace what stands in the input; the cursor goes to the end."""
        self.text = text
        self.move_cursor(self.document.end)

    def give_back(self, text: str) -> None:
        """Put text before the draft, as when a queued prompt returns."""
        draft = self.text
        self.put(f"{text}\n{draft}" if draft.strip() else text)

    @property
    def cursor_index(self) -> int:
        """Where the cursor is, as an index into the text."""
        row, column = self.cursor_location
        return sum(len(line) + 1 for line in self.document.lines[:row]) + column

    # Keys and pastes

    async def _on_key(self, event: Key) -> None:
        if event.key == "question_mark" and not self.text:
            action: str | None = "ask('keys')"
        else:
            action = _ACTIONS.get(event.key)
        if action is None:
            return  # letters: TextArea takes them, in this same turn of the queue; the rest is the app's
        event.stop()
        event.prevent_default()
        await self.run_action(action)

    async def _on_paste(self, event: Paste) -> None:
        """Line ends become newlines and control characters visible, so that pasted escapes stay text."""
        event.text = visible(event.text.replace("\r\n", "\n").replace("\r", "\n"))

    def on_text_area_changed(self) -> None:
        """Tell what is typed, so that the app can look for completions."""
        self._tell()

    def _tell(self) -> None:
        text, cursor = self.text, self.cursor_index
        word = text[:cursor].rsplit(None, 1)[-1:] if text[:cursor][-1:].strip() else []
        asks = text.startswith("/") or bool(word and "@" in word[0])
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
        """Send the prompt, or take the suggestion if one is being chosen."""
        if self._choosing():
            self.action_accept()
        elif self.text.endswith("\\") and self.cursor_location == self.document.end:
            self.action_delete_left()
            self.action_newline()
        elif self.text.strip():
            text = self.text
            if self.past[-1:] != [text]:
                self.past.append(text)
            self.put("")
            self._at = len(self.past)
            self.popup.close()
            self.post_message(self.Submitted(text))

    def _choosing(self) -> bool:
        """Whether Enter means the list: a row was moved to, or what is typed is only the beginning of one."""
        if not self.offer_is_fresh:
            return False
        typed = self.text[self.popup.offer.start : self.cursor_index].rstrip()
        whole = any(item.text.rstrip() == typed for item in self.popup.offer.items)
        return self.popup.moved or bool(typed and not whole)

    def action_accept(self) -> None:
        """Put the chosen suggestion where its beginning stands."""
        if self.offer_is_fresh:
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
            self.post_message(self.Asked("escape"))

    def action_interrupt(self) -> None:
        """Copy a selection, else let the app decide."""
        if self.selected_text:
            self.action_copy()
        else:
            self.post_message(self.Asked("interrupt"))

    def action_leave(self) -> None:
        """Quit on an empty input, else delete to the right as everywhere."""
        if self.text:
            self.action_delete_right()
        else:
            self.post_message(self.Asked("leave"))

    def action_scroll(self, where: str) -> None:
        """Move the conversation."""
        self.post_message(Scrolled(where))

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

    def _recall(self, step: int) -> None:
        """Show the prompt before or after; the draft waits at the end."""
        to = self._at + step
        if not 0 <= to <= len(self.past):
            return
        if self._at == len(self.past):
            self._draft = self.text
        self._at = to
        self.put(self.past[to] if to < len(self.past) else self._draft)
