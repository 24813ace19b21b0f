"""The first frame: when it may be shown, and that Textual draws the same over it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from haikuterm.adapters.config import config_folder, settings_file
from haikuterm.core.settings import Settings
from haikuterm.subcommands import SUBCOMMANDS
from haikuterm.ui.first_frame import FirstFrame, begins, drawn, look, theme_of
from haikuterm.ui.theme import load, names
from haikuterm.ui.tui.app import HaikutermApp
from haikuterm.ui.tui.pens import pens_of

PLAIN = [name for name in names() if not load(name).ansi]
Cell = tuple[str, object, object]  # a sign, its colour, and that of its ground


class Unfurnished(HaikutermApp):
    """Stays as it is in the moment in which the composer takes the first key."""

    CSS_PATH = Path(inspect.getfile(HaikutermApp)).with_name("app.tcss")

    async def _connect(self) -> None:
        pass


def no_engine(settings: Settings) -> None:
    raise AssertionError("nothing connects")


def frame(colors: dict[str, str], width: int, height: int) -> list[list[Cell]]:
    """The frame, cell by cell."""
    rows: list[list[Cell]] = []
    ink = ground = None
    for codes, what, text in re.findall(r"\x1b\[([0-9;]*)([mH])([^\x1b]*)", drawn(colors, width, height)):
        if what == "H":
            rows.append([])
        else:
            ink, ground = (
                (tuple(map(int, part)) for part in re.findall(r"8;2;(\d+);(\d+);(\d+)", codes))
                if "8;" in codes
                else (None, None)
            )
        rows[-1] += [(sign, ink, ground) for sign in text]
    return rows


async def face(theme: str, width: int, height: int) -> list[list[Cell]]:
    """What Textual draws first, cell by cell."""
    app = Unfurnished(Settings(), no_engine, load(theme))
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
    return [
        [
            (sign, tuple(segment.style.color.triplet), tuple(segment.style.bgcolor.triplet)) if sign.strip()
            else (sign, None, tuple(segment.style.bgcolor.triplet))
            for segment in strip
            for sign in segment.text
        ]
        for strip in strips
    ]  # fmt: skip


def blank(rows: list[list[Cell]]) -> list[list[Cell]]:
    """A blank has no ink."""
    return [[(sign, ink if sign.strip() else None, ground) for sign, ink, ground in row] for row in rows]


@pytest.mark.parametrize("theme", PLAIN)
async def test_textual_draws_the_same_cells_over_it(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    assert blank(frame(look(theme), 80, 24)) == await face(theme, 80, 24)


@pytest.mark.parametrize("size", [(160, 50), (30, 8), (12, 6)])
async def test_textual_draws_the_same_cells_in_any_size(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    assert blank(frame(look("dark"), *size)) == await face("dark", *size)


async def test_without_colour_it_is_as_grey_as_textual_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("NO_COLOR", "1")
    assert blank(frame(look("light"), 80, 24)) == await face("light", 80, 24)


RGB = st.tuples(*[st.integers(0, 255)] * 3)


@given(RGB, RGB)
def test_a_terminal_of_256_colours_gets_those_that_the_face_takes(
    ink: tuple[int, int, int], ground: tuple[int, int, int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLORTERM", "")
        patch.setenv("TERM", "screen-256color")
        colors = {"text": "#{:02x}{:02x}{:02x}".format(*ink), "background": "#{:02x}{:02x}{:02x}".format(*ground)}
        strip = Strip([Segment("x", Style(color=colors["text"], bgcolor=colors["background"]))])
        [(_, pen)] = pens_of(strip, ColorSystem.EIGHT_BIT)
        assert f"\x1b[0;{pen.ink};{pen.ground}m " in drawn(colors, 1, 1)


@pytest.mark.parametrize("theme", PLAIN)
def test_the_colours_read_at_a_glance_are_those_of_the_theme(theme: str) -> None:
    glance, whole = look(theme), load(theme).colors
    assert {role: glance[role] for role in whole} == whole


def test_the_terminals_own_colours_are_left_alone_for_a_theme_of_them_and_for_one_that_is_not_there() -> None:
    assert look("ansi") == look("no such theme") == {}
    assert "8;" not in drawn({}, 80, 24)


def test_the_theme_is_the_one_of_the_command_line_else_of_the_environment_else_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert theme_of([]) == "auto"
    config_folder().mkdir(parents=True)
    settings_file().write_text("model = 'haiku' # \"x\"\n theme = 'light'  # mine\n")
    assert theme_of(["app.py"]) == "light"
    monkeypatch.setenv("HAIKUTERM_THEME", "moss")
    assert theme_of([]) == "moss"
    assert theme_of(["--theme", "ansi"]) == theme_of(["-c", "--theme=ansi"]) == "ansi"


def test_a_theme_of_the_users_own_takes_what_it_leaves_out_from_the_shipped_one() -> None:
    folder = config_folder() / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('dark = false  # day\n[colors]\naccent = "#0000ff"\n')
    assert look("mine")["accent"] == "#0000ff"
    assert look("mine")["background"] == load("light").colors["background"]


@pytest.mark.parametrize(
    "words",
    [[], ["-c"], ["app.py", "src/"], ["--theme", "light"], ["--theme=light", "-y"], ["-m", "opus"], ["--no-mouse"]],
)
def test_it_may_come_where_the_command_line_surely_starts_the_full_screen_face(words: Sequence[str]) -> None:
    assert begins(words)


@pytest.mark.parametrize(
    "words",
    [["-p", "hi"], ["--help"], ["--version"], ["--inline"], ["--plain"], ["--theme"], ["-m", "-c"], ["--them=x"],
     ["--max-budget-usd", "x"], ["-mopus"], ["Makefile"], ["--"]],
)  # fmt: skip
def test_it_does_not_come_where_something_else_might_be_said(words: Sequence[str]) -> None:
    assert not begins(words)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_it_does_not_come_before_a_subcommand(name: str) -> None:
    assert not begins([name, "app.py"])


def test_it_does_not_come_where_there_is_no_terminal() -> None:
    first = FirstFrame()
    first.show("dark")
    assert not first.shown
    first.leave()
