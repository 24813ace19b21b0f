"""Unified diffs in a reply; what their line numbers say is not looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from haikuterm.core.errors import EditRefused
from haikuterm.core.reply_rows import Written, fence, meant, text_of

_HUNK = re.compile(r"@@.*")
_HEADER = re.compile(r"(?:diff --git |index [0-9a-f]+\.\.|new file mode|similarity index |old mode |new mode )")
NOWHERE = "/dev/null"
_UNNAMED = "a hunk of a diff has no lines --- and +++ that name its file"


def read_diffs(rows: Sequence[str], only: str = "") -> list[Written]:
    """The hunks of the diffs of a reply, in order; those that change nothing are left out.

    only: the file of a diff that names none, if that is sure. Raises EditRefused for a diff that renames or deletes a
    file, and for a line in a hunk that is no part of one.
    """
    found: list[Written] = []
    starts = [at for at in range(len(rows) - 1) if _names(rows, at)]
    for number, at in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(rows)
        path, fresh = _path(rows[at], rows[at + 1])
        for old, new in _hunks(rows[at + 2 : end], path):
            if fresh and old:
                raise EditRefused(f"the diff says that {path} is new, but takes lines from it. Nothing was written.")
            if old != new:
                found.append(Written(path, old, new))
    return found if starts else _unnamed(rows, only)


def _unnamed(rows: Sequence[str], only: str) -> list[Written]:
    """The hunks, up to the end of their fence, of a reply in which no file is named."""
    first = next((at for at, row in enumerate(rows) if row.startswith("@@ ")), None)
    if first is None:
        return []
    path = meant(only, rows[:first], _UNNAMED)
    return [Written(path, old, new) for old, new in _hunks(rows[first:], path) if old != new]


def _refuse_unnamed(rows: Sequence[str]) -> None:
    if any(row.startswith("@@ ") for row in rows):
        raise EditRefused(f"{_UNNAMED}. Nothing was written.")


def _names(rows: Sequence[str], at: int) -> bool:
    return rows[at].startswith("--- ") and rows[at + 1].startswith("+++ ")


def _path(before: str, after: str) -> tuple[str, bool]:
    """The file that the two header lines name, and whether it is new."""
    old, new = (line[4:].split("\t")[0].strip().strip('"') for line in (before, after))
    if new == NOWHERE:
        raise EditRefused(f"the diff deletes {old}; files are deleted by the user. Nothing was written.")
    prefixed = (old.startswith("a/") or old == NOWHERE) and new.startswith("b/")
    old, new = (old.removeprefix("a/"), new.removeprefix("b/")) if prefixed else (old, new)
    if old not in (new, NOWHERE):
        raise EditRefused(f"the diff renames {old} to {new}; files are renamed by the user. Nothing was written.")
    return new.removeprefix("./"), old == NOWHERE


def _hunks(rows: Sequence[str], path: str) -> Iterator[tuple[str, str]]:
    """Old and new text of each hunk of one file; prose may follow."""
    hunk: list[str] | None = None
    for at, row in enumerate([*rows, "@@"]):
        if _HUNK.fullmatch(row):
            if hunk is not None:
                yield _sides(hunk)
            hunk = []
        elif fence(row) or _HEADER.match(row):
            if hunk is not None:
                yield _sides(hunk)
            _refuse_unnamed(rows[at + 1 :])
            return
        elif hunk is not None and (not row or row[0] in " +-\\"):
            hunk.append(row)
        elif hunk is not None and hunk and not hunk[-1]:
            yield _sides(hunk)  # an empty line, then prose: the diff is over
            hunk = None
        elif hunk is not None or row.startswith(("+", "-")):
            raise EditRefused(
                f"the diff for {path} has a line that is no part of one: {row.strip()[:80]!r}. Nothing was written. "
                "Begin kept lines with a blank."
            )


def _sides(hunk: list[str]) -> tuple[str, str]:
    """The lines before and after; an empty line is a kept one whose blank was lost, but not at the ends."""
    while hunk and not hunk[-1]:
        hunk.pop()
    while hunk and not hunk[0]:
        hunk.pop(0)
    body = [row for row in hunk if not row.startswith("\\")]
    old = [row[1:] for row in body if not row.startswith("+")]
    new = [row[1:] for row in body if not row.startswith("-")]
    return text_of(old), text_of(new)
