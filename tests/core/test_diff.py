"""A diff shows every changed line once, with its numbers."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.changes import FileChange
from haikuterm.core.diff import DiffLine, diff, spans

LINES = st.lists(st.sampled_from(["a", "b", "c", "", "  d"]), max_size=12).map(lambda x: "".join(f"{s}\n" for s in x))


def test_a_removed_line_has_its_old_number() -> None:
    shown = diff(FileChange("app.py", b"import os\nimport sys\n", b"import sys\n"))
    assert shown.hunks[0].lines == (DiffLine("-", 1, None, "import os"), DiffLine(" ", 2, 1, "import sys"))
    assert (shown.added, shown.removed, shown.hunks[0].header) == (0, 1, "@@ -1,2 +1,1 @@")


def test_a_new_file_and_a_deleted_one_say_so() -> None:
    assert diff(FileChange("a", None, b"x\n")).note == "new file"
    assert diff(FileChange("a", b"x\n", None)).note == "deleted"


def test_a_binary_file_has_no_lines() -> None:
    assert diff(FileChange("a", b"\0", b"\0\0")).note == "binary file"


def test_a_missing_final_newline_is_said() -> None:
    assert "\\ No newline at end of file" in diff(FileChange("a", b"x", b"x\n")).unified()


def test_to_remove_the_only_byte_that_is_not_utf_8_keeps_the_other_lines() -> None:
    kept = "é\n".encode()
    for before, after in ((b"bad \xff\n", b"bad\n"), (b"bad\n", b"bad \xff\n")):
        shown = diff(FileChange("a", kept + before + kept, kept + after + kept))
        assert [line.mark for line in shown.hunks[0].lines] == [" ", "-", "+", " "]


@given(LINES, LINES)
def test_the_marked_lines_rebuild_both_sides(old: str, new: str) -> None:
    shown = diff(FileChange("a", old.encode(), new.encode()), context=10**6)
    lines = [line for hunk in shown.hunks for line in hunk.lines]
    if lines:
        assert "".join(f"{x.text}\n" for x in lines if x.mark != "+") == old
        assert "".join(f"{x.text}\n" for x in lines if x.mark != "-") == new
    else:
        assert old == new


REPEATED = [["", "}", "    }", "{"][(n * n) % 4] for n in range(400)]
PAIRS = {
    "few changes among equal lines": (REPEATED, [f"x{n}" if n % 40 == 7 else row for n, row in enumerate(REPEATED)]),
    "nothing in common but blanks": ([f"a{n}" * (n % 2) for n in range(300)], [f"b{n}" * (n % 2) for n in range(300)]),
    "halves swapped": ([f"{n}" for n in range(300)], [f"{(n + 150) % 300}" for n in range(300)]),
    "back to front": ([f"{n}" for n in range(200)], [f"{n}" for n in range(200, 0, -1)]),
    "two kinds of lines": (["a", "b"] * 150, [*["a", "b"] * 50, "c", *["a", "b"] * 50, "c", *["a", "b"] * 50]),
    "a block taken out of equal lines": (["", "x"] * 300, ["", "x"] * 180),
}


def rebuilt(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The old lines with the spans put in."""
    rows, at = [], 0
    for i1, i2, j1, j2 in spans(old, new):
        rows += [*old[at:i1], *new[j1:j2]]
        at = i2
    return [*rows, *old[at:]]


@pytest.mark.parametrize("name", PAIRS)
def test_lines_of_which_few_are_unique_still_make_a_right_diff(name: str) -> None:
    old, new = PAIRS[name]
    assert rebuilt(old, new) == new


@given(*[st.lists(st.sampled_from(["", "a", "b", "c", "d1", "d2", "d3", "d4"]), max_size=150)] * 2)
def test_the_spans_turn_the_old_lines_into_the_new(old: list[str], new: list[str]) -> None:
    assert rebuilt(old, new) == new
    found = spans(old, new)
    assert all(i2 > i1 or j2 > j1 for i1, i2, j1, j2 in found)
    assert all(one[1] < other[0] and one[3] < other[2] for one, other in pairwise(found))


@given(st.lists(st.integers(0, 9), max_size=200), st.data())
def test_a_few_changed_lines_are_shown_as_briefly_as_difflib_does(numbers: list[int], data: st.DataObject) -> None:
    old = [f"line {n} of {n * at % 7}" for at, n in enumerate(numbers)]
    new = list(old)
    for at in data.draw(st.lists(st.integers(0, 200), max_size=4)):
        new[at : at + 1] = data.draw(st.sampled_from([[], ["fresh"], ["fresh", ""]]))
    theirs = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    most = sum(i2 - i1 + j2 - j1 for tag, i1, i2, j1, j2 in theirs if tag != "equal")
    assert sum(i2 - i1 + j2 - j1 for i1, i2, j1, j2 in spans(old, new)) <= most + 4


@given(LINES, LINES, st.integers(0, 3))
def test_the_hunks_put_into_the_old_file_give_the_new_one(old: str, new: str, context: int) -> None:
    shown = diff(FileChange("a", old.encode(), new.encode()), context)
    before, after = old.split("\n"), new.split("\n")
    rows, at = [], 0
    for hunk in shown.hunks:
        assert [line.text for line in hunk.lines if line.mark != "+"] == before[slice(*hunk.old)]
        assert [line.text for line in hunk.lines if line.mark != "-"] == after[slice(*hunk.new)]
        rows += [*before[at : hunk.old[0]], *after[slice(*hunk.new)]]
        at = hunk.old[1]
    assert [*rows, *before[at:]] == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n"),
        (b"a\nb", b"a\nb\n"),
        (b"a\nb\n", b"a\nb"),
        (b"a\r\nb\r\n", b"a\r\nb\r\nc\r\n"),
        (None, b"new\n"),
        (b"old\n", None),
        *(("\n".join(old).encode() + b"\n", "\n".join(new).encode() + b"\n") for old, new in PAIRS.values()),
    ],
)
def test_git_takes_the_unified_diff(tmp_path: Path, before: bytes | None, after: bytes | None) -> None:
    file = tmp_path / "f.txt"
    if before is not None:
        file.write_bytes(before)
    text = diff(FileChange("f.txt", before, after)).unified()
    subprocess.run(["git", "apply", "--whitespace=nowarn"], input=text.encode(), cwd=tmp_path, check=True)
    assert (file.read_bytes() if file.exists() else None) == after
