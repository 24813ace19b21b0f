"""Diffs, fences, tables and piped text as the line-by-line faces show them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange
from haikuterm.core.diff import diff
from haikuterm.ui.plain import Fences, Piece, diff_lines, document, highlight, spoken


def feed(chunks: list[str]) -> list[Piece]:
    fences = Fences()
    return [piece for chunk in chunks for piece in fences.feed(chunk)] + list(fences.end())


MARKDOWN = st.lists(
    st.sampled_from(["```", "~~~", "`", "python", " ", "\n", "\n```\n", "x = 1", "~", "    "]), max_size=20
)


@given(MARKDOWN)
def test_an_answer_comes_out_as_it_went_in(chunks: list[str]) -> None:
    assert "".join(piece.text for piece in feed(chunks)) == "".join(chunks)


@given(MARKDOWN)
def test_where_an_answer_is_cut_makes_no_difference_to_what_is_code(chunks: list[str]) -> None:
    def code(pieces: list[Piece]) -> list[Piece]:
        return [piece for piece in pieces if piece.code is not None]

    text = "".join(chunks)
    assert code(feed(chunks)) == code(feed([text])) == code(feed(list(text)))


def test_prose_passes_at_once_and_what_may_become_a_fence_waits() -> None:
    fences = Fences()
    assert [piece.text for piece in fences.feed("Hel")] == ["Hel"]
    assert [piece.text for piece in fences.feed("lo\n``")] == ["lo\n"]
    assert [piece.text for piece in fences.feed("`py\nx =")] == ["```py\n"]
    assert list(fences.feed(" 1\n")) == [Piece("x = 1\n", "x = 1\n", "py")]


def test_a_fence_is_closed_only_by_one_as_long() -> None:
    pieces = feed(["````md\n```\nx\n```\n````\nafter\n"])
    assert [(piece.text, piece.code is not None) for piece in pieces] == [
        ("````md\n", False), ("```\n", True), ("x\n", True), ("```\n", True), ("````\n", False), ("after\n", False),
    ]  # fmt: skip


def test_a_line_of_code_is_read_with_the_lines_before_it() -> None:
    assert highlight(Piece('b"""\n', 'x = """a\nb"""\n', "python"))[0] == ("literal.string.double", "b")
    assert highlight(Piece("x\x1b\n", "x\x1b\n", "no such language")) == [("", "x␛\n")]
    assert "".join(text for _, text in highlight(Piece("\n", "\n\n", "python"))) == "\n"


def unified(change: FileChange) -> str:
    return diff(change).unified()


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        (FileChange("a", b"x\n", b"y\n"), ["--- a/a", "+++ b/a", "@@ -1,1 +1,1 @@", "-x", "+y"]),
        (FileChange("a", None, b"y\n"), ["--- /dev/null", "+++ b/a", "@@ -0,0 +1,1 @@", "+y"]),
        (FileChange("a", b"x\n", None), ["--- a/a", "+++ /dev/null", "@@ -1,1 +0,0 @@", "-x"]),
        (FileChange("a\x1b", b"\0", b"\0\0"), ["--- a/a␛", "+++ b/a␛", "binary file"]),
    ],
)
def test_a_change_is_a_unified_diff(change: FileChange, rows: list[str]) -> None:
    assert [row.text for row in diff_lines(change)] == rows


def test_for_a_program_a_diff_keeps_its_bytes() -> None:
    assert unified(FileChange("a", b"x\x1b\n", b"y\n")) == "--- a/a\n+++ b/a\n@@ -1,1 +1,1 @@\n-x\x1b\n+y\n"
    assert unified(FileChange("a", b"\0", b"\0\0")).endswith("binary file\n")


def test_git_applies_the_diff_of_a_program(repo: Path) -> None:
    old = (repo / "app.py").read_bytes()
    changes = [FileChange("app.py", old, old.replace(b"import os\n", b"")), FileChange("new.py", None, b"x = 1")]
    patch = "".join(unified(change) for change in changes)
    subprocess.run(["git", "apply", "-"], cwd=repo, input=patch.encode(), check=True)
    assert [(repo / change.path).read_bytes() for change in changes] == [change.after for change in changes]


def test_a_bar_that_is_escaped_belongs_to_its_cell() -> None:
    table = "| command | does |\n|---|---|\n| `/vim [on\\|off]` | vim's keys |"
    assert document(table) == "command        does\n/vim [on|off]  vim's keys"


def test_tables_stand_in_columns_whatever_their_letters_are() -> None:
    text = "**Cost**: `x`\n\n| 漢字 | n |\n|---|---:|\n| a | 1,200 |\n| short |\n\nend"
    assert document(text) == "Cost: x\n\n漢字       n\na      1,200\nshort\n\nend"


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (ev.Notice("The cache is gone.", "warning"), "warning: The cache is gone."),
        (ev.Notice("No such file.", "error"), "error: No such file."),
        (ev.Notice("fine"), "fine"),
        (
            ev.Compacted("summary", 90_000, 4_000),
            "conversation shortened: ~90k -> ~4.0k tokens, $0 (/compact undo puts",
        ),
        (ev.Retrying("Overloaded. Wait.", 2.0, 1, 5), "Overloaded: again in 2 s (attempt 1 of 5, Ctrl+C stops)"),
    ],
)
def test_what_only_a_colour_tells_is_a_word_for_who_hears_it(event: ev.Event, said: str) -> None:
    line = spoken(event, "Ctrl+C")
    assert line is not None
    assert line.text.startswith(said)
