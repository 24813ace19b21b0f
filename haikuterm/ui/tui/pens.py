"""Owns how styled text is written to a terminal: no colour is said twice."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from rich.color import Color, ColorSystem
from rich.style import Style
from textual.strip import Strip


class Pen(NamedTuple):
    """How cells look, as codes of SGR; link: the address and its number for OSC 8, "" for none."""

    shape: str = ""
    ink: str = ""
    ground: str = ""
    link: str = ""


Run = tuple[str, Pen]

# The codes of Rich's attributes, in the order of their bits.
_SHAPES = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53")


def pens_of(strip: Strip, system: ColorSystem) -> list[Run]:
    """The text of a strip with its pens; neighbours of one pen are one run."""
    runs: list[Run] = []
    for text, style, control in strip:
        if not text or control:
            continue
        pen = _pen(style, system) if style is not None else Pen()
        if runs and runs[-1][1] == pen:
            runs[-1] = (runs[-1][0] + text, pen)
        else:
            runs.append((text, pen))
    return runs


def written(runs: Iterable[Run], pen: Pen | None) -> tuple[str, Pen | None]:
    """The bytes of these runs after a pen (None: nobody knows which), and the pen that is left; links are closed."""
    out: list[str] = []
    for text, own in runs:
        out.append(_change(pen, own))
        if own.link:
            out.append(f"\x1b]8;{own.link}\x1b\\{text}\x1b]8;;\x1b\\")
        else:
            out.append(text)
        pen = own
    return "".join(out), pen


@lru_cache(maxsize=4096)
def _change(pen: Pen | None, to: Pen) -> str:
    """The shortest way from a pen to another one."""
    if pen is None or pen.shape != to.shape:
        codes = ";".join(part for part in ("0", to.shape, to.ink, to.ground) if part)
        return f"\x1b[{codes}m"
    parts = []
    if pen.ink != to.ink:
        parts.append(to.ink or "39")
    if pen.ground != to.ground:
        parts.append(to.ground or "49")
    return f"\x1b[{';'.join(parts)}m" if parts else ""


def _pen(style: Style, system: ColorSystem) -> Pen:
    link = f"id={style._link_id};{style._link}" if style._link else ""
    return _made(style._attributes & style._set_attributes, style._color, style._bgcolor, link, system)


@lru_cache(maxsize=4096)
def _made(bits: int, color: Color | None, ground: Color | None, link: str, system: ColorSystem) -> Pen:
    if system is ColorSystem.EIGHT_BIT:
        color, ground = _indexed(color, ground)
    return Pen(
        ";".join(code for bit, code in enumerate(_SHAPES) if bits & (1 << bit)),
        ";".join(color.downgrade(system).get_ansi_codes()) if color is not None else "",
        ";".join(ground.downgrade(system).get_ansi_codes(foreground=False)) if ground is not None else "",
        link,
    )


def _indexed(color: Color | None, ground: Color | None) -> tuple[Color | None, Color | None]:
    """The two as colours of the 256; Rich looks at each alone, and takes one on which the other cannot be read."""
    from haikuterm.ui.indexed import nearest, readable  # most terminals have more colours

    behind = ground.triplet if ground is not None else None
    if color is not None and color.triplet is not None:
        number = nearest(color.triplet) if behind is None else readable(color.triplet, behind)
        color = Color.from_ansi(number)
    return color, ground if behind is None else Color.from_ansi(nearest(behind))
