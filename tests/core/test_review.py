"""A review turns the user's word on each hunk into exactly those bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.changes import FileChange, Proposal, Rejection
from haikuterm.core.errors import EditRefused
from haikuterm.core.review import Review, accept_all, reject_all

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
    assert kept == wanted + b"\n".join(rest[at:]) if at < len(rest) else wanted


@given(texts, texts)
def test_a_patch_that_is_not_changed_accepts_the_hunk_as_it_is(old: bytes, new: bytes) -> None:
    if old == new:
        return
    now = review(FileChange("f", old, new))
    while not now.done:
        now = now.edit(now.patch())
    assert all(item.choice == "yes" for item in now.items)
    assert now.verdict.accepted[0].after == new


def test_a_deletion_that_was_looked_at_in_the_editor_stays_a_deletion() -> None:
    gone = review(FileChange("a", b"a\n", None))
    assert gone.edit(gone.patch()).verdict.accepted == (FileChange("a", b"a\n", None),)
