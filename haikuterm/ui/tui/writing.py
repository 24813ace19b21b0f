"""What the composer needs from outside: the draft of last time, earlier prompts, and the user's editor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from haikuterm.core.errors import HaikutermError
from haikuterm.core.events import Event, Notice
from haikuterm.ui.tui.composer import Composer

if TYPE_CHECKING:
    from haikuterm.engine.engine import Engine

MOST = 5_000  # prompts that are searched
NAME = "prompt.md"


@dataclass(frozen=True, slots=True)
class Writing:
    """Helps with one composer. tell: shows an event."""

    app: App[Any]
    composer: Composer
    tell: Callable[[Event], None]

    async def open(self, engine: Engine) -> None:
        """Bring back the draft of last time, and keep this one from now on."""
        found = await self.composer.keeping.open(engine.drafts)
        if found is not None:
            here = self.composer.recover(found)
            self.tell(Notice("Your draft of last time is back." if here else "Up brings back your draft of last time."))

    async def search(self, engine: Engine | None) -> None:
        """Let the user take an earlier prompt; those of other windows are looked up anew."""
        from haikuterm.ui.tui.history import HistoryScreen

        kept = await asyncio.to_thread(engine.history, MOST) if engine is not None else ()
        known = {*kept}
        ours = [one for one in self.composer.past if one not in known]
        newest = dict.fromkeys([*reversed(ours), *reversed(kept)])
        chosen = await self.app.push_screen_wait(HistoryScreen(tuple(newest)))
        if chosen is not None:
            self.composer.recall(chosen)

    async def edit(self) -> None:
        """Let the user write the draft in their editor; one that fails changes nothing."""
        from haikuterm.ui.editor import edit
        from haikuterm.ui.tui.asker import outside

        try:
            text = await outside(self.app, partial(edit, f"{self.composer.draft}\n", NAME))
        except HaikutermError as error:
            self.tell(Notice(str(error), "warning"))
            return
        if text is None:
            self.tell(Notice("The editor ended with an error. The draft stays as it was.", "warning"))
        else:
            self.composer.edited(text)
