"""A change that was accepted, made on a file that meanwhile holds other bytes; or the reason why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from haikuterm.core.changes import Edit, FileChange
from haikuterm.core.diff import diff
from haikuterm.core.edits import plan
from haikuterm.core.errors import EditRefused, FileChanged
from haikuterm.core.merge import merge
from haikuterm.core.syntax import newly_broken
from haikuterm.core.textfile import decode

MOST_LINES = 30  # of what changed meanwhile that the model is shown


def replan(accepted: FileChange, proposed: FileChange, edits: Sequence[Edit], now: bytes | None) -> FileChange:
    """The accepted change on the bytes the file holds now: the very lines the user has seen, at their new place.

    proposed: the change as it was before the user decided on its hunks; edits: what it was made of. All of them must
    fit exactly one place again, or else the two changes must not touch each other. Raises EditRefused.
    """
    if accepted.before is None or accepted.after is None or now is None:
        raise FileChanged(accepted.path)
    own = [edit for edit in edits if edit.path == accepted.path]
    if own and accepted == proposed:
        try:
            fresh = plan(own, {accepted.path: now}).files
        except EditRefused as refused:
            raise EditRefused(f"{accepted.path} changed on disk after the diff was made.\n{refused}") from None
        after = fresh[0].after if fresh else now
    else:
        merged = merge(accepted.before, now, accepted.after)
        after = None if merged is None or merged.conflicts else merged.data
    if after is None:
        raise EditRefused(f"{accepted.path} changed on disk meanwhile, in the same lines:\n{meanwhile(accepted, now)}")
    change = replace(accepted, before=now, after=after)
    if _lines(change) != _lines(accepted) or newly_broken(change.path, now, after):
        raise FileChanged(accepted.path)
    return change


def meanwhile(change: FileChange, now: bytes) -> str:
    """The lines in which the file now differs from what the change was made for, in the read view."""
    lines = decode(now).text.split("\n")
    rows = []
    for hunk in diff(FileChange(change.path, change.before, now), context=0).hunks:
        start, end = hunk.new
        rows += [f"{n + 1}\t{lines[n].removesuffix(chr(13))}" for n in range(start, end)]
        rows += [f"(lines taken out after line {start})"] if start == end else []
    return "\n".join(rows[:MOST_LINES] + (["..."] if len(rows) > MOST_LINES else []))


def _lines(change: FileChange) -> Counter[str]:
    """The lines that the change takes out and puts in, wherever they stand."""
    hunks = diff(change, context=0).hunks
    return Counter(f"{line.mark}{line.text}" for hunk in hunks for line in hunk.lines)
