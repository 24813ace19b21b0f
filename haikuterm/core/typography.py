"""Typographic quotes, dashes and blanks, and the plain signs that models write for them."""

from __future__ import annotations

_TWINS = {
    "'": "\u2018\u2019\u201a\u201b\u2032",
    '"': "\u201c\u201d\u201e\u201f\u2033",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
    " ": "\u00a0\u2007\u202f",
}
_FOLD = {ord(sign): plain for plain, signs in _TWINS.items() for sign in signs}
TYPOGRAPHIC = frozenset("".join(_TWINS.values()))


def fold(text: str) -> str:
    """The text with plain quotes, hyphens and blanks; it keeps its length, so offsets stay true."""
    return text if text.isascii() else text.translate(_FOLD)


def loose(line: str) -> str:
    """The line as the loosest comparison sees it: no blanks at all, every quote the same."""
    return "".join(fold(line).split()).replace("'", '"').replace("`", '"')


def rewritten(mine: str, old: str, new: str) -> str | None:
    """The file's line `mine`, which the model wrote as `old`, after the model's change of `old` to `new`.

    Only what differs between old and new is replaced, so the file's own signs stay. None: what is put in holds
    signs of its own, of which nobody knows whether they are meant plain.
    """
    old, new = old.rstrip(), new.rstrip()
    front = _common(old, new)
    back = _common(old[front:][::-1], new[front:][::-1])
    put_in = new[front : len(new) - back]
    if brings_its_own(put_in, mine, old):
        return None
    return mine[:front] + put_in + mine[len(old) - back : len(old)]


def brings_its_own(text: str, mine: str, old: str) -> bool:
    """Whether text that is put in holds typographic signs, or plain ones of a kind on which file and model differ."""
    differ = {fold(sign) for pair in zip(mine, old, strict=False) if pair[0] != pair[1] for sign in pair}
    return any(sign in TYPOGRAPHIC or (sign in differ and sign != " ") for sign in text)


def _common(one: str, other: str) -> int:
    """How many signs at the front are the same."""
    longest = min(len(one), len(other))
    return next((i for i in range(longest) if one[i] != other[i]), longest)
