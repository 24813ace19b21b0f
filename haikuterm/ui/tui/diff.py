"""The approval screen: all changes of a proposal, and the user's word on each hunk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from time import monotonic

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Key, Resize
from textual.message import Message
from textual.widgets import Static

from haikuterm.core.errors import HaikutermError
from haikuterm.core.guard import visible_line
from haikuterm.core.ports import Verdict
from haikuterm.core.review import Choice, Review, reject_all
from haikuterm.ui.segments import Segment, fit
from haikuterm.ui.theme import Theme
from haikuterm.ui.tui.field import Field
from haikuterm.ui.tui.keys import DIFF_KEYS, actions
from haikuterm.ui.tui.once import OnceScreen
from haikuterm.ui.tui.review_sheet import ReviewSheet

QUIET = 0.7  # seconds without a key after which someone who was typing a draft has seen that the screen changed
GAP = "  "
WORD_KEYS = Content.assemble(
    ("Enter", "bold $hk-accent"), " reject with this word", GAP, ("Esc", "bold $hk-accent"), " back"
)
ACCEPT_ALL = "decide_rest('yes')"
_ACTIONS = actions(DIFF_KEYS)

Edit = Callable[[str, str], Awaitable[str | None]]  # text and a file's name -> the text as the user left it


class DiffScreen(OnceScreen[Verdict]):
    """Asks of each hunk whether it may be written; answers as soon as nothing is open any more.

    edit: lets the user change a text; raises HaikutermError where that cannot be.
    typing: a draft was being written when this came up. Then keys go on to the draft until there was a pause, so that
    no "y" of a word accepts an edit.
    """

    AUTO_FOCUS = ""

    @dataclass
    class Stray(Message):
        """A key that was meant for the draft."""

        key: Key

    def __init__(
        self, review: Review, look: Theme, edit: Edit, typing: bool = False, clock: Callable[[], float] = monotonic
    ) -> None:
        super().__init__()
        self._review, self._edit = review, edit
        self._clock = clock
        self._quiet_at = clock() + QUIET if typing else 0.0
        self._head = Static(id="diff-head")
        self._trouble = Static(classes="trouble")
        self._trouble.display = False
        self._sheet = ReviewSheet(review, look)
        self._word = Field("why not? The model is told.")
        self._word.display = False
        self._keys = Static(id="diff-keys")

    def compose(self) -> ComposeResult:
        """Where one is, the changes, a word on one of them, the keys."""
        yield self._head
        yield self._trouble
        yield self._sheet
        yield self._word
        yield self._keys

    def on_resize(self, event: Resize) -> None:
        """Say what there is room for."""
        self._tell(event.size.width)

    async def on_key(self, event: Key) -> None:
        """The keys of the table; those struck before a pause are the draft's."""
        event.stop()
        if self._clock() < self._quiet_at:
            self._quiet_at = self._clock() + QUIET
            if event.is_printable or event.key in ("enter", "backspace"):
                self.post_message(self.Stray(event.copy()))
        elif self._word.display and event.key == "escape":
            self._ask(False)
        elif not (self._word.display or self.over) and event.key in _ACTIONS:
            self._trouble.display = False
            await self.run_action(_ACTIONS[event.key])

    def _go_on(self, review: Review) -> None:
        """Show what became of it; once all is decided, that is the answer, and what still comes in is not heard."""
        if self.over:
            return
        self._review = review
        if review.done:
            self.answer(review.verdict)
        else:
            self._sheet.show(review)
            self._tell(self.size.width)

    def _complain(self, sentence: str) -> None:
        self._trouble.update(Content(visible_line(sentence)))
        self._trouble.display = True

    def action_decide(self, choice: Choice) -> None:
        """This hunk may be written, or not."""
        self._go_on(self._review.decide(choice))

    def action_decide_file(self, choice: Choice) -> None:
        """So may all that is left of this file."""
        self._go_on(self._review.decide_file(choice))

    def action_decide_rest(self, choice: Choice) -> None:
        """So may all that is left."""
        self._go_on(self._review.decide_rest(choice))

    def action_go(self, steps: int) -> None:
        """Look at another hunk."""
        self._go_on(self._review.go(steps))

    def action_split(self) -> None:
        """Make more hunks of this one."""
        if self._review.can_split:
            self._go_on(self._review.split())
        else:
            self._complain("This hunk is one change; e takes it apart in an editor.")

    def action_turn(self) -> None:
        """Side by side, or in one column."""
        self._sheet.turn()

    def action_cancel(self) -> None:
        """Nothing may be written, not even what was accepted so far."""
        self.answer(reject_all(self._review.proposal))

    async def action_edit(self) -> None:
        """Let the user change this hunk; whatever goes wrong, it stays as it was."""
        path = PurePosixPath(self._review.proposal.files[self._review.item.file].path)
        try:
            patch = await self._edit(self._review.patch(), f"{path.name}.diff")
            if patch is not None:
                self._go_on(self._review.edit(patch))
        except HaikutermError as error:
            self._complain(str(error))

    def action_word(self) -> None:
        """Ask what to tell the model."""
        self._ask(True)

    def _ask(self, asks: bool) -> None:
        self._word.display = asks
        self.set_focus(self._word if asks else None)
        self._tell(self.size.width)

    def on_input_submitted(self, event: Field.Submitted) -> None:
        """Reject the hunk with this word; a second Enter, struck before the line was gone, is none for the next."""
        event.stop()
        if not self._word.display:
            return
        self._word.value = ""
        self._ask(False)
        self._go_on(self._review.decide("no", event.value.strip()))

    def on_review_sheet_looked(self) -> None:
        """Other hunks are in sight."""
        self._tell(self.size.width)

    def on_review_sheet_taken(self, message: ReviewSheet.Taken) -> None:
        """A click on a hunk looks at it."""
        self._go_on(self._review.go(message.item - self._review.at))

    def action_keys(self) -> None:
        """What all the keys do."""
        from haikuterm.ui.tui.key_list import KeyList

        self.app.push_screen(KeyList(DIFF_KEYS, "Esc leaves"))

    async def action_scroll(self, where: str) -> None:
        """Move the sheet."""
        await self._sheet.run_action(where)

    def _tell(self, width: int) -> None:
        self._head.update(_place(self._review, width - 2))
        self._keys.update(WORD_KEYS if self._word.display else _keys(self._review, width - 2, self._sheet.unseen))


def _place(review: Review, width: int) -> Content:
    """Where one is in the review, as much of it as there is room for."""
    item, count = review.item, len(review.items)
    found, files = review.diffs[item.file], len(review.diffs)
    hunk = Segment(f"hunk {review.at + 1} of {count}", 0, "text")
    file = [Segment(f"file {item.file + 1} of {files}", 4, "muted")] if files > 1 else []
    path = Segment(_tail(visible_line(found.path), max(8, width - cell_len(hunk.text) - 3)), 1, "heading")
    close = [Segment(f"+{found.added}", 3, "added"), Segment(f"-{found.removed}", 3, "removed")]
    close += [Segment(found.note, 3, "warning")] if found.note else []
    sums = [
        Segment(f"{number} {name}", 2, role)
        for choice, name, role in (("yes", "accepted", "success"), ("no", "rejected", "error"))
        if (number := sum(one.choice == choice for one in review.items))
    ]
    kept = fit((hunk, *file, path, *close, *sums), width, 3)
    text = Content.styled(kept[0].text, "$hk-text") if kept else Content()
    for before, piece in pairwise(kept):
        near = piece in close or before in file
        text = Content.assemble(text, " " if near else " · ", (piece.text, f"$hk-{piece.role}"))
    return text


def _keys(review: Review, width: int, unseen: int) -> Content:
    """The keys that mean something now, the most important ones where there is little room.

    unseen: how many open hunks nobody saw the end of; the key that accepts them too says so.
    """
    rows = [key for key in DIFF_KEYS if key.short and (key.action != "split" or review.can_split)]
    rows = [key for key in rows if key.action != "edit" or review.can_edit]
    last = len(rows) - 2  # how to leave and how to know more: next in importance to the first two
    found: dict[Segment, tuple[str, str]] = {}
    for n, key in enumerate(rows):
        warns = unseen > 0 and key.action == ACCEPT_ALL
        text = f"{key.short} ({unseen} unseen)" if warns else key.short
        rank = 1 if n >= last else 2 if warns else n
        found[Segment(f"{key.shown} {text}", rank, "accent")] = key.shown, text
    shown = [found[segment] for segment in fit(tuple(found), width, len(GAP))]
    return Content(GAP).join(Content.assemble((key, "bold $hk-accent"), f" {text}") for key, text in shown)


def _tail(path: str, width: int) -> str:
    """The path, its beginning left out where it is too long."""
    while cell_len(path) > width and len(path) > 1:
        path = "…" + path.removeprefix("…")[1:]
    return path
