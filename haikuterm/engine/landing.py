"""From a proposal to written files: ask, journal, write, check."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256

from haikuterm.core.changes import FileChange, Proposal, Rejection
from haikuterm.core.errors import EditRefused, FileChanged, HaikutermError
from haikuterm.core.events import Checked, EditsApplied, EditsProposed, EditsRefused, Event, Notice
from haikuterm.core.findings import CheckReport, Finding, difference
from haikuterm.core.guard import secret_name
from haikuterm.core.ports import Asker, Verdict
from haikuterm.core.settings import Settings
from haikuterm.core.suppressions import suppressions
from haikuterm.core.textfile import decode
from haikuterm.engine.ports import Ports
from haikuterm.engine.session import Session

MOST_TOLD = 2  # times in a turn that the model hears of findings its edits brought: then a person should look


@dataclass(frozen=True, slots=True)
class Written:
    """What was written. meanwhile: sentences on files that had changed on disk since the diff was made."""

    step: str
    files: tuple[FileChange, ...]
    meanwhile: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of a proposal. report: the linters' word after the write, None where nothing was checked.

    new: the findings that the write brought, None where the model is not to be told of them any more.
    """

    written: tuple[str, ...]
    rejected: tuple[Rejection, ...] = ()
    word: str = ""
    meanwhile: tuple[str, ...] = ()
    report: CheckReport | None = None
    new: tuple[Finding, ...] | None = ()

    def __str__(self) -> str:
        """The sentences the model is told."""
        lines = [f"Written: {', '.join(self.written)}."] if self.written else []
        return "\n".join([*lines, *self.meanwhile, *self._rejections(), *self._checked()])

    def _rejections(self) -> list[str]:
        whole = [r.path for r in self.rejected if not r.hunk and not r.word]
        lines = [f"Not written, the user did not accept: {', '.join(whole)}."] if whole else []
        for part in self.rejected:
            why = f' They said: "{part.word}"' if part.word else ""
            if part.hunk:
                lines.append(f"Not written, the user did not accept this part of {part.path}:{why}\n{part.hunk}")
            elif why:
                lines.append(f"Not written, the user did not accept: {part.path}.{why}")
        return [*lines, *([f'They said: "{self.word}"'] if self.word else [])]

    def _checked(self) -> list[str]:
        """Only what is new: findings that were there before are not this edit's business."""
        if self.report is None or self.new is None:
            return []
        if self.report.broke:
            return [f"{self.report.tool} could not run: {self.report.broke}"]
        if not self.new:
            return [f"{self.report.tool}: no new findings."]
        return [f"NEW {finding}" for finding in self.new[:20]]


@dataclass(slots=True)
class Landing:
    """Lands proposals for one turn. told: how often the model was told of new findings in it."""

    ports: Ports
    session: Session
    settings: Settings
    asker: Asker
    prompt: str
    told: int = 0

    async def land(self, proposal: Proposal, before: CheckReport | None = None) -> AsyncGenerator[Event | Landed, None]:
        """Show, ask, journal, write, check; Landed comes last. Raises EditRefused, PathRefused, JournalError.

        before: what the checker says of the files now, where that is known already.
        """
        before = before or await self._check(proposal.paths)
        if before is not None:
            proposal = replace(proposal, findings=before.findings)
        yield EditsProposed(proposal)
        for change in proposal.files:
            if silenced := suppressions(change):
                yield Notice(f"{change.path}: the change silences a checker, {'; '.join(silenced)}.", "warning")
        verdict = await self._ask(proposal)
        written = self.write(verdict.accepted, proposal) if verdict.accepted else Written("", ())
        paths = tuple(change.path for change in written.files)
        if written.files:
            yield EditsApplied(written.step, written.files)
        for sentence in written.meanwhile:
            yield Notice(sentence.partition("\n")[0], "warning")
        if verdict.rejected:
            yield EditsRefused(verdict.rejected, verdict.word)
        report = await self._check(paths)
        if report is not None:
            known = [f for f in before.findings if f.path in paths] if before else []
            yield Checked(report, len(known) if before and not before.broke else None)
        new = self._new(before, report, written.files)
        yield Landed(paths, verdict.rejected, verdict.word, written.meanwhile, report, new)

    def _new(
        self, before: CheckReport | None, after: CheckReport | None, files: Sequence[FileChange]
    ) -> tuple[Finding, ...] | None:
        """The findings that the written files did not have before; None once the model was told MOST_TOLD times."""
        if before is None or after is None:
            return ()
        old = {change.path: decode(change.before or b"").text for change in files}
        now = {change.path: decode(change.after or b"").text for change in files}
        known = [finding for finding in before.findings if finding.path in old]
        found = difference(known, after.findings, lambda path: old.get(path, ""), lambda path: now.get(path, "")).new
        self.told += bool(found)
        return found if not found or self.told <= MOST_TOLD else None

    async def _ask(self, proposal: Proposal) -> Verdict:
        """The user's verdict; files it does not speak of are rejected."""
        if self.settings.yes:
            return Verdict(proposal.files)
        verdict = await self.asker.approve(proposal)
        said = {change.path for change in verdict.accepted} | {rejection.path for rejection in verdict.rejected}
        silent = tuple(Rejection(path) for path in proposal.paths if path not in said)
        return replace(verdict, rejected=(*verdict.rejected, *silent))

    async def _check(self, paths: Sequence[str]) -> CheckReport | None:
        """The checker's report on those files it knows; None if it is off or knows none."""
        if not self.settings.check or not paths:
            return None
        report = await self.ports.linters.check(paths)
        return report if report.paths or report.broke else None

    def write(self, files: Sequence[FileChange], proposal: Proposal) -> Written:
        """Write all the accepted changes of the proposal as one step, or none. Raises EditRefused, PathRefused.

        A file that changed on disk since the diff was made gets the same lines at their new place, if they still fit
        exactly one. Raises JournalError too; then nothing is written either.
        """
        with self.ports.journal.alone():
            try:
                written = self._write(files, proposal)
            except FileChanged:  # perhaps between our look and our write: then a second look is enough
                written = self._write(files, proposal)
        for change in written.files:
            if change.after is not None:
                self.session.changed(change.path, digest(change.before or b""), digest(change.after))
        self.ports.workspace.forget_files()
        return written

    def _write(self, files: Sequence[FileChange], proposal: Proposal) -> Written:
        fresh: list[FileChange] = []
        meanwhile: list[str] = []
        for change in files:
            now = self.ports.workspace.read_bytes(change.path)
            if now == change.before:
                fresh.append(change)
                continue
            from haikuterm.core import replan  # a rare road, kept out of start-up

            original = next((file for file in proposal.files if file.path == change.path), change)
            fresh.append(replan.replan(change, original, proposal.edits, now))
            lines = replan.meanwhile(change, now or b"")
            meanwhile.append(
                f"{change.path} had changed on disk meanwhile; the edit was made on the new text:\n{lines}"
            )
        step = self.ports.journal.begin(fresh, self.prompt, self.session.model.id, self.session.id)
        write_step(self.ports, fresh, step)
        return Written(step, tuple(fresh), tuple(meanwhile))


def write_step(ports: Ports, files: Sequence[FileChange], step: str) -> None:
    """Write the files of a step that is in the journal, all or none of them, and note which."""
    try:
        write_all(ports, files, lambda: ports.journal.finish(step))
    except HaikutermError:
        with suppress(HaikutermError):  # the files are as before, which is what the next start looks at
            ports.journal.mark(step, "dropped")
        raise


def write_all(ports: Ports, files: Sequence[FileChange], note: Callable[[], None]) -> None:
    """Write every file and note it; or leave all as they were."""
    done: list[FileChange] = []
    try:
        for change in files:
            ports.workspace.write(change.path, change.after, change.before, change.mode)
            done.append(change)
        note()
    except HaikutermError:
        for change in reversed(done):
            with suppress(HaikutermError):  # one that cannot be put back must not keep the others from it
                ports.workspace.write(change.path, change.before, change.after, change.mode)
        raise


def new_path(ports: Ports, path: str) -> str:
    """The path of a file that is to be made, as the workspace says it. Raises PathRefused, EditRefused."""
    resolved = ports.workspace.resolve(path)
    if ports.workspace.read_bytes(resolved) is not None:
        raise EditRefused(f"{resolved} exists already. Use edit. Nothing was written.")
    low = resolved.casefold()
    if twin := next((p for p in ports.workspace.files() if p.casefold() == low and p != resolved), ""):
        raise EditRefused(f"{twin} is there already, and on some disks it is the same name. Nothing was written.")
    if secret_name(resolved):
        raise EditRefused(f"{resolved} is a name for secrets; such files are left to the user. Nothing was written.")
    return resolved


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return sha256(data).hexdigest()
