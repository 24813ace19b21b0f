"""The ladder finds one place or none, and says on which lines the others are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.errors import EditRefused
from haikuterm.core.indents import SAME, Indent, relation
from haikuterm.core.ladder import NoPlace, Place, everywhere, locate
from haikuterm.core.sheet import Sheet
from haikuterm.core.splice import splice
from haikuterm.core.typography import fold, loose


def test_an_exact_part_of_a_line_becomes_that_whole_line() -> None:
    assert locate("b", "B", Sheet.of("a\n(b)\nc\n")) == Place(1, ("(b)",), ("(B)",))


def test_whole_lines_that_go_leave_nothing() -> None:
    assert locate("b\n", "", Sheet.of("a\nb\nc\n")) == Place(1, ("b",), ())


def test_hits_on_one_line_are_one_place() -> None:
    first, second = everywhere("x", "y", Sheet.of("x x\n-\nx"))
    assert (first.first, first.old, first.new) == (0, ("x x",), ("y y",))
    assert (second.first, second.old, second.new) == (2, ("x",), ("y",))


def test_more_candidates_than_a_line_of_text_holds_are_counted() -> None:
    with pytest.raises(EditRefused, match="at lines 1, 2, 3, 4, 5, 6, 7, 8 and 2 more"):
        locate("x\n", "y\n", Sheet.of("x\n" * 10))


def test_only_a_missing_text_may_be_tried_again() -> None:
    with pytest.raises(NoPlace):
        locate("z", "y", Sheet.of("x\n"))
    with pytest.raises(EditRefused) as several:
        locate("x", "y", Sheet.of("x\nx\n"))
    assert not isinstance(several.value, NoPlace)


@pytest.mark.parametrize(
    ("mine", "theirs", "rule"),
    [
        (["a", "  b"], ["    a", "      b"], Indent(add="    ")),
        (["    a", "", "      b"], ["a", "", "  b"], Indent(drop="    ")),
        (["    a", "        b"], ["\ta", "\t\tb"], Indent(tabs=4)),
        (["\ta", "\t\tb"], ["  a", "    b"], Indent(spaces=2)),
        (["a", "  b"], [" a", "    b"], None),
        (["    a", "      b"], ["\ta", "\t\tb"], None),
    ],
)
def test_indentation_is_related_by_one_rule_or_not_at_all(
    mine: list[str], theirs: list[str], rule: Indent | None
) -> None:
    assert relation(mine, theirs) == rule


def test_a_line_the_rule_says_nothing_about_is_not_guessed() -> None:
    assert Indent(drop="    ").of("  x") is None
    assert Indent(tabs=4).of("\t x") is None
    assert Indent(spaces=4).of("    x") is None
    assert SAME.of(" \tx") == " \tx"


@pytest.mark.parametrize(
    ("old", "new"),
    [("return a\n}\n", "return a\nlog(a)\n}\n"), ("  }\n  x = 1\n", "  }\n  log(a)\n  x = 1\n")],
)
def test_a_new_line_whose_indentation_nobody_can_know_is_refused(old: str, new: str) -> None:
    """The old text begins within the indentation of its first line, and a line comes in that may lack the same."""
    with pytest.raises(EditRefused, match="not clear"):
        locate(old, new, Sheet.of("\treturn a\n}\n    }\n  x = 1\n"))


SIGNS = st.text(alphabet="ab'\"` \t\n\r\x0b\x85\u00a0\u2003\u2014\u2019\u2028\u3000é", max_size=40)


@given(SIGNS)
def test_the_views_of_a_sheet_are_what_each_line_alone_would_give(text: str) -> None:
    sheet = Sheet.of(text)
    assert list(sheet.trimmed) == [line.rstrip() for line in sheet.lines]
    assert list(sheet.stripped) == [line.strip() for line in sheet.lines]
    assert list(sheet.plain) == [fold(line).rstrip() for line in sheet.lines]
    assert list(sheet.loosely) == [loose(line) for line in sheet.lines]
    assert sheet.folded == fold(sheet.text)
    assert [sheet.text[at:].split("\n")[0] for at in sheet.starts] == list(sheet.lines)


@given(
    st.text(alphabet="ab-\n\r", max_size=40),
    st.sampled_from(["a", "ab", "-", "a-", "-\n"]),
    st.sampled_from(["b", "-c"]),
)
def test_replacing_everywhere_is_plain_replacement_unless_it_is_refused(text: str, old: str, new: str) -> None:
    sheet = Sheet.of(text)
    try:
        places = everywhere(old, new, sheet)
    except EditRefused:
        return
    if not old.endswith("\n"):
        assert splice(sheet, places).replace("\r\n", "\n") == sheet.text.replace(old, new)
