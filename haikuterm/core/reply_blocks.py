"""SEARCH/REPLACE blocks in a reply."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from haikuterm.core.errors import EditRefused
from haikuterm.core.ladder import locate
from haikuterm.core.reply_rows import Written, fence, meant, path_of, text_of, two_faced
from haikuterm.core.sheet import Sheet
from haikuterm.core.textfile import decode

# Models write five to nine signs where seven were asked for, and a ">" behind the word. Column 0 only.
_HEAD = re.compile(r"<{5,9} ?SEARCH>*[ \t]*")
_DIVIDER = re.compile(r"={5,9}[ \t]*")
_TAIL = re.compile(r">{5,9} ?REPLACE>*[ \t]*")
_UNNAMED = "a SEARCH block names no file in the line above it"
_ANY = re.compile(r"\s+<{5,9} ?SEARCH>*\s*")


def read_blocks(rows: Sequence[str], files: Mapping[str, bytes], only: str = "") -> list[Written]:
    """The blocks of a reply, in order; one without a name is of the file `only`, if there is one.

    Raises EditRefused for one that is cut off, nested, two-faced, unnamed, or that may be meant for another file.
    """
    found: list[Written] = []
    path, at, said = "", 0, 0
    unnamed = False
    while at < len(rows):
        if _TAIL.fullmatch(rows[at]):
            raise EditRefused(f"a block ends at line {at + 1} of the reply without a beginning. Nothing was written.")
        if not _HEAD.fullmatch(rows[at]):
            path = path_of(rows[at]) or ("" if rows[at].strip() and not fence(rows[at]) else path)
            at += 1
            continue
        tail = _tail(rows, at)
        name = path or meant(only, rows[said:at], _UNNAMED)
        unnamed = unnamed or not path
        found.append(_block(name, rows, at, tail, files.get(name)))
        at = said = tail + 1
    if not found and any(_ANY.fullmatch(row) for row in rows):
        raise EditRefused("the SEARCH line does not begin in the first column. Nothing was written.")
    other = next((written.path for written in found if written.path != only), "")
    if unnamed and other:
        raise two_faced(_UNNAMED, only, other)
    return found


def _tail(rows: Sequence[str], head: int) -> int:
    """Where the block ends that begins at `head`."""
    for at in range(head + 1, len(rows)):
        if _TAIL.fullmatch(rows[at]):
            return at
        if _HEAD.fullmatch(rows[at]):
            break
    raise EditRefused("a SEARCH block has no end: the reply was cut off or is malformed. Nothing was written.")


def _block(path: str, rows: Sequence[str], head: int, tail: int, data: bytes | None) -> Written:
    """The block between two markers, split where its old text stands in the file."""
    dividers = [at for at in range(head + 1, tail) if _DIVIDER.fullmatch(rows[at])]
    splits = {at: Written(path, text_of(rows[head + 1 : at]), text_of(rows[at + 1 : tail])) for at in dividers}
    if len(dividers) == 1:
        return splits[dividers[0]]
    fits = [at for at in dividers if data is not None and _fits(splits[at].old, data)]
    if len(fits) != 1:
        count = f"{len(dividers)} lines that may divide it" if dividers else "no dividing line"
        raise EditRefused(f"a SEARCH block for {path} has {count}. Nothing was written. Send a block around it.")
    return splits[fits[0]]


def _fits(old: str, data: bytes) -> bool:
    """Whether the old text has its one place in the file."""
    try:
        locate(old, "", Sheet.of(decode(data).text))
    except EditRefused:
        return False
    return bool(old.strip())
