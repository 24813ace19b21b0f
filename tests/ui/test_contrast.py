"""Everything that can be read on any screen, in any theme, is far enough from its ground."""

from __future__ import annotations

import unicodedata
from contextlib import aclosing

import pytest
from rich.style import Style

from haikuterm.ui.theme import load, names
from haikuterm.ui.tui.app import HaikutermApp
from tests.ui.scenes import tour
from tests.ui.test_theme import contrast

DRAWN = ("BOX DRAWINGS", "BLOCK", "LOWER", "UPPER", "LEFT", "RIGHT", "FULL", "MEDIUM SHADE")


def read(text: str) -> bool:
    """Whether there is a sign in it that means something, not only a line or a space."""
    return any(not sign.isspace() and not unicodedata.name(sign, "").startswith(DRAWN) for sign in text)


def cells(app: HaikutermApp) -> list[tuple[str, Style]]:
    """The text on the screen in front, with its styles."""
    box = app.screen.query(".box").first().region if app.screen.query(".box") else app.screen.region
    found = []
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        if box.y <= y < box.bottom:  # what is behind a dialog is put out on purpose
            found += [(s.text, s.style) for s in strip.crop(box.x, box.right) if s.style is not None and read(s.text)]
    return found


def marked(app: HaikutermApp) -> bool:
    """Whether what is selected in the draft looks unlike what is not."""
    looks = {text.strip(): style for text, style in cells(app)}
    drafted, waiting = looks["a draft"], looks["next: two"]
    return (drafted.bgcolor, drafted.reverse) != (waiting.bgcolor, waiting.reverse)


ALWAYS = ("dark", "light")  # the others have the same screens in other colours
THEMES = [
    name if name in ALWAYS else pytest.param(name, marks=pytest.mark.slow) for name in names() if not load(name).ansi
]


@pytest.mark.parametrize("name", THEMES)
async def test_every_text_on_every_screen_can_be_read(name: str) -> None:
    least, bad = 7.0 if name == "high-contrast" else 4.5, {}
    async with aclosing(tour(name)) as screens:
        async for screen, app in screens:
            assert screen != "draft" or marked(app)
            for text, style in cells(app):
                pair = tuple(color.triplet.hex for color in (style.color, style.bgcolor) if color and color.triplet)
                assert len(pair) == 2, (screen, text, style)
                seen = contrast(*(reversed(pair) if style.reverse else pair))
                if seen < least:
                    bad[pair] = (round(seen, 2), screen, text)
    assert bad == {}


async def test_on_the_terminals_own_palette_no_text_has_a_ground() -> None:
    async with aclosing(tour("ansi")) as screens:
        async for screen, app in screens:
            assert screen != "draft" or marked(app)
            for text, style in cells(app):
                for color in (style.color, style.bgcolor):
                    assert color is None or color.triplet is None, (screen, text, style)
                ground = style.bgcolor is None or style.bgcolor.is_default
                assert ground or style.color is None or style.color.is_default, (screen, text, style)
