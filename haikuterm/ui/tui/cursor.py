"""The place in the conversation that the reader is at, and the message there."""

from __future__ import annotations

from haikuterm.ui.tui.entries import Entry
from haikuterm.ui.tui.roll import Place
from haikuterm.ui.tui.transcript import Transcript

_CALLED = {"user": "prompt", "document": "page", "charge": "cost"}


class Cursor:
    """A place that is corrected whenever somebody asks: entries fold, and a conversation may be cleared."""

    def __init__(self, transcript: Transcript) -> None:
        self.place: Place = (0, 0)
        self._transcript = transcript

    def inside(self, place: Place | None = None) -> Place:
        """The place (or another one), or the last one there is; never the empty row above an entry."""
        roll, (index, row) = self._transcript.roll, place or self.place
        if not len(roll):
            return (0, 0)
        if index >= len(roll):
            index, row = len(roll) - 1, roll.height(len(roll) - 1)
        return index, min(max(row, int(roll.entries[index].gap)), roll.height(index) - 1)

    @property
    def message(self) -> int:
        """The entry under the cursor; for a line that says what one cost, that one."""
        entries, index = self._transcript.roll.entries, self.inside()[0]
        return index - 1 if index and entries[index].kind == "charge" else index

    @property
    def entry(self) -> Entry:
        """What was said there."""
        roll = self._transcript.roll
        return roll.entries[self.message] if len(roll) else Entry("notice", "")

    @property
    def source(self) -> str:
        """The text as it was given."""
        return f"{self.entry.text}\n{self.entry.more}".strip("\n")

    @property
    def called(self) -> str:
        """What kind of message it is, in a word."""
        return _CALLED.get(self.entry.kind, self.entry.kind)
