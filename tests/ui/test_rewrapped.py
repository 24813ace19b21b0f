"""Where the reader is after the window got another width, and while heights above turn out to be others."""

from __future__ import annotations

from haikuterm.ui.tui import unfolding
from tests.ui.transcript_stage import check_columns, everything, frame, rows, shown, stage

LONG = "\n\n".join(f"Paragraph {n} begins here. " + "word " * (n * 13 % 60) for n in range(80))
CODE = "```\n" + "".join(f"line {n}\n" for n in range(500)) + "```"
TABLE = "| a | b |\n|---|---|\n" + "".join(f"| {n} | {'word ' * 12}|\n" for n in range(40))


async def test_the_line_at_the_top_stays_there_whatever_width_comes() -> None:
    async with stage(100, 12) as (transcript, pilot):
        transcript.add("reply", f"{LONG}\n\n{CODE}\n\n{TABLE}\n\n{LONG}")
        await shown(transcript, pilot)
        for sought in ("Paragraph 37 ", "Paragraph 60 ", "line 250 "):
            row = next(n for n, line in enumerate(everything(transcript)) if f"{line} ".startswith(sought))
            transcript.stay((0, row))
            for width in (35, 140, 20, 61, 100):
                await pilot.resize_terminal(width, 12)
                await frame(transcript, pilot)
                assert f"{rows(transcript)[0]} ".startswith(sought)
        row = next(n for n, line in enumerate(everything(transcript)) if line.startswith("20 "))
        transcript.stay((0, row))
        for width in (8, 100):  # the table has no columns in between
            await pilot.resize_terminal(width, 12)
            await frame(transcript, pilot)
            check_columns(transcript)


async def test_what_turns_out_about_heights_above_moves_nothing_on_the_screen() -> None:
    async with stage(40, 10) as (transcript, pilot):
        above = transcript.add("reply", "word " * 300)
        for number in range(30):
            transcript.add("user", f"message {number}")
        await shown(transcript, pilot)
        transcript.stay((12, 1))
        await frame(transcript, pilot)
        before = rows(transcript)
        transcript.roll.reshape([above])  # its height is a guess again,
        transcript.stay()
        transcript.roll.height(above)  # until somebody asks, as for a cursor that is not on the screen
        assert rows(transcript) == before
        unfolding.reveal(transcript, (13, 0))
        assert transcript.virtual_size.height == transcript.roll.total
        assert rows(transcript) == before
