"""The rows of a thought: however it streams in, folded or not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from haikuterm.ui.tui import unfolding
from haikuterm.ui.tui.thinking import Thought
from tests.ui.transcript_stage import everything, frame, rows, shown, stage

BAR = ("┊ ", Style())


def thought(width: int, *chunks: str, folded: bool) -> list[str]:
    made = Thought(width, Style(), BAR, folded=folded)
    for chunk in chunks:
        made.feed(chunk)
    made.finish()
    return [line.text for line in made.lines]


@given(st.lists(st.text("ab 漢👩‍é\t\n", max_size=30)), st.integers(3, 30), st.booleans())
def test_any_chunking_of_a_thought_ends_in_the_rows_of_the_whole(chunks: list[str], width: int, folded: bool) -> None:
    found = thought(width, *chunks, folded=folded)
    assert found == thought(width, "".join(chunks), folded=folded)
    assert all(cell_len(row) <= max(width, 4) for row in found)


@pytest.mark.parametrize(
    ("text", "folded", "whole"),
    [
        ("one", ["┊ one"], ["┊ one"]),
        ("one\ntwo\n\nthree\n\n", ["┊ one  +3 lines"], ["┊ one", "┊ two", "┊ ", "┊ three"]),
        ("\n\none\ntwo", ["┊ one  +1 line"], ["┊ ", "┊ ", "┊ one", "┊ two"]),
        ("", ["┊ "], ["┊ "]),
    ],
)
def test_a_folded_thought_is_its_first_line_and_a_count(text: str, folded: list[str], whole: list[str]) -> None:
    assert thought(40, text, folded=True) == folded
    assert thought(40, text, folded=False) == whole


async def test_a_thought_that_is_unfolded_while_it_streams_in_goes_on_where_it_is() -> None:
    async with stage(40, 10) as (transcript, pilot):
        transcript.open("thinking")
        transcript.feed("first\nsecond\nthi")
        await frame(transcript, pilot)
        assert rows(transcript)[0] == "┊ first  +2 lines"
        unfolding.look(transcript, replace(transcript.view, unfolded=True))
        transcript.feed("rd\nfourth")
        await frame(transcript, pilot)
        assert rows(transcript)[:4] == ["┊ first", "┊ second", "┊ third", "┊ fourth"]
        unfolding.fold(transcript, 0)
        transcript.feed("\nfifth")
        await shown(transcript, pilot)
        assert everything(transcript) == ["┊ first  +4 lines"]
