"""What the readers of a reply share: fences, names of files, and what was found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from haikuterm.core.errors import EditRefused

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([^`]*?)[ \t]*")
_DRESS = re.compile(r"^(?:#{1,6}\s+|[-*]\s+|\d+\.\s+|>\s+)?(?:(?:file(?:name)?|path)\s*:\s*)?", re.IGNORECASE)
_WORD = re.compile(r"[\w.@+~/-]*\w")
_PATH = re.compile(r"[\w.@+~-][\w.@+~ /-]*")


@dataclass(frozen=True, slots=True)
class Written:
    """One change of a reply. old: "" for a file that is not there yet; whole: `new` is all of the file."""

    path: str
    old: str
    new: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Fence:
    """A fence line. mark: its signs; info: what stands behind them."""

    mark: str
    info: str

    def closed_by(self, row: str) -> bool:
        """Whether the row ends the fence that this one opens."""
        other = fence(row)
        return bool(other and not other.info and other.mark.startswith(self.mark))


def fence(row: str) -> Fence | None:
    """The fence that the row is, if it is one."""
    found = _FENCE.fullmatch(row)
    return Fence(found[1], found[2]) if found else None


def path_of(row: str) -> str:
    """The file that a row names and nothing else: in backticks, bold, a heading, with a colon; "" if it names none."""
    text = _DRESS.sub("", row.strip()).strip().rstrip(":").strip()
    for sign in ("**", "__", "`", '"', "'", "**", "*"):
        if len(text) > 2 * len(sign) and text.startswith(sign) and text.endswith(sign):
            text = text.removeprefix(sign).removesuffix(sign).strip().rstrip(":")
    text = _DRESS.sub("", text).strip("`").removeprefix("./")
    is_path = bool(_PATH.fullmatch(text)) and " " not in text and ("." in text or "/" in text)
    return text if is_path and not text.endswith(("/", ".")) else ""


def meant(only: str, rows: Sequence[str], unnamed: str) -> str:
    """The file that something without a name is for: the only one, unless the rows before it speak of another.

    unnamed: says that it has no name. Raises EditRefused.
    """
    if not only:
        raise EditRefused(f"{unnamed}. Nothing was written.")
    name, suffix = PurePosixPath(only).name, PurePosixPath(only).suffix
    for word in (word for row in rows for word in _WORD.findall(row)):
        other = PurePosixPath(word)
        if other.name != name and other.suffix and (other.suffix == suffix or "/" in word):
            raise two_faced(unnamed, only, word)
    return only


def two_faced(unnamed: str, one: str, other: str) -> EditRefused:
    """The refusal of something that may be for either of two files."""
    return EditRefused(f"{unnamed}; it may be meant for {one} or {other}. Nothing was written. Name its file.")


def text_of(rows: Sequence[str]) -> str:
    """Rows as text, each with its line feed."""
    return "".join(f"{row}\n" for row in rows)
