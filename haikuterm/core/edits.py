"""Model output to edits to new bytes, or the reason why not.

The rung here is the strictest one: the old text must stand in the file exactly once. Everything is planned in
memory; an edit that fails leaves nothing half done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from haikuterm.core.errors import EditRefused
from haikuterm.core.findings import Finding
from haikuterm.core.textfile import Decoded, decode

LONG, MANY = 300, 5_000  # characters of a line, and lines, that are looked at for what comes nearest


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `old` by `new` in the file at `path` (relative to the root, "/" between parts)."""

    path: str
    old: str
    new: str
    replace_all: bool = False


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file's bytes before and after; None stands for "there is no such file"."""

    path: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Changes that wait for the user's word; `findings` are what the checker said before."""

    files: tuple[FileChange, ...]
    edits: tuple[Edit, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """The files' paths, in order."""
        return tuple(change.path for change in self.files)

    def only(self, paths: Iterable[str]) -> Proposal:
        """The part of the proposal that concerns these files."""
        wanted = frozenset(paths)
        return Proposal(
            tuple(f for f in self.files if f.path in wanted),
            tuple(e for e in self.edits if e.path in wanted),
            tuple(f for f in self.findings if f.path in wanted),
        )


def plan(edits: Sequence[Edit], files: Mapping[str, bytes]) -> Proposal:
    """All edits applied in memory, in order, to these files.

    Raises EditRefused with a sentence for each edit that does not fit; then nothing at all is planned.
    """
    now = dict(files)
    failures = []
    for number, edit in enumerate(edits, 1):
        try:
            now[edit.path] = apply(edit, now[edit.path])
        except EditRefused as refused:
            failures.append(f"Edit {number} of {len(edits)} ({edit.path}): {refused}")
    if failures:
        raise EditRefused("\n".join([*failures, "Nothing was written. Send all edits of this call again, corrected."]))
    changed = [FileChange(p, files[p], now[p]) for p in dict.fromkeys(e.path for e in edits) if now[p] != files[p]]
    return Proposal(tuple(changed), tuple(edits))


def apply(edit: Edit, data: bytes) -> bytes:
    """The file's bytes with this edit in it; raises EditRefused if it does not match exactly once."""
    if not edit.old:
        raise EditRefused("the old text is empty. Use create for a new file.")
    if edit.old == edit.new:
        raise EditRefused("old and new are the same.")
    file = decode(data)
    old, new = (_with_endings(text, file) for text in (edit.old, edit.new))
    count = file.text.count(old)
    if count == 0:
        raise EditRefused(_not_found(edit, file))
    if count > 1 and not edit.replace_all:
        raise EditRefused(
            f"the old text stands {count} times, at lines {_lines(file.text, old)}. Add a line around it."
        )
    return file.encode(file.text.replace(old, new))


def _with_endings(text: str, file: Decoded) -> str:
    """The model's text with the line endings of a file that has only CRLF ones."""
    if not file.crlf:
        return text
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _lines(text: str, old: str) -> str:
    numbers, at = [], text.find(old)
    while at >= 0:
        numbers.append(str(text.count("\n", 0, at) + 1))
        at = text.find(old, at + len(old))
    return ", ".join(numbers[:8])


def _not_found(edit: Edit, file: Decoded) -> str:
    """Why there is no match, with the region of the file that comes nearest."""
    if edit.new.strip() and _with_endings(edit.new, file) in file.text:
        return "the old text is not in the file, but the new text is: this seems to be applied already."
    lines = file.text.split("\n")
    start, ratio = nearest(edit.old.split("\n"), lines)
    if ratio < 0.3:
        return "the old text is not in the file, and nothing like it. Read the file again."
    end = min(len(lines), start + edit.old.count("\n") + 2)
    region = "\n".join(f"{n}\t{lines[n - 1].rstrip(chr(13))[:LONG]}" for n in range(max(1, start), end + 1))
    return f"the old text is not in the file. The nearest lines are:\n{region}"


def nearest(wanted: Sequence[str], lines: Sequence[str]) -> tuple[int, float]:
    """The 1-based line where the window most like `wanted` begins, and how alike it is (0 to 1).

    Only to show the region back; similarity never applies an edit.
    """
    bag, size = {line.strip() for line in wanted if line.strip()}, max(1, len(wanted))
    if not bag or not lines:
        return 1, 0.0
    hits = [line.strip() in bag for line in lines]
    windows = [sum(hits[i : i + size]) for i in range(max(1, len(lines) - size + 1))]
    best = max(range(len(windows)), key=windows.__getitem__)
    if windows[best]:
        return best + 1, windows[best] / size
    first = next(line.strip() for line in wanted if line.strip())[:LONG]
    ratios = [SequenceMatcher(None, first, line.strip()[:LONG], autojunk=False).ratio() for line in lines[:MANY]]
    best = max(range(len(ratios)), key=ratios.__getitem__)
    return best + 1, ratios[best]
