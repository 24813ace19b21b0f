"""A tool's own edits put into a text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.findings import Finding, TextEdit
from haikuterm.core.linters.edits import apply


def finding(*edits: TextEdit) -> Finding:
    return Finding("t", "C", "warning", "a", 1, 1, "m", edits=edits)


def test_edits_of_several_findings_go_in_from_the_end() -> None:
    text = "one two\nthree\n"
    first, second = finding(TextEdit(1, 1, 1, 4, "1")), finding(TextEdit(1, 5, 2, 6, "2\n3"))
    assert apply(text, [first, second]) == ("1 2\n3\n", (first, second))


def test_a_finding_whose_edit_overlaps_waits_as_a_whole() -> None:
    first = finding(TextEdit(1, 1, 1, 4, "x"))
    second = finding(TextEdit(1, 3, 1, 5, "y"), TextEdit(2, 1, 2, 1, "z"))
    assert apply("abcde\n", [first, second]) == ("xde\n", (first,))


def test_neighbours_both_go_in_unless_one_is_only_put_in() -> None:
    cut, next_cut, insert = (
        finding(e) for e in (TextEdit(1, 1, 2, 1, ""), TextEdit(2, 1, 3, 1, ""), TextEdit(2, 1, 2, 1, "x"))
    )
    assert apply("a\nb\nc", [cut, next_cut])[0] == "c"
    assert apply("a\nb\nc", [cut, insert]) == ("b\nc", (cut,))


def test_the_end_of_the_file_is_a_place_and_beyond_it_is_none() -> None:
    assert apply("a\n", [finding(TextEdit(1, 1, 2, 1, ""))])[0] == ""
    assert apply("a", [finding(TextEdit(1, 1, 1, 2, "b"))])[0] == "b"
    for edit in (
        TextEdit(4, 1, 4, 1, "x"),
        TextEdit(1, 5, 1, 6, "x"),
        TextEdit(0, 0, 0, 0, "x"),
        TextEdit(2, 1, 1, 1, "x"),
    ):
        assert apply("a\nb\n", [finding(edit)]) == ("a\nb\n", ())


def test_carriage_returns_stay() -> None:
    assert apply("import os\r\nx = 1\r\n", [finding(TextEdit(1, 1, 2, 1, ""))])[0] == "x = 1\r\n"


@given(st.text("ab\n", max_size=12), st.lists(st.tuples(*[st.integers(0, 5)] * 4), max_size=4))
def test_any_edit_is_taken_or_left_and_the_text_around_stays(
    text: str, places: list[tuple[int, int, int, int]]
) -> None:
    after, used = apply(text, [finding(TextEdit(*place, "X")) for place in places])
    assert after.count("X") == len(used)
    if not used:
        assert after == text
