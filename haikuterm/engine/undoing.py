"""Steps taken back and done again; files that changed since are merged, shown and asked for."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.errors import AttachmentRefused, JournalError, PathRefused
from haikuterm.core.events import EditsProposed, Event, Notice, Undone
from haikuterm.core.guard import visible_line
from haikuterm.core.ports import Asker, Option, Question
from haikuterm.core.steps import Step
from haikuterm.engine.ports import Ports
from haikuterm.engine.repairing import Settled, settle
from haikuterm.engine.session import Session
from haikuterm.engine.writing import when_free, write_step

Direction: TypeAlias = Literal["undo", "redo"]
WORDS = {"undo": ("taken back", "the one before"), "redo": ("done again", "the next one")}
SHOWN = 60  # characters of a prompt that a question shows


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a step's files need. plain: those that hold what we left. merged: others, with the user's own changes kept.

    stuck: files in which nothing can be taken back. over: files that hold nothing of it any more. notes: sentences on
    overlaps.
    """

    plain: tuple[FileChange, ...] = ()
    merged: tuple[FileChange, ...] = ()
    stuck: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


async def take_back(ports: Ports, session: Session, asker: Asker, direction: Direction) -> AsyncGenerator[Event, None]:
    """Put the files of the last step back to their bytes of before (undo), or of after (redo).

    A file that holds other bytes than those we left is merged with what the user did to it; that is shown and asked
    for. What is not taken back can be taken back later. Raises JournalError where there is nothing to do, or nothing
    was done; then no file is touched.
    """
    async with aclosing(TakingBack(ports, session, asker, direction).run()) as events:
        async for event in events:
            yield event


@dataclass(frozen=True, slots=True)
class TakingBack:
    """One undo or redo."""

    ports: Ports
    session: Session
    asker: Asker
    direction: Direction

    async def run(self) -> AsyncGenerator[Event, None]:
        """All its events, as `take_back` says."""
        half = self._cut_short()
        if half is not None:
            done = False
            async with aclosing(self._settled(half)) as events:
                async for event in events:
                    done = done or not isinstance(event, Notice)
                    yield event
            if done:
                return
        step, plan = await self._decided()
        async with aclosing(self._taken(step, plan)) as events:
            async for event in events:
                yield event

    def _cut_short(self) -> Step | None:
        """The write that somebody was killed in, if it is the latest: then that is what is meant."""
        half, last = self.ports.journal.half_done(), self.ports.journal.last_done()
        if half is None or (self.direction == "redo" and half.kind == "edit") or (last and last.at > half.at):
            return None
        return half

    async def _settled(self, step: Step) -> AsyncGenerator[Event, None]:
        """Finish a write that was cut short, if it went the way that is meant, or roll it back."""
        answer: Literal["back", "finish"] = "finish" if step.kind == self.direction else "back"
        async with aclosing(settle(self.ports, step, answer)) as events:
            async for event in events:
                if not isinstance(event, Settled):
                    yield event
                    continue
                if event.skipped:
                    yield Notice(f"{', '.join(event.skipped)} changed since then and is left as it is.", "warning")
                if event.skipped or event.written:
                    self._tell(event.written)
                    yield Undone(event.written, self.direction == "redo")

    async def _decided(self) -> tuple[Step, _Plan]:
        """The step to take back and how, the user asked where that is not clear. Raises JournalError."""
        while True:
            step = await self._chosen()
            plan = _planned(self.ports, step, back=self.direction == "undo")
            if not plan.stuck:
                return step, plan
            answer = await self.asker.choose(self._stuck(plan))
            if answer == "leave":
                self.ports.journal.mark(step.id, "left")
            elif answer == "rest" and (plan.plain or plan.merged):
                return step, plan
            else:
                raise self._nothing(plan)

    def _stuck(self, plan: _Plan) -> Question:
        done, other = WORDS[self.direction]
        names = ", ".join(plan.stuck)
        rest = ", ".join(change.path for change in (*plan.plain, *plan.merged))
        options = (
            *([Option("rest", "only the others", note=f"{rest}; {names} stays as it is")] if rest else []),
            Option("leave", f"leave this step, take {other}", note=f"/{self.direction} passes over it from now on"),
            Option("cancel", "cancel", note="nothing is changed"),
        )
        return Question(f"{names} changed since then and cannot be {done}", options, selected="cancel")

    def _nothing(self, plan: _Plan) -> JournalError:
        names = ", ".join([*(change.path for change in plan.merged), *plan.stuck])
        done, _ = WORDS[self.direction]
        return JournalError(f"{names} changed since then, so nothing was {done}. Your changes are untouched.")

    async def _chosen(self) -> Step:
        """This conversation's latest step; the user is asked where another one's is meant, or may be.

        One in which nothing was said yet (`haikuterm undo`) can mean the latest of the folder only.
        """
        journal, redo = self.ports.journal, self.direction == "redo"
        find = journal.last_undone if redo else journal.last_done
        own, last = find(self.session.id), find()
        if last is None:
            raise JournalError(f"There is nothing to {self.direction} in this folder.")
        if (own and (redo or own.id == last.id)) or not (own or self.session.messages):
            return own or last
        answer = await self.asker.choose(self._whose(own, last))
        if answer not in ("other", "own"):
            raise JournalError(
                f"The last change here was made by another conversation ({_said(last)}), so nothing was "
                f"{WORDS[self.direction][0]}."
            )
        return own if own and answer == "own" else last

    def _whose(self, own: Step | None, last: Step) -> Question:
        options = (
            *([Option("own", f"{self.direction} the last one of this conversation: {_said(own)}")] if own else []),
            Option("other", f"{self.direction} that one"),
            Option("cancel", "cancel", note="nothing is changed"),
        )
        title = f"The last change here was made by another conversation: {_said(last)}"
        return Question(title, options, selected="own" if own else "cancel")

    async def _taken(self, step: Step, plan: _Plan) -> AsyncGenerator[Event, None]:
        """Ask for what is merged, write, and say what was done and what was not."""
        accepted: tuple[FileChange, ...] = ()
        if plan.merged:
            names = ", ".join(change.path for change in plan.merged)
            yield Notice(
                f"{names} changed since then. This is the {self.direction}, merged with those changes:", "warning"
            )
            for note in plan.notes:
                yield Notice(note, "warning")
            proposal = Proposal(plan.merged)
            yield EditsProposed(proposal)
            accepted = (await self.asker.approve(proposal)).accepted
            if not accepted:
                raise self._nothing(plan)
        files = (*plan.plain, *accepted)
        paths = [change.path for change in files]
        async with aclosing(when_free(self.ports, paths, lambda: self._write(step, plan, files))) as events:
            async for event in events:
                if isinstance(event, Notice):
                    yield event
        left = [change.path for change in plan.merged if change.path not in paths]
        if left or plan.stuck:
            names = ", ".join([*left, *plan.stuck])
            yield Notice(f"{names} is left as it is; /{self.direction} offers it again.", "warning")
        done = tuple(dict.fromkeys([*paths, *plan.over]))
        self._tell(done)
        yield Undone(done, self.direction == "redo")

    def _write(self, step: Step, plan: _Plan, files: tuple[FileChange, ...]) -> None:
        """Write what undoes the step as a step of its own, which ends up as a part of that one."""
        journal = self.ports.journal
        if plan.over:
            journal.mark(step.id, "done" if self.direction == "redo" else "undone", plan.over)
        if files:
            prompt = f"/{self.direction} of: {step.prompt}"
            made = journal.begin(files, prompt, step.model, self.session.id, kind=self.direction, of=step.id)
            write_step(self.ports, files, made)
        if self.direction == "undo":
            self.ports.workspace.remove_folders(step.folders)
        self.ports.workspace.forget_files()

    def _tell(self, paths: tuple[str, ...]) -> None:
        """Let the model know with the next prompt."""
        if paths:
            done = "did an undone edit again" if self.direction == "redo" else "took an edit back"
            self.session.note(f"The user {done}; changed on disk by that: {', '.join(paths)}.")


def _said(step: Step) -> str:
    """The prompt that a step came from, as a question shows it."""
    prompt = visible_line(step.prompt)
    return f'"{prompt if len(prompt) <= SHOWN else prompt[:SHOWN] + "..."}"'


def _planned(ports: Ports, step: Step, *, back: bool) -> _Plan:
    """What each file of the step needs, by the bytes it holds now."""
    plan = _Plan()
    for change in step.files:
        if change.path in step.elsewhere:  # what is there now is another file
            plan = replace(plan, stuck=(*plan.stuck, change.path))
            continue
        try:
            now = ports.workspace.read_bytes(change.path)
        except (AttachmentRefused, PathRefused):  # a folder now, or huge, or nobody may look
            plan = replace(plan, stuck=(*plan.stuck, change.path))
            continue
        plan = _with(plan, change, now, back=back)
    return plan


def _with(plan: _Plan, change: FileChange, now: bytes | None, *, back: bool) -> _Plan:
    """The plan with a file that holds these bytes now."""
    from haikuterm.core.merge import merge  # a rare road, kept out of start-up

    ours, wanted = (change.after, change.before) if back else (change.before, change.after)
    if now == wanted:
        return replace(plan, over=(*plan.over, change.path))
    if now == ours:
        return replace(plan, plain=(*plan.plain, FileChange(change.path, now, wanted, change.mode)))
    found = None if ours is None or now is None or wanted is None else merge(ours, now, wanted)
    if found is None or (found.data == now and found.conflicts):
        return replace(plan, stuck=(*plan.stuck, change.path))
    if found.data == now:  # the user took it back themselves
        return replace(plan, over=(*plan.over, change.path))
    lines = ", ".join(map(str, found.conflicts))
    note = [f"{change.path}: your own changes overlap at line {lines}; there your lines stay."] if lines else []
    merged = FileChange(change.path, now, found.data)
    return replace(plan, merged=(*plan.merged, merged), notes=(*plan.notes, *note))
