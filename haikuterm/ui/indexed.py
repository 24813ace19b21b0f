"""Owns which of a terminal's 256 colours stand for a text and its ground, so that the text can still be read.

The first frame may need this before anything slow is imported, so this file imports next to nothing. The first 16 of
the 256 are the user's own palette, which nobody knows: they are never taken.
"""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False  # typing itself would be the slowest import here
if TYPE_CHECKING:
    from collections.abc import Iterable

Rgb = tuple[int, int, int]

HUE = 0.6  # how much it counts that a colour has another hue or none, beside how bright it is
ENOUGH = 4.5  # contrast that a text keeps if it has it in 24-bit colour (WCAG 2.2, AA)
_LEVELS = (0, 95, 135, 175, 215, 255)
_GREYS = range(8, 239, 10)
FIRST = 16  # the number of the first colour that is the same everywhere
COLORS: tuple[Rgb, ...] = (
    *((red, green, blue) for red in _LEVELS for green in _LEVELS for blue in _LEVELS),
    *((grey, grey, grey) for grey in _GREYS),
)


@lru_cache(maxsize=1024)
def nearest(color: Rgb) -> int:
    """The number of the colour that looks most like this one."""
    red, green, blue = (sorted(range(6), key=lambda n: abs(_LEVELS[n] - part))[:2] for part in color)
    grey = max(0, min(22, (sum(color) // 3 - 8) // 10))
    cube = [r * 36 + g * 6 + b for r in red for g in green for b in blue]
    return _best([*cube, 216 + grey, 217 + grey], color)


@lru_cache(maxsize=1024)
def readable(ink: Rgb, ground: Rgb) -> int:
    """The number of the colour most like the ink that is as easy to read on the ground's nearest as the ink on it."""
    behind, least = COLORS[nearest(ground) - FIRST], min(contrast(ink, ground), ENOUGH)
    first = nearest(ink)
    if contrast(COLORS[first - FIRST], behind) >= least:
        return first
    return _best((n for n, color in enumerate(COLORS) if contrast(color, behind) >= least), ink)  # black or white is


def contrast(one: Rgb, other: Rgb) -> float:
    """The ratio of two colours, 1 to 21 (WCAG 2.2)."""
    dark, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


@lru_cache(maxsize=1024)
def _luminance(color: Rgb) -> float:
    parts = [part / 255 for part in color]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _best(among: Iterable[int], color: Rgb) -> int:
    return FIRST + min(among, key=lambda n: _distance(COLORS[n], color))


def _distance(one: Rgb, other: Rgb) -> float:
    """How unlike two colours look."""
    red, green, blue = (a - b for a, b in zip(one, other, strict=True))
    light = 0.3 * red + 0.6 * green + 0.1 * blue
    return light * light + HUE * ((red - light) ** 2 + (green - light) ** 2 + (blue - light) ** 2)
