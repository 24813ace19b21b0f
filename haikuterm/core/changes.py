"""What is to be changed: edits as the model means them, files before and after, and the proposal that holds both.

Apart from edits.py, which finds their places: the values are needed at start-up, its rules only by a first edit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from haikuterm.core.findings import Finding


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `old` by `new` in the file at `path` (relative to the root, "/" between parts)."""

    path: str
    old: str
    new: str
    replace_all: bool = False


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file's bytes before and after; None stands for "there is no such file".

    mode: permission bits of a file that is made or removed (to make it again), None for what the umask leaves.
    """

    path: str
    before: bytes | None
    after: bytes | None
    mode: int | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """What the user did not accept. hunk: its lines as in a unified diff, "" for all of the file's change.

    word: what they said about it, "" for nothing.
    """

    path: str
    hunk: str = ""
    word: str = ""


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
