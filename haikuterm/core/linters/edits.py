"""A tool's own edits put into the text they were made for."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from haikuterm.core.findings import Finding, TextEdit


def apply(text: str, findings: Iterable[Finding]) -> tuple[str, tuple[Finding, ...]]:
    """The text with the findings' safe edits in it, and the findings of which that holds.

    A finding whose edits touch those of an earlier one, or lie outside of the text, is left out as a whole: run the
    tool again and apply once more.
    """
    starts = [0, *accumulate(len(line) + 1 for line in text.removesuffix("\n").split("\n"))]
    taken: list[tuple[int, int, str]] = []
    used: list[Finding] = []
    for finding in findings:
        spans = [_span(edit, starts, len(text)) for edit in finding.edits]
        fits = spans and None not in spans and not any(_touch(a, b) for a in spans for b in taken if a)
        if fits:
            taken += [span for span in spans if span]
            used.append(finding)
    for start, end, new in sorted(taken, key=lambda span: span[:2], reverse=True):
        text = text[:start] + new + text[end:]
    return text, tuple(used)


def _span(edit: TextEdit, starts: list[int], size: int) -> tuple[int, int, str] | None:
    """The edit by offsets, None if the text has no such place."""
    start = _offset(edit.line, edit.column, starts, size)
    end = _offset(edit.end_line, edit.end_column, starts, size)
    return None if start is None or end is None or start > end else (start, end, edit.text)


def _offset(line: int, column: int, starts: list[int], size: int) -> int | None:
    """Where the place is in the text; `starts` are the offsets of its lines, and last of the line after them."""
    if not (0 < line <= len(starts) and column > 0):
        return None
    offset = starts[line - 1] + column - 1
    room = starts[line] if line < len(starts) else starts[-1] + 1
    return min(offset, size) if offset < room else None


def _touch(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    """Whether the two overlap, or one is put in where the other begins or ends, so that their order would matter."""
    if one[0] == one[1] or other[0] == other[1]:
        return one[0] <= other[1] and other[0] <= one[1]
    return one[0] < other[1] and other[0] < one[1]
