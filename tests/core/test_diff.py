"""A diff shows every changed line once, with its numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.changes import FileChange
from haikuterm.core.diff import DiffLine, diff

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


@given(LINES, LINES)
def test_the_marked_lines_rebuild_both_sides(old: str, new: str) -> None:
    shown = diff(FileChange("a", old.encode(), new.encode()), context=10**6)
    lines = [line for hunk in shown.hunks for line in hunk.lines]
    if lines:
        assert "".join(f"{x.text}\n" for x in lines if x.mark != "+") == old
        assert "".join(f"{x.text}\n" for x in lines if x.mark != "-") == new
    else:
        assert old == new
