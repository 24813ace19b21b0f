"""The page that comes next: drawn before the reader asks for it, and nothing more than that."""

from __future__ import annotations

from textual.pilot import Pilot

from haikuterm.ui.tui.prefetch import LONG
from haikuterm.ui.tui.transcript import Transcript
from tests.ui.transcript_stage import everything, frame, rows, shown, stage

CODE = "```python\n" + "x = 1\n" * 8 + "```"


async def idle(transcript: Transcript, pilot: Pilot[None]) -> None:
    """Wait until nothing is drawn or coloured in advance any more."""
    await frame(transcript, pilot)
    while transcript.prefetch.busy or transcript._inking.busy:
        await pilot.pause()
    await frame(transcript, pilot)


def drawn(transcript: Transcript) -> list[int]:
    return [index for index in range(len(transcript.roll)) if transcript.roll.holds(index)]


async def test_who_pages_finds_the_next_page_drawn_and_coloured() -> None:
    async with stage(40, 10) as (transcript, pilot):
        await frame(transcript, pilot)
        for number in range(200):
            transcript.add("reply", f"message {number}\n\n{CODE}")
        await shown(transcript, pilot)
        assert drawn(transcript) == [199]
        await pilot.press("pageup")
        await idle(transcript, pilot)
        top = transcript.top[0]
        assert drawn(transcript)[0] == top - 1
        assert drawn(transcript)[-1] == 199
        above = transcript.roll.drawn(top - 1).lines
        assert len({segment.style for line in above for segment in line.segments}) > 2
        await pilot.press("home")
        await idle(transcript, pilot)
        await pilot.press("pagedown")
        await idle(transcript, pilot)
        assert [index for index in drawn(transcript) if index < 100] == [0, 1, 2]
        assert rows(transcript) == everything(transcript)[10:20]


async def test_nothing_is_drawn_in_advance_while_the_end_is_followed_or_where_it_would_take_long() -> None:
    async with stage(40, 10) as (transcript, pilot):
        await frame(transcript, pilot)
        transcript.add("reply", "word " * LONG)
        for number in range(20):
            transcript.add("reply", f"message {number}\n\n{CODE}")
        await shown(transcript, pilot)
        assert not transcript.prefetch.busy
        transcript.stay((2, 0))
        await idle(transcript, pilot)
        assert drawn(transcript)[:2] == [1, 2]
