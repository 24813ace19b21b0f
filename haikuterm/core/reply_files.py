"""Whole files in a reply: a name alone on a line, and the fence right under it."""

from __future__ import annotations

from collections.abc import Sequence

from haikuterm.core.errors import EditRefused
from haikuterm.core.reply_rows import Written, fence, path_of, text_of

_PROSE = (".md", ".markdown", ".mdx", ".rst")  # files that hold fences themselves
_MARKERS = ("<<<<<", "--- ", "@@ ", "diff --git ")


def read_files(rows: Sequence[str]) -> list[Written]:
    """The named fences of a reply that hold neither blocks nor a diff. Raises EditRefused for one that is cut off."""
    found: list[Written] = []
    at = 0
    while at < len(rows):
        opened = fence(rows[at])
        if opened is None:
            at += 1
            continue
        end = next((i for i in range(at + 1, len(rows)) if opened.closed_by(rows[i])), len(rows))
        path = path_of(_above(rows, at))
        inside = rows[at + 1 : end]
        if path and inside and opened.info not in ("diff", "patch") and not any(r.startswith(_MARKERS) for r in inside):
            _refuse_doubtful(path, opened.mark, rows, at, end)
            found.append(Written(path, "", text_of(inside), whole=True))
        at = end + 1
    return found


def _above(rows: Sequence[str], at: int) -> str:
    """The line above, or the one above an empty line."""
    before = rows[max(0, at - 2) : at][::-1]
    return next((row for row in before if row.strip()), "")


def _refuse_doubtful(path: str, mark: str, rows: Sequence[str], at: int, end: int) -> None:
    """Refuse a text whose end nobody can be sure of."""
    if end == len(rows):
        raise EditRefused(f"the text of {path} has no end: the reply was cut off. Nothing was written.")
    others = [i for i, row in enumerate(rows) if fence(row) and i not in (at, end)]
    if path.lower().endswith(_PROSE) and len(mark) < 4 and others:
        raise EditRefused(
            f"the text of {path} may hold fences itself, so its end is not clear. Nothing was written. "
            "Put it between fences of four backticks."
        )
