"""Questions to the user as a door: a proposal to decide on, a choice, a text to edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from haikuterm.core.changes import FileChange, Proposal, Rejection


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the user decided of a proposal.

    accepted: the changes to write, as they are then: of a file whose hunks were not all accepted only those, and what
    the user changed in them. rejected: the rest, hunk by hunk. word: what to tell the model of all of it.
    """

    accepted: tuple[FileChange, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    word: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One row of a choice. cells: further columns, as in prices; note: a dim line beneath."""

    value: str
    label: str
    cells: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A choice among options. columns: headings of label and cells; selected: the option to start on.

    themes: whether the values are names of themes, which a face may try on before one is chosen.
    """

    title: str
    options: tuple[Option, ...]
    columns: tuple[str, ...] = ()
    selected: str = ""
    themes: bool = False


class Asker(Protocol):
    """The one door for questions to the user."""

    async def approve(self, proposal: Proposal) -> Verdict:
        """Show the diff and ask, hunk by hunk, what of it may be written."""
        ...

    async def edit(self, text: str, name: str) -> str | None:
        """Let the user change a text in their editor ($VISUAL, $EDITOR); None if they cannot or do not want to.

        name: of the file the editor shows, whose suffix tells it the language.
        """
        ...

    async def choose(self, question: Question) -> str | None:
        """The value of the option the user took, or None."""
        ...
