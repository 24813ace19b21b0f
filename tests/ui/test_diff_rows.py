"""The rows of a hunk: counted before they are drawn, never wider than their column, readable in every theme."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from haikuterm.core.changes import FileChange
from haikuterm.core.diff import FileDiff, diff
from haikuterm.ui.theme import load, names
from haikuterm.ui.tui.diff_rows import HunkRows, Shape, Stack, digits
from haikuterm.ui.tui.flow import Line
from haikuterm.ui.tui.inks import Inks
from haikuterm.ui.tui.side_colors import SideColors
from tests.ui.test_theme import contrast

INKS = Inks(load("dark"))
TEXT = st.text(st.sampled_from("ab = (,)\t\r\x1b\xa0日本👩\u200d💻é\u0301\u202e"), max_size=40)
FILE = st.lists(TEXT, max_size=6).map("\n".join)


def changed(before: str, after: str, name: str = "a.txt") -> FileDiff:
    return diff(FileChange(name, before.encode(), after.encode()))


def drawn(found: FileDiff, shape: Shape, colors: SideColors | None = None, *, quiet: bool = False) -> list[str]:
    """The texts of all rows."""
    bodies = [HunkRows(hunk, shape, INKS, colors, quiet=quiet) for hunk in found.hunks]
    return [line.text.rstrip() for line in Stack(bodies)]


@given(FILE, FILE, st.integers(1, 70), st.booleans(), st.booleans())
def test_there_are_as_many_rows_as_counted_none_too_wide_and_all_of_the_text_is_in_them(
    before: str, after: str, width: int, split: bool, quiet: bool
) -> None:
    found = changed(before, after)
    shape = Shape(max(width, 24) if split else width, digits(found.hunks), split)
    for hunk in found.hunks:
        body = HunkRows(hunk, shape, INKS, None, quiet=quiet)
        lines = list(body)
        assert len(lines) == len(body)
        assert all(rows for rows in body._drawn.values())
        counted = [end - start for start, end in pairwise(body._tops)]
        assert counted == [len(body._drawn[n]) for n in range(len(counted))]
        if shape.text > 1:
            assert all(cell_len(line.text) <= shape.width for line in lines)
        assert not any(sign in line.text for line in lines for sign in "\t\r\x1b\u202e")


@given(FILE, FILE, st.booleans())
def test_every_line_is_found_again_at_its_row(before: str, after: str, split: bool) -> None:
    found = changed(before, after)
    for hunk in found.hunks:
        body = HunkRows(hunk, Shape(30, digits(found.hunks), split), INKS, None)
        for n in range(len(hunk.lines)):
            assert body.row_of(body.line_at(body.row_of(n))) == body.row_of(n)


@given(FILE, FILE)
def test_colours_that_come_later_move_nothing(before: str, after: str) -> None:
    change = FileChange("a.py", before.encode(), after.encode())
    colors = SideColors(change, lambda _: None)
    found = diff(change)
    plain = drawn(found, Shape(30, 2), colors)
    colors.lex()
    assert drawn(found, Shape(30, 2), colors) == plain


def test_tabs_go_to_their_stops_also_behind_coloured_code() -> None:
    change = FileChange("a.py", b"", b"x =\t1\n\tif\tTrue:\t# end\n")
    colors = SideColors(change, lambda _: None)
    colors.lex()
    assert drawn(diff(change), Shape(60, 1), colors) == ["1 + x = 1", "2 +     if  True:   # end"]


def test_line_endings_of_a_whole_hunk_are_not_shown_and_one_that_changes_is() -> None:
    assert drawn(changed("a\r\nb\r\n", "a\r\nc\r\n"), Shape(20, 1)) == ["1   a", "2 - b", "2 + c"]
    assert drawn(changed("a\n", "a\r\n"), Shape(20, 1)) == ["1 - a", "1 + a␍"]


def test_a_missing_final_newline_is_said_in_a_row_of_its_own() -> None:
    assert drawn(changed("a\n", "b"), Shape(50, 1)) == ["1 - a", "1 + b", "    \\ No newline at end of file"]


def test_line_numbers_give_way_where_there_is_no_room() -> None:
    assert drawn(changed("a\n", "b\n"), Shape(8, 1)) == ["- a", "+ b"]


def test_the_side_that_has_no_line_stays_empty() -> None:
    assert drawn(changed("a\nb\n", "b\n"), Shape(41, 1, split=True)) == [
        "1 - a" + " " * 15 + "│",
        "2   b" + " " * 15 + "│1   b",
    ]


def test_who_asks_for_a_colour_first_is_the_only_one_who_wants_them() -> None:
    wanted: list[SideColors] = []
    colors = SideColors(FileChange("a.py", b"x = 1\n", b"x = 2\n"), wanted.append)
    assert colors.line("old", 1) == colors.line("new", 1) == ()
    assert wanted == [colors]
    colors.lex()
    assert [text for _, text in colors.line("new", 1)] == ["x", " ", "=", " ", "2"]
    assert colors.line("new", 9) == ()


@pytest.mark.parametrize("name", ["no-language.xyz", "", "Makefile2"])
def test_files_in_no_known_language_have_no_colours(name: str) -> None:
    colors = SideColors(FileChange(name, b"x\n", None), lambda _: None)
    colors.lex()
    assert colors.line("old", 1) == ()


@pytest.mark.parametrize("name", [name for name in names() if not load(name).ansi])
def test_code_can_be_read_on_the_grounds_of_every_theme(name: str) -> None:
    theme, inks = load(name), Inks(load(name))
    least = 7.0 if name == "high-contrast" else 4.5
    for mark, word in (("+", "added_word"), ("-", "removed_word")):
        ground = inks.ground[mark].bgcolor
        assert ground
        styles = [
            *theme.syntax.values(),
            theme.style("text"),
            theme.style(word),
            theme.style("added"),
            theme.style("removed"),
        ]
        colors = {part for style in styles for part in style.split() if part.startswith("#")}
        assert {color for color in colors if contrast(color, ground.name) < least} == set()


def test_on_a_palette_of_the_terminal_the_text_itself_has_the_colour() -> None:
    inks = Inks(load("ansi"))
    assert inks.ground["+"] == Style()
    (line, *_) = HunkRows(changed("", "x = 1\n").hunks[0], Shape(20, 1), inks, None)
    assert isinstance(line, Line)
    assert [str(segment.style) for segment in line.segments][-1] == "green"


def test_on_a_palette_of_the_terminal_what_stays_has_no_colour_of_what_comes() -> None:
    """A green string beside a line that was added looked as if it had been added too."""
    change = FileChange("a.py", b'x = "one"\ny = 1\n', b'x = "one"\ny = 2\n')
    colors = SideColors(change, lambda _: None)
    colors.lex()
    kept, *_ = HunkRows(diff(change).hunks[0], Shape(40, 1), Inks(load("ansi")), colors)
    assert {str(segment.style.color.name) for segment in kept.segments[2:]} == {"default"}
