"""A splice changes what differs between old and new, and keeps every other byte."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.ladder import Place
from haikuterm.core.sheet import Sheet
from haikuterm.core.splice import splice

ROWS = st.lists(st.sampled_from(["", "a", " b", "c ", "\td"]), min_size=1, max_size=8)


@given(ROWS, ROWS, st.data())
def test_a_file_with_one_kind_of_ending_becomes_what_plain_replacement_gives(
    rows: list[str], new: list[str], data: st.DataObject
) -> None:
    ending = data.draw(st.sampled_from(["\n", "\r\n"]))
    start = data.draw(st.integers(0, len(rows) - 1))
    end = data.draw(st.integers(start + 1, len(rows)))
    sheet = Sheet.of(ending.join([*rows, "last", ""]))
    place = Place(start, tuple(rows[start:end]), tuple(new))
    assert splice(sheet, [place]) == ending.join([*rows[:start], *new, *rows[end:], "last", ""])


@given(st.text(alphabet="ab\r\n\x0b\x0c\x85\u2028", max_size=40))
def test_a_text_in_which_nothing_changes_is_the_same(text: str) -> None:
    sheet = Sheet.of(text)
    assert splice(sheet, []) == text
    assert splice(sheet, [Place(0, sheet.lines, sheet.lines)]) == text


def test_a_mixed_file_keeps_its_mix_and_new_lines_follow_their_neighbours() -> None:
    sheet = Sheet.of("a\r\nb\nc")
    assert splice(sheet, [Place(0, ("a", "b", "c"), ("a", "a2", "b", "c", "d"))]) == "a\r\na2\r\nb\nc\nd"
