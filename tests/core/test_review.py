"""A review turns the user's word on each hunk into exactly those bytes."""

from __future__ import annotations

import re
from codecs import BOM_UTF8

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.changes import FileChange, Proposal, Rejection
from haikuterm.core.errors import EditRefused
from haikuterm.core.hunk_patch import HOW_TO_EDIT
from haikuterm.core.ports import Verdict
from haikuterm.core.review import Review, accept_all, edited_by_hand, reject_all

OLD = "".join(f"line {n}\n" for n in range(1, 31)).encode()
NEW = OLD.replace(b"line 3\n", b"three\n").replace(b"line 15\n", b"").replace(b"line 28\n", b"line 28\nmore\n")
ONE = FileChange("a.py", OLD, NEW)


def review(*changes: FileChange) -> Review:
    return Review.of(Proposal(changes or (ONE,)))


def after(answered: Review) -> bytes:
    accepted = answered.verdict.accepted
    assert len(accepted) == 1
    assert accepted[0].before == OLD
    return accepted[0].after or b""


def test_all_hunks_accepted_are_the_change_itself() -> None:
    done = review().decide("yes").decide("yes").decide("yes")
    assert done.done
    assert done.verdict == accept_all(Proposal((ONE,)))


def test_no_hunk_accepted_is_one_rejection_of_the_file() -> None:
    assert review().decide_rest("no", "keep it").verdict.rejected == (Rejection("a.py", word="keep it"),)
    assert review().decide_rest("no").verdict.accepted == ()


def test_what_was_not_decided_counts_as_rejected() -> None:
    assert review().verdict.accepted == ()
    assert not review().done


def test_only_the_accepted_hunk_is_written_and_the_others_are_said_with_their_lines() -> None:
    done = review().decide("no", "no numbers").decide("yes").decide("no")
    assert after(done) == OLD.replace(b"line 15\n", b"")
    first, last = done.verdict.rejected
    assert first.word == "no numbers"
    assert "-line 3\n+three\n" in first.hunk
    assert "+more\n" in last.hunk


def test_the_rest_of_a_file_is_not_the_rest_of_all() -> None:
    other = FileChange("b.py", b"x\n", b"y\n")
    done = review(ONE, other).decide_file("yes")
    assert done.item.file == 1
    assert [change.path for change in done.verdict.accepted] == ["a.py"]
    assert [change.path for change in done.decide_rest("yes").verdict.accepted] == ["a.py", "b.py"]


def test_a_decision_can_be_changed_by_going_back() -> None:
    done = review().decide("yes").decide("yes").go(-2).decide("no").go(9).decide("no")
    assert after(done) == OLD.replace(b"line 15\n", b"")


def test_what_lines_cannot_show_is_decided_as_a_whole() -> None:
    binary, empty = FileChange("b.bin", b"\0a", b"\0b"), FileChange("new", None, b"")
    both = review(binary, empty)
    assert [item.hunk for item in both.items] == [None, None]
    assert both.decide("yes").decide("no").verdict.accepted == (binary,)


def test_a_hunk_of_two_changes_can_be_split() -> None:
    old, new = b"a\nb\nc\nd\ne\n", b"A\nb\nc\nd\nE\n"
    whole = review(FileChange("a", old, new))
    assert (len(whole.items), whole.can_split) == (1, True)
    parts = whole.split()
    assert (len(parts.items), parts.can_split) == (2, False)
    assert parts.decide("no").decide("yes").verdict.accepted[0].after == b"a\nb\nc\nd\nE\n"
    assert [item.hunk.header for item in parts.items if item.hunk] == ["@@ -1,2 +1,2 @@", "@@ -3,3 +3,3 @@"]


def test_an_edited_hunk_is_written_as_the_user_left_it() -> None:
    first = review()
    done = first.edit(first.patch().replace("+three", "+THREE")).decide("no").decide("no")
    assert after(done) == OLD.replace(b"line 3\n", b"THREE\n")


def test_in_an_edited_hunk_a_removed_line_can_be_kept_and_new_ones_added() -> None:
    first = review().decide("no")
    patch = first.patch().replace("-line 15", " line 15\n+fifteen and a half")
    assert after(first.edit(patch)) == OLD.replace(b"line 15\n", b"line 15\nfifteen and a half\n")


def test_an_emptied_patch_and_one_that_changes_nothing_reject_the_hunk() -> None:
    assert review().edit("\n").items[0].choice == "no"
    assert review().edit("# all gone\n").items[0].choice == "no"
    first = review()
    assert first.edit(first.patch().replace("+three\n", "").replace("-line 3", " line 3")).items[0].choice == "no"


@pytest.mark.parametrize("change", [(" line 4", " line four"), (" line 4\n", ""), ("-line 3\n", "-line 3\n-line 3\n")])
def test_a_patch_whose_old_lines_are_not_the_files_is_refused(change: tuple[str, str]) -> None:
    first = review()
    with pytest.raises(EditRefused, match=r"Keep|Change only"):
        first.edit(first.patch().replace(*change))


def test_an_editor_that_strips_blanks_does_no_harm() -> None:
    first = review(FileChange("a", b"\n\na\n\n\n", b"\n\nb\n\n\n"))
    stripped = "\n".join(row.rstrip() for row in first.patch().replace("+b", "+c").split("\n"))
    assert first.edit(stripped).verdict.accepted[0].after == b"\n\nc\n\n\n"


def test_an_edited_hunk_keeps_line_endings_and_the_missing_last_one() -> None:
    crlf = review(FileChange("a", b"a\r\nb\r\n", b"A\r\nb\r\n"))
    assert "\r" not in crlf.patch()
    assert crlf.edit(crlf.patch().replace("+A", "+A\n+AA")).verdict.accepted[0].after == b"A\r\nAA\r\nb\r\n"
    short = review(FileChange("a", b"a\nb", b"A\nb"))
    assert short.edit(short.patch().replace("+A", "+AA")).verdict.accepted[0].after == b"AA\nb"


def test_what_the_files_encoding_cannot_hold_is_said_at_once() -> None:
    latin = review(FileChange("a", b"# coding: latin-1\ncaf\xe9\n", b"# coding: latin-1\ncaf\xe9s\n"))
    assert latin.edit(latin.patch().replace("+cafés", "+thés")).verdict.accepted[0].after == (
        b"# coding: latin-1\nth\xe9s\n"
    )
    with pytest.raises(EditRefused, match="€"):
        latin.edit(latin.patch().replace("+cafés", "+€"))


def test_a_file_without_lines_has_no_patch() -> None:
    with pytest.raises(EditRefused, match="no lines"):
        review(FileChange("b", b"\0", b"\0\0")).patch()


def test_rejecting_all_says_each_file_once() -> None:
    verdict = reject_all(Proposal((ONE, FileChange("b", None, b""))), "not now")
    assert verdict.rejected == (Rejection("a.py"), Rejection("b"))
    assert verdict.word == "not now"


lines = st.lists(st.sampled_from(["a\n", "b\n", "\n", "c\r\n", "é\n", "\x0c\n", "z"]), max_size=14)
texts = lines.map(lambda rows: "".join(rows).encode())


@given(texts, texts, st.lists(st.sampled_from(["yes", "no", "split"]), max_size=12))
def test_any_choice_gives_the_old_or_the_new_lines_of_each_hunk(old: bytes, new: bytes, said: list[str]) -> None:
    if old == new:
        return
    now = review(FileChange("f", old, new))
    for word in said:
        if now.done:
            break
        now = now.split() if word == "split" else now.decide("yes" if word == "yes" else "no")
    yes = now.decide_rest("yes").verdict
    choices = [item.choice for item in now.decide_rest("yes").items]
    if "no" not in choices:
        assert yes.accepted == (FileChange("f", old, new),)
    kept = now.verdict.accepted[0].after if now.verdict.accepted else old
    wanted, at = b"", 0
    for item in now.items:
        assert item.hunk is not None
        rows, fresh = old.split(b"\n"), new.split(b"\n")
        whole = [row + b"\n" for row in rows[:-1]] + [rows[-1]]
        other = [row + b"\n" for row in fresh[:-1]] + [fresh[-1]]
        wanted += b"".join(whole[at : item.hunk.old[0]])
        wanted += b"".join(other[slice(*item.hunk.new)] if item.choice == "yes" else whole[slice(*item.hunk.old)])
        at = item.hunk.old[1]
    rest = old.split(b"\n")
    assert kept == wanted + b"\n".join(rest[at:])


@given(texts, texts)
def test_a_patch_that_is_not_changed_accepts_the_hunk_as_it_is(old: bytes, new: bytes) -> None:
    if old == new:
        return
    now = review(FileChange("f", old, new))
    while not now.done:
        now = now.edit(now.patch())
    assert all(item.choice == "yes" for item in now.items)
    assert now.verdict.accepted[0].after == new


GONE = FileChange("a", b"a\n", None)


@pytest.mark.parametrize("files", [(GONE,), (FileChange("b", None, b"a\n"), GONE)])
def test_a_file_that_goes_or_moves_is_not_edited(files: tuple[FileChange, ...]) -> None:
    for at in range(len(files)):
        whole = review(*files).go(at)
        assert not whole.can_edit
        with pytest.raises(EditRefused, match="as a whole or not at all"):
            whole.patch()
        with pytest.raises(EditRefused, match="as a whole or not at all"):
            whole.edit("@@ -1,1 +0,0 @@\n a\n")


ends = st.sampled_from(["\n", "\r\n", "\r\r\n"])
words = st.sampled_from(["", "a", "b", "a\rb", "\x0c", "x\x0cy", "é", "  c ", "\ufeffd", "\u2028e"])
mixed = st.builds(
    lambda rows, last: "".join(rows) + last,
    st.lists(st.builds(str.__add__, words, ends), max_size=9),
    st.sampled_from(["", "", "z", "z\r", "a"]),
).map(str.encode)


def feeds(data: bytes) -> list[bytes]:
    """The lines with their endings."""
    return [line for line in re.split(rb"(?<=\n)", data) if line]


@given(st.none() | mixed, mixed)
def test_a_patch_that_is_not_changed_gives_the_new_file_byte_for_byte(old: bytes | None, new: bytes) -> None:
    if old == new or (not old and not new):
        return
    now = review(FileChange("f", old, new))
    while not now.done:
        now = now.edit(now.patch())
    assert now.verdict == Verdict((FileChange("f", old, new),))


@given(st.none() | mixed, mixed, st.data())
def test_to_change_one_new_row_of_a_patch_changes_that_line_and_keeps_its_ending(
    old: bytes | None, new: bytes, data: st.DataObject
) -> None:
    now = review(FileChange("f", old, new)) if old != new and (old or new) else None
    if now is None:
        return
    now = now.split() if data.draw(st.booleans()) and now.can_split else now
    now = now.go(data.draw(st.integers(0, len(now.items) - 1)))
    rows = now.patch().split("\n")
    fresh = [n for n, row in enumerate(rows) if row.startswith("+")]
    if not fresh:
        return
    row = data.draw(st.sampled_from(fresh))
    text = data.draw(st.sampled_from(["q", "", "a", "b", "q\rr", rows[row][1:] + " more"]))
    if text == rows[row][1:]:
        return
    rows[row] = f"+{text}"
    hunk = now.item.hunk
    assert hunk
    at = [line.new for line in hunk.lines if line.mark == "+"][fresh.index(row)]
    assert at
    wanted = feeds(new)
    line = wanted[at - 1]
    mark = BOM_UTF8 if at == 1 and new.startswith(BOM_UTF8) and (old is None or old.startswith(BOM_UTF8)) else b""
    wanted[at - 1] = mark + text.encode() + line[len(line.rstrip(b"\r\n")) :]
    done = now.edit("\n".join(rows))
    done = done if done.done else done.decide_rest("yes")
    assert [change.after for change in done.verdict.accepted] == ([] if b"".join(wanted) == old else [b"".join(wanted)])


@pytest.mark.parametrize(
    ("change", "row", "after"),
    [
        (FileChange("last", b"a\nb", b"a\nB"), ("+B", "+BB"), b"a\nBB"),
        (FileChange("crlf", None, b"x\r\ny\r\n"), ("+y", "+z"), b"x\r\nz\r\n"),
        (FileChange("cr", b"k\nx\n", b"k\ny\rz\nw\n"), ("+w", "+W"), b"k\ny\rz\nW\n"),
        (FileChange("kept cr", b"k\rk\nx\n", b"k\rk\ny\n"), ("+y", "+Y"), b"k\rk\nY\n"),
        (FileChange("to lf", b"x\r\ny\n", b"x\ny2\n"), ("+y2", "+y3"), b"x\ny3\n"),
        (FileChange("more", b"x\r\n", b"y\r\n"), ("+y", "+y\n+z"), b"y\r\nz\r\n"),
        (FileChange("before", b"x\r\n", b"y\r\n"), ("+y", "+w\n+y"), b"w\r\ny\r\n"),
    ],
    ids=lambda value: value.path if isinstance(value, FileChange) else "",
)
def test_an_edited_line_keeps_its_ending_and_the_others_all_of_theirs(
    change: FileChange, row: tuple[str, str], after: bytes
) -> None:
    first = review(change)
    assert first.edit(first.patch().replace(*row)).verdict.accepted[0].after == after


def test_the_word_on_a_missing_last_newline_may_be_taken_out_or_put_in() -> None:
    said = "\n\\ No newline at end of file"
    short, whole = review(FileChange("a", b"a\nb", b"a\nB")), review(FileChange("a", b"a\nb\n", b"a\nB\n"))
    assert short.edit(short.patch().replace(f"+B{said}", "+B")).verdict.accepted[0].after == b"a\nB\n"
    assert whole.edit(whole.patch().replace("+B", f"+B{said}")).verdict.accepted[0].after == b"a\nB"
    inside = review()
    patch = inside.patch().replace("+three", f"+three{said}")
    assert after(inside.edit(patch)) == OLD.replace(b"line 3\n", b"three\n")


def test_a_line_kept_above_new_ones_at_the_end_gets_a_newline() -> None:
    first = review(FileChange("a", b"a\r\nb", b"a\r\nb\r\nc"))
    patch = first.patch().replace("-b", " b").replace("+b\n", "")
    assert first.edit(patch).verdict.accepted[0].after == b"a\r\nb\r\nc"


def test_an_editor_that_ends_its_rows_with_crlf_changes_no_line() -> None:
    first = review(FileChange("a", b"a\nb\n\n", b"a\nB\nC\n\n"))
    patch = first.patch().replace("+C", "+D").replace("\n", "\r\n")
    assert first.edit(patch).verdict.accepted[0].after == b"a\nB\nD\n\n"


def test_an_edit_taken_back_in_the_editor_is_the_proposed_hunk_again() -> None:
    first = review(FileChange("a", b"a\n", b"b\n"), FileChange("c", b"c\n", b"d\n"))
    edited = first.edit(first.patch().replace("+b", "+B")).go(-1)
    assert edited.edit(edited.patch()).decide("yes").verdict == accept_all(first.proposal)


def test_parts_of_a_change_of_encoding_are_those_bytes() -> None:
    old = b"bad \xff\n" + b"line\n" * 9 + b"end\n"
    new = b"bad\n" + b"line\n" * 9 + "fünf\n".encode()
    both = review(FileChange("a", old, new))
    assert both.decide("no").decide("yes").verdict.accepted[0].after == old.replace(b"end", "fünf".encode())
    edited = both.edit(both.patch().replace("+bad", "+BAD")).decide("yes").verdict
    assert edited.accepted[0].after == new.replace(b"bad", b"BAD")
    back = review(FileChange("a", new, old))
    assert back.decide("yes").decide("no").verdict.accepted[0].after == new.replace(b"bad\n", b"bad \xff\n")


def test_what_the_user_made_of_a_hunk_is_told_with_its_lines_and_what_they_left_out_as_rejected() -> None:
    first = review()
    done = first.edit(first.patch().replace("+three", "+THREE")).decide("no").decide("yes")
    told = edited_by_hand(ONE, done.verdict.accepted[0])
    assert "-three\n+THREE\n" in told
    assert told.count("@@ -") == 1, "the rejected hunk is told as such"
    assert "line 15" not in told
    near = FileChange("a", b"1\n2\n3\n4\n5\n", b"one\n2\n3\n4\nfive\n")
    whole = review(near)
    half = whole.edit(whole.patch().replace("-1", " 1").replace("+one\n", "").replace("+five", "+FIVE")).verdict
    assert half.accepted[0].after == b"1\n2\n3\n4\nFIVE\n"
    assert [rejection.hunk for rejection in half.rejected] == ["@@ -1,2 +1,2 @@\n-1\n+one\n 2\n"]
    assert edited_by_hand(near, half.accepted[0]) == "@@ -2,4 +2,4 @@\n 2\n 3\n 4\n-five\n+FIVE\n"


def test_new_files_changed_by_hand_are_told_too() -> None:
    made = FileChange("n", None, b"a\nb\n")
    assert edited_by_hand(made, FileChange("n", None, b"a\nB\n")) == "@@ -1,2 +1,2 @@\n a\n-b\n+B\n"


@given(texts, texts, st.lists(st.sampled_from(["yes", "no", "split"]), max_size=12))
def test_a_choice_of_hunks_is_not_an_edit_by_hand(old: bytes, new: bytes, said: list[str]) -> None:
    if old == new:
        return
    now = review(FileChange("f", old, new))
    for word in said:
        now = now.split() if word == "split" else now.decide("yes" if word == "yes" else "no")
    (change,) = now.proposal.files
    assert not any(edited_by_hand(change, accepted) for accepted in now.verdict.accepted)


@given(texts, texts, st.data())
def test_a_new_line_by_hand_is_always_told(old: bytes, new: bytes, data: st.DataObject) -> None:
    if old == new:
        return
    now = review(FileChange("f", old, new))
    rows = now.patch().removesuffix("\n".join([*HOW_TO_EDIT, ""])).split("\n")[:-1]
    rows.insert(data.draw(st.integers(1, len(rows) - any(row.startswith("\\") for row in rows))), "+mine")
    done = now.edit("\n".join(rows)).verdict
    assert "+mine" in edited_by_hand(now.proposal.files[0], done.accepted[0])
