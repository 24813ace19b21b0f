"""What is typed of an @ mention at the cursor, and how a path is written in one."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPEN = re.compile(r'(?:^|(?<=\s))@(?:"([^"\n]*)|([^\s"]*))\Z')
_OUTSIDE = re.compile(r"/|~|\.\./|[A-Za-z]:[/\\]")


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention that ends at the cursor. start: where its @ stands; path: what is typed of it.

    code: it stands where a decorator would, at the beginning of one of several lines.
    """

    start: int
    path: str
    quoted: bool
    code: bool


def at_cursor(text: str) -> Mention | None:
    """The mention that the text before the cursor ends with."""
    first = text.rfind("\n") + 1
    found = _OPEN.search(text[first:])
    if found is None:
        return None
    start, quoted = first + found.start(), found[1] is not None
    code = not quoted and "\n" in text and not text[first:start].strip()
    return Mention(start, found[1] if quoted else found[2], quoted, code)


def is_outside(path: str) -> bool:
    """Whether what is typed of a path leads out of the repository; only pictures and PDFs are taken from there."""
    return _OUTSIDE.match(path) is not None


def written(path: str, *, open_end: bool = False, quoted: bool = False) -> str:
    """The mention of a path. open_end: more may follow, as in a folder. quoted: even where nothing asks for it."""
    if quoted or any(sign.isspace() for sign in path):
        return f'@"{path}' if open_end else f'@"{path}" '
    return f"@{path}" if open_end else f"@{path} "
