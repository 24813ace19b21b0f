"""Our writes to the user's files: when nobody else writes, recorded before they begin, all of a step or none of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from haikuterm.core.changes import FileChange
from haikuterm.core.errors import HaikutermError, JournalError
from haikuterm.core.events import Notice
from haikuterm.engine.ports import Ports

PATIENCE = 5.0  # seconds for which another haikuterm may go on writing
OPEN = 1.0  # seconds for which another program may keep a file open for writing
SOON = 0.5  # seconds of waiting of which nobody is told
LOOK = 0.05  # seconds between two looks whether it is over
ANOTHER = "Another haikuterm is writing files of this folder"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What the work came to."""

    value: T


async def when_free(
    ports: Ports, paths: Sequence[str], work: Callable[[], T], *, patience: float = PATIENCE
) -> AsyncGenerator[Notice | Done[T], None]:
    """Do the work, which writes these files, once nobody else writes; Done comes last, a Notice before it if it waits.

    Until then it can be cancelled, and nothing is written; the work itself is short and is never cut. A file that
    somebody keeps open is the work's to refuse. Raises JournalError if another haikuterm goes on writing; what the work
    raises.
    """
    clock = asyncio.get_running_loop().time
    start, told = clock(), False
    while True:
        waited = clock() - start
        busy = next((path for path in paths if ports.workspace.busy(path)), "") if waited < OPEN else ""
        if not busy:
            with ports.journal.alone() as alone:
                done = Done(work()) if alone else None
            if done:
                yield done
                return
            if waited >= patience:
                raise JournalError(f"{ANOTHER}. Nothing was changed. Wait until it is done, then try again.")
        if waited >= SOON and not told:
            told = True
            yield Notice(f"{busy} is open for writing in another program; waiting." if busy else f"{ANOTHER}; waiting.")
        await asyncio.sleep(LOOK)


def write_step(ports: Ports, files: Sequence[FileChange], step: str) -> None:
    """Write the files of a step that is in the journal, and note that; or put back those that are written.

    Raises what kept a file from being written. Where another program changes a file before it can be put back, what we
    wrote stays in it: the step is kept for that file, so that it can be taken back, and JournalError says so.
    """
    done: list[FileChange] = []
    try:
        for change in files:
            if change.after != change.before:
                ports.workspace.write(change.path, change.after, change.before, change.mode)
            done.append(change)
        ports.journal.finish(step)
    except HaikutermError as error:
        stay = _put_back(ports, done)
        with suppress(JournalError):  # then the step stays begun, and the next start looks at the files
            ports.journal.finish(step, stay)
        if stay:
            raise JournalError(
                f"{error} But {', '.join(stay)} changed before it could be put back, and keeps what was written there; "
                "/undo takes it out."
            ) from error
        raise


def _put_back(ports: Ports, done: Sequence[FileChange]) -> list[str]:
    """Give the files their bytes of before; returns those that could not be given them."""
    stay = []
    for change in reversed(done):
        try:
            if change.after == change.before:
                continue
            ports.workspace.write(change.path, change.before, change.after, change.mode)
        except HaikutermError:  # one that cannot be put back must not keep the others from it
            stay.append(change.path)
    return stay
