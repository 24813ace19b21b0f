"""Runs the full-screen face in a terminal, on a stand-in engine that writes down each line it gets (argv: the file)."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.events import Event
from haikuterm.core.ports import Asker, Option, Question
from haikuterm.core.settings import Settings
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


if __name__ == "__main__":
    REPAIR = (ask,) if "ask" in sys.argv else ()
    sys.exit(run(Settings(), lambda settings: KeepingEngine({"wait": [forever]}, repair=REPAIR), "dark"))
