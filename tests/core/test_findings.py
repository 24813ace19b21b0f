"""Two runs of a linter compared: what is new, what is gone, what only moved; and how findings are grouped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.findings import (
    CheckReport,
    Difference,
    Finding,
    by_path,
    difference,
    merge,
    new_findings,
    unknown,
    worse_or_equal,
)


def found(line: int, code: str = "E501", message: str = "too long", path: str = "a.py", column: int = 1) -> Finding:
    return Finding("ruff", code, "warning", path, line, column, message)


def compare(old: str, new: str, before: list[Finding], after: list[Finding]) -> Difference:
    return difference(before, after, lambda _: old, lambda _: new)


def test_a_finding_that_moved_with_its_line_is_not_new() -> None:
    diff = compare("long\n", "import os\n\nlong\n", [found(1)], [found(3)])
    assert diff == Difference(kept=(found(3),))


def test_a_line_that_was_only_indented_is_still_the_same_line() -> None:
    assert compare("long\n", "if x:\n    long\n", [found(1)], [found(2)]).new == ()


def test_the_same_complaint_about_another_line_is_new() -> None:
    diff = compare("long\nb\nc\nd\n", "x\nb\nc\nother\n", [found(1)], [found(4)])
    assert diff == Difference(new=(found(4),), gone=(found(1),))


def test_a_finding_on_a_line_that_the_edit_rewrote_was_there_before() -> None:
    diff = compare("a\nlong one\nb\n", "a\nlong two\nb\n", [found(2)], [found(2)])
    assert diff == Difference(kept=(found(2),))


def test_a_second_one_in_the_rewritten_lines_is_new() -> None:
    diff = compare("a\nlong one\nb\n", "a\nlong two\nlong three\nb\n", [found(2)], [found(2), found(3)])
    assert (diff.new, diff.kept, diff.gone) == ((found(3),), (found(2),), ())


def test_numbers_in_a_message_do_not_matter() -> None:
    before, after = (
        found(9, "F811", "redefinition of f from line 1"),
        found(11, "F811", "redefinition of f from line 3"),
    )
    assert compare("def f\n" * 9, "x\n\n" + "def f\n" * 9, [before], [after]).new == ()


def test_a_rule_that_complains_of_two_equal_lines_is_counted() -> None:
    before, after = [found(1)], [found(1), found(2)]
    assert compare("long\n", "long\nlong\n", before, after).new == (found(2),)
    assert compare("long\nlong\n", "long\n", after, before).gone == (found(2),)


def test_files_are_compared_each_by_itself() -> None:
    before, after = [found(1, path="a.py")], [found(1, path="b.py")]
    diff = difference(before, after, unknown, unknown)
    assert diff == Difference(new=tuple(after), gone=tuple(before))


def test_without_texts_only_what_is_said_counts() -> None:
    assert difference([found(1)], [found(9)], unknown, unknown).new == ()
    assert new_findings([found(1)], [found(9), found(10)]) == (found(10),)


LINES = st.lists(st.sampled_from(["a", "b", "long", ""]), max_size=8)


@given(old=LINES, new=LINES, data=st.data())
def test_every_finding_is_told_once_and_the_numbers_add_up(old: list[str], new: list[str], data: st.DataObject) -> None:
    before = [found(n) for n in data.draw(st.lists(st.integers(0, 9), max_size=5))]
    after = [found(n) for n in data.draw(st.lists(st.integers(0, 9), max_size=5))]
    diff = compare("\n".join(old), "\n".join(new), before, after)
    assert sorted((*diff.new, *diff.kept), key=str) == sorted(after, key=str)
    assert len(diff.gone) + len(diff.kept) == len(before)
    assert compare("\n".join(old), "\n".join(old), before, before).new == ()


def test_an_error_weighs_more_than_a_warning_and_that_more_than_a_note() -> None:
    assert worse_or_equal("error", "warning")
    assert worse_or_equal("warning", "warning")
    assert not worse_or_equal("info", "warning")


def test_findings_are_grouped_by_file_from_its_top_down() -> None:
    rows = [found(9, path="b.py"), found(2), found(1, column=5), found(1, column=2)]
    assert by_path(rows) == {"a.py": (rows[3], rows[2], rows[1]), "b.py": (rows[0],)}


def test_reports_of_several_tools_make_one() -> None:
    ruff, mypy = CheckReport("ruff", ("a.py",), (found(2),)), CheckReport("mypy", ("a.py", "b.py"), (found(1),))
    broke = CheckReport("eslint", ("c.js",), broke="eslint could not work: no.")
    assert merge([ruff]) == ruff
    assert merge([ruff, mypy]) == CheckReport("ruff, mypy", ("a.py", "b.py"), (found(1), found(2)))
    assert merge([ruff, broke]).broke == "eslint could not work: no."
    assert not merge([CheckReport("ruff", ()), broke]).clean
    assert merge([]) == CheckReport("lint", ())
