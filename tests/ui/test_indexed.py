"""On 256 colours every theme can be read as well as on all of them, and looks as much like itself as it can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from haikuterm.ui.indexed import COLORS, ENOUGH, FIRST, Rgb, contrast, nearest, readable
from haikuterm.ui.theme import load, names
from haikuterm.ui.tui.inks import ground
from haikuterm.ui.tui.pens import pens_of
from tests.ui.test_theme import texts

RGB = st.tuples(*[st.integers(0, 255)] * 3)
COLORED = [name for name in names() if not load(name).ansi]


def rgb(color: str) -> Rgb:
    """The parts of "#rrggbb"."""
    red, green, blue = bytes.fromhex(color[1:])
    return red, green, blue


def seen(number: int) -> Rgb:
    """What a terminal shows for this number."""
    return COLORS[number - FIRST]


@pytest.mark.parametrize("name", COLORED)
def test_every_text_of_every_theme_can_be_read_on_every_ground(name: str) -> None:
    theme = load(name)
    least = 7.0 if name == "high-contrast" else 4.5
    grounds = [theme.colors["background"], theme.colors["surface"]]
    grounds += [f"{ground(theme, role).bgcolor.name}" for role in ("added", "removed")]
    pairs = [(ink, behind) for behind in grounds for ink in texts(theme).values()]
    pairs.append((theme.colors["text"], theme.colors["selection"]))
    shown = {pair: contrast(seen(readable(*map(rgb, pair))), seen(nearest(rgb(pair[1])))) for pair in pairs}
    assert {pair: found for pair, found in shown.items() if found < least} == {}


@given(RGB, RGB)
def test_a_text_that_can_be_read_in_24_bits_can_be_read_in_8(ink: Rgb, behind: Rgb) -> None:
    exact = contrast(ink, behind)
    assert contrast(seen(readable(ink, behind)), seen(nearest(behind))) >= min(exact, ENOUGH)


def test_a_colour_that_is_there_stands_for_itself() -> None:
    assert [Color.from_ansi(number).get_truecolor() for number in range(FIRST, 256)] == [*COLORS]
    assert [seen(nearest(color)) for color in COLORS] == [*COLORS]


@pytest.mark.parametrize("name", COLORED)
def test_code_stands_on_a_ground_of_its_own(name: str) -> None:
    colors = load(name).colors
    assert nearest(rgb(colors["surface"])) != nearest(rgb(colors["background"]))


def test_what_is_written_to_the_terminal_is_chosen_in_pairs() -> None:
    colors = load("paper").colors
    style = Style(color=colors["code"], bgcolor=colors["surface"])
    [(_, pen)] = pens_of(Strip([Segment("x", style)]), ColorSystem.EIGHT_BIT)
    ink, behind = rgb(colors["code"]), rgb(colors["surface"])
    assert (pen.ink, pen.ground) == (f"38;5;{readable(ink, behind)}", f"48;5;{nearest(behind)}")


def test_the_terminals_own_colours_are_left_to_it() -> None:
    for style in (Style(color="red"), Style(color="default", bgcolor="default"), Style(bold=True)):
        strip = Strip([Segment("x", style)])
        assert pens_of(strip, ColorSystem.EIGHT_BIT) == pens_of(strip, ColorSystem.TRUECOLOR)
