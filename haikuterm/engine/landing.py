"""From a proposal to written files: ask, journal, write, check."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from hashlib import sha256

from haikuterm.core.changes import FileChange, Proposal, Rejection
from haikuterm.core.errors import EditRefused, FileChanged, PathRefused
from haikuterm.core.events import Checked, EditsApplied, EditsProposed, EditsRefused, Event, Notice
from haikuterm.core.findings import CheckReport, Finding, difference
from haikuterm.core.guard import odd_name, secret_name, visible_line
from haikuterm.core.ports import Asker, Option, Question, Verdict
from haikuterm.core.settings import Settings
from haikuterm.core.suppressions import suppressions
from haikuterm.core.textfile import decode
from haikuterm.engine.ports import Ports
from haikuterm.engine.session import Session
from haikuterm.engine.writing import Done, when_free, write_step

MOST_TOLD = 2  # times in a turn that the model hears of findings its edits brought: then a person should look
ONLY_ASKED = "Nothing was written: the user only asks this time. Do not propose it again; say it in words."
BROKEN = (Option("no", "do not write it"), Option("write", "write it all the same"))


@dataclass(frozen=True, slots=True)
class Written:
    """What was written. meanwhile: sentences on files that had changed on disk since the diff was made."""

    step: str
    files: tuple[FileChange, ...]
    meanwhile: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of a proposal. report: the linters' word after the write, None where nothing was checked.

    new: the findings that the write brought, None where the model is not to be told of them any more. notes: what the
    model does not know of the written files: lines that the user changed, a part that does not parse.
    """

    written: tuple[str, ...]
    rejected: tuple[Rejection, ...] = ()
    word: str = ""
    meanwhile: tuple[str, ...] = ()
    report: CheckReport | None = None
    new: tuple[Finding, ...] | None = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The sentences the model is told."""
        lines = [f"Written: {', '.join(self.written)}."] if self.written else []
        return "\n".join([*lines, *self.meanwhile, *self.notes, *self._rejections(), *self._checked()])

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
        if self.session.writes == "none":
            raise EditRefused(ONLY_ASKED)
        self._check_writable(proposal.paths)
        before = before or await self._check(proposal.paths)
        if before is not None:
            proposal = replace(proposal, findings=before.findings)
        yield EditsProposed(proposal)
        for change in proposal.files:
            if silenced := suppressions(change):
                yield Notice(f"{change.path}: the change silences a checker, {'; '.join(silenced)}.", "warning")
        verdict = await self._ask(proposal)
        broken = self._broken(verdict, proposal)
        if broken:
            yield Notice(
                "\n".join(f"{path} would not parse any more, {why}." for path, why in broken.items()), "warning"
            )
            verdict = await self._ask_anyway(verdict, broken)
        async with aclosing(self._written(verdict, proposal, before, broken)) as events:
            async for event in events:
                yield event

    async def _written(
        self, verdict: Verdict, proposal: Proposal, before: CheckReport | None, broken: Mapping[str, str]
    ) -> AsyncGenerator[Event | Landed, None]:
        """Write what was accepted and check it."""
        written = Written("", ())
        if verdict.accepted:
            async with aclosing(self.write(verdict.accepted, proposal)) as writing:
                async for item in writing:
                    if isinstance(item, Written):
                        written = item
                    else:
                        yield item
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
        edited = _by_hand(verdict.accepted, proposal)
        notes = (*_told_by_hand(edited, paths), *_told_broken(broken, paths))
        yield Landed(paths, verdict.rejected, verdict.word, written.meanwhile, report, new, notes)

    def _check_writable(self, paths: Sequence[str]) -> None:
        """Raises PathRefused for a file that could not be written: nobody shall look at its diff in vain."""
        reasons = [why for path in paths if (why := self.ports.workspace.writable(path))]
        if reasons:
            raise PathRefused("\n".join([*reasons, "Nothing was written."]))

    def _broken(self, verdict: Verdict, proposal: Proposal) -> dict[str, str]:
        """Why files would not parse any more of which only a part was accepted; a whole proposal was looked at."""
        from haikuterm.core.syntax import newly_broken  # parsers are kept out of start-up

        found: dict[str, str] = {}
        for change in verdict.accepted:
            if change in proposal.files or change.after is None:
                continue
            start = b"[1]" if change.before is None else change.before  # right in each language that is parsed
            why = newly_broken(change.path, start, change.after) or self.ports.grammars.newly_broken(change)
            found |= {change.path: why} if why else {}
        return found

    async def _ask_anyway(self, verdict: Verdict, broken: Mapping[str, str]) -> Verdict:
        """The verdict after the user was asked whether files that do not parse are written all the same."""
        title = f"Of {', '.join(broken)} only a part was accepted, and that part does not parse"
        if await self.asker.choose(Question(title, BROKEN, selected="no")) == "write":
            return verdict
        left = tuple(change for change in verdict.accepted if change.path not in broken)
        kept = tuple(rejection for rejection in verdict.rejected if rejection.path not in broken)
        words = {rejection.path: rejection.word for rejection in verdict.rejected if rejection.word}
        whole = tuple(Rejection(path, word=words.get(path, "")) for path in broken)
        return Verdict(left, (*kept, *whole), verdict.word)

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
        """The user's verdict; files it does not speak of are rejected. One that goes is asked for but with --yes."""
        gone = any(change.after is None for change in proposal.files)
        if self.settings.yes or (self.session.writes == "accepted" and not gone):
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

    async def write(self, files: Sequence[FileChange], proposal: Proposal) -> AsyncGenerator[Notice | Written, None]:
        """Write all the accepted changes of the proposal as one step, or none; Written comes last.

        A file that changed on disk since the diff was made gets the same lines at their new place, if they still fit
        exactly one. Raises EditRefused, PathRefused, JournalError; then nothing is written.
        """
        paths = [change.path for change in files]
        async with aclosing(when_free(self.ports, paths, lambda: self._write(files, proposal))) as events:
            async for event in events:
                yield event.value if isinstance(event, Done) else event

    def _write(self, files: Sequence[FileChange], proposal: Proposal) -> Written:
        """Write them now, and note what the model knows of them then."""
        try:
            written = self._write_once(files, proposal)
        except FileChanged:  # perhaps between our look and our write: then a second look is enough
            written = self._write_once(files, proposal)
        by_hand = _by_hand(files, proposal)
        for change in written.files:
            if change.after is not None and change.path not in by_hand:
                self.session.changed(change.path, digest(change.before or b""), digest(change.after))
        self.ports.workspace.forget_files()
        return written

    def _write_once(self, files: Sequence[FileChange], proposal: Proposal) -> Written:
        fresh: list[FileChange] = []
        meanwhile: list[str] = []
        for change in files:
            now = self.ports.workspace.read_bytes(change.path)
            if now == change.before:
                fresh.append(change)
                continue
            from haikuterm.core import replan  # a rare road, kept out of start-up

            fresh.append(replan.replan(change, _proposed(change, proposal), proposal.edits, now))
            lines = replan.meanwhile(change, now or b"")
            meanwhile.append(
                f"{change.path} had changed on disk meanwhile; the edit was made on the new text:\n{lines}"
            )
        step = self.ports.journal.begin(fresh, self.prompt, self.session.model.id, self.session.id)
        write_step(self.ports, fresh, step)
        return Written(step, tuple(fresh), tuple(meanwhile))


def _proposed(accepted: FileChange, proposal: Proposal) -> FileChange:
    """The change as it was before the user decided on its hunks."""
    return next((file for file in proposal.files if file.path == accepted.path), accepted)


def _by_hand(accepted: Sequence[FileChange], proposal: Proposal) -> dict[str, str]:
    """What the user changed themselves, by path, as a diff from what was proposed: bytes that the model never saw."""
    found = {}
    for change in accepted:
        proposed = _proposed(change, proposal)
        if change != proposed:
            from haikuterm.core.review import edited_by_hand  # needed by a review only, kept out of start-up

            found[change.path] = edited_by_hand(proposed, change)
    return {path: hunks for path, hunks in found.items() if hunks}


def _told_by_hand(edited: Mapping[str, str], written: Sequence[str]) -> list[str]:
    """What the model is told of lines that the user wrote in place of its own."""
    return [
        f"The user changed lines of the edit of {path} before they accepted it, from what you sent to what is there:\n"
        f"{hunks}".rstrip("\n")
        for path, hunks in edited.items()
        if path in written
    ]


def _told_broken(broken: Mapping[str, str], written: Sequence[str]) -> list[str]:
    """What the model is told of parts that do not parse."""
    return [
        f"{path} does not parse now, {why}: the user accepted only a part of it."
        if path in written
        else f"The part of {path} that the user accepted would not parse, {why}; so it was not written."
        for path, why in broken.items()
    ]


def new_path(ports: Ports, path: str, instead_of: str = "") -> str:
    """The path of a file that is to be made, as the workspace says it. Raises PathRefused, EditRefused.

    instead_of: the file that it takes the place of, whose name may differ in case only.
    """
    resolved = ports.workspace.resolve(path)
    if ports.workspace.read_bytes(resolved) is not None:
        raise EditRefused(f"{resolved} exists already. Use edit. Nothing was written.")
    if twin := _twin(resolved, (name for name in ports.workspace.files() if name != instead_of)):
        raise EditRefused(f"{twin} is there already, and on some disks it is the same name. Nothing was written.")
    if secret_name(resolved):
        raise EditRefused(f"{resolved} is a name for secrets; such files are left to the user. Nothing was written.")
    if why := odd_name(resolved):
        raise EditRefused(f"{visible_line(resolved)} is no good name: {why}. Nothing was written.")
    return resolved


def _twin(path: str, files: Iterable[str]) -> str:
    """A file or folder whose name differs from the path's, or from that of a folder on its way, only in case."""
    wanted = {part.casefold(): part for part in _ways(path)}
    for name in files:
        for way in _ways(name):
            if wanted.get(way.casefold(), way) != way:
                return way
    return ""


def _ways(path: str) -> list[str]:
    """The path and the folders on its way, as in a, a/b, a/b/c."""
    return ["/".join(path.split("/")[:end]) for end in range(1, path.count("/") + 2)]


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return sha256(data).hexdigest()
