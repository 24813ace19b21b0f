"""How far a lint run is, told while it is long: files done of all, findings left, money so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from haikuterm.core.events import Progress
from haikuterm.core.fixing import Job
from haikuterm.core.money import Total
from haikuterm.engine import bill
from haikuterm.engine.asking import Ask
from haikuterm.engine.fix_bench import Bench

MANY = 20  # files from which on looking at them takes long enough to be told


def looking(count: int, what: str = "looking through") -> list[Progress]:
    """That the linters look at so many files, whole projects at once; nothing for a few."""
    return [Progress(f"{what} {count} files", 0, 0, "files")] if count >= MANY else []


def fixers(bench: Bench) -> list[Progress]:
    """That the linters' own fixers are at work; nothing for a few files."""
    note = f"{len(bench.open)} findings"
    count = len(bench.files)
    return [Progress(f"fixing free in {count} files", 0, 0, "files", note)] if count >= MANY else []


@dataclass(slots=True)
class Course:
    """The way of the models through the files. before: what the session had cost; jobs: the work, file by file."""

    ask: Ask
    bench: Bench
    before: Total
    jobs: Sequence[Job]
    at: int = 0

    def steps(self) -> Iterator[Job]:
        """The jobs, counted as they are begun."""
        for number, job in enumerate(self.jobs):
            self.at = number
            yield job
        self.at = len(self.jobs)

    def told(self, doing: str = "") -> list[Progress]:
        """How far it is; nothing for a single file. doing: what goes on within this job, as in "running pytest"."""
        files = [job.path for job in self.jobs]
        total, done = len({*files}), len({*files} - {*files[self.at :]})
        if total < 2:
            return []
        left = len(self.bench.open)
        parts = [doing, f"{left} finding{'s' * (left != 1)} left", self._money()]
        return [Progress("fixing", done, total, "files", ", ".join(part for part in parts if part))]

    def _money(self) -> str:
        """What the run has cost so far, "" if nothing."""
        now = self.ask.session.total
        if now.unpriced > self.before.unpriced:
            return "unpriced"
        spent = now.usd - self.before.usd
        return bill.dollars(spent) if spent else ""
