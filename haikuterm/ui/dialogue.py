"""Questions to the user as lines of text: the asker of a face that prints and reads line by line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.guard import visible_line
from haikuterm.core.ports import Question, Verdict
from haikuterm.ui.plain import columns, diff_lines

ANSWERS = (
    "y  write this file\n"
    "n  do not write it; what follows is told to the model, as in: n keep the old name\n"
    "a  write this one and all the others\n"
    "d  write neither this one nor the others"
)
SAID = {"y": "y", "yes": "y", "n": "n", "no": "n", "a": "a", "all": "a", "d": "d"}


@dataclass(frozen=True, slots=True)
class Dialogue:
    """An asker. ask: shows a text and reads one line. tell: prints a text in a role. yes: every diff is accepted."""

    ask: Callable[[str], Awaitable[str]]
    tell: Callable[[str, str], None]
    yes: bool = False

    async def approve(self, proposal: Proposal) -> Verdict:
        """Show each file's diff and ask for it; "a" and "d" decide the rest too."""
        if self.yes:
            return Verdict(proposal.paths)
        accepted: list[str] = []
        words: list[str] = []
        for index, change in enumerate(proposal.files):
            letter, word = await self._approve_file(change)
            words += [word] if word else []
            if letter == "a":
                accepted += proposal.paths[index:]
            if letter in ("a", "d"):
                break
            accepted += [change.path] if letter == "y" else []
        return Verdict(tuple(accepted), "; ".join(words))

    async def _approve_file(self, change: FileChange) -> tuple[str, str]:
        """One of y, n, a, d, and what the user said after it."""
        for row in diff_lines(change):
            self.tell(row.role, row.text)
        while True:
            said = await self.ask(f"Write {visible_line(change.path)}? [y/n/a/d/?] ")
            first, _, word = said.strip().partition(" ")
            if first.lower() in SAID:
                return SAID[first.lower()], word.strip()
            self.tell("muted", ANSWERS)

    async def choose(self, question: Question) -> str | None:
        """A numbered list; Enter takes what is marked, and nothing if nothing is."""
        self.tell("heading", visible_line(question.title))
        rows = [["", *question.columns]] if question.columns else []
        for number, option in enumerate(question.options, 1):
            mark = "*" if option.value == question.selected else " "
            rows.append([f"{mark}{number}.", option.label, *option.cells])
        lines = columns([[visible_line(cell) for cell in row] for row in rows])
        if question.columns:
            self.tell("muted", lines.pop(0))
        for text, option in zip(lines, question.options, strict=True):
            self.tell("text", text)
            if option.note:
                self.tell("muted", f"    {visible_line(option.note)}")
        return await self._number([option.value for option in question.options], question.selected)

    async def _number(self, values: Sequence[str], selected: str) -> str | None:
        default = selected if selected in values else None
        taken = f"Enter takes {values.index(selected) + 1}" if default is not None else "Enter takes none"
        while True:
            said = (await self.ask(f"Number ({taken}, q none): ")).strip()
            if not said:
                return default
            if said.isdecimal() and 0 < int(said) <= len(values):
                return values[int(said) - 1]
            if said in ("q", "d"):
                return None
            self.tell("muted", f"Say a number from 1 to {len(values)}.")
