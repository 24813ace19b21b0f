"""What a terminal pastes when files are dragged into it: the paths of pictures and PDFs, in every form there is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

from haikuterm.core.pictures import has_picture_name

LONGEST = 20_000  # characters; a longer paste is no list of paths
_DRIVE = re.compile(r"/[A-Za-z]:[/\\]")


def mentions(pasted: str, exists: Callable[[str], bool]) -> str:
    """The paste as mentions (`@"path" @"path" `) if it is one or more paths of pictures or PDFs that exist, else "".

    exists: whether a file of this path is there. Terminals quote, escape with backslashes, or write file:// URLs.
    """
    text = pasted.strip(" \t\r\n")
    if not text or len(text) > LONGEST:
        return ""
    for paths in _readings(text):
        if paths and all(_is_picture(path, exists) for path in paths):
            return "".join(f'@"{path}" ' for path in paths)
    return ""


def _is_picture(path: str, exists: Callable[[str], bool]) -> bool:
    return has_picture_name(path) and not set('"\r\n\0') & set(path) and exists(path)


def _readings(text: str) -> Iterator[list[str]]:
    """The ways to read a paste: as one path, a path on each line, words of a shell, words of Windows."""
    lines = [line.strip(" \t\r") for line in text.splitlines() if line.strip(" \t\r")]
    yield lines
    yield [_path(line) for line in lines]
    for escape in ("\\", ""):
        if (words := _words(text, escape)) is not None:
            yield [_path(word) for word in words]


def _words(text: str, escape: str) -> list[str] | None:
    """The words of a line, quoted ones whole; None where a quote is left open. escape: the sign that quotes one more.

    Only ASCII blanks part words: macOS puts a narrow no-break space into the names of screenshots.
    """
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", escape
    try:
        return list(lexer)
    except ValueError:
        return None


def _path(word: str) -> str:
    """The path of a file:// URL; any other word as it is."""
    if not word.lower().startswith("file://"):
        return word
    try:
        place = urlsplit(word.replace("#", "%23").replace("?", "%3F"))
    except ValueError:
        return word
    path = unquote(place.path)
    return path[1:] if _DRIVE.match(path) else path
