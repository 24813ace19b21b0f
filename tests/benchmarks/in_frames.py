"""Measures single frames of somebody who reads a long conversation: by the processor, so other work does not count."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import thread_time

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import Screen

from haikuterm.ui.tui.transcript import Transcript
from tests.benchmarks.in_process import message


class Watched(App[None]):
    """A transcript alone; drawn: when the first frame after a key was written, None before."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: float | None = None

    def compose(self) -> ComposeResult:
        """Only the transcript."""
        yield Transcript()

    def _display(self, screen: Screen[object], renderable: object) -> None:
        super()._display(screen, renderable)  # type: ignore[arg-type]  # what Textual calls it with
        if renderable is not None and self.drawn is None:
            self.drawn = thread_time()


async def frames(messages: int, pages: int) -> dict[str, list[float]]:
    """Seconds of CPU of each frame, sorted, when somebody pages with a moment in between, and turns the wheel."""
    app = Watched()
    async with app.run_test(size=(120, 40)) as pilot:
        transcript = app.query_one(Transcript)
        for number in range(messages):
            transcript.add("reply", message(number))
        await _idle(transcript, pilot)
        transcript.scroll_to(y=transcript.virtual_size.height // 2)
        await _idle(transcript, pilot)
        found = {}
        for name, action in {
            "page up": transcript.action_page_up,
            "page down": transcript.action_page_down,
            "wheel": lambda: transcript.scroll_relative(y=-3),
        }.items():
            found[name] = sorted([await _one(app, action, transcript, pilot) for _ in range(pages)])
        return found


async def _one(app: Watched, action: Callable[[], object], transcript: Transcript, pilot: Pilot[None]) -> float:
    app.drawn, began = None, thread_time()
    action()
    while app.drawn is None:
        await asyncio.sleep(0)
    spent = app.drawn - began
    await _idle(transcript, pilot)
    return spent


async def _idle(transcript: Transcript, pilot: Pilot[None]) -> None:
    await pilot.pause()
    while transcript.pace.due or transcript.prefetch.busy or transcript._inking.busy:
        await pilot.pause(0.001)
