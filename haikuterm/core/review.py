"""A proposal under review: its hunks, the user's word on each, and the changes that come out of it.

A value: each decision gives a new review, so that a face can go back to an earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from haikuterm.core.changes import FileChange, Proposal, Rejection
from haikuterm.core.diff import DiffLine, FileDiff, Hunk, Span, diff, spans
from haikuterm.core.errors import EditRefused
from haikuterm.core.hunk_patch import read_patch, write_patch
from haikuterm.core.ports import Verdict
from haikuterm.core.textfile import Decoded, decode_both, keep_ends

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

    @property
    def can_edit(self) -> bool:
        """Whether this hunk may be changed: a file that goes, or moves, does so as a whole or not at all."""
        return self.item.hunk is not None and not self._whole

    @property
    def _whole(self) -> bool:
        change = self.proposal.files[self.item.file]
        moved = any(other.after is None and other.before == change.after for other in self.proposal.files)
        return change.after is None or (change.before is None and moved)

    def patch(self) -> str:
        """This hunk as a text to change in an editor, with a word on how; read back by `edit`. Raises EditRefused."""
        return write_patch(self._editable())

    def edit(self, patch: str) -> Review:
        """Accept this hunk as the user changed it; a patch without changes rejects it.

        Lines that were not changed keep their bytes; one that was keeps its ending. Raises EditRefused for a patch
        whose old lines are not those of the file.
        """
        hunk = self._editable()
        file, old, new = _sides(self.proposal.files[self.item.file])
        lines = read_patch(patch, hunk, old, new)
        if lines == old[slice(*hunk.old)]:
            return self._with(None).decide("no")
        if lines == new[slice(*hunk.new)]:
            return self._with(None).decide("yes")
        known = replace(file, text="".join([*old, *new]))
        known.encode("".join(lines))  # says now what cannot be written
        return self._with(tuple(lines)).decide("yes")

    def _editable(self) -> Hunk:
        if self.item.hunk is None:
            raise EditRefused("There are no lines to edit here.")
        if self._whole:
            raise EditRefused("The file goes as a whole or not at all; there is nothing to edit.")
        return self.item.hunk

    def _with(self, edited: tuple[str, ...] | None) -> Review:
        item = replace(self.item, edited=edited)
        return replace(self, items=(*self.items[: self.at], item, *self.items[self.at + 1 :]))

    @cached_property
    def verdict(self) -> Verdict:
        """What comes out: open items count as rejected."""
        accepted: list[FileChange] = []
        rejected: list[Rejection] = []
        for n, change in enumerate(self.proposal.files):
            items = [item for item in self.items if item.file == n]
            outcome = _outcome(change, items)
            accepted += [] if outcome is None else [outcome]
            rejected += _rejections(change, items)
        return Verdict(tuple(accepted), tuple(rejected))


def accept_all(proposal: Proposal) -> Verdict:
    """The verdict of somebody who said yes beforehand."""
    return Verdict(proposal.files)


def reject_all(proposal: Proposal, word: str = "") -> Verdict:
    """The verdict of somebody who wants none of it."""
    return Verdict((), tuple(Rejection(path) for path in proposal.paths), word)


def edited_by_hand(proposed: FileChange, accepted: FileChange) -> str:
    """What the user made of the accepted hunks of a proposed change, as the hunks of a unified diff.

    They lead from what was proposed to what was accepted; hunks that were rejected are left out. "" if the accepted
    change consists only of hunks of the proposed one. Both begin with the same bytes.
    """
    if accepted.after == proposed.after:
        return ""
    _, old, new = _sides(proposed)
    _, _, mine = _sides(replace(proposed, after=accepted.after))
    found = spans(old, new)
    if _is_choice(found, old, new, mine):
        return ""
    touched = _touched(found, spans(old, mine))
    base, at = list[str](), 0
    for i1, i2, j1, j2 in touched:
        base += [*old[at:i1], *new[j1:j2]]
        at = i2
    before, after = ("".join(lines).encode("utf-8", "replace") for lines in ([*base, *old[at:]], mine))
    return "".join(hunk.unified() for hunk in diff(FileChange(proposed.path, before, after)).hunks)


def _is_choice(found: Sequence[Span], old: Sequence[str], new: Sequence[str], mine: Sequence[str]) -> bool:
    """Whether `mine` is the old lines with some of the changes in it."""
    ends, at = {0}, 0  # how much of `mine` can be accounted for
    for i1, i2, j1, j2 in [*found, (len(old), len(old), len(new), len(new))]:
        ends = _followed(_followed(ends, mine, old[at:i1]), mine, old[i1:i2], new[j1:j2])
        at = i2
    return len(mine) in ends


def _followed(ends: set[int], lines: Sequence[str], *parts: Sequence[str]) -> set[int]:
    """Where one of the parts ends that begins at one of the places."""
    return {end + len(part) for end in ends for part in parts if lines[end : end + len(part)] == part}


def _touched(found: Sequence[Span], mine: Sequence[Span]) -> list[Span]:
    """Those of the changes at whose place the other changes did something."""
    return [span for span in found if any(other[0] <= span[1] and span[0] <= other[1] for other in mine)]


def _sides(change: FileChange) -> tuple[Decoded, list[str], list[str]]:
    """The file, and its lines before and after with their endings, split on line feeds only."""
    file, old, new = decode_both(change.before, change.after)
    return file, keep_ends(old), keep_ends(new)


def _outcome(change: FileChange, items: Sequence[Item]) -> FileChange | None:
    """The change with only what was accepted in it; None if that is nothing."""
    if all(item.choice == "yes" and item.edited is None for item in items):
        return change
    if all(item.choice != "yes" for item in items):
        return None
    file, old, new = _sides(change)
    rows: list[str] = []
    at = 0
    for item in items:
        if item.hunk is None or item.choice != "yes":
            continue
        start, end = item.hunk.old
        rows += [*old[at:start], *(new[slice(*item.hunk.new)] if item.edited is None else item.edited)]
        at = end
    after = replace(file, declared=True).encode("".join([*rows, *old[at:]]))  # `edit` has asked what is new
    return None if after == change.before else replace(change, after=after)


def _rejections(change: FileChange, items: Sequence[Item]) -> Iterator[Rejection]:
    """What was not accepted of a file; said in one piece if it is all of it for one reason."""
    rejected = [item for item in items if item.choice != "yes"]
    words = {item.word for item in rejected}
    if len(rejected) == len(items) and len(words) == 1:
        yield Rejection(change.path, word=words.pop())
        return
    for item in items:
        if item.choice != "yes":
            yield Rejection(change.path, item.hunk.unified() if item.hunk else "", item.word)
        elif item.hunk is not None and item.edited is not None:
            yield from (Rejection(change.path, part.unified()) for part in _left_out(change, item.hunk, item.edited))


def _left_out(change: FileChange, hunk: Hunk, edited: Sequence[str]) -> Iterator[Hunk]:
    """The changes of an edited hunk in whose place the user kept the old lines."""
    _, old, _ = _sides(change)
    start = hunk.old[0]
    mine = [(start + i1, start + i2, j1, j2) for i1, i2, j1, j2 in spans(old[slice(*hunk.old)], edited)]
    for part in _split(hunk):
        marks = [line.mark for line in part.lines]
        first = next(n for n, mark in enumerate(marks) if mark != " ")
        last = next(n for n, mark in enumerate(reversed(marks)) if mark != " ")
        if not _touched([(part.old[0] + first, part.old[1] - last, 0, 0)], mine):
            yield part


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
