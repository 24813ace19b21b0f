"""A screen as a plain file that can be read in a diff: its rows, and below them which colours stand where."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.segment import Segment
from rich.style import Style

from haikuterm import __version__
from haikuterm.ui.theme import Theme
from haikuterm.ui.tui.app import HaikutermApp

Cell = tuple[str, str]  # a sign and its style in words
MARKS = ("bold", "dim", "italic", "underline", "reverse", "strike")


def snapshot(app: HaikutermApp) -> str:
    """What the app shows. Colours have the name of their role in the theme; a run is `column style`."""
    names = _names(app.look)
    rows = [list(_cells(strip, names)) for strip in app.screen._compositor.render_strips()]
    texts = ["".join(sign for sign, _ in row) for row in rows]
    version = "v" * len(__version__)
    lines = [f"|{text.replace(__version__, version).rstrip()}" for text in texts]
    runs = [_runs(row) for row in rows]
    return "\n".join([*lines, "", *_together(runs), ""])


def _cells(strip: list[Segment], names: dict[str, str]) -> Iterator[Cell]:
    for text, style, _ in strip:
        words = _words(style or Style.null(), names)
        yield from ((sign, words) for sign in text)


def _names(theme: Theme) -> dict[str, str]:
    """The role of each colour, the first that has it."""
    return {color.lower(): role for role, color in reversed([*theme.colors.items()])}


def _words(style: Style, names: dict[str, str]) -> str:
    """`colour/ground marks`; the ground of the screen is left out."""
    ink, ground = ("" if c is None or c.triplet is None else c.triplet.hex for c in (style.color, style.bgcolor))
    behind = names.get(ground, ground)
    marks = [mark for mark in MARKS if getattr(style, mark)]
    return " ".join([names.get(ink, ink) + f"/{behind}" * (behind != "background"), *marks])


def _runs(row: list[Cell]) -> str:
    """Where a row changes its style. A blank has none but its ground and its marks: it goes on with what is before."""
    found, before = [], "text"
    for column, (sign, style) in enumerate(row):
        if style != before and not (sign.isspace() and style.partition("/")[1:] == before.partition("/")[1:]):
            found.append(f"{column} {style}")
            before = style
    return ", ".join(found)


def _together(runs: list[str]) -> Iterator[str]:
    """One line for rows that follow each other and look the same."""
    row = 0
    for shown, same in groupby(runs):
        count = len(list(same))
        yield f"{row}: {shown}" if count == 1 else f"{row}-{row + count - 1}: {shown}"
        row += count
