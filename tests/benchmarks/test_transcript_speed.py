"""How fast the transcript is: says figures, asserts only generous ratios to work done in the same run."""

from __future__ import annotations

import statistics
import sys
from statistics import median
from time import process_time

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from haikuterm.ui.tui.transcript import Transcript
from tests.benchmarks.in_memory import transcript_memory
from tests.benchmarks.in_process import timed

pytestmark = pytest.mark.benchmark

ENTRY = (
    "Some **text** with `code` and a list:\n\n- one\n- two\n\n```python\n"
    + "    x = call(1, 'two')  # three\n" * 28
    + "```\n"
)
TOKENS = [word + " " for word in ("A paragraph of **bold** words and `code` that goes on. " * 2 + "\n\n").split(" ")]


class Stage(App[None]):
    """A transcript alone on a screen of 120 x 40."""

    def compose(self) -> ComposeResult:
        """Only the transcript."""
        yield Transcript()


def report(text: str) -> None:
    """Say a figure; seen with `pytest -s`."""
    sys.stdout.write(f"{text}\n")


def unit() -> float:
    """Seconds of CPU that a fixed piece of plain Python takes here and now: what figures are compared with."""
    start = process_time()
    for _ in range(5):
        sorted(str(number) for number in range(20_000))
    return (process_time() - start) / 5


async def fill(transcript: Transcript, pilot: Pilot[None], count: int) -> float:
    """Add so many long entries; seconds of CPU until they are shown."""

    def add() -> None:
        for _ in range(count):
            transcript.add("reply", ENTRY)

    return await timed(add, pilot, transcript)


async def test_ten_thousand_entries_open_about_as_fast_as_a_hundred() -> None:
    app = Stage()
    async with app.run_test(size=(120, 40)) as pilot:
        transcript = app.query_one(Transcript)
        few = await fill(transcript, pilot, 100)
        fills, units = [], []
        for _ in range(3):  # a busy machine spoils a single one
            transcript.wipe()
            fills.append(await fill(transcript, pilot, 10_000))
            units.append(unit())
        many, base = median(fills), median(units)
        report(f"100 entries {few * 1000:.0f} ms, 10,000 entries {many * 1000:.0f} ms, unit {base * 1000:.0f} ms CPU")
        report(f"rows {transcript.virtual_size.height}, drawn entries {len(transcript._roll._drawn)}")
        assert many < 60 * base
        assert len(transcript._roll._drawn) < 20


async def test_moving_about_in_ten_thousand_entries_costs_little() -> None:
    app = Stage()
    async with app.run_test(size=(120, 40)) as pilot:
        transcript = app.query_one(Transcript)
        await fill(transcript, pilot, 10_000)
        base = unit()
        for name, action in {
            "page up": transcript.action_page_up,
            "wheel": lambda: transcript.scroll_relative(y=-3),
            "jump": lambda: transcript.scroll_to(y=transcript.scroll_y * 0.7),
            "append": lambda: transcript.add("user", "hello"),
        }.items():
            spent = [await timed(action, pilot, transcript) for _ in range(20)]
            report(f"{name}: median {statistics.median(spent) * 1000:.1f}, max {max(spent) * 1000:.1f} ms CPU")
            assert statistics.median(spent) < 30 * base


@pytest.mark.parametrize("before", [0, 10_000])
async def test_a_streamed_frame_costs_the_same_however_long_the_answer_is(before: int) -> None:
    app = Stage()
    async with app.run_test(size=(120, 40)) as pilot:
        transcript = app.query_one(Transcript)
        await fill(transcript, pilot, before)
        transcript.open("reply")
        spent = []
        for number in range(300):
            text = "".join(TOKENS[(number * 7 + i) % len(TOKENS)] for i in range(7))
            spent.append(await timed(lambda text=text: transcript.feed(text), pilot, transcript))  # type: ignore[misc]
        early, late = statistics.median(spent[:100]), statistics.median(spent[-100:])
        report(f"frame of 7 tokens after {before} entries: early {early * 1000:.2f}, late {late * 1000:.2f} ms CPU")
        assert late < 5 * early + 0.002


async def test_ten_thousand_messages_take_less_than_ten_megabytes_over_their_text() -> None:
    opened, read = await transcript_memory(10_000, 40)
    report(f"10,000 messages over their text: {opened / 1e6:.2f} MB, read {read / 1e6:.2f} MB")
    assert max(opened, read) < 10e6
