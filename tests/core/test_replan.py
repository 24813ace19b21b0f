"""An accepted change finds its place in a file that changed meanwhile, or is refused."""

from __future__ import annotations

import pytest

from haikuterm.core.changes import Edit, FileChange
from haikuterm.core.errors import EditRefused, FileChanged
from haikuterm.core.replan import meanwhile, replan

OLD = b"import os\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return 2\n"
NEW = OLD.replace(b"return 1", b"return 10")
CHANGE = FileChange("a.py", OLD, NEW)
EDIT = Edit("a.py", "    return 1\n", "    return 10\n")


def test_the_same_lines_are_changed_at_their_new_place() -> None:
    now = b"# mine\n" + OLD
    assert replan(CHANGE, CHANGE, (EDIT,), now) == FileChange("a.py", now, b"# mine\n" + NEW)


def test_a_text_that_now_stands_twice_is_refused() -> None:
    with pytest.raises(EditRefused, match="2 times"):
        replan(CHANGE, CHANGE, (EDIT,), OLD + b"\n\ndef h():\n    return 1\n")


def test_a_text_that_is_gone_is_refused_with_the_nearest_lines() -> None:
    with pytest.raises(EditRefused, match="return 100"):
        replan(CHANGE, CHANGE, (EDIT,), OLD.replace(b"return 1\n", b"return 100\n"))


def test_an_edit_that_would_now_write_other_lines_is_refused() -> None:
    wide = Edit("a.py", "return 1\n", "return 10\n")
    with pytest.raises(EditRefused):
        replan(CHANGE, CHANGE, (wide,), OLD.replace(b"    return 1\n", b"    if 1:\n        return 1\n"))


def test_a_partly_accepted_change_is_merged_where_nothing_touches_it() -> None:
    proposed = FileChange("a.py", OLD, NEW.replace(b"return 2", b"return 20"))
    now = OLD + b"\nx = 1\n"
    assert replan(CHANGE, proposed, (EDIT,), now).after == NEW + b"\nx = 1\n"
    with pytest.raises(EditRefused, match="same lines"):
        replan(CHANGE, proposed, (EDIT,), OLD.replace(b"return 1", b"return 7"))


@pytest.mark.parametrize(
    ("change", "now"),
    [
        (FileChange("a", None, b"x\n"), b"theirs\n"),
        (FileChange("a", b"x\n", None), b"theirs\n"),
        (FileChange("a", b"x\n", b"y\n"), None),
        (FileChange("a", b"\0x", b"\0y"), b"\0z"),
    ],
)
def test_what_cannot_be_planned_again_is_refused(change: FileChange, now: bytes | None) -> None:
    with pytest.raises(EditRefused):
        replan(change, change, (), now)


def test_a_change_that_would_not_parse_any_more_is_refused() -> None:
    with pytest.raises(FileChanged):
        replan(
            FileChange("a.py", b"a = 1\n\n\nb = 2\n", b"a = (1\n\n\nb = 2)\n"),
            FileChange("a.py", b"", b""),
            (),
            b"a = 1\n\nx = 5\n\nb = 2\n",
        )


def test_the_lines_that_changed_meanwhile_are_said_in_the_read_view() -> None:
    assert meanwhile(CHANGE, b"# mine\n" + OLD.replace(b"    return 2\n", b"")) == (
        "1\t# mine\n(lines taken out after line 9)"
    )
