"""Runs the full-screen face in a terminal, on a stand-in engine that writes down each line it gets (argv: the file)."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from haikuterm.core.events import Event
from haikuterm.core.ports import Asker
from haikuterm.core.settings import Settings
from haikuterm.ui.tui.app import run
from tests.ui.scripted_engine import ScriptedEngine, forever

KEPT = Path(sys.argv[1])


def keep(word: object) -> None:
    with KEPT.open("a", encoding="utf-8") as file:
        file.write(json.dumps(word) + "\n")


class KeepingEngine(ScriptedEngine):
    """Writes down lines, that it was stopped, and that it was closed."""

    async def submit(self, line: str, asker: Asker) -> AsyncGenerator[Event, None]:
        keep(line)
        if line == "crash":
            raise RuntimeError("a programmer's error")
        async for event in super().submit(line, asker):
            yield event

    async def close(self) -> None:
        keep({"closed": True, "stopped": self.stopped})


if __name__ == "__main__":
    sys.exit(run(Settings(), lambda settings: KeepingEngine({"wait": [forever]}), "dark"))
