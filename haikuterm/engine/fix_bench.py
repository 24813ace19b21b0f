"""The files of a lint run as they stand in memory, and what the linters and the test command say of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.errors import AttachmentRefused, HaikutermError
from haikuterm.core.findings import CheckReport, Finding, by_path, difference, merge, unknown
from haikuterm.core.fixing import Job, Judged, jobs, judge
from haikuterm.core.ports import FileText, Grammars, Linters, Trial, Workspace
from haikuterm.core.textfile import decode
from haikuterm.engine.landing import digest
from haikuterm.engine.piped import failures, is_one_of, still_failing, test_name


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some of the linters as one checker: those that could work when they were asked first.

    across: the names of those of them whose word on a file hangs on others; they look at all of `everywhere`.
    """

    linters: Linters
    names: tuple[str, ...]
    across: tuple[str, ...] = ()
    everywhere: tuple[str, ...] = ()

    @property
    def apart(self) -> Chosen:
        """Those of them that look at single files."""
        return Chosen(self.linters, tuple(name for name in self.names if name not in self.across))

    async def check(self, paths: Sequence[str], overlay: Mapping[str, bytes] | None = None) -> CheckReport:
        """Their findings as one report; none of nobody."""
        apart = self.apart.names
        reports = await self.linters.reports(paths, overlay, only=apart) if apart else ()
        if self.across:
            reports += await self.linters.reports(self.everywhere, overlay, only=self.across)
        return merge(reports)


async def across(linters: Linters, names: Sequence[str], paths: Sequence[str]) -> tuple[str, ...]:
    """Those of the linters whose word on one of the paths hangs on others."""
    if not {*names} - {"ruff"}:
        return ()  # the common case, without another look at the disk
    known = await asyncio.to_thread(linters.available, paths)
    return tuple(linter.name for linter in known if linter.across and linter.name in names)


def overtaken(workspace: Workspace, proposal: Proposal) -> list[tuple[FileChange, str]]:
    """The files that somebody else changed in the same lines while the run went on, with a sentence each."""
    from haikuterm.core.replan import replan  # a rare road

    found = []
    for change in proposal.files:
        try:
            now = workspace.read_bytes(change.path)
            if now != change.before:
                replan(change, change, (), now)
        except HaikutermError:
            found.append((change, f"{change.path} changed on disk meanwhile, in the same lines."))
    return found


@dataclass(slots=True)
class Bench:
    """Candidates for files, none of them on disk. found: what the linters say of all files as they stand here.

    wanted: those of the found ones that are to be fixed, None for all. carried: findings that are to be fixed as well,
    but of which no linter here tells: one that a change was made for counts as gone if nothing speaks against it.
    trial: a test command that must pass too, None for none. failing: how many tests failed before, None if not known.
    grammars: parsers of what the standard library cannot parse, None for none. refused: (path, digest) of candidates
    of models that did not count: one that comes again is not asked for a third time. evidence: what spoke against the
    last candidate of a file, by path.
    """

    checker: Chosen
    found: tuple[Finding, ...]
    trial: Trial | None = None
    wanted: tuple[Finding, ...] | None = None
    carried: tuple[Finding, ...] = ()
    failing: int | None = 0
    grammars: Grammars | None = None
    files: dict[str, FileText] = field(default_factory=dict)
    images: dict[str, bytes] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)
    evidence: dict[str, str] = field(default_factory=dict)

    @property
    def open(self) -> tuple[Finding, ...]:
        """What is left to fix, as the files stand here."""
        return (*(self.found if self.wanted is None else self.wanted), *self.carried)

    async def read(self, workspace: Workspace) -> list[str]:
        """Take up the files with findings; returns sentences on those that may not be sent or written."""
        refused = []
        for path in by_path(self.open):
            if why := await asyncio.to_thread(workspace.writable, path):
                refused.append(f"{why} Its findings are left.")
                continue
            try:
                self.files[path] = await asyncio.to_thread(workspace.read_text, path)
            except AttachmentRefused as error:
                refused.append(str(error))
        return refused

    def forget_passing(self, said: str) -> int:
        """Let go of the tests that were piped in and pass now, by what the test command says; returns how many."""
        tests = [finding for finding in self.carried if finding.tool == "pytest"]
        still = still_failing(said) if said else frozenset[str]()
        gone = [] if still is None else [finding for finding in tests if not is_one_of(finding, still)]
        self.carried = tuple(finding for finding in self.carried if finding not in gone)
        return len(gone)

    def now(self, path: str) -> bytes:
        """The file's bytes as they stand here."""
        return self.images.get(path, self.files[path].data)

    def text(self, path: str) -> FileText:
        """The file as it stands here."""
        data = self.now(path)
        return FileText(path, decode(data).text, data, digest(data))

    def jobs(self) -> tuple[Job, ...]:
        """What is left to do, in portions for one request each."""
        return tuple(jobs(self.open, {path: decode(self.now(path)).text for path in self.files}))

    def renewed(self, job: Job) -> Job:
        """The job on the file as it stands here now: findings move with their lines, and some may be gone."""
        here = [finding for finding in self.open if finding.path == job.path]
        findings: list[Finding] = []
        for wanted in job.findings:
            same = [f for f in here if (f.code, f.message) == (wanted.code, wanted.message)]
            if same:
                findings.append(min(same, key=lambda f: abs(f.line - wanted.line)))
                here.remove(findings[-1])
        return Job(job.path, self.text(job.path).text, tuple(findings))

    async def judge(self, work: Sequence[Job], images: dict[str, bytes], *, bounded: bool = True) -> dict[str, Judged]:
        """What the linters and the test command say of these candidates; those that are better are taken."""
        report = await self.checker.check([*images], images) if images else CheckReport("lint", ())
        found = by_path(report.findings)
        here = [job for job in work if job.path in images]
        outcomes = {job.path: self._judged(job, images, report, bounded=bounded) for job in here}
        good = [job for job in here if outcomes[job.path].accepted]
        if self.checker.across and len(good) < len(here) > 1:  # what was said of some hangs on others that do not count
            for part in [*([good] if good else []), *([job] for job in here if job not in good)]:
                outcomes |= await self.judge(part, {job.path: images[job.path] for job in part}, bounded=bounded)
            return outcomes
        proved = self.trial is None or (len(good) > 1 and await self._all_pass({j.path: images[j.path] for j in good}))
        for job in good:
            data = images[job.path]
            outcome = outcomes[job.path] if proved else await self._proved(outcomes[job.path], job, data)
            if outcome.accepted:
                self.take(job.path, data, found.get(job.path, ()), outcome.fixed)
            outcomes[job.path] = outcome
        if here and all(outcome.accepted for outcome in outcomes.values()):
            self._hear_of_others(report, images)
        return outcomes

    def _hear_of_others(self, report: CheckReport, taken: Mapping[str, bytes]) -> None:
        """Keep what the linters that look across files say of those that were not changed."""
        others = tuple(finding for finding in report.findings if finding.path not in taken)
        stay = [f for f in self.found if f.path in taken or f.tool not in self.checker.across]
        if self.wanted is not None:
            mine = [f for f in self.wanted if f not in stay]
            self.wanted = (*(f for f in self.wanted if f in stay), *difference(mine, others, unknown, unknown).kept)
        self.found = (*stay, *others)

    def _judged(self, job: Job, images: Mapping[str, bytes], report: CheckReport, *, bounded: bool) -> Judged:
        """What the linters say of one candidate; those that look across files also of files without one."""
        if report.broke:
            return Judged((), job.findings, why=f"It could not be checked: {report.broke}")
        data, across = images[job.path], self.checker.across
        mine = [f for f in (*self.found, *self.carried) if f.path == job.path]
        baseline = [*mine, *(f for f in self.found if f.path not in images and f.tool in across)]
        after = [f for f in report.findings if f.path == job.path or f.path not in images]
        after += self._carried_to(job.path, data, self._met(job, data))
        outcome = judge(job, self.now(job.path), data, baseline, after, bounded=bounded)
        if outcome.accepted and self.grammars:
            broken = self.grammars.newly_broken(FileChange(job.path, self.now(job.path), data))
            if broken:
                return Judged((), job.findings, why=f"The file would not parse any more, {broken}.")
        return outcome

    def _met(self, job: Job, data: bytes) -> tuple[Finding, ...]:
        """The job's findings that the candidate may be about, for those of which no linter tells whether they are gone.

        Of several lint findings only those whose lines it changes; where failing tests are to be mended nobody can say.
        """
        standing = _unchanged(job.findings, decode(self.now(job.path)).text, decode(data).text)
        many = len(job.findings) > 1
        return tuple(f for f in job.findings if not many or f.tool == "pytest" or f not in standing)

    async def _all_pass(self, images: Mapping[str, bytes]) -> bool:
        """Whether the test command passes with all of the candidates: then one run is enough."""
        assert self.trial is not None, "asked for only where there is one"
        return not await self.trial({**self.images, **images})

    async def _proved(self, outcome: Judged, job: Job, data: bytes) -> Judged:
        """The outcome after the test command: it counts if that passes, or where it failed before, fails no more.

        A failure of a test counts as fixed only if fewer fail than before, and it is none of those.
        """
        assert self.trial is not None, "asked for only where there is one"
        said = await self.trial({**self.images, job.path: data})
        count, before = failures(said), self.failing
        tests = [finding for finding in outcome.fixed if finding.tool == "pytest"]
        if not _no_worse(count, before, progress=bool(tests)):
            return Judged((), job.findings, why=f"The test command fails with it:\n{said}")
        still = still_failing(said) if said else frozenset[str]()
        if still is None:  # the summary is too long to be seen: unless all of them must pass now, none is known to
            sure = before is not None and count is not None and before - count >= len(tests)
            still = frozenset(() if sure else map(test_name, tests))
        self.failing = count
        red = tuple(finding for finding in tests if is_one_of(finding, still))
        return Judged(tuple(f for f in outcome.fixed if f not in red), (*outcome.left, *red))

    def take(self, path: str, data: bytes, found: Iterable[Finding], fixed: Sequence[Finding] = ()) -> None:
        """The file shall hold these bytes, of which the linters say this; `fixed` are no longer carried."""
        found = tuple(found)
        carried = self._carried_to(path, data, fixed)
        if self.wanted is not None:
            before, after = (decode(bytes_).text for bytes_ in (self.now(path), data))
            mine = [f for f in self.wanted if f.path == path]
            kept = difference(mine, found, lambda _: before, lambda _: after).kept
            self.wanted = (*(f for f in self.wanted if f.path != path), *kept)
        self.carried = (*(f for f in self.carried if f.path != path), *carried)
        self.images[path] = data
        self.found = (*(f for f in self.found if f.path != path), *found)

    def _carried_to(self, path: str, data: bytes, without: Sequence[Finding]) -> list[Finding]:
        """The findings of the file that are carried, where their lines stand in these bytes."""
        carried = [f for f in self.carried if f.path == path and f not in without]
        if not carried:
            return []
        return _moved(carried, decode(self.now(path)).text, decode(data).text)

    def give_back(self, path: str, first: Iterable[Finding]) -> int:
        """The file stays as it was read, with those of these findings that are its own.

        Returns how many of them the linters had fixed themselves.
        """
        findings = [finding for finding in first if finding.path == path]
        gone = {finding.code for finding in findings} - {f.code for f in self.open if f.path == path}
        self.images.pop(path, None)
        self.carried = tuple(finding for finding in self.carried if finding.path != path)
        self.found = (*(f for f in self.found if f.path != path), *findings)
        if self.wanted is not None:
            self.wanted = (*(f for f in self.wanted if f.path != path), *findings)
        return sum(finding.code in gone and bool(finding.fix or finding.edits) for finding in findings)

    def proposal(self) -> Proposal:
        """All that is to be written, as one step."""
        changed = {path: data for path, data in self.images.items() if data != self.files[path].data}
        return Proposal(tuple(FileChange(path, self.files[path].data, data) for path, data in sorted(changed.items())))


def _no_worse(count: int | None, before: int | None, *, progress: bool) -> bool:
    """Whether so many failing tests will do where so many failed before; progress: they must have become fewer."""
    if count == 0:
        return True
    if not before or count is None:
        return False
    return count < before if progress else count <= before


def _unchanged(findings: Sequence[Finding], before: str, after: str) -> list[Finding]:
    """Those of the findings whose lines, from first to last, are all as they were."""
    from difflib import SequenceMatcher

    blocks = SequenceMatcher(None, before.split("\n"), after.split("\n"), autojunk=False).get_opcodes()
    kept = {row for tag, start, end, _, _ in blocks if tag == "equal" for row in range(start + 1, end + 1)}
    return [
        finding for finding in findings if kept.issuperset(range(finding.line, max(finding.line, finding.end_line) + 1))
    ]


def _moved(findings: Sequence[Finding], before: str, after: str) -> list[Finding]:
    """The findings on the lines that theirs have become; without those whose lines are gone."""
    from difflib import SequenceMatcher

    blocks = SequenceMatcher(None, before.split("\n"), after.split("\n"), autojunk=False).get_opcodes()
    moved = []
    for finding in findings:
        block = next((b for b in blocks if b[1] <= finding.line - 1 < b[2]), None)
        if block is not None and block[0] != "delete":
            line = min(finding.line - 1 - block[1] + block[3], block[4] - 1) + 1
            moved.append(replace(finding, line=line, end_line=0, end_column=0, edits=(), offered=()))
    return moved
