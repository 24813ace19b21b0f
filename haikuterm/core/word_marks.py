"""What changed inside of a line: the characters in which a removed line and the added one beside it differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]  # characters of a line, the end exclusive

LONGEST = 2_000  # characters of a line beyond which nobody would see the marks, and finding them takes long
LEAST = 0.4  # share of the characters, blanks aside, that two lines have in common before marks help
_ALONE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # scripts that write no blanks between words
_PIECE = re.compile(rf"[{_ALONE}]|[^\W{_ALONE}]+|\s+|[^\w\s]")


def word_marks(before: str, after: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The differing characters of a removed line and of its partner; none where the two are hardly alike.

    Whole words and signs are marked; two marks that only blanks part are one.
    """
    if before == after or max(len(before), len(after)) > LONGEST:
        return (), ()
    from difflib import SequenceMatcher

    old, new = _PIECE.findall(before), _PIECE.findall(after)
    changes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    same = sum(_weight(old[i1:i2]) for tag, i1, i2, _, _ in changes if tag == "equal")
    if 2 * same < LEAST * (_weight(old) + _weight(new)) or not same:
        return (), ()
    left = _spans(before, old, [(i1, i2) for tag, i1, i2, _, _ in changes if tag != "equal"])
    right = _spans(after, new, [(j1, j2) for tag, _, _, j1, j2 in changes if tag != "equal"])
    return tuple(left), tuple(right)


def _weight(pieces: Sequence[str]) -> int:
    return sum(len(piece) for piece in pieces if not piece.isspace())


def _spans(text: str, pieces: Sequence[str], ranges: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """The ranges of pieces as characters."""
    ends = [0]
    for piece in pieces:
        ends.append(ends[-1] + len(piece))
    start = end = 0
    for first, last in ranges:
        if first == last:
            continue
        if end and not text[end : ends[first]].isspace():
            yield start, end
            start = ends[first]
        elif not end:
            start = ends[first]
        end = ends[last]
    if end:
        yield start, end
