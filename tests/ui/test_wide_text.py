"""Text of all the world: no row is wider than the screen, and columns are where terminals put them."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from haikuterm.ui.theme import load
from haikuterm.ui.tui.entries import Entry, Kind, Looks
from haikuterm.ui.tui.folding import View
from haikuterm.ui.tui.strips import ground_of, strip_of
from tests.ui.transcript_stage import FORBIDDEN, check_columns, frame, stage

DARK = load("dark")
PIECES = (
    "漢字", "한글", "ｆｕｌｌ", "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪🇫🇷", "☎️", "☎", "e\u0301", "n\u0303\u0301",
    "ไทย", "क्षि", "𝕏", "—",
    "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "a\u200db", "\u200b", "\ufeff", "\u202e",
    "\t", "\x1b[31m", "\x07", "\r", "word", " ", "  ", "\n", "\n\n", "`", "**", "- ", "> ", "|", "```\n", "1. ", "# ",
    "[a](http://x.y)",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
KINDS: tuple[Kind, ...] = ("user", "reply", "thinking", "tool", "output", "notice", "error", "document", "charge")


@given(TEXTS, st.sampled_from(KINDS), st.integers(2, 60), st.booleans())
def test_every_row_is_exactly_as_wide_as_the_screen(text: str, kind: Kind, width: int, unfolded: bool) -> None:
    looks = Looks(DARK, View(unfolded, stamped=True))
    for line in looks.draw(Entry(kind, text, "label", gap=True, more=text, stamp="2026 漢"), width):
        strip = strip_of(line, width, ground_of(DARK))
        assert strip.cell_length == width == sum(cell_len(segment.text) for segment in strip)
        assert not FORBIDDEN.search(strip.text)


@given(
    st.lists(st.sampled_from(("漢", "字", "한", "e\u0301", "a", " ", "\u05e9\u05dc", "ไทย", "—")), max_size=30).map(
        "".join
    )
)
def test_columns_are_where_the_standard_puts_them(text: str) -> None:
    for line in Looks(DARK).draw(Entry("user", text), 24):
        assert cell_len(line.text) == sum(map(_cells, line.text))


def _cells(sign: str) -> int:
    """UAX 11: wide and full-width characters take two columns, marks none."""
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


@pytest.mark.parametrize("seed", range(2))
async def test_a_window_of_any_size_at_any_moment_keeps_its_columns(seed: int) -> None:
    dice = random.Random(seed)
    async with stage(80, 24) as (transcript, pilot):
        for _ in range(12):
            transcript.add(dice.choice(KINDS), "".join(dice.choices(PIECES, k=40)))
            transcript.feed("".join(dice.choices(PIECES, k=10)))
            await pilot.resize_terminal(dice.randint(20, 120), dice.randint(5, 40))
            await frame(transcript, pilot)
            check_columns(transcript)
