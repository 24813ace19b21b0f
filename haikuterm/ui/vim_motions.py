"""Where vim's motions lead and what its text objects hold; looks only at a text and an index into it.

The rules are those of Vim 9, checked against it. A line's end is the index of its newline, or the length of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

OPENING = {
    **dict.fromkeys("()b", "()"),
    **dict.fromkeys("[]", "[]"),
    **dict.fromkeys("{}B", "{}"),
    "<": "<>",
    ">": "<>",
}


@dataclass(frozen=True, slots=True)
class Motion:
    """Where a motion leads. inclusive: an operator takes the character there too. lines: it takes whole lines."""

    to: int
    inclusive: bool = False
    lines: bool = False


@dataclass(frozen=True, slots=True)
class Find:
    """A search in the line. key: f, F, t or T."""

    key: str
    char: str


# Lines


def line_start(text: str, at: int) -> int:
    """The index of the first character of the line."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """The index just after the line's last character."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def last_char(text: str, at: int) -> int:
    """The index of the line's last character; of its start, if it is empty."""
    return max(line_start(text, at), line_end(text, at) - 1)


def first_word(text: str, at: int) -> int:
    """The index of the line's first character that is no blank; of the last one, if all are blank."""
    index, end = line_start(text, at), line_end(text, at)
    while index < end and text[index] in " \t":
        index += 1
    return min(index, last_char(text, at))


def line_number(text: str, at: int) -> int:
    """How many lines are above."""
    return text.count("\n", 0, at)


def line_at(text: str, number: int) -> int:
    """The start of the line with so many above it, of the last one at most."""
    at = 0
    for _ in range(number):
        end = text.find("\n", at)
        if end < 0:
            break
        at = end + 1
    return at


# Words


def kind(text: str, at: int, big: bool) -> int:
    """0 for blanks and line ends, 1 for letters, 2 for other signs; for big words all that is no blank is 1."""
    if at >= len(text) or text[at] in " \t\n":
        return 0
    return 1 if big or text[at].isalnum() or text[at] == "_" else 2


def _empty_line(text: str, at: int) -> bool:
    return line_start(text, at) == at == line_end(text, at)


def _next(text: str, at: int) -> tuple[int, bool]:
    """One further; and whether that is a line's end or the line after. Raises IndexError at the end of the text."""
    if at >= len(text):
        raise IndexError
    return at + 1, text[at] == "\n" or line_end(text, at + 1) == at + 1


def word_forward(text: str, at: int, count: int, *, big: bool, operator: bool) -> int:
    """The beginning of the next word; an operator stays in the line of the last one."""
    try:
        for left in reversed(range(count)):
            at = _one_word(text, at, big, operator and left == 0)
    except _Stop as stop:
        return stop.at
    return at


class _Stop(Exception):
    """The text ends there."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


def _one_word(text: str, at: int, big: bool, last: bool) -> int:
    here = kind(text, at, big)
    if at >= len(text):
        raise _Stop(at)
    at, ended = _next(text, at)
    if ended and line_end(text, at) == len(text) and at == len(text):
        raise _Stop(at)
    if ended and last:
        return at
    while here and kind(text, at, big) == here:
        at, ended = _next(text, at)
        if ended and last:
            return at
    while kind(text, at, big) == 0:
        if _empty_line(text, at) or at >= len(text):
            break
        at += 1
    return at


def word_back(text: str, at: int, count: int, *, big: bool) -> int | None:
    """The beginning of the word, or of the one before; None where there is none."""
    if at == 0:
        return None
    for _ in range(count):
        if at == 0:
            break
        at -= 1
        while at and kind(text, at, big) == 0 and not _empty_line(text, at):
            at -= 1
        here = kind(text, at, big)
        while at and here and kind(text, at - 1, big) == here:
            at -= 1
    return at


def word_end(text: str, at: int, count: int, *, big: bool, stay: bool = False) -> int:
    """The last character of the word, or of the next one. stay: being there already counts, once (cw)."""
    for _ in range(count):
        if at >= len(text):
            break
        here, at = kind(text, at, big), at + 1
        if not (here and kind(text, at, big) == here):
            if stay and here:
                at, stay = at - 1, False
                continue
            while at < len(text) and kind(text, at, big) == 0:
                at += 1
            here = kind(text, at, big)
        while here and kind(text, at, big) == here:
            at += 1
        at, stay = at - 1 if here else at, False
    return at


# Within a line


def found(text: str, at: int, find: Find, count: int, *, again: bool = False) -> int | None:
    """Where the character is found in the line, None if it is not. again: a repeated t goes on to the next one."""
    step = 1 if find.key in "ft" else -1
    low, high = line_start(text, at), line_end(text, at)
    index, skip = at, again and find.key in "tT" and count == 1
    while count:
        index += step
        if not low <= index < high:
            return None
        count -= text[index] == find.char and not skip
        skip = False
    return index - step if find.key in "tT" else index


# Text objects


def text_object(text: str, at: int, around: bool, name: str, count: int = 1) -> tuple[int, int] | None:
    """From where to where (exclusive) an object reaches, None where there is none."""
    if name in "wW":
        return _word_object(text, at, around, count, big=name == "W")
    if name in "\"'`":
        return _quoted(text, at, around, name)
    return _bracketed(text, at, around, OPENING[name], count)


def _word_object(text: str, at: int, around: bool, count: int, *, big: bool) -> tuple[int, int]:
    low, high = line_start(text, at), line_end(text, at)

    def run(index: int) -> int:
        here = kind(text, index, big)
        while index < high and kind(text, index, big) == here:
            index += 1
        return index

    start, here = at, kind(text, at, big)
    while start > low and kind(text, start - 1, big) == here:
        start -= 1
    end = start
    for _ in range(count):
        blank = kind(text, end, big) == 0
        end = run(end)
        if around and (blank or kind(text, end, big) == 0):
            end = run(end)
    if around and here and kind(text, end - 1, big):  # no blanks behind: those before
        while start > low and text[start - 1] in " \t":
            start -= 1
        if start == low:
            start = _past_blanks(text, low, high) if text[low:high].strip() else low
    return start, end


def _past_blanks(text: str, low: int, high: int) -> int:
    while low < high and text[low] in " \t":
        low += 1
    return low


def _quoted(text: str, at: int, around: bool, quote: str) -> tuple[int, int] | None:
    """The quotes are counted from the line's start; before the first of them, that is meant."""
    low, high = line_start(text, at), line_end(text, at)
    places, index = [], low
    while index < high:
        if text[index] == "\\":
            index += 1
        elif text[index] == quote:
            places.append(index)
        index += 1
    for first, last in zip(places[::2], places[1::2], strict=False):
        if at <= last:
            return _with_blanks(text, first, last + 1, low, high) if around else (first + 1, last)
    return None


def _with_blanks(text: str, start: int, end: int, low: int, high: int) -> tuple[int, int]:
    """With the blanks behind; without such, with those before."""
    after = end
    while after < high and text[after] in " \t":
        after += 1
    while after == end and start > low and text[start - 1] in " \t":
        start -= 1
    return start, after


def _bracketed(text: str, at: int, around: bool, pair: str, count: int) -> tuple[int, int] | None:
    start = at if text[at : at + 1] == pair[0] else _unmatched(text, at, pair, -1)
    if start is None:  # not inside of any: the next one is meant
        start = next((n for n in range(at, len(text)) if text[n] == pair[0]), None)
    for _ in range(count - 1):
        start = _unmatched(text, start, pair, -1) if start is not None else None
    end = None if start is None else _unmatched(text, start, pair, 1)
    if start is None or end is None:
        return None
    return (start, end + 1) if around else _inside(text, start + 1, end)


def _inside(text: str, start: int, end: int) -> tuple[int, int]:
    """What stands on lines of its own between the brackets is taken without the line ends at both sides."""
    if text[start:end].startswith("\n") and text[line_start(text, end) : end].strip(" \t") == "":
        return start + 1, max(start + 1, line_start(text, end) - 1)
    return start, end


def _unmatched(text: str, at: int, pair: str, step: int) -> int | None:
    """The bracket around the index, in one direction."""
    mine, other = (pair[1], pair[0]) if step > 0 else (pair[0], pair[1])
    depth, index = 0, at + step
    while 0 <= index < len(text):
        if text[index] == other:
            depth += 1
        elif text[index] == mine:
            if depth == 0:
                return index
            depth -= 1
        index += step
    return None


# The motions by their keys


def _left(text: str, at: int, count: int, _: bool) -> Motion:
    return Motion(max(line_start(text, at), at - count))


def _right(text: str, at: int, count: int, operator: bool) -> Motion:
    return Motion(min(line_end(text, at) if operator else last_char(text, at), at + count))


def _line_start(text: str, at: int, _: int, __: bool) -> Motion:
    return Motion(line_start(text, at))


def _first_word(text: str, at: int, _: int, __: bool) -> Motion:
    return Motion(first_word(text, at))


def _line_end(text: str, at: int, count: int, _: bool) -> Motion | None:
    if count > 1 and line_end(text, at) == len(text):
        return None
    return Motion(last_char(text, line_at(text, line_number(text, at) + count - 1)), inclusive=True)


def _words(key: str) -> Callable[[str, int, int, bool], Motion | None]:
    big = key.isupper()

    def move(text: str, at: int, count: int, operator: bool) -> Motion | None:
        if key in "bB":
            back = word_back(text, at, count, big=big)
            return None if back is None else Motion(back)
        if key in "eE":
            to, inclusive = word_end(text, at, count, big=big), True
        else:
            to, inclusive = word_forward(text, at, count, big=big, operator=operator), False
        if to > at and to == line_end(text, to) and to > line_start(text, to):
            to, inclusive = to - 1, True  # not on the line's end
        return Motion(to, inclusive)

    return move


MOTIONS: Mapping[str, Callable[[str, int, int, bool], Motion | None]] = {
    "h": _left,
    "l": _right,
    "0": _line_start,
    "^": _first_word,
    "$": _line_end,
    **{key: _words(key) for key in "wWbBeE"},
}
