"""Steps taken back, done again, repaired after a crash; files that changed since are merged, shown and asked for."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Literal

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.errors import FileChanged, JournalError
from haikuterm.core.events import EditsProposed, Event, Notice, Undone
from haikuterm.core.ports import Asker, Option, Question, Step
from haikuterm.engine.landing import write_all, write_step
from haikuterm.engine.ports import Ports
from haikuterm.engine.session import Session

Direction = Literal["undo", "redo"]
CUT_SHORT = Question(
    "haikuterm was ended while it wrote files",
    (
        Option("back", "roll back", note="the files get their bytes of before"),
        Option("finish", "finish", note="the files that were not reached are written"),
        Option("leave", "leave them as they are", note="/undo can still take the step back"),
    ),
    selected="back",
)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to write. plain: files that hold what we left. merged: others, with the user's own changes kept.

    stuck: files in which nothing can be taken back. notes: sentences on overlaps.
    """

    plain: tuple[FileChange, ...]
    merged: tuple[FileChange, ...]
    stuck: tuple[str, ...]
    notes: tuple[str, ...]


async def take_back(ports: Ports, session: Session, asker: Asker, direction: Direction) -> AsyncGenerator[Event, None]:
    """Put the files of the last step back to their bytes of before (undo), or of after (redo).

    A file that holds other bytes than those we left is merged with what the user did to it; that is shown and asked
    for. Raises JournalError where there is nothing to do or nothing was done; then no file is touched.
    """
    step = _step(ports, direction)
    plan = _planned(ports, step, back=direction == "undo")
    accepted: tuple[FileChange, ...] = ()
    if plan.merged:
        names = ", ".join(change.path for change in plan.merged)
        yield Notice(f"{names} changed since then. This is the {direction}, merged with those changes:", "warning")
        for note in plan.notes:
            yield Notice(note, "warning")
        proposal = Proposal(plan.merged)
        yield EditsProposed(proposal)
        accepted = (await asker.approve(proposal)).accepted
    if (plan.merged or plan.stuck) and not accepted:
        names = ", ".join([*(change.path for change in plan.merged), *plan.stuck])
        verb = "taken back" if direction == "undo" else "done again"
        raise JournalError(f"{names} changed since then, so nothing was {verb}. Your changes are untouched.")
    with ports.journal.alone():
        if accepted:
            _merge(ports, session, step, (*plan.plain, *accepted), direction)
        else:
            state: Literal["undone", "done"] = "undone" if direction == "undo" else "done"
            write_all(ports, plan.plain, lambda: ports.journal.mark(step.id, state))
    ports.workspace.forget_files()
    if plan.stuck:
        yield Notice(f"{', '.join(plan.stuck)} changed in the same lines since then and is left as it is.", "warning")
    paths = [c.path for c in accepted] if accepted else [c.path for c in step.files]
    yield Undone(tuple(dict.fromkeys([*(c.path for c in plan.plain), *paths])), direction == "redo")


def _step(ports: Ports, direction: Direction) -> Step:
    step = (
        ports.journal.last_undone() if direction == "redo" else ports.journal.half_done() or ports.journal.last_done()
    )
    if step is None:
        raise JournalError(f"There is nothing to {direction} in this folder.")
    return step


def _planned(ports: Ports, step: Step, *, back: bool) -> _Plan:
    """What each file of the step needs, by the bytes it holds now."""
    from haikuterm.core.merge import merge  # a rare road, kept out of start-up

    plain: list[FileChange] = []
    merged: list[FileChange] = []
    stuck: list[str] = []
    notes: list[str] = []
    for change in step.files:
        ours, wanted = (change.after, change.before) if back else (change.before, change.after)
        now = ports.workspace.read_bytes(change.path)
        if now == wanted:
            continue
        if now == ours:
            plain.append(FileChange(change.path, now, wanted, change.mode))
            continue
        found = None if ours is None or now is None or wanted is None else merge(ours, now, wanted)
        if found is None or found.data == now:
            stuck.append(change.path)
            continue
        merged.append(FileChange(change.path, now, found.data))
        if found.conflicts:
            lines = ", ".join(map(str, found.conflicts))
            notes.append(f"{change.path}: your own changes overlap at line {lines}; there your lines stay.")
    return _Plan(tuple(plain), tuple(merged), tuple(stuck), tuple(notes))


def _merge(ports: Ports, session: Session, step: Step, files: tuple[FileChange, ...], direction: Direction) -> None:
    """Write a merge as a step of its own, so that it can be taken back too; the old step is over."""
    merging = ports.journal.begin(files, f"/{direction} of: {step.prompt}", step.model, session.id)
    write_step(ports, files, merging)
    ports.journal.mark(step.id, "dropped")


async def repair(ports: Ports, asker: Asker) -> AsyncGenerator[Event, None]:
    """Offer what to do with a step that was begun and never finished: we were killed while writing.

    Only files that hold exactly our old or new bytes are written. Without an answer it stays, and is offered again.
    """
    step = ports.journal.half_done()
    if step is None:
        return
    names = ", ".join(change.path for change in step.files[:6]) + (" ..." if len(step.files) > 6 else "")
    answer = await asker.choose(replace(CUT_SHORT, title=f"{CUT_SHORT.title}: {names}"))
    if answer is None:
        yield Notice(f"A write was cut short last time ({names}). `haikuterm undo` rolls it back.", "warning")
        return
    paths = _repair(ports, step, answer)
    shown = ", ".join(paths) or "nothing; no file holds bytes of it"
    verb = {"back": "rolled back", "finish": "finished"}.get(answer, "left as it is")
    yield Notice(f"The write that was cut short is {verb}: {shown}." if answer != "leave" else f"It is {verb}.")


def _repair(ports: Ports, step: Step, answer: str) -> tuple[str, ...]:
    """Do as the user said; returns the paths that were written."""
    written = []
    with ports.journal.alone():
        for change in step.files if answer != "leave" else ():
            held, wanted = (change.after, change.before) if answer == "back" else (change.before, change.after)
            if ports.workspace.read_bytes(change.path) == held and held != wanted:
                try:
                    ports.workspace.write(change.path, wanted, held, change.mode)
                except FileChanged:  # somebody else has it now
                    continue
                written.append(change.path)
        ports.journal.mark(step.id, "dropped" if answer == "back" else "done")
    ports.workspace.forget_files()
    return tuple(written)
