"""The screen of a conversation that can be read: searched, folded, copied from; the reader comes when first wanted."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from textual import on
from textual.events import TextSelected

from haikuterm.ui.tui.furniture import FurnishedApp

if TYPE_CHECKING:  # the first key waits for every module that is imported here
    from haikuterm.core.ports import Question
    from haikuterm.engine.engine import Engine
    from haikuterm.ui.tui.reading import Reading
    from haikuterm.ui.tui.taking import Copied
    from haikuterm.ui.tui.transcript import Transcript


class ReadableApp(FurnishedApp, inherit_bindings=False):
    """Moves the focus between the input and the conversation. engine: None until it takes prompts."""

    engine: Engine | None = None

    @cached_property
    def reading(self) -> Reading:
        """The cursor in the conversation, and the line that belongs to it."""
        from haikuterm.ui.tui.reading import Reading
        from haikuterm.ui.tui.taking import Taking

        root = lambda: self.engine.status.root if self.engine else ""  # noqa: E731  # as short as it is
        reading = Reading(self.transcript, Taking(self, self._choose, root))
        self.query_one("#desk").mount(reading, before=self.composer)
        return reading

    async def _choose(self, question: Question) -> str | None:
        from haikuterm.ui.tui.dialogs import Picker

        return await self.push_screen_wait(Picker(question))

    def serve(self, name: str) -> None:
        """Do what a key of the composer asks for that needs no engine."""
        if name not in ("read", "find", "fold"):
            super().serve(name)
        elif self.furnished and name == "fold":
            from haikuterm.ui.tui.unfolding import look

            view = self.transcript.view
            look(self.transcript, replace(view, unfolded=not view.unfolded))
        elif self.furnished:
            self.read("" if name == "find" else None)

    def read(self, words: str | None = None) -> None:
        """Begin to read. words: look for these; "" asks for them."""
        self.call_later(self.reading.begin, words)

    def copy(self, text: str, what: str = "") -> None:
        """Put a text on the clipboard, and say so."""
        from haikuterm.ui.tui.copying import put

        put(self, text, self.engine.copy if self.engine else None, what)

    @on(TextSelected)
    def copy_selected(self) -> None:
        """What was selected with the mouse is copied at once."""
        if text := self.screen.get_selected_text():
            self.copy(text)

    def on_copied(self, message: Copied) -> None:
        """A message, or code of it, is to be copied."""
        self.copy(message.text, message.what)

    def on_reading_left(self, message: Reading.Left) -> None:
        """The input has the keys again, and this one first."""
        if not self.reading.display:
            self.composer.focus()
        if message.key is not None:
            self.composer._forward_event(message.key)  # so that one that it does not know does not come back

    def on_transcript_pressed(self, message: Transcript.Pressed) -> None:
        """A click on the first row of what can be folded folds it, on any row of what is folded unfolds it."""
        from haikuterm.ui.tui.unfolding import fold

        index, row = message.place
        entry = self.transcript.roll.entries[index]
        if self.transcript.view.folds(entry) or row == entry.gap:
            fold(self.transcript, index)
        if "reading" in self.__dict__ and self.reading.display:
            self.reading.go(message.place)
