"""The undo journal as a door: the writes it keeps, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from haikuterm.core.changes import FileChange

Kind: TypeAlias = Literal["edit", "undo", "redo"]


@dataclass(frozen=True, slots=True)
class Step:
    """One undo unit as the journal keeps it: a write of ours, all of whose files are written or none.

    files: with the bytes before and after it, as they were last written. at: seconds since the epoch. session: whose
    it is. kind: an edit, or an undo or a redo of the step `of`. folders: those that it made, outermost first.
    elsewhere: files whose path leads to another place now than then, as somebody put a link there.
    """

    id: str
    files: tuple[FileChange, ...]
    prompt: str
    model: str
    at: float
    session: str = ""
    kind: Kind = "edit"
    of: str = ""
    folders: tuple[str, ...] = ()
    elsewhere: frozenset[str] = frozenset()


class Journal(Protocol):
    """Before- and after-images of every file we write, kept outside of the repository.

    Every write is recorded before it begins and finished after it, undo and redo too: what was begun and never
    finished is a write that somebody was killed in. What became of a step is known for each of its files.
    """

    def alone(self) -> AbstractContextManager[bool]:
        """Whether no other process writes files of this root; if so, none does while it lasts. Never waits.

        Raises JournalError.
        """
        ...

    def begin(
        self, files: Sequence[FileChange], prompt: str, model: str, session: str, *, kind: Kind = "edit", of: str = ""
    ) -> str:
        """Record a write and return its id; the images are safe on disk then. Raises JournalError.

        kind, of: whether it takes back or does again what the step `of` did; finished, it changes that step, and is
        none of its own. Then `files` lead from the bytes that are there to those that shall be.
        """
        ...

    def finish(self, step: str, written: Collection[str] | None = None) -> None:
        """The write is over: these of its files are written (None: all), the others are as before.

        An edit of which a file is written ends what could be redone. Raises JournalError.
        """
        ...

    def mark(self, step: str, state: Literal["done", "undone", "left"], paths: Collection[str] | None = None) -> None:
        """Note what became of a step's files, or of these, without a write of ours. Raises JournalError.

        left: undo and redo pass over it from now on.
        """
        ...

    def last_done(self, session: str | None = None) -> Step | None:
        """The step that undo would take back, of this conversation or of all; only its files that are not undone."""
        ...

    def last_undone(self, session: str | None = None) -> Step | None:
        """The step that redo would do again, of this conversation or of all; only its files that are undone."""
        ...

    def steps(self, session: str) -> tuple[Step, ...]:
        """The edits of one conversation, oldest first, with those of their files that were not taken back.

        Raises JournalError.
        """
        ...

    def half_done(self) -> Step | None:
        """A write that began and never finished, though nobody writes now: somebody was killed while writing."""
        ...
