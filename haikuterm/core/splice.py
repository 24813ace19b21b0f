"""The new text of a file: changed lines go in, kept lines keep the file's own signs, blanks and line endings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from haikuterm.core.errors import EditRefused
from haikuterm.core.ladder import Place
from haikuterm.core.sheet import Sheet
from haikuterm.core.typography import brings_its_own, rewritten


def splice(sheet: Sheet, places: Sequence[Place]) -> str:
    """The text with these places changed; every other line is as it was, to the byte.

    Raises EditRefused for a new line whose indentation or quotes cannot be those of the file.
    """
    raw = list(sheet.raw)
    for place in sorted(places, key=lambda place: place.first, reverse=True):
        end = place.first + len(place.old)
        block = list(_block(sheet, place))
        rows = [text + ending for text, ending in block]
        raw[place.first : end] = rows
        if end == len(sheet.raw):  # the file's last line ends in nothing
            if rows:
                raw[-1] = block[-1][0]
            elif raw:
                raw[-1] = raw[-1].removesuffix("\r")
    return "\n".join(raw)


def added(place: Place) -> Iterator[str]:
    """The lines that the place brings, as the model wrote them."""
    for _, _, j1, j2 in changes(place.old, place.new):
        yield from place.new[j1:j2]


def changes(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """The parts where old[i1:i2] became new[j1:j2].

    The same lines at both ends are set aside first: of two equal lines, the one that keeps its place is kept.
    """
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    middle = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    found = [opcode[1:] for opcode in middle.get_opcodes() if opcode[0] != "equal"]
    return [(i1 + head, i2 + head, j1 + head, j2 + head) for i1, i2, j1, j2 in found]


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines are the same from the beginning on."""
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _block(sheet: Sheet, place: Place) -> Iterator[tuple[str, str]]:
    """The lines for a place, each with what stands before its line feed."""
    at = 0
    for i1, i2, j1, j2 in [*changes(place.old, place.new), (len(place.old),) * 2 + (len(place.new),) * 2]:
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
