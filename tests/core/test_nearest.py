"""The region to show back is the one a person would point at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.nearest import LONG, MOST, nearest, region

FILE = [f"value_{n} = compute({n})" for n in range(200)]
FILE[120:123] = ["def area(width, height):", "    # the size in square metres", "    return width * height"]


def test_the_window_with_the_most_equal_lines_comes_first() -> None:
    assert nearest(["def area(width, height):", "    return height * width"], FILE)[0] == 121
    assert nearest(["x", "    # the size in square metres", "    return width * height"], FILE) == (121, 2 / 3)


def test_a_line_that_is_nowhere_is_found_by_its_words() -> None:
    assert nearest(["def area(width, depth):"], FILE)[0] == 121
    assert nearest(["DEF AREA(WIDTH, DEPTH):"], FILE)[0] == 121


def test_a_misspelt_word_is_found_by_its_beginning_or_by_its_neighbours() -> None:
    assert nearest(["    # the size in sqaure meters"], FILE)[0] == 122


def test_a_line_deep_in_a_long_file_is_found_too() -> None:
    rows = [f"row {n}" for n in range(20_000)]
    rows[19_000] = "the needle in the haystack"
    assert nearest(["the needles in a haystack"], rows)[0] == 19_001


def test_nothing_alike_is_nothing() -> None:
    assert region(["zzz qqq"], FILE) == ""
    assert region(["", "  "], FILE) == ""
    assert region(["x"], []) == ""


def test_the_region_has_lines_around_it_and_their_numbers() -> None:
    shown = region(["def area(width, depth):"], FILE).split("\n")
    assert shown[0] == "118\tvalue_117 = compute(117)"
    assert shown[3] == "121\tdef area(width, height):"
    assert len(shown) == 7


def test_a_region_is_never_long() -> None:
    rows = [f"row {n} " + "x" * 1_000 for n in range(300)]
    shown = region(rows, rows).split("\n")
    assert len(shown) == MOST
    assert all(len(row) <= LONG + len("300\t") for row in shown)


@given(*[st.lists(st.text(alphabet="aB1_ é漢\t.\r\u2028İ", max_size=12), max_size=12)] * 2)
def test_whatever_is_asked_for_the_answer_is_a_line_of_the_file(wanted: list[str], lines: list[str]) -> None:
    row, ratio = nearest(wanted, lines)
    assert 1 <= row <= max(1, len(lines))
    assert 0 <= ratio <= 1
