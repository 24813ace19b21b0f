"""Where a finding is: paths relative to the root, and columns in characters whatever the tool counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

from haikuterm.core.findings import Sources

Unit = Literal["characters", "utf16", "utf8"]


def relative(name: str, root: str) -> str:
    """The file's path relative to the root, "/" between parts; one outside of it stays absolute."""
    path = name.replace("\\", "/") if _windows(name) else name
    if path.startswith("/") and root and PurePosixPath(path).is_relative_to(root):
        path = PurePosixPath(path).relative_to(root).as_posix()
    while path.startswith("./"):
        path = path[2:]
    return path


def from_uri(uri: str, base: str = "") -> str:
    """The path that a URI reference names (file:///a%20b/c.py, or relative to `base`, itself a URI or a path)."""
    joined = f"{base.rstrip('/')}/{uri}" if base and not uri.startswith("/") and "://" not in uri else uri
    try:
        parts = urlsplit(joined)
    except ValueError:
        return joined
    if parts.scheme == "file":
        path = unquote(parts.path)
        return path[1:] if _windows(path[1:]) else path
    return joined if parts.scheme and "://" in joined else unquote(joined)


class Columns:
    """Turns the columns that a tool counts in its own unit into characters, by the text of the line.

    sources: the files' texts. Where a text is not known the column stays as the tool counted it.
    """

    def __init__(self, unit: Unit, sources: Sources) -> None:
        self._unit = unit
        self._sources = sources
        self._lines: dict[str, list[str]] = {}

    def add(self, path: str, text: str) -> None:
        """Take this text for the file from now on."""
        self._lines[path] = text.split("\n")

    def __call__(self, path: str, line: int, column: int) -> int:
        """The 1-based column in characters of a 1-based column in the tool's unit."""
        if self._unit == "characters" or column < 2:
            return column
        rows = self._rows(path)
        row = rows[line - 1] if 0 < line <= len(rows) else ""
        if row.isascii():
            return column
        return characters(row, column - 1, self._unit) + 1

    def _rows(self, path: str) -> list[str]:
        if path not in self._lines:
            self.add(path, self._sources(path).removeprefix("\ufeff"))
        return self._lines[path]


def characters(text: str, units: int, unit: Unit) -> int:
    """How many characters of the text its first so many units make; units beyond its end count as one each."""
    size = _SIZES[unit]
    seen = 0
    for count, sign in enumerate(text):
        if seen >= units:
            return count
        seen += size(sign)
    return len(text) + max(0, units - seen)


def position(text: str, offset: int, unit: Unit) -> tuple[int, int]:
    """The 1-based line and column in characters of an offset into the whole text."""
    at = min(offset if unit == "characters" or text.isascii() else characters(text, offset, unit), len(text))
    start = text.rfind("\n", 0, at) + 1
    return text.count("\n", 0, at) + 1, at - start + 1


def _utf16(sign: str) -> int:
    return 2 if sign > "\uffff" else 1


def _utf8(sign: str) -> int:
    return 1 if sign < "\x80" else 2 if sign < "\u0800" else 3 if sign <= "\uffff" else 4


def _one(_sign: str) -> int:
    return 1


_SIZES: dict[Unit, Callable[[str], int]] = {"characters": _one, "utf16": _utf16, "utf8": _utf8}


def _windows(path: str) -> bool:
    return len(path) > 2 and path[1] == ":" and path[0].isascii() and path[0].isalpha() and path[2] in "\\/"
