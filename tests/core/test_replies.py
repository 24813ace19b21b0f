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


UNNAMED = BLOCK.removeprefix("a.py\n")


def test_a_block_without_a_name_is_for_the_only_file_there_is() -> None:
    assert parse_reply(UNNAMED, FILES, "a.py").edits == (Edit("a.py", "x = 1\n", "x = 3\n"),)
    assert parse_reply("@@ @@\n-x = 1\n+x = 3\n", FILES, "a.py").edits == (Edit("a.py", "x = 1\n", "x = 3\n"),)


def test_without_an_only_file_a_block_needs_a_name() -> None:
    with pytest.raises(EditRefused, match="names no file"):
        parse_reply(UNNAMED, FILES)


@pytest.mark.parametrize(
    "said", ["Now b.py:", "The same in `src/b.txt`.", "See lib/a.toml for it.", "As in b.py, line 3"]
)
def test_an_only_file_is_not_meant_where_the_reply_speaks_of_another(said: str) -> None:
    with pytest.raises(EditRefused, match=r"may be meant for a\.py or "):
        parse_reply(f"{said}\n\n{UNNAMED}", FILES, "a.py")


@pytest.mark.parametrize("said", ["Like so:", "In a.py, e.g.", "Use os.path, not 1.5 or x.y()", "In src/a.py:"])
def test_words_with_dots_are_not_files(said: str) -> None:
    assert parse_reply(f"{said}\n\n{UNNAMED}", FILES, "a.py").edits


def test_a_named_block_is_never_for_the_only_file() -> None:
    with pytest.raises(EditRefused, match=r"b\.py is none of the files"):
        parse_reply(BLOCK.replace("a.py", "b.py"), FILES, "a.py")
