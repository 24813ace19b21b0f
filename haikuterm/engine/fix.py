"""The lint ladder: what costs nothing first, then the model, verified; escalated on evidence; shown, then written.

The tree never holds a half-fixed state: all happens in memory until the user has seen it, and the run is one step.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from haikuterm.core.context import estimate
from haikuterm.core.errors import HaikutermError
from haikuterm.core.events import Checked, Escalated, Event, LintFixed, Notice, Tries
from haikuterm.core.findings import CheckReport, Finding, merge
from haikuterm.core.fixing import MOST_LINES, Job, gist, question
from haikuterm.core.models import Model, catalogue
from haikuterm.core.money import Usage, cost
from haikuterm.core.ports import Linters, Option, Question, Trial
from haikuterm.engine import bill
from haikuterm.engine.asking import Ask
from haikuterm.engine.fix_bench import Bench, Chosen
from haikuterm.engine.fix_round import Round
from haikuterm.engine.landing import Landed, Landing
from haikuterm.engine.lines import LineFixed, fix_lines
from haikuterm.engine.linting import agree, scope

TRIES = 2  # of the session's model at one job: the second with the evidence of the first
ANSWER = 600  # tokens of answer that the price of an escalation reckons with


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be fixed. names: files, folders, globs or "--all"; none: what differs from the last commit.

    words: what the user adds, for the model. findings: the only ones to fix, as they were piped in; None for all that
    the linters find. test: a command that must pass too, "" for none. dry: nothing is written, only said.
    """

    names: tuple[str, ...] = ()
    words: str = ""
    findings: tuple[Finding, ...] | None = None
    test: str = ""
    dry: bool = False


async def fix(ask: Ask, landing: Landing, order: Order) -> AsyncGenerator[Event, None]:
    """Find out which files are meant, ask for the consent that their linters need, and climb the ladder.

    Raises PathRefused for a name that is none.
    """
    ports = landing.ports
    paths = await asyncio.to_thread(scope, ports.workspace, order.names)
    async with aclosing(agree(ports, landing.asker, paths)) as events:
        async for event in events:
            yield event
    trial = ports.trial(order.test) if order.test else None
    async with aclosing(Fix(ask, landing, ports.linters, paths, order, trial).run()) as steps:
        async for event in steps:
            yield event


@dataclass(slots=True)
class Fix:
    """One run over some files. trial: a test command that must pass too."""

    ask: Ask
    landing: Landing
    linters: Linters
    paths: Sequence[str]
    order: Order = Order()
    trial: Trial | None = None
    tries: dict[str, Tries] = field(default_factory=dict)

    async def run(self) -> AsyncGenerator[Event, None]:
        """All steps, each in sight; LintFixed is the last event of a run that had something to fix."""
        reports = await self.linters.reports(self.paths)
        first = merge(reports)
        yield Checked(first)
        if not first.findings:
            return
        before = self.ask.session.total
        working = tuple(report.tool for report in reports if not report.broke)
        bench = Bench(Chosen(self.linters, working), first.findings, self.trial)
        for sentence in await bench.read(self.landing.ports.workspace):
            yield Notice(sentence, "warning")
        free = await self._repair(bench)
        if free:
            yield Notice(f"{free} of {len(first.findings)} fixed by the linter itself, free.")
        try:
            for work in (self._ask_model(bench), self._escalate(bench)):
                async with aclosing(work) as events:
                    async for event in events:
                        yield event
        except HaikutermError as error:  # no money, no network: what is fixed so far is not lost
            yield Notice(str(error), "error")
        async with aclosing(self._land(bench, first)) as events:
            async for event in events:
                yield event
        after = self.ask.session.total
        usd = None if after.unpriced > before.unpriced else after.usd - before.usd
        yield LintFixed(len(first.findings), free, tuple(self.tries.values()), bench.found, usd)

    async def _repair(self, bench: Bench) -> int:
        """Let the linters' own safe fixers work in memory; returns how many findings are gone."""
        made = await self.linters.fix([*bench.files])
        images = {path: data for path, data in made.files.items() if path in bench.files and data != bench.now(path)}
        count = len(bench.found)
        whole = {path: tuple(f for f in bench.found if f.path == path) for path in images}
        work = [Job(path, bench.text(path).text, found) for path, found in whole.items()]
        await bench.judge(work, images, bounded=False)
        return count - len(bench.found)

    async def _ask_model(self, bench: Bench) -> AsyncGenerator[Event, None]:
        """Ask the session's model for what is left, file by file."""
        model = self.ask.session.model
        for job in map(bench.renewed, bench.jobs()):
            if not job.findings:
                continue
            work = self._round(bench, model, (job,), TRIES) if model.tools else self._lines(bench, model, job)
            async with aclosing(work) as events:
                async for event in events:
                    yield event

    async def _round(
        self, bench: Bench, model: Model, work: Sequence[Job], tries: int, evidence: str = ""
    ) -> AsyncGenerator[Event, None]:
        rules = {f.code: f for job in work for f in job.findings}
        explained = {code: gist(await self.linters.explain(finding)) for code, finding in rules.items()}
        asking = Round(self.ask, bench, self.landing.ports.workspace, explained, self.order.words)
        async with aclosing(asking.run(model, work, tries, evidence)) as events:
            async for event in events:
                if isinstance(event, Tries):
                    self._count(event)
                else:
                    yield event

    async def _lines(self, bench: Bench, model: Model, job: Job) -> AsyncGenerator[Event, None]:
        """What a model without tools does: one line at a time, each verified."""
        ask = replace(self.ask, purpose="line")
        done = fix_lines(ask, bench.checker, model, bench.text(job.path), job.findings)
        async with aclosing(done) as events:
            async for event in events:
                if not isinstance(event, LineFixed):
                    yield event
                    continue
                if event.fixed:
                    report = await bench.checker.check([job.path], {job.path: event.data})
                    bench.take(job.path, event.data, report.findings)
                self._count(Tries(model.id, len(event.fixed), len(job.findings), event.first))

    def _count(self, more: Tries) -> None:
        so_far = self.tries.get(more.model, Tries(more.model))
        self.tries[more.model] = Tries(
            more.model, so_far.fixed + more.fixed, so_far.jobs + more.jobs, so_far.first + more.first
        )

    async def _escalate(self, bench: Bench) -> AsyncGenerator[Event, None]:
        """Offer one request to the next model up for what is left, with its price."""
        model = catalogue().next_up(self.ask.session.model)
        work = _first_of(bench.jobs())
        how = self.landing.settings.escalate
        if model is None or not work or how == "never":
            return
        text = "\n\n".join(question(job, {}) for job in work)
        usd = cost(Usage(input=estimate(text, model), output=ANSWER), model.prices)
        count = sum(len(job.findings) for job in work)
        reason = f"{count} finding{'s' * (count > 1)} left, about {bill.dollars(usd)}"
        if how == "ask" and await self.landing.asker.choose(_offer(model, reason)) != "yes":
            return
        yield Escalated(model.id, reason)
        evidence = f"{self.ask.session.model.alias} could not fix these; its changes did not pass the linter."
        async with aclosing(self._round(bench, model, work, 1, evidence)) as events:
            async for event in events:
                yield event

    async def _land(self, bench: Bench, first: CheckReport) -> AsyncGenerator[Event, None]:
        """Show all that came of it, ask, write it as one step."""
        proposal = bench.proposal()
        if not proposal.files:
            yield Notice("Nothing could be fixed; no file is changed.", "warning")
            return
        if self.order.dry:
            return
        async with aclosing(self.landing.land(proposal, first)) as events:
            async for event in events:
                if not isinstance(event, Landed):
                    yield event


def _first_of(work: Sequence[Job]) -> tuple[Job, ...]:
    """As many of the jobs as one request may hold, one for each file."""
    taken: dict[str, Job] = {}
    lines = 0
    for job in work:
        lines += job.shown
        if job.path not in taken and (not taken or lines <= MOST_LINES):
            taken[job.path] = job
    return tuple(taken.values())


def _offer(model: Model, reason: str) -> Question:
    options = (Option("yes", f"ask {model.alias} once"), Option("no", "leave them"))
    return Question(f"Ask {model.alias}? {reason}", options, selected="no")
