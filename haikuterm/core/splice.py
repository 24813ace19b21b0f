"""The new text of a file: changed lines go in, kept lines keep the file's own signs, blanks and line endings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from haikuterm.core.diff import spans
from haikuterm.core.errors import EditRefused
from haikuterm.core.ladder import Place
from haikuterm.core.sheet import Sheet
from haikuterm.core.typography import brings_its_own, rewritten


def splice(sheet: Sheet, places: Sequence[Place]) -> str:
    """The text with these places changed; every other line is as it was, to the byte.

    Raises EditRefused for a new line whose indentation or quotes cannot be those of the file.
    """
    rows: list[str] = []
    at = 0
    for place in sorted(places, key=lambda place: place.first):
        rows += sheet.raw[at : place.first]
        block = list(_block(sheet, place))
        rows += [text + ending for text, ending in block]
        at = place.first + len(place.old)
        if at == len(sheet.raw) and rows:  # the file's last line ends in nothing
            rows[-1] = block[-1][0] if block else rows[-1].removesuffix("\r")
    return "\n".join([*rows, *sheet.raw[at:]])


def added(place: Place) -> Iterator[str]:
    """The lines that the place brings, as the model wrote them."""
    if place.paired:
        yield from place.new
        return
    for _, _, j1, j2 in spans(place.old, place.new):
        yield from place.new[j1:j2]


def _block(sheet: Sheet, place: Place) -> Iterator[tuple[str, str]]:
    """The lines for a place, each with what stands before its line feed."""
    if place.paired:
        yield from zip(place.new, map(sheet.ending, count(place.first)), strict=False)
        return
    at = 0
    for i1, i2, j1, j2 in [*spans(place.old, place.new), (len(place.old),) * 2 + (len(place.new),) * 2]:
        for row in range(place.first + at, place.first + i1):
            yield sheet.lines[row], sheet.ending(row)
        paired = i2 - i1 == j2 - j1
        for j in range(j1, j2):
            i = i1 + j - j1
            near = max(0, place.first + min(i, i2 - 1))
            yield _fitted(sheet, place, j, i if paired else None), sheet.ending(near)
        at = i2


def _fitted(sheet: Sheet, place: Place, j: int, i: int | None) -> str:
    """A new line as it goes into the file; i: the old line it takes the place of, if that is known."""
    new = place.new[j]
    line = _typeset(sheet, place, new, i) if place.folded else place.indent.of(new)
    if line is None:
        what = "quotes, dashes or blanks" if place.folded else "indentation"
        raise EditRefused(
            f"the old text stands at line {place.first + 1} but for its {what}, and what is meant for the new line "
            f"{new.strip()[:80]!r} is not clear. Copy the old lines as they are."
        )
    return line


def _typeset(sheet: Sheet, place: Place, new: str, i: int | None) -> str | None:
    """The line of a place that differs in typographic signs."""
    if i is not None:
        return rewritten(sheet.lines[place.first + i], place.old[i], new)
    pairs = zip(sheet.lines[place.first : place.first + len(place.old)], place.old, strict=True)
    return None if any(brings_its_own(new, mine, old) for mine, old in pairs) else new
