"""What a conversation did to a file, told apart from what others did to it between its steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from haikuterm.core.changes import FileChange
from haikuterm.core.merge import merge
from haikuterm.core.steps import Step

IsStart: TypeAlias = Callable[[bytes | None], bool]


@dataclass(frozen=True, slots=True)
class Own:
    """A conversation's part in one file. None stands for "no such file".

    without: the file as others made it, the conversation's changes left out. last: as the conversation left it.
    mixed: whether lines of others are in it that cannot be told apart. steps: ids of the steps that made it.
    """

    path: str
    without: bytes | None
    last: bytes | None
    mixed: bool = False
    steps: tuple[str, ...] = ()
    mode: int | None = None

    @property
    def change(self) -> FileChange:
        """The conversation's part as a change."""
        return FileChange(self.path, self.without, self.last, self.mode)

    def seen(self, now: bytes | None) -> Own:
        """The same with what others did to the file since, which now holds these bytes, as part of `without`."""
        if now == self.last:
            return self
        if self.last is None or now is None:  # made anew, or gone: all of it is theirs
            return replace(self, without=now, last=now, mixed=False)
        if self.without is None:  # the file itself is the conversation's
            return replace(self, last=now, mixed=True)
        apart = merge(self.last, now, self.without)
        if apart is None:
            return replace(self, last=now, mixed=True)
        return replace(self, without=apart.data, last=now)

    def did(self, change: FileChange, step: str) -> Own:
        """The same after one more step of the conversation."""
        seen = self.seen(change.before)
        return replace(seen, last=change.after, steps=(*self.steps, step), mode=change.mode or self.mode)


def own(steps: Sequence[Step], path: str, is_start: IsStart | None = None) -> Own | None:
    """The conversation's part in a file by those of its steps that were not taken back, oldest first; None for no step.

    is_start: whether the file began with these bytes, as in the last commit; what was done before the last time it
    held them does not count. Without it, the first step begins.
    """
    done = [(step, change) for step in steps for change in step.files if change.path == path]
    if not done:
        return None
    found, left = _from_start(path, done, is_start) if is_start else (None, done)
    for step, change in left:
        found = (found or Own(path, change.before, change.before)).did(change, step.id)
    return found


def owns(steps: Sequence[Step]) -> tuple[Own, ...]:
    """The conversation's part in each of its files, of those that it changed in the end."""
    paths = dict.fromkeys(change.path for step in steps for change in step.files)
    found = [part for path in paths if (part := own(steps, path))]
    return tuple(part for part in found if part.without != part.last)


def prompts(steps: Sequence[Step], parts: Sequence[Own]) -> tuple[str, ...]:
    """What the user had asked for when these parts were made, each once, oldest first."""
    wanted = {step for part in parts for step in part.steps}
    return tuple(dict.fromkeys(step.prompt for step in steps if step.id in wanted))


def _from_start(
    path: str, done: Sequence[tuple[Step, FileChange]], is_start: IsStart
) -> tuple[Own | None, Sequence[tuple[Step, FileChange]]]:
    """The file when it last held the bytes it began with, and the steps since then."""
    for n in range(len(done) - 1, -1, -1):
        change = done[n][1]
        if is_start(change.after):
            return Own(path, change.after, change.after), done[n + 1 :]
        if is_start(change.before):
            return Own(path, change.before, change.before), done[n:]
    return None, done
