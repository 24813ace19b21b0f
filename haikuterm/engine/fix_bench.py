"""The files of a lint run as they stand in memory, and what the linters say of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.errors import AttachmentRefused
from haikuterm.core.findings import CheckReport, Finding, by_path, merge
from haikuterm.core.fixing import Job, Judged, jobs, judge
from haikuterm.core.ports import Checker, FileText, Linters, Trial, Workspace
from haikuterm.core.textfile import decode
from haikuterm.engine.landing import digest


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some of the linters as one checker: those that could work when they were asked first."""

    linters: Linters
    names: tuple[str, ...]

    async def check(self, paths: Sequence[str], overlay: Mapping[str, bytes] | None = None) -> CheckReport:
        """Their findings as one report."""
        return merge(await self.linters.reports(paths, overlay, only=self.names))


@dataclass(slots=True)
class Bench:
    """Candidates for files, none of them on disk. found: what the linters say of all files as they stand here.

    trial: a test command that must pass too, None for none.
    """

    checker: Checker
    found: tuple[Finding, ...]
    trial: Trial | None = None
    files: dict[str, FileText] = field(default_factory=dict)
    images: dict[str, bytes] = field(default_factory=dict)

    async def read(self, workspace: Workspace) -> list[str]:
        """Take up the files with findings; returns sentences on those that may not be sent (secret, huge)."""
        refused = []
        for path in by_path(self.found):
            try:
                self.files[path] = await asyncio.to_thread(workspace.read_text, path)
            except AttachmentRefused as error:
                refused.append(str(error))
        return refused

    def now(self, path: str) -> bytes:
        """The file's bytes as they stand here."""
        return self.images.get(path, self.files[path].data)

    def text(self, path: str) -> FileText:
        """The file as it stands here."""
        data = self.now(path)
        return FileText(path, decode(data).text, data, digest(data))

    def jobs(self) -> tuple[Job, ...]:
        """What is left to do, in portions for one request each."""
        return tuple(jobs(self.found, {path: decode(self.now(path)).text for path in self.files}))

    def renewed(self, job: Job) -> Job:
        """The job on the file as it stands here now: findings move with their lines, and some may be gone."""
        here = [finding for finding in self.found if finding.path == job.path]
        findings: list[Finding] = []
        for wanted in job.findings:
            same = [f for f in here if (f.code, f.message) == (wanted.code, wanted.message)]
            if same:
                findings.append(min(same, key=lambda f: abs(f.line - wanted.line)))
                here.remove(findings[-1])
        return Job(job.path, self.text(job.path).text, tuple(findings))

    async def judge(self, work: Sequence[Job], images: dict[str, bytes], *, bounded: bool = True) -> dict[str, Judged]:
        """What the linters and the test command say of these candidates; those that are better are taken."""
        report = await self.checker.check([*images], images) if images else None
        found = by_path(report.findings) if report else {}
        outcomes: dict[str, Judged] = {}
        for job in work:
            data = images.get(job.path)
            if data is None:
                continue
            baseline = [f for f in self.found if f.path == job.path]
            after = found.get(job.path, ())
            outcome = judge(job, self.now(job.path), data, baseline, after, bounded=bounded)
            if report and report.broke:
                outcome = Judged((), job.findings, why=f"It could not be checked: {report.broke}")
            elif outcome.accepted and self.trial and (failed := await self.trial({**self.images, job.path: data})):
                outcome = Judged((), job.findings, why=f"The test command fails with it:\n{failed}")
            if outcome.accepted:
                self.take(job.path, data, after)
            outcomes[job.path] = outcome
        return outcomes

    def take(self, path: str, data: bytes, found: Iterable[Finding]) -> None:
        """The file shall hold these bytes, of which the linters say this."""
        self.images[path] = data
        self.found = (*(f for f in self.found if f.path != path), *found)

    def proposal(self) -> Proposal:
        """All that is to be written, as one step."""
        changed = {path: data for path, data in self.images.items() if data != self.files[path].data}
        return Proposal(tuple(FileChange(path, self.files[path].data, data) for path, data in sorted(changed.items())))
