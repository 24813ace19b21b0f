"""Questions to the user as lines of text: the asker of a face that prints and reads line by line."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from haikuterm.core.changes import Proposal
from haikuterm.core.diff import Hunk
from haikuterm.core.errors import EditRefused, SettingsError
from haikuterm.core.guard import visible_line
from haikuterm.core.ports import Question, Verdict
from haikuterm.core.review import Item, Review, accept_all, reject_all
from haikuterm.ui.editor import edit
from haikuterm.ui.plain import columns, head_lines, hunk_lines
from haikuterm.ui.present import Line

HELP = {
    "y": "write this",
    "n": "do not write this; what follows is told to the model, as in: n keep the old name",
    "a": "write this and the rest of the file",
    "d": "do not write this nor the rest of the file; may be followed by words",
    "s": "split this into smaller parts",
    "e": "change this in your editor ($VISUAL, $EDITOR), then write it",
    "k": "back to the one before",
    "q": "write nothing more; what you accepted is written; may be followed by words",
    "all": "write this and everything after it, in all files",
    "none": "write nothing at all, not even what you accepted (so does Ctrl+D); may be followed by words",
}
LONG = {"yes": "y", "no": "n", "split": "s", "edit": "e", "back": "k", "quit": "q"}
ACCEPTING = ("y", "a", "all")


@dataclass(frozen=True, slots=True)
class Dialogue:
    """An asker. yes: every change is accepted without a question.

    ask: shows a text and reads one line; raises EOFError if none will come. show: prints lines that are safe to print.
    editor: lets the user change a text, given with a file name, while the terminal is the editor's; it returns None
    if they do not want to, and raises SettingsError.
    """

    ask: Callable[[str], Awaitable[str]]
    show: Callable[[Iterable[Line]], None]
    editor: Callable[[str, str], Awaitable[str | None]]
    yes: bool = False

    def tell(self, role: str, text: str) -> None:
        """Print one text that is safe to print."""
        self.show([Line(role, text)])

    async def approve(self, proposal: Proposal) -> Verdict:
        """Show hunk by hunk and ask for each; nothing is accepted if the user goes away."""
        if self.yes:
            return accept_all(proposal)
        try:
            return await _Reviewing(self, Review.of(proposal)).run()
        except EOFError:
            return reject_all(proposal)

    async def edit(self, text: str, name: str) -> str | None:
        """The text as the user left it in their editor; None if they gave up, or it is said why there is no editor."""
        try:
            return await self.editor(text, name)
        except SettingsError as error:
            self.tell("error", visible_line(str(error)))
            return None

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
        try:
            return await self._number([option.value for option in question.options], question.selected)
        except EOFError:
            return None

    async def _number(self, values: Sequence[str], selected: str) -> str | None:
        default = selected if selected in values else None
        taken = f"Enter takes {values.index(selected) + 1}" if default is not None else "Enter takes none"
        while True:
            said = (await self.ask(f"Number ({taken}, q none): ")).strip()
            if not said:
                return default
            if said.isdecimal() and 0 < int(said) <= len(values):
                return values[int(said) - 1]
            if said == "q":
                return None
            self.tell("muted", f"Say a number from 1 to {len(values)}.")


@dataclass(slots=True)
class _Reviewing:
    """A proposal on its way through the user's answers.

    named: the file whose name was shown last. shown: the hunks that were, by file. draft: what the user made of a hunk
    that was not taken, for another try. word: what they said about all that is left.
    """

    dialogue: Dialogue
    review: Review
    named: int = -1
    shown: set[tuple[int, Hunk | None]] = field(default_factory=set)
    draft: str = ""
    word: str = ""

    async def run(self) -> Verdict:
        """Ask until all is decided. Raises EOFError."""
        while not self.review.done:
            self._show(self.review.item)
            self.draft = ""
            before = self.review
            while self.review is before:
                await self._answer(await self.dialogue.ask(self._question()))
        return replace(self.review.verdict, word=self.word)

    def _show_unseen(self, items: Iterable[Item]) -> None:
        """Show those of the items that are open and were not shown: nothing is accepted unseen."""
        for item in items:
            if item.choice == "open" and (item.file, item.hunk) not in self.shown:
                self._show(item)

    def _show(self, item: Item) -> None:
        self.shown.add((item.file, item.hunk))
        lines = [] if item.file == self.named else list(head_lines(self.review.diffs[item.file]))
        self.named = item.file
        self.dialogue.show([*lines, *(hunk_lines(item.hunk) if item.hunk else ())])

    def _question(self) -> str:
        item, change = self.review.item, self.review.proposal.files[self.review.item.file]
        numbers = [n for n, other in enumerate(self.review.items) if other.file == item.file]
        if len(numbers) > 1:
            what = f"Write this hunk ({numbers.index(self.review.at) + 1} of {len(numbers)})"
        else:
            verb = "Write new file" if change.before is None else "Delete" if change.after is None else "Write"
            what = f"{verb} {visible_line(change.path)}"
        was = "" if item.choice == "open" else f" (now {'as edited' if item.edited else item.choice})"
        return f"{what}?{was} [{'/'.join([*self._letters(), '?'])}] "

    def _letters(self) -> list[str]:
        """The short answers that make a difference here."""
        review = self.review
        beside = [item for item in review.items if item.file == review.item.file]
        possible = {
            **dict.fromkeys("ad", len(beside) > 1),
            "s": review.can_split,
            "e": review.can_edit,
            "k": review.at > 0,
            "q": len(review.items) > 1,
        }
        return [letter for letter in HELP if len(letter) == 1 and possible.get(letter, True)]

    async def _answer(self, said: str) -> None:
        """Do what was said; what cannot be done leaves the review as it is."""
        first, _, word = said.strip().partition(" ")
        letter = first.lower().rstrip(",.:;")
        letter = LONG.get(letter, letter)
        if letter in ACCEPTING and word.strip():  # "a better name, please" is no yes to a whole file
            self.dialogue.tell(
                "warning", "y, a and all stand alone. Words are told to the model after n, d, q or none."
            )
        elif letter == "e" and self.review.can_edit:
            await self._edit()
        else:
            self._decide(letter, word.strip())

    def _decide(self, letter: str, word: str) -> None:
        review = self.review
        match letter:
            case "y" | "n":
                self.review = review.decide("yes" if letter == "y" else "no", word)
            case "a":
                self._show_unseen(item for item in review.items if item.file == review.item.file)
                self.review = review.decide_file("yes")
            case "d":
                self.review = review.decide_file("no", word)
            case "all":
                self._show_unseen(review.items)
                self.review = review.decide_rest("yes")
            case "q" | "none":
                self.word = word
                self.review = _refuse(review, all_of_it=letter == "none")
            case "s" if review.can_split:
                self.review = review.split()
            case "k" if review.at > 0:
                self.review = review.go(-1)
            case _:
                self._help()

    def _help(self) -> None:
        known = [*self._letters(), "all", "none"]
        self.dialogue.tell("muted", "\n".join(f"{letter:<4}  {HELP[letter]}" for letter in known))

    async def _edit(self) -> None:
        """Accept the hunk as the user makes it; if that does not fit the file, their text waits for another e."""
        name = f"{self.review.proposal.files[self.review.item.file].path}.diff"
        text = await self.dialogue.edit(self.draft or self.review.patch(), name)
        if text is None:
            self.dialogue.tell("warning", "The hunk stays as it was.")
            return
        try:
            self.review = self.review.edit(text)
        except EditRefused as error:
            self.draft = text
            self.dialogue.tell("error", f"Not taken: {visible_line(str(error))} (e opens it again as you left it.)")


def _refuse(review: Review, *, all_of_it: bool) -> Review:
    """The review with everything that is open rejected, or all of it; what was said of a hunk stays said."""
    items = (replace(item, choice="no") if all_of_it or item.choice == "open" else item for item in review.items)
    return replace(review, items=tuple(items))


def terminal_dialogue() -> Dialogue:
    """The asker of a command that has the terminal to itself: stdin is read line by line, all is shown on stderr."""

    async def ask(text: str) -> str:
        import termios  # not there on Windows

        terminal = sys.stdin.fileno()
        termios.tcflush(terminal, termios.TCIFLUSH)  # what was typed before the question does not answer it
        sys.stderr.write(text)
        sys.stderr.flush()
        return await _typed(terminal)

    def show(lines: Iterable[Line]) -> None:
        sys.stderr.write("".join(f"{line.text}\n" for line in lines))
        sys.stderr.flush()

    async def let_edit(text: str, name: str) -> str | None:
        return edit(text, name)

    return Dialogue(ask, show, let_edit)


async def _typed(terminal: int) -> str:
    """The next line from a terminal. Raises EOFError.

    Not input() in a thread: that would hold up the program's end until the user presses Enter once more.
    """
    loop, data = asyncio.get_running_loop(), b""
    while not data.endswith(b"\n"):
        ready = asyncio.Event()
        loop.add_reader(terminal, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(terminal)
        piece = os.read(terminal, 4096)
        if not piece:
            raise EOFError
        data += piece
    return data.decode("utf-8", "replace")
