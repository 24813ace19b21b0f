"""A proposal under review: its hunks, the user's word on each, and the changes that come out of it.

A value: each decision gives a new review, so that a face can go back to an earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from haikuterm.core.changes import FileChange, Proposal, Rejection
from haikuterm.core.diff import DiffLine, FileDiff, Hunk, diff
from haikuterm.core.errors import EditRefused
from haikuterm.core.ports import Verdict
from haikuterm.core.textfile import Decoded, decode, keep_ends

Choice = Literal["open", "yes", "no"]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to decide: a hunk, or the whole change of a file that lines cannot show (hunk is None).

    file: its index in the proposal. word: what the user said as they rejected it. edited: the lines they want in place
    of the hunk, their endings included; None if they did not change it.
    """

    file: int
    hunk: Hunk | None
    choice: Choice = "open"
    word: str = ""
    edited: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Review:
    """A proposal and what was decided of it so far. at: the item that is looked at."""

    proposal: Proposal
    diffs: tuple[FileDiff, ...]
    items: tuple[Item, ...]
    at: int = 0

    @staticmethod
    def of(proposal: Proposal) -> Review:
        """The review of a proposal, nothing decided; the diffs are made here, which may take some milliseconds."""
        diffs = tuple(diff(change) for change in proposal.files)
        items = [Item(n, hunk) for n, found in enumerate(diffs) for hunk in (found.hunks or (None,))]
        return Review(proposal, diffs, tuple(items))

    @property
    def item(self) -> Item:
        """What is looked at."""
        return self.items[self.at]

    @property
    def done(self) -> bool:
        """Whether all is decided."""
        return all(item.choice != "open" for item in self.items)

    def go(self, steps: int) -> Review:
        """Look at the item that many further on, as far as there are items."""
        return replace(self, at=max(0, min(self.at + steps, len(self.items) - 1)))

    def decide(self, choice: Choice, word: str = "") -> Review:
        """Decide this item and go on to the next one that is open."""
        return self._set(lambda n, _: n == self.at, choice, word)

    def decide_file(self, choice: Choice, word: str = "") -> Review:
        """Decide this item and all open ones of its file."""
        file = self.item.file
        return self._set(lambda n, item: n == self.at or (item.file == file and item.choice == "open"), choice, word)

    def decide_rest(self, choice: Choice, word: str = "") -> Review:
        """Decide this item and all that are open."""
        return self._set(lambda n, item: n == self.at or item.choice == "open", choice, word)

    def _set(self, wanted: Callable[[int, Item], bool], choice: Choice, word: str) -> Review:
        items = tuple(
            replace(item, choice=choice, word=word) if wanted(n, item) else item for n, item in enumerate(self.items)
        )
        order = [*range(self.at + 1, len(items)), *range(self.at + 1)]
        at = next((n for n in order if items[n].choice == "open"), self.at)
        return replace(self, items=items, at=at)

    @property
    def can_split(self) -> bool:
        """Whether this hunk holds more than one change."""
        hunk = self.item.hunk
        return hunk is not None and len(_cuts(hunk)) > 1

    def split(self) -> Review:
        """This hunk as several, each with one change and the lines around it."""
        if not self.can_split or self.item.hunk is None:
            return self
        parts = tuple(Item(self.item.file, part) for part in _split(self.item.hunk))
        return replace(self, items=(*self.items[: self.at], *parts, *self.items[self.at + 1 :]))

    def patch(self) -> str:
        """This hunk as a text to change in an editor, with a word on how; read back by `edit`."""
        hunk = self.item.hunk
        if hunk is None:
            raise EditRefused("There are no lines to edit here.")
        rows = [line.mark + line.text.replace("\r", "") for line in hunk.lines]
        return "\n".join([hunk.header, *rows, *HOW_TO_EDIT, ""])

    def edit(self, patch: str) -> Review:
        """Accept this hunk as the user changed it; a patch without changes rejects it.

        Raises EditRefused for a patch whose old lines are not those of the file.
        """
        item, change = self.item, self.proposal.files[self.item.file]
        if item.hunk is None:
            raise EditRefused("There are no lines to edit here.")
        old, new = _sides(change)
        lines = _read_patch(patch, old[slice(*item.hunk.old)], new[slice(*item.hunk.new)])
        if lines == old[slice(*item.hunk.old)]:
            return self.decide("no")
        if lines == new[slice(*item.hunk.new)]:
            return self.decide("yes")
        _file(change).encode("".join(lines))  # says now what cannot be written
        items = (*self.items[: self.at], replace(item, edited=tuple(lines)), *self.items[self.at + 1 :])
        return replace(self, items=items).decide("yes")

    @cached_property
    def verdict(self) -> Verdict:
        """What comes out: open items count as rejected."""
        accepted: list[FileChange] = []
        rejected: list[Rejection] = []
        for n, change in enumerate(self.proposal.files):
            items = [item for item in self.items if item.file == n]
            outcome = _outcome(change, items)
            accepted += [] if outcome is None else [outcome]
            rejected += _rejections(change.path, items)
        return Verdict(tuple(accepted), tuple(rejected))


HOW_TO_EDIT = (
    "# To keep a line that would go, make its '-' a blank. To leave out a new line, delete it.",
    "# New lines begin with '+'. Lines like this one do not count. Delete everything to reject the hunk.",
)


def accept_all(proposal: Proposal) -> Verdict:
    """The verdict of somebody who said yes beforehand."""
    return Verdict(proposal.files)


def reject_all(proposal: Proposal, word: str = "") -> Verdict:
    """The verdict of somebody who wants none of it."""
    return Verdict((), tuple(Rejection(path) for path in proposal.paths), word)


def _file(change: FileChange) -> Decoded:
    """The file as text: before the change, or after it where there was none."""
    return decode((change.after if change.before is None else change.before) or b"")


def _sides(change: FileChange) -> tuple[list[str], list[str]]:
    """The lines before and after with their endings, split on line feeds only; both read in the same encoding."""
    file = _file(change)
    return keep_ends(file.text if change.before is not None else ""), keep_ends(file.read(change.after or b""))


def _outcome(change: FileChange, items: Sequence[Item]) -> FileChange | None:
    """The change with only what was accepted in it; None if that is nothing."""
    if all(item.choice == "yes" and item.edited is None for item in items):
        return change
    if all(item.choice != "yes" for item in items):
        return None
    old, new = _sides(change)
    rows: list[str] = []
    at = 0
    for item in items:
        if item.hunk is None or item.choice != "yes":
            continue
        start, end = item.hunk.old
        rows += [*old[at:start], *(new[slice(*item.hunk.new)] if item.edited is None else item.edited)]
        at = end
    after = _file(change).encode("".join([*rows, *old[at:]]))
    return None if after == change.before else replace(change, after=after)


def _rejections(path: str, items: Sequence[Item]) -> Iterator[Rejection]:
    """What was not accepted of a file; said in one piece if it is all of it for one reason."""
    rejected = [item for item in items if item.choice != "yes"]
    words = {item.word for item in rejected}
    if len(rejected) == len(items) and len(words) == 1:
        yield Rejection(path, word=words.pop())
        return
    for item in rejected:
        yield Rejection(path, item.hunk.unified() if item.hunk else "", item.word)


def _cuts(hunk: Hunk) -> list[int]:
    """Where a new change begins in the hunk's lines: a changed line after an unchanged one, or at the beginning."""
    marks = [line.mark for line in hunk.lines]
    return [n for n, mark in enumerate(marks) if mark != " " and (n == 0 or marks[n - 1] == " ")]


def _split(hunk: Hunk) -> Iterator[Hunk]:
    """The hunk's changes one by one; the unchanged lines between two of them are shared out in the middle."""
    ends, starts = [], [0]
    for cut in _cuts(hunk)[1:]:
        first = cut
        while hunk.lines[first - 1].mark == " ":
            first -= 1
        middle = (first + cut) // 2
        ends.append(middle)
        starts.append(middle)
    at_old, at_new = hunk.old[0], hunk.new[0]
    for start, end in zip(starts, [*ends, len(hunk.lines)], strict=True):
        part = hunk.lines[start:end]
        old, new = (at_old, at_old + _count(part, "+")), (at_new, at_new + _count(part, "-"))
        yield Hunk(old, new, part)
        at_old, at_new = old[1], new[1]


def _count(lines: Sequence[DiffLine], other: str) -> int:
    return sum(1 for line in lines if line.mark != other)


def _read_patch(patch: str, old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The lines an edited patch leaves; those that stand in the file keep their bytes. Raises EditRefused."""
    rows = [row.rstrip("\r") for row in patch.split("\n")]
    rows = [row for row in rows if not row.startswith(("#", "@@", "\\"))]
    if not any(rows):
        return list(old)
    while not rows[-1]:  # an editor that strips blanks leaves nothing of an empty line
        rows.pop()
    known = {line.rstrip("\r\n"): line for line in (*new, *old)}
    ending = "\r\n" if old and old[0].endswith("\r\n") else "\n"
    lines, at = [], 0
    for row in rows:
        mark, text = (row[:1] or " "), row[1:]
        if mark == "+":
            lines.append(known.get(text, text + ending))
            continue
        if mark not in " -" or at >= len(old) or old[at].rstrip("\r\n") != text.rstrip("\r\n"):
            raise EditRefused(f"The edited hunk does not fit the file any more, at {row!r}. Change only '+' lines.")
        lines += [old[at]] if mark == " " else []
        at += 1
    rest = old[at:]
    if any(line.strip() for line in rest):
        raise EditRefused("The edited hunk leaves out lines of the file. Keep every ' ' and '-' line in it.")
    return _joined([*lines, *rest], ending)


def _joined(lines: Sequence[str], ending: str) -> list[str]:
    """The lines, each but the last with an ending of its own."""
    return [line if line.endswith("\n") else line + ending for line in lines[:-1]] + [*lines[-1:]]
