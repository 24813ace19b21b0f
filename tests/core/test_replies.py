"""A reply in text becomes edits of the files it names, or is refused as a whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.changes import Edit, FileChange
from haikuterm.core.errors import EditRefused
from haikuterm.core.replies import Answer, parse_reply, propose_reply
from haikuterm.core.reply_rows import path_of

FILES = {"a.py": b"x = 1\ny = 2\n"}
BLOCK = "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 3\n>>>>>>> REPLACE\n"


def test_a_block_is_an_edit_and_a_named_fence_a_file() -> None:
    reply = f"{BLOCK}\nnew.py\n```python\nz = 1\n```\n"
    assert parse_reply(reply, FILES) == Answer(
        (Edit("a.py", "x = 1\n", "x = 3\n"),), (FileChange("new.py", None, b"z = 1\n"),)
    )


def test_a_reply_without_changes_is_no_proposal() -> None:
    assert propose_reply("All is well.", FILES) is None


@pytest.mark.parametrize("row", ["a.py", "`a.py`", "**a.py**", "### a.py", "**`a.py`**:", "File: `a.py`", "./a.py"])
def test_a_line_may_dress_its_name(row: str) -> None:
    assert path_of(row) == "a.py"


@pytest.mark.parametrize("row", ["", "In a.py:", "the end.", "```", "src/", "/etc/passwd", "a.py and b.py", "C:\\a.py"])
def test_a_line_that_is_no_plain_name_names_nothing(row: str) -> None:
    assert path_of(row) == ""


@given(st.lists(st.sampled_from([*BLOCK.split("\n"), "```", "--- a/a.py", "+++ b/a.py", "@@ @@", "-x = 1", "+x = 4"])))
def test_no_order_of_markers_touches_another_file_or_another_line(rows: list[str]) -> None:
    """Whatever a reply is made of: only a.py is changed, and its second line only where the reply names it."""
    try:
        proposal = propose_reply("\n".join(rows), FILES)
    except EditRefused:
        return
    for change in proposal.files if proposal else ():
        assert change.path == "a.py"
        assert b"y = 2\n" in (change.after or b"")
