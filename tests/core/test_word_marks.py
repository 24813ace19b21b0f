"""Marks inside of changed lines: on what differs, and only where the lines are alike."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.word_marks import LONGEST, word_marks


def marked(before: str, after: str) -> tuple[list[str], list[str]]:
    """The marked pieces of both lines."""
    left, right = word_marks(before, after)
    return [before[a:b] for a, b in left], [after[a:b] for a, b in right]


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ("return total", "return subtotal", ["total"], ["subtotal"]),
        ("f(a, b)", "f(a, b, c)", [], [", c"]),
        ("if x == None:", "if x is None:", ["=="], ["is"]),
        ("    x = 1", "        x = 1", ["    "], ["        "]),
        ("x = one two + tail of it", "x = three four + tail of it", ["one two"], ["three four"]),
        ("naïve = 'größe'", "naïve = 'größer'", ["größe"], ["größer"]),
        ("名前 = 古い", "名前 = 新しい", ["古"], ["新し"]),
    ],
)
def test_the_words_that_differ_are_marked(before: str, after: str, old: list[str], new: list[str]) -> None:
    assert marked(before, after) == (old, new)


@pytest.mark.parametrize(
    ("before", "after"),
    [("import os", "x = 1"), ("same", "same"), ("", "new"), ("a", ""), ("  ", "    "), ("x" * (LONGEST + 1), "x")],
)
def test_lines_that_are_not_alike_or_do_not_differ_have_no_marks(before: str, after: str) -> None:
    assert word_marks(before, after) == ((), ())


@given(st.text("ab (),.=\t", max_size=30), st.text("ab (),.=\t", max_size=30))
def test_what_is_not_marked_is_the_same_in_both_lines(before: str, after: str) -> None:
    left, right = word_marks(before, after)
    for text, spans in ((before, left), (after, right)):
        assert all(0 <= a < b <= len(text) for a, b in spans)
        assert all(one[1] < other[0] for one, other in pairwise(spans))
    if left or right:
        assert "".join(_rest(before, left).split()) == "".join(_rest(after, right).split())


def _rest(text: str, spans: tuple[tuple[int, int], ...]) -> str:
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    return text
