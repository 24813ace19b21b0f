"""From a proposal to written files and back: ask, journal, write, check, undo."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal, TypeAlias

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.errors import EditRefused, HaikutermError, JournalError
from haikuterm.core.events import Checked, EditsApplied, EditsProposed, EditsRefused, Event, Notice, Undone
from haikuterm.core.findings import CheckReport, new_findings
from haikuterm.core.guard import secret_name
from haikuterm.core.ports import Asker, Step
from haikuterm.core.settings import Settings
from haikuterm.core.suppressions import suppressions
from haikuterm.engine.ports import Ports
from haikuterm.engine.session import Session

Image: TypeAlias = bytes | None  # a file's bytes; None: there is no such file


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of a proposal. report: the checker's word after the write, None where nothing was checked."""

    written: tuple[str, ...]
    rejected: tuple[str, ...]
    word: str = ""
    report: CheckReport | None = None
    before: CheckReport | None = None

    def __str__(self) -> str:
        """The sentences the model is told."""
        lines = [f"Written: {', '.join(self.written)}."] if self.written else []
        if self.rejected:
            why = f' They said: "{self.word}"' if self.word else ""
            lines.append(f"Not written, the user did not accept: {', '.join(self.rejected)}.{why}")
        return "\n".join([*lines, *self._checked()])

    def _checked(self) -> list[str]:
        if self.report is None:
            return []
        if self.report.broke:
            return [f"{self.report.tool} could not run: {self.report.broke}"]
        if self.report.clean:
            return [f"{self.report.tool}: no findings."]
        known = self.before.findings if self.before else ()
        fresh = frozenset(new_findings(known, self.report.findings))
        return [f"{'NEW ' if f in fresh else ''}{f}" for f in self.report.findings[:20]]


@dataclass(frozen=True, slots=True)
class Landing:
    """Lands proposals for one turn."""

    ports: Ports
    session: Session
    settings: Settings
    asker: Asker
    prompt: str

    async def land(self, proposal: Proposal) -> AsyncGenerator[Event | Landed, None]:
        """Show, ask, journal, write, check; Landed comes last. Raises EditRefused, PathRefused, JournalError."""
        before = await self._check(proposal.paths)
        if before is not None:
            proposal = replace(proposal, findings=before.findings)
        yield EditsProposed(proposal)
        for change in proposal.files:
            if silenced := suppressions(change):
                yield Notice(f"{change.path}: the change silences a checker, {'; '.join(silenced)}.", "warning")
        accepted, word = await self._ask(proposal)
        rejected = tuple(path for path in proposal.paths if path not in accepted.paths)
        if accepted.files:
            yield EditsApplied(self.write(accepted.files), accepted.paths)
        if rejected:
            yield EditsRefused(rejected, word)
        report = await self._check(accepted.paths)
        if report is not None:
            known = [f for f in before.findings if f.path in accepted.paths] if before else []
            yield Checked(report, len(known) if before and not before.broke else None)
        yield Landed(accepted.paths, rejected, word, report, before)

    async def _ask(self, proposal: Proposal) -> tuple[Proposal, str]:
        if self.settings.yes:
            return proposal, ""
        verdict = await self.asker.approve(proposal)
        return proposal.only(verdict.accepted), verdict.word

    async def _check(self, paths: Sequence[str]) -> CheckReport | None:
        """The checker's report on those files it knows; None if it is off or knows none."""
        if not self.settings.check or not paths:
            return None
        report = await self.ports.checker.check(paths)
        return report if report.paths or report.broke else None

    def write(self, files: Sequence[FileChange]) -> str:
        """Write all the files or none; returns the step's id. They must still hold the bytes the diff showed."""
        for change in files:
            if self.ports.workspace.read_bytes(change.path) != change.before:
                raise EditRefused(
                    f"{change.path} changed on disk after the diff was made. Nothing was written. Read it again."
                )
        step = self.ports.journal.begin(files, self.prompt, self.session.model.id)
        try:
            write_all(self.ports, [(c.path, c.before, c.after) for c in files], lambda: self.ports.journal.finish(step))
        except HaikutermError:
            with suppress(HaikutermError):  # the files are as before, which is what the next start looks at
                self.ports.journal.mark(step, "dropped")
            raise
        for change in files:
            if change.after is not None:
                self.session.changed(change.path, digest(change.before or b""), digest(change.after))
        self.ports.workspace.forget_files()
        return step


def new_path(ports: Ports, path: str) -> str:
    """The path of a file that is to be made, as the workspace says it. Raises PathRefused, EditRefused."""
    resolved = ports.workspace.resolve(path)
    if ports.workspace.read_bytes(resolved) is not None:
        raise EditRefused(f"{resolved} exists already. Use edit. Nothing was written.")
    if secret_name(resolved):
        raise EditRefused(f"{resolved} is a name for secrets; such files are left to the user. Nothing was written.")
    return resolved


def take_back(ports: Ports, direction: Literal["undo", "redo"]) -> Undone:
    """Put the files of the last step back to their bytes of before (undo) or of after (redo).

    A file that holds other bytes than those we left is not touched, nor are the others of the step: raises
    JournalError with its name. Raises JournalError too where there is nothing to take back.
    """
    redo = direction == "redo"
    step = ports.journal.last_undone() if redo else ports.journal.last_done()
    if step is None:
        raise JournalError(f"There is nothing to {direction} in this folder.")
    swap(ports, step, back=not redo)
    ports.workspace.forget_files()
    return Undone(tuple(change.path for change in step.files), redo)


def swap(ports: Ports, step: Step, *, back: bool) -> None:
    """Write a step's before-images (back) or after-images, if every file still holds the other ones.

    All of them or none: raises JournalError for a file that changed, PathRefused for one that cannot be written.
    """
    pairs = [(c.path, c.after, c.before) if back else (c.path, c.before, c.after) for c in step.files]
    changed = [path for path, expected, _ in pairs if ports.workspace.read_bytes(path) != expected]
    if changed:
        verb = "taken back" if back else "done again"
        raise JournalError(
            f"{', '.join(changed)} changed since then, so nothing was {verb}. Your changes are untouched."
        )
    write_all(ports, pairs, lambda: ports.journal.mark(step.id, "undone" if back else "done"))


def write_all(ports: Ports, files: Sequence[tuple[str, Image, Image]], note: Callable[[], None]) -> None:
    """Write every file (path, bytes that it holds, bytes that it shall hold) and note it; or leave all as they were."""
    done: list[tuple[str, Image]] = []
    try:
        for path, held, wanted in files:
            ports.workspace.write(path, wanted)
            done.append((path, held))
        note()
    except HaikutermError:
        for path, held in reversed(done):
            with suppress(HaikutermError):  # one that cannot be put back must not keep the others from it
                ports.workspace.write(path, held)
        raise


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return sha256(data).hexdigest()


def recover(ports: Ports) -> tuple[str, ...]:
    """Roll back a step that was begun and never finished: we were killed while writing. Returns the paths put back.

    Only files that hold our new bytes are touched; the new bytes stay in the journal.
    """
    step = ports.journal.half_done()
    if step is None:
        return ()
    ours = [c for c in step.files if ports.workspace.read_bytes(c.path) == c.after]
    for change in ours:
        ports.workspace.write(change.path, change.before)
    ports.journal.mark(step.id, "dropped")
    return tuple(change.path for change in ours)
