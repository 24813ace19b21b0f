"""Measures what needs no terminal: long conversations, and completion over many paths."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable
from functools import partial
from random import Random
from time import perf_counter, process_time, thread_time
from typing import NamedTuple

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


def message(number: int) -> str:
    """A reply of 40 lines, most of them code, like no other one."""
    code = "".join(CODE.format(number * 100 + line) for line in range(28))
    return f"Message {number} with **bold** and `code`.\n\n- one\n- two\n\n```python\n{code}```\n"


async def timed(action: Callable[[], object], pilot: Pilot[None], transcript: Transcript) -> float:
    """Seconds of CPU until what the action did is on the screen."""
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
        await timed(lambda: transcript.add("reply", message(0)), pilot, transcript)  # loads the lexer
        texts = [message(number) for number in range(messages)]
        for text in texts[:-1]:
            transcript.add("reply", text)
        found = {"open": await timed(lambda: transcript.add("reply", texts[-1]), pilot, transcript)}
        for name, action in {
            "page": transcript.action_page_up,
            "append": lambda: transcript.add("user", "hello"),
            "resize": lambda: None,
        }.items():
            spent = []
            for turn in range(20):
                if name == "resize":
                    await pilot.resize_terminal(100 + turn % 2 * 20, 40)
                spent.append(await timed(action, pilot, transcript))
            found[name] = statistics.median(spent)
        return found


QUERIES = ("confload", "ldrcfgx", "c9/wr", "handlers_99999", "widgetsrend5p", "rend9/tests7")


class Spent(NamedTuple):
    """Seconds by the clock, and seconds of the processor: what a busy machine cannot make longer."""

    wall: float
    cpu: float


class Completing(NamedTuple):
    """made: the list, from paths that nothing was looked for in, as the program does when it starts. first: for one
    letter, later: for more, at most. blocked: for how long the loop was, at most, while we worked; not by others.
    """

    made: Spent
    first: Spent
    later: Spent
    blocked: float


def completion(paths: int) -> Completing:
    """What it costs to look for each beginning of each query among so many paths."""
    dice = Random(1)
    names = {
        f"{dice.choice(NAMES)}{dice.randrange(99)}/{dice.choice(NAMES)}/{dice.choice(NAMES)}_{n}.py"
        for n in range(paths)
    }
    found = tuple(sorted(names))
    Lookup(lambda *_: None)  # sets how soon the thread gives way
    return asyncio.run(_typed(found))


def _spent(work: Callable[[], object]) -> Spent:
    began, worked = perf_counter(), thread_time()
    work()
    return Spent(perf_counter() - began, thread_time() - worked)


async def _typed(files: tuple[str, ...]) -> Completing:
    """In a thread, as the program does, beside a loop that wakes up often."""
    first, later, blocked = [], [], [0.0]

    async def beat() -> None:
        while True:
            began, worked = perf_counter(), process_time()
            await asyncio.sleep(0.001)
            blocked.append(min(perf_counter() - began - 0.001, process_time() - worked))

    beating = asyncio.create_task(beat())
    made = await asyncio.to_thread(_spent, partial(listing, files))
    for query in (whole[:end] for whole in QUERIES for end in range(1, len(whole) + 1)):
        spent = await asyncio.to_thread(_spent, partial(listing(files).like, query))  # one after the other, as typed
        (later if len(query) > 1 else first).append(spent)
    beating.cancel()
    return Completing(made, max(first), max(later), max(blocked))
