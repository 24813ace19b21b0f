"""Measures what a long conversation costs in memory beside its own text, read and coloured page by page."""

from __future__ import annotations

import gc
import tracemalloc

from textual.pilot import Pilot

from haikuterm.ui.tui import markdown
from haikuterm.ui.tui.transcript import Transcript
from tests.benchmarks.in_process import Stage, message

WARM = 20  # messages and pages after which everything is imported


async def transcript_memory(messages: int, pages: int) -> tuple[float, float]:
    """Bytes over the text of so many messages of 40 lines: when they are opened, and after so many pages were read."""
    texts = [message(number) for number in range(messages)]
    app = Stage()
    async with app.run_test(size=(120, 40)) as pilot:
        transcript = app.query_one(Transcript)
        await _read(transcript, pilot, texts[:WARM], WARM)
        transcript.wipe()
        await _idle(transcript, pilot)
        markdown._tree.cache_clear()
        tracemalloc.start()
        try:
            await _read(transcript, pilot, texts, 0)
            opened = _traced()
            await _read(transcript, pilot, [], pages)
            return opened, _traced()
        finally:
            tracemalloc.stop()


async def _read(transcript: Transcript, pilot: Pilot[None], texts: list[str], pages: int) -> None:
    for text in texts:
        transcript.add("reply", text)
    await _idle(transcript, pilot)
    for _ in range(pages):
        transcript.action_page_up()
        await _idle(transcript, pilot)


async def _idle(transcript: Transcript, pilot: Pilot[None]) -> None:
    """Wait until everything is drawn and coloured, in advance too."""
    await pilot.pause()
    while transcript.pace.due or transcript.prefetch.busy or transcript._inking.busy:
        await pilot.pause(0.001)


def _traced() -> float:
    gc.collect()
    return float(tracemalloc.get_traced_memory()[0])
