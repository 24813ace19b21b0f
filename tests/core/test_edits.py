"""An edit lands in exactly one place, keeps every other byte, or is refused with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.changes import Edit, FileChange, Proposal
from haikuterm.core.edits import PlanRefused, apply, plan
from haikuterm.core.errors import EditRefused


def test_the_one_place_is_replaced_and_the_rest_stays() -> None:
    assert apply(Edit("a", "b\n", "B\n"), b"a\nb\nc") == b"a\nB\nc"


def test_a_crlf_file_takes_edits_with_plain_newlines() -> None:
    assert apply(Edit("a", "b\nc\n", "x\ny\n"), b"a\r\nb\r\nc\r\n") == b"a\r\nx\r\ny\r\n"


def test_a_byte_order_mark_and_a_missing_final_newline_stay() -> None:
    assert apply(Edit("a", "x", "y"), b"\xef\xbb\xbfx = 1") == b"\xef\xbb\xbfy = 1"


def test_two_places_are_refused_with_their_lines() -> None:
    with pytest.raises(EditRefused, match="stands 2 times, at lines 1, 3"):
        apply(Edit("a", "x", "y"), b"x\n.\nx\n")


def test_replace_all_takes_every_place() -> None:
    assert apply(Edit("a", "x", "y", replace_all=True), b"x\n.\nx\n") == b"y\n.\ny\n"


def test_no_place_is_refused_with_the_nearest_lines() -> None:
    with pytest.raises(EditRefused, match=r"(?s)nearest lines.*2\tdef total\(items\):"):
        plan([Edit("a", "def total(item):\n", "x")], {"a": b"import os\ndef total(items):\n    return 1\n"})


def test_an_edit_that_is_in_already_is_recognised() -> None:
    with pytest.raises(EditRefused, match="applied already"):
        plan([Edit("a", "import os\nimport sys\n", "import sys\n")], {"a": b"import sys\n"})


@pytest.mark.parametrize(("old", "new", "why"), [("", "x", "empty"), ("x", "x", "the same")])
def test_empty_and_idle_edits_are_refused(old: str, new: str, why: str) -> None:
    with pytest.raises(EditRefused, match=why):
        apply(Edit("a", old, new), b"x")


def test_a_latin_1_file_keeps_its_bytes_and_refuses_what_it_cannot_hold() -> None:
    data = "# -*- coding: latin-1 -*-\nname = 'é'\nx = 1\n".encode("latin-1")
    assert apply(Edit("a", "x = 1", "x = 2"), data) == data.replace(b"x = 1", b"x = 2")
    with pytest.raises(EditRefused, match="which has no '→'"):
        apply(Edit("a", "x = 1", "x = '→'"), data)


def test_edits_of_one_call_see_each_other_and_fail_together() -> None:
    files = {"a": b"one\n", "b": b"two\n"}
    both = plan([Edit("a", "one", "1"), Edit("a", "1", "I"), Edit("b", "two", "2")], files)
    assert both.files == (FileChange("a", b"one\n", b"I\n"), FileChange("b", b"two\n", b"2\n"))
    with pytest.raises(EditRefused, match=r"(?s)Edit 2 of 2 \(b\).*Nothing was written"):
        plan([Edit("a", "one", "1"), Edit("b", "three", "3")], files)


def test_a_proposal_can_be_cut_down_to_some_files() -> None:
    change = FileChange("a", b"", b"x")
    proposal = Proposal((change, FileChange("b", b"", b"y")), (Edit("a", "", "x"), Edit("b", "", "y")))
    assert proposal.only(["a"]) == Proposal((change,), (Edit("a", "", "x"),))


@given(st.binary(max_size=300), st.text(min_size=1, max_size=8), st.text(max_size=8))
def test_an_edit_changes_nothing_or_exactly_its_place(data: bytes, old: str, new: str) -> None:
    """For any bytes: what stands before and after the place is kept to the byte."""
    try:
        after = apply(Edit("a", old, new), data)
    except EditRefused:
        return
    longest = min(len(data), len(after))
    front = next((i for i in range(longest) if data[i] != after[i]), longest)
    assert data[:front] == after[:front]
    assert len(after) - len(data) == len(new.encode(_codec(data))) - len(old.encode(_codec(data))) or b"\r\n" in data


def _codec(data: bytes) -> str:
    from haikuterm.core.textfile import decode

    return decode(data).encoding


@given(st.binary(max_size=200), st.text(max_size=12), st.text(max_size=12), st.booleans())
def test_an_edit_is_deterministic_and_one_that_does_not_match_changes_nothing(
    data: bytes, old: str, new: str, every: bool
) -> None:
    edit, files = Edit("a", old, new, every), {"a": data}
    first, second = (_planned(edit, files) for _ in range(2))
    assert first == second
    assert files == {"a": data}


def _planned(edit: Edit, files: dict[str, bytes]) -> Proposal | str:
    try:
        return plan([edit], files)
    except EditRefused as refused:
        return str(refused)


@given(
    st.lists(st.sampled_from(["a", "  b ", "\tc", "d\r", "", "e\u00a0f"]), max_size=12), st.integers(0, 12), st.data()
)
def test_lines_that_an_edit_keeps_keep_their_bytes(rows: list[str], at: int, data: st.DataObject) -> None:
    """Whatever stands around a line that is the only one of its kind, the rest of the file is the same bytes."""
    at = min(at, len(rows))
    context = [row.removesuffix("\r") for row in rows[max(0, at - 2) : at]]
    before = "\n".join([*rows[:at], "only_one()", *rows[at:]]).encode()
    old = "\n".join([*(row.rstrip() if data.draw(st.booleans()) else row for row in context), "only_one()"])
    new = old.replace("only_one()", "changed()")
    try:
        after = apply(Edit("a", old, new), before)
    except EditRefused:
        return
    assert after == before.replace(b"only_one()", b"changed()")


def test_a_text_in_another_file_is_named_and_not_touched() -> None:
    with pytest.raises(EditRefused, match=r"It stands in b\.py, which this edit does not name"):
        plan([Edit("a.py", "def load():", "def read():")], {"a.py": b"x = 1\n", "b.py": b"def load():\n    pass\n"})


def test_the_edits_that_fit_are_told_apart_from_those_that_do_not() -> None:
    good, bad = Edit("a", "x = 1\n", "x = 2\n"), Edit("a", "nowhere\n", "y\n")
    with pytest.raises(PlanRefused, match=r"Edit 1 fits and is kept: send only the others again") as refused:
        plan([good, bad], {"a": b"x = 1\n"}, hold=True)
    assert refused.value.fitting == (good,)
    with pytest.raises(PlanRefused, match=r"Edit 1 would fit") as refused:
        plan([good, bad], {"a": b"x = 1\n"})


def test_no_edit_fits_where_the_whole_would_not_parse() -> None:
    with pytest.raises(PlanRefused, match="would not parse") as refused:
        plan([Edit("a.py", "x = 1\n", "x = (\n"), Edit("a.py", "y", "z")], {"a.py": b"x = 1\ny = 2\n"}, hold=True)
    assert refused.value.fitting == ()
