"""Measures what needs no terminal: long conversations, and completion over many paths."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable
from random import Random
from time import perf_counter, process_time

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from haikuterm.core.listing import listing
from haikuterm.ui.tui.completion import Lookup
from haikuterm.ui.tui.transcript import Transcript

CODE = "    value = call({}, 'two')  # three\n"
NAMES = ("core", "api", "config", "parser", "loader", "widgets", "render", "tests", "handlers", "models")


class Stage(App[None]):
    """A transcript alone."""

    def compose(self) -> ComposeResult:
        """Only the transcript."""
        yield Transcript()


def _message(number: int) -> str:
    code = "".join(CODE.format(number * 100 + line) for line in range(28))
    return f"Message {number} with **bold** and `code`.\n\n- one\n- two\n\n```python\n{code}```\n"


async def _timed(action: Callable[[], object], pilot: Pilot[None], transcript: Transcript) -> float:
    start = process_time()
    action()
    await pilot.pause()
    while transcript.pace.due:
        await pilot.pause(0.001)
    return process_time() - start


async def long_conversation(messages: int) -> dict[str, float]:
    """Seconds of CPU, medians, of what a reader does in a conversation of so many messages of 40 lines."""
    app = Stage()
    async with app.run_test(size=(120, 40)) as pilot:
        transcript = app.query_one(Transcript)
        await _timed(lambda: transcript.add("reply", _message(0)), pilot, transcript)  # loads the lexer
        texts = [_message(number) for number in range(messages)]
        for text in texts[:-1]:
            transcript.add("reply", text)
        found = {"open": await _timed(lambda: transcript.add("reply", texts[-1]), pilot, transcript)}
        for name, action in {
            "page": transcript.action_page_up,
            "append": lambda: transcript.add("user", "hello"),
            "resize": lambda: None,
        }.items():
            spent = []
            for turn in range(20):
                if name == "resize":
                    await pilot.resize_terminal(100 + turn % 2 * 20, 40)
                spent.append(await _timed(action, pilot, transcript))
            found[name] = statistics.median(spent)
        return found


QUERIES = ("confload", "ldrcfgx", "c9/wr", "handlers_99999", "widgetsrend5p", "rend9/tests7")


def completion(paths: int) -> tuple[float, float, float]:
    """Seconds for the first letter, at most for one after it, and at most that the loop was blocked by one of these.

    The first letter is measured as if nothing had been looked at before; the program does that when it starts.
    """
    dice = Random(1)
    names = {
        f"{dice.choice(NAMES)}{dice.randrange(99)}/{dice.choice(NAMES)}/{dice.choice(NAMES)}_{n}.py"
        for n in range(paths)
    }
    found = tuple(sorted(names))
    Lookup(lambda *_: None)  # sets how soon the thread gives way
    first = _looked(found, QUERIES[0][:1])
    return first, *asyncio.run(_typed(found))


def _looked(files: tuple[str, ...], query: str) -> float:
    began = perf_counter()
    listing(files).like(query)
    return perf_counter() - began


async def _typed(files: tuple[str, ...]) -> tuple[float, float]:
    """Look for each beginning of each query in a thread, as the program does, beside a loop that wakes up often."""
    spent, blocked = [], [0.0]

    async def beat() -> None:
        while True:
            began = perf_counter()
            await asyncio.sleep(0.001)
            blocked.append(perf_counter() - began - 0.001)

    beating = asyncio.create_task(beat())
    for query in (whole[:end] for whole in QUERIES for end in range(1, len(whole) + 1)):
        spent.append(await asyncio.to_thread(_looked, files, query))  # noqa: PERF401 - one after the other, as typed
    beating.cancel()
    return max(spent), max(blocked)
