"""What stands in the composer, as a draft: kept, folded, put away and given back, between the prompts of before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic

from haikuterm.core.drafts import Draft
from haikuterm.ui.chips import Chips
from haikuterm.ui.drafting import Drafting
from haikuterm.ui.tui.chipped import ChippedArea

QUIET = 0.7  # seconds without a change that are a pause in writing


class DraftArea(ChippedArea):
    """A text area with a history. Texts that come and go are whole; only `text` holds the marks of folded pastes.

    past: earlier prompts, oldest first. keeping: keeps the draft where it outlives the process. changed_at: when the
    text was changed last, on the monotonic clock.
    """

    def __init__(self, placeholder: str) -> None:
        self.chips = Chips()
        super().__init__(id="composer", highlight_cursor_line=False, compact=True, placeholder=placeholder)
        self.past: list[str] = []
        self.keeping = Drafting(lambda: Draft(self.draft, self.chips.folded(self.text)))
        self.changed_at = 0.0
        self._at = 0
        self._draft = ""
        self._armed = False
        self._asked = ""  # what stood here when the app was asked what to do

    def remember(self, prompts: Sequence[str]) -> None:
        """Take these as the earlier prompts, oldest first."""
        self.past = list(prompts)
        self._at = len(self.past)

    async def paused(self) -> None:
        """Wait until nobody writes: a question that comes up would take the keys of the draft for its answer."""
        while self.text and (left := self.changed_at + QUIET - monotonic()) > 0:  # noqa: ASYNC110 - time has to pass
            await asyncio.sleep(left)

    def put(self, text: str) -> None:
        """Replace what stands in the input; the cursor goes to the end."""
        self._load(self.chips.fold(text))

    def _load(self, marked: str) -> None:
        self.text = marked
        self.move_cursor(self.document.end)

    def give_back(self, text: str) -> None:
        """Put text before the draft, as when a queued prompt returns."""
        draft = self.text
        self._load(f"{self.chips.fold(text)}\n{draft}" if draft.strip() else self.chips.fold(text))

    def recover(self, draft: Draft) -> bool:
        """Put a draft of last time here; False if something stands here already: then Up brings it."""
        for text in draft.pasted:
            self.chips.add(text)
        if self.text:
            self._remember(draft.text)
            return False
        self.put(draft.text)
        return True

    def recall(self, text: str) -> None:
        """Show an earlier prompt; Down goes on to newer ones, and at last back to the draft."""
        self._set_aside()
        self._at = len(self.past) - 1 - self.past[::-1].index(text) if text in self.past else max(0, len(self.past) - 1)
        self.put(text)

    def edited(self, text: str) -> None:
        """Take the draft as an editor left it; one that was not changed stays as it is, and undo knows the old one."""
        if text.removesuffix("\n") != self.draft.removesuffix("\n"):
            marked = self.chips.fold(text.removesuffix("\n"))
            self.move_cursor(self.replace(marked, (0, 0), self.document.end).end_location)

    def put_away(self) -> None:
        """Clear the input; Up brings it back, so does undo. What was typed since the key that asked for it stays."""
        gone = self._asked if self.text.startswith(self._asked) else self.text
        if gone.strip():
            self._remember(self.chips.whole(gone))
        lines = gone.split("\n")
        self.delete((0, 0), (len(lines) - 1, len(lines[-1])))

    def _remember(self, text: str) -> None:
        for one in (self.chips.whole(self._draft), text):  # a draft that was set aside is not forgotten
            if one.strip() and self.past[-1:] != [one]:
                self.past.append(one)
        self._draft, self._at = "", len(self.past)

    def escaped_twice(self) -> str:
        """Escape on a draft while nothing runs: clears at the second time; what to tell the user meanwhile."""
        clears, self._armed = self._armed, bool(self.text) and not self._armed
        if clears:
            self.put_away()
        return "Esc again clears the draft" if self._armed else ""

    def action_cursor_line_end(self, select: bool = False) -> None:
        """To the line's end; at the end of the text, to that of the conversation."""
        if self.cursor_location == self.document.end and not select:
            from haikuterm.ui.tui.status import Scrolled  # not before it is needed: the first key waits for imports

            self.post_message(Scrolled("scroll_end"))
        super().action_cursor_line_end(select)

    def _recall(self, step: int) -> None:
        """Show the prompt before or after; the draft waits at the end."""
        to = self._at + step
        if not 0 <= to <= len(self.past):
            return
        self._set_aside()
        self._at += step
        if self._at < len(self.past):
            self.put(self.past[self._at])
        else:
            self._load(self._draft)
            self._draft = ""

    def _set_aside(self) -> None:
        """Keep what stands here while another prompt is shown: as the draft, or behind the prompt that it came from."""
        if self._at == len(self.past):
            self._draft = self.text
        elif self.text.strip() and self.draft != self.past[self._at]:
            self._at += 1
            self.past.insert(self._at, self.draft)
