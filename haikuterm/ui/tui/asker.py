"""Puts the engine's questions on the screen, in front of the conversation."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import App, SuspendNotSupported

from haikuterm.core.changes import Proposal
from haikuterm.core.errors import HaikutermError, SettingsError
from haikuterm.core.events import Event, Notice
from haikuterm.core.ports import Question, Verdict

if TYPE_CHECKING:
    from haikuterm.ui.tui.furniture import FurnishedApp


@dataclass(frozen=True, slots=True)
class ScreenAsker:
    """The door for questions of the full-screen face.

    app: wears the themes. typing: whether a draft is being written. tell: shows an event. waiting: says to who looks
    elsewhere that a question waits, while it does.
    """

    app: FurnishedApp
    typing: Callable[[], bool]
    tell: Callable[[Event], None]
    waiting: Callable[[str], AbstractContextManager[None]]

    async def approve(self, proposal: Proposal) -> Verdict:
        """Show the changes, and ask of each hunk."""
        from haikuterm.core.review import Review
        from haikuterm.ui.tui.diff import DiffScreen

        review = await asyncio.to_thread(Review.of, proposal)
        if review.done:
            return review.verdict
        screen = DiffScreen(review, self.app.look, self._edit, self.typing())
        with self.waiting("changes to look at"):
            return await self.app.push_screen_wait(screen)

    async def edit(self, text: str, name: str) -> str | None:
        """Let the user change a text in their editor; where that cannot be, say so."""
        try:
            return await self._edit(text, name)
        except HaikutermError as error:
            self.tell(Notice(str(error), "warning"))
            return None

    async def _edit(self, text: str, name: str) -> str | None:
        """The text as the user left it. Raises SettingsError where no editor can be run."""
        from haikuterm.ui.editor import edit

        return await outside(self.app, lambda: edit(text, name))

    async def choose(self, question: Question) -> str | None:
        """Show the options as a list that typing narrows; a list of themes is tried on."""
        from haikuterm.ui.tui.dialogs import Picker

        await self.app.composer.paused()
        before = self.app.look
        picker = Picker(question, highlighted=self._try_on if question.themes else None)
        with self.waiting(question.title):
            chosen = await self.app.push_screen_wait(picker)
        if question.themes and chosen is None:
            self.app.wear(before)
        return chosen

    def _try_on(self, name: str) -> None:
        with suppress(HaikutermError):  # said when it is chosen
            self.app.put_on(name)


async def outside(app: App[Any], work: Callable[[], str | None]) -> str | None:
    """Give the terminal to something else until it is done. Raises SettingsError where it cannot be given away."""
    try:
        with app.batch_update(), app.suspend(), _uninterrupted():  # nothing is drawn over the other program
            done = asyncio.ensure_future(asyncio.to_thread(work))
            await asyncio.wait({done})  # its error must not pass through here: then Textual would not come back
    except SuspendNotSupported as error:
        raise SettingsError("An editor cannot be opened here. Run haikuterm in a terminal of its own.") from error
    return done.result()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl+C is the other program's: a handler, unlike ignoring it, is not handed on to it."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
