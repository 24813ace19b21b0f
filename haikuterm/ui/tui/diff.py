"""The approval screen: one file's diff after the other, and the user's word on each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from haikuterm.core.diff import FileDiff
from haikuterm.core.guard import visible_line
from haikuterm.core.ports import Verdict
from haikuterm.ui.theme import Theme
from haikuterm.ui.tui.field import Field
from haikuterm.ui.tui.keys import DIFF_KEYS, actions
from haikuterm.ui.tui.transcript import Transcript

QUIET = 0.7  # seconds without a key after which someone who was typing a draft has seen that the screen changed
_ACTIONS = actions(DIFF_KEYS)


class DiffScreen(ModalScreen[Verdict]):
    """Asks for each file whether it may be written.

    typing: a draft was being written when this came up. Then keys go on to the draft until there was a pause, so that
    no "y" of a word accepts an edit.
    """

    AUTO_FOCUS = ""

    @dataclass
    class Stray(Message):
        """A key that was meant for the draft."""

        key: Key

    def __init__(
        self, files: Sequence[FileDiff], look: Theme, typing: bool = False, clock: Callable[[], float] = monotonic
    ) -> None:
        super().__init__()
        self._files = files
        self._clock = clock
        self._quiet_at = clock() + QUIET if typing else 0.0
        self._at = 0
        self._accepted: list[str] = []
        self._words: list[str] = []
        self._head = Static(id="diff-head")
        self._body = Transcript(look)
        self._body.can_focus = False
        self._word = Field("why not? The model is told. Enter sends, Esc goes back.")
        self._word.display = False

    def compose(self) -> ComposeResult:
        """Which file, its diff, a word on it, the keys."""
        yield self._head
        yield self._body
        yield self._word
        keys = [Content.assemble((key.shown, "bold $hk-accent"), f" {key.does}") for key in DIFF_KEYS if key.shown]
        yield Static(Content("  ").join(keys), id="diff-keys")

    def on_mount(self) -> None:
        """Begin with the first file."""
        self._show()

    def _show(self) -> None:
        """The file that is to be decided next; after the last one, the answer."""
        if self._at >= len(self._files):
            self.dismiss(Verdict(tuple(self._accepted), "; ".join(self._words)))
            return
        file = self._files[self._at]
        note = f"  {file.note}" if file.note else ""
        self._head.update(
            Content.assemble(
                (f"file {self._at + 1} of {len(self._files)}", "$hk-muted"),
                (f"  {visible_line(file.path)}", "bold $hk-text"),
                (f"  +{file.added}", "$hk-added"),
                (f" -{file.removed}", "$hk-removed"),
                (note, "$hk-warning"),
            )
        )
        self._body.wipe()
        self._body.add_diff(file)
        self._body.action_scroll_home()

    async def on_key(self, event: Key) -> None:
        """The keys of the table; those struck before a pause are the draft's."""
        event.stop()
        if self._clock() < self._quiet_at:
            self._quiet_at = self._clock() + QUIET
            if event.is_printable or event.key in ("enter", "backspace"):
                self.post_message(self.Stray(event.copy()))
        elif self._word.display and event.key == "escape":
            self._word.display = False
            self.set_focus(None)
        elif not self._word.display and event.key in _ACTIONS:
            await self.run_action(_ACTIONS[event.key])

    def _decide(self, *paths: str, files: int) -> None:
        self._accepted += paths
        self._at += files
        self._show()

    def action_accept(self) -> None:
        """This file may be written."""
        self._decide(self._files[self._at].path, files=1)

    def action_reject(self) -> None:
        """This file may not be written."""
        self._decide(files=1)

    def action_accept_rest(self) -> None:
        """This file and all that follow may be written."""
        self._decide(*(file.path for file in self._files[self._at :]), files=len(self._files))

    def action_reject_rest(self) -> None:
        """Neither this file nor those that follow may be written."""
        self._decide(files=len(self._files))

    def action_cancel(self) -> None:
        """None of the files may be written, not even those accepted so far."""
        self.dismiss(Verdict())

    def action_word(self) -> None:
        """Ask what to tell the model."""
        self._word.display = True
        self._word.focus()

    def on_input_submitted(self, event: Field.Submitted) -> None:
        """Reject the file with this word."""
        event.stop()
        if event.value.strip():
            name = f"{self._files[self._at].path}: " if len(self._files) > 1 else ""
            self._words.append(name + event.value.strip())
        self._word.value = ""
        self._word.display = False
        self.set_focus(None)
        self.action_reject()

    async def action_scroll(self, where: str) -> None:
        """Move the diff."""
        await self._body.run_action(where)
