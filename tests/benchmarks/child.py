"""What runs in the terminal of a benchmark (argv: "ours" or "smallest", tokens, tokens a second): answers each line."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator

TOKENS, RATE = int(sys.argv[2]), float(sys.argv[3])
BLOCK = (
    "Step: each item is read once and **kept** with its source, so that later `steps` can compare.\n\n"
    "```python\ndef step(items: list[str]) -> int:\n    return len(items)  # how many\n```\n\n"
    "- one point\n- and one more\n\n"
)


async def answer() -> AsyncIterator[str]:
    """The tokens of an answer, at their pace."""
    words = [word + " " for word in BLOCK.split(" ")]
    for number in range(TOKENS):
        yield words[number % len(words)]
        await asyncio.sleep(1 / RATE if RATE else 0)
    yield "\n\nFinis9"


def ours() -> None:
    """The face on an engine that only answers."""
    from haikuterm.core import events as ev
    from haikuterm.core.ports import Asker
    from haikuterm.core.settings import Settings
    from haikuterm.ui.tui.app import run
    from tests.ui.scripted_engine import ScriptedEngine

    class Answering(ScriptedEngine):
        """Says the answer to every line."""

        async def submit(self, line: str, asker: Asker) -> AsyncGenerator[ev.Event, None]:
            yield ev.TurnStarted(line, "claude-haiku-4-5")
            async for token in answer():
                yield ev.TextDelta(token)
            yield ev.TurnEnded("done")

    sys.exit(run(Settings(), lambda settings: Answering()))  # type: ignore[arg-type]  # a stand-in


def smallest() -> None:
    """The least that a chat on Textual can be: an input, and Markdown that grows."""
    from textual.app import App, ComposeResult
    from textual.containers import VerticalScroll
    from textual.widgets import Input, Markdown

    class Smallest(App[None]):
        """One answer under the other."""

        AUTO_FOCUS = "Input"

        def compose(self) -> ComposeResult:
            """The conversation and the input."""
            yield VerticalScroll()
            yield Input(placeholder="haiku-4.5")

        def on_input_submitted(self) -> None:
            """Answer."""
            self.run_worker(self.say())

        async def say(self) -> None:
            """Show the answer as it comes."""
            shown = Markdown()
            box = self.query_one(VerticalScroll)
            await box.mount(shown)
            box.anchor()
            stream = Markdown.get_stream(shown)
            async for token in answer():
                await stream.write(token)
            await stream.stop()

    Smallest().run()


if __name__ == "__main__":
    {"ours": ours, "smallest": smallest}[sys.argv[1]]()
