"""The search in the conversation: what is found, counted and marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.ui.theme import load
from haikuterm.ui.tui.blocks import whole
from haikuterm.ui.tui.entries import Entry
from haikuterm.ui.tui.markdown import Markdown
from haikuterm.ui.tui.searching import MOST, Search

MARKDOWN = Markdown(load("dark"))


def search(words: str, *texts: str) -> Search:
    found = Search(words)
    for _ in found.scan([Entry("reply", text) for text in texts]):
        pass
    return found


@pytest.mark.parametrize(
    ("words", "found"),
    [("step", 3), ("Step", 1), ("the step", 1), ("a.b", 1), ("bold word", 1), ("nosuch", 0), ("  ", 0), ("漢字", 1)],
)
def test_words_are_found_as_they_are_meant(words: str, found: int) -> None:
    text = "The\nstep of a.b and axb, a **bold** word, a Step, 漢字 and misstep."
    assert len(search(words, "other", text).found) == found


def test_the_place_looked_at_first_is_the_last_one_before_the_reader_and_n_goes_round() -> None:
    found = search("x", "x x", "no", "x", "no", "x")
    found.start(3)
    assert (found.at, found.count) == (2, "3 of 4")
    found.step(1)
    found.step(1)
    assert found.count == "1 of 4"
    found.step(-1)
    assert found.count == "4 of 4"
    early = search("x", "no", "x")
    early.start(0)
    assert early.count == "1 of 1"


def test_of_very_many_places_some_are_counted() -> None:
    found = search("x", *["x " * 1000] * 20)
    found.start(0)
    assert found.count.endswith(f"of {MOST:,}+")


@given(st.text(st.sampled_from("ab 漢👩‍é\n"), max_size=120), st.integers(2, 30))
def test_what_is_marked_is_what_was_looked_for_however_it_is_wrapped(text: str, width: int) -> None:
    lines = whole(MARKDOWN, f"```\n{text}\n```\n", width)
    for group in search("ab", text).groups(lines):
        assert "".join(lines[row].text[left:right] for row, left, right in group) == "ab"
