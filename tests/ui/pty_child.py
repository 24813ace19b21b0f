"""Runs the full-screen face in a terminal, on a stand-in engine that writes down each line it gets.

argv: the file; then "ask" for a question at the start, "framed" for the first frame before it, "signals" for a word
after every turn.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Sequence
from functools import partial
from pathlib import Path

from haikuterm.adapters.drafts import DraftFiles
from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.events import Event, TextDelta
from haikuterm.core.ports import Asker, Option, Question
from haikuterm.core.settings import Settings
from haikuterm.ui.first_frame import FirstFrame
from haikuterm.ui.theme import Wardrobe, fitting
from haikuterm.ui.tui.app import run
from tests.ui.scripted_engine import ScriptedEngine, forever

KEPT = Path(sys.argv[1])
PROPOSAL = Proposal((FileChange("app.py", b"one\ntwo\n", b"one\nTWO\n"),))


def keep(word: object) -> None:
    with KEPT.open("a", encoding="utf-8") as file:
        file.write(json.dumps(word) + "\n")


class KeepingEngine(ScriptedEngine):
    """Writes down lines, that it was stopped, and that it was closed."""

    async def submit(self, line: str, asker: Asker) -> AsyncGenerator[Event, None]:
        keep(line)
        if line == "propose":
            verdict = await asker.approve(PROPOSAL)
            keep([change.after.decode() for change in verdict.accepted if change.after is not None])
        if line == "commit":
            keep(await asker.edit("Fix it", "message.txt"))
        if line == "crash":
            raise RuntimeError("a programmer's error")
        async for event in super().submit(line, asker):
            yield event

    async def close(self) -> None:
        keep({"closed": True, "stopped": self.stopped})


async def ask(asker: Asker) -> Sequence[Event]:
    await asker.choose(Question("Cut short", (Option("back", "roll it back"),)))
    return ()


async def chatter(asker: Asker) -> Sequence[Event]:
    """An answer that comes while something else has the terminal, and ends when that says so."""
    while not Path("told").exists():
        await asyncio.sleep(0.01)
    return (TextDelta("CHATTER"),)


async def shown(asker: Asker) -> Sequence[Event]:
    """Says that all before it has been told."""
    keep("shown")
    return ()


if __name__ == "__main__":
    REPAIR = (ask,) if "ask" in sys.argv else ()
    DRAFTS = DraftFiles("/repo", KEPT.parent / "drafts")
    SETTINGS = Settings(notify="osc9", notify_after=0.0) if "signals" in sys.argv else Settings()
    FRAME, WARDROBE = FirstFrame(), Wardrobe()
    if "framed" in sys.argv:
        FRAME.show("auto")
        WARDROBE = Wardrobe((), fitting("dark", "light", FRAME.dark(), few_colours=False))
    SCRIPT = {"wait": [forever], "chatter": [chatter, shown]}
    build = partial(KeepingEngine, SCRIPT, repair=REPAIR, drafts=DRAFTS)
    sys.exit(run(SETTINGS, lambda settings: build(), WARDROBE, frame=FRAME))
