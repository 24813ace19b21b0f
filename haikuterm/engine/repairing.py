"""Writes that were cut short because we were killed: offered at the next start, finished or rolled back."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast

from haikuterm.core.changes import FileChange
from haikuterm.core.errors import AttachmentRefused, FileChanged, PathRefused
from haikuterm.core.events import Event, Notice
from haikuterm.core.ports import Asker, Option, Question
from haikuterm.core.steps import Step
from haikuterm.engine.ports import Ports
from haikuterm.engine.writing import Done, when_free

Answer: TypeAlias = Literal["back", "finish", "leave"]
CUT_SHORT = Question(
    "",
    (
        Option("back", "roll back", note="the files get the bytes they had before it"),
        Option("finish", "finish", note="the files that were not reached are written"),
        Option("leave", "leave them as they are", note="/undo and /redo know what was written"),
    ),
    selected="back",
)
DOING = {"edit": "wrote files", "undo": "took files back", "redo": "did files again"}
SAID = {"back": "rolled back", "finish": "finished"}


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a write that was cut short. skipped: files that hold neither their old bytes nor the new ones."""

    written: tuple[str, ...]
    skipped: tuple[str, ...]


async def repair(ports: Ports, asker: Asker) -> AsyncGenerator[Event, None]:
    """Offer what to do with each write that was begun and never finished: we were killed while writing.

    Only files that hold exactly our old or new bytes are written; others are named, and /undo merges them. Without an
    answer it stays, and is offered again.
    """
    seen = set[str]()
    while (step := ports.journal.half_done()) and step.id not in seen:
        seen.add(step.id)
        names = ", ".join(change.path for change in step.files[:6]) + (" ..." if len(step.files) > 6 else "")
        title = f"haikuterm was ended while it {DOING[step.kind]}: {names}"
        answer = await asker.choose(replace(CUT_SHORT, title=title))
        if answer not in ("back", "finish", "leave"):
            does = "finishes it" if step.kind == "undo" else "rolls it back"
            yield Notice(f"A write was cut short last time ({names}). `haikuterm undo` {does}.", "warning")
            return
        async with aclosing(settle(ports, step, cast("Answer", answer))) as events:
            async for event in events:
                for notice in _notices(event, answer) if isinstance(event, Settled) else (event,):
                    yield notice


def _notices(settled: Settled, answer: str) -> tuple[Notice, ...]:
    shown = ", ".join(settled.written) or "nothing; no file had to be written"
    said = f"The write that was cut short is {SAID[answer]}: {shown}." if answer in SAID else "It is left as it is."
    if not settled.skipped or answer == "leave":
        return (Notice(said),)
    names = ", ".join(settled.skipped)
    return Notice(said), Notice(f"{names} changed since then and is left as it is; /undo can merge it.", "warning")


async def settle(ports: Ports, step: Step, answer: Answer) -> AsyncGenerator[Notice | Settled, None]:
    """Roll a write back, finish it or leave it, and note for each of its files what it holds then; Settled comes last.

    Raises PathRefused, JournalError; then the write can be settled later.
    """
    paths = [change.path for change in step.files]
    async with aclosing(when_free(ports, paths, lambda: _settle(ports, step, answer))) as events:
        async for event in events:
            yield event.value if isinstance(event, Done) else event


def _settle(ports: Ports, step: Step, answer: Answer) -> Settled:
    written = [] if answer == "leave" else [c.path for c in step.files if _put(ports, step, c, answer)]
    states = {change.path: _state(ports, step, change) for change in step.files}
    skipped = tuple(path for path, state in states.items() if state == "other")
    # Of a file with other bytes nobody knows what of ours is in it: undo shall look at it, by a merge.
    after = {path for path, state in states.items() if state == "after"}
    ports.journal.finish(step.id, after if step.kind == "undo" else after | {*skipped})
    ports.workspace.remove_folders(step.folders)
    ports.workspace.forget_files()
    return Settled(tuple(written), skipped)


def _put(ports: Ports, step: Step, change: FileChange, answer: Answer) -> bool:
    """Give the file the bytes that are wanted; False if it holds them, or anything that is not ours."""
    held, wanted = (change.after, change.before) if answer == "back" else (change.before, change.after)
    if held == wanted or _state(ports, step, change) != ("after" if answer == "back" else "before"):
        return False
    try:
        ports.workspace.write(change.path, wanted, held, change.mode)
    except FileChanged:  # somebody else has it now
        return False
    return True


def _state(ports: Ports, step: Step, change: FileChange) -> Literal["before", "after", "other"]:
    """Which bytes of the write the file holds; also "other" for what cannot be read or is another file now."""
    try:
        now = ports.workspace.read_bytes(change.path)
    except (AttachmentRefused, PathRefused):
        return "other"
    if change.path in step.elsewhere or now not in (change.before, change.after):
        return "other"
    return "after" if now == change.after else "before"
