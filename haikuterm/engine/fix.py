"""The lint ladder: what costs nothing first, then the model, verified; escalated on evidence; shown, then written.

The tree never holds a half-fixed state: all happens in memory until the user has seen it, and the run is one step.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal

from haikuterm.core.context import estimate
from haikuterm.core.errors import BudgetReached, HaikutermError
from haikuterm.core.events import Charged, Checked, Escalated, Event, LintFixed, Notice, Progress, Tries, TurnEnded
from haikuterm.core.findings import CheckReport, Finding, by_path, merge
from haikuterm.core.fixing import MOST_LINES, SYSTEM, Job, gist, question
from haikuterm.core.models import Model, catalogue
from haikuterm.core.money import Total, Usage, cost
from haikuterm.core.places import served
from haikuterm.core.ports import Linters, Option, Question, Trial
from haikuterm.engine import bill
from haikuterm.engine.asking import Ask
from haikuterm.engine.confirming import unconfirmed
from haikuterm.engine.fetching import fetch, missing
from haikuterm.engine.fix_bench import Bench, Chosen, across, overtaken
from haikuterm.engine.fix_free import repair
from haikuterm.engine.fix_progress import Course, fixers, looking
from haikuterm.engine.fix_round import Round
from haikuterm.engine.landing import Landed, Landing
from haikuterm.engine.lines import LineFixed, fix_lines
from haikuterm.engine.linting import agree, scope
from haikuterm.engine.piped import failures, match
from haikuterm.engine.probing import settle

TRIES = 2  # of the session's model at one job: the second with the evidence of the first
ANSWER = 600  # tokens of answer that the price of an escalation reckons with


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be fixed. names: files, folders, globs or "--all"; none: what differs from the last commit.

    words: what the user adds, for the model. findings: the only ones to fix, as they were piped in; None for all that
    the linters find. evidence: more to tell the model of them, by path. test: a command that must pass too, "" for
    none. free: no model is asked. dry: nothing is written and no model asked, only said what could be done.
    """

    names: tuple[str, ...] = ()
    words: str = ""
    findings: tuple[Finding, ...] | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    test: str = ""
    free: bool = False
    dry: bool = False


async def fix(ask: Ask, landing: Landing, order: Order) -> AsyncGenerator[Event, None]:
    """Find out which files are meant, ask for the consent that their linters need, and climb the ladder.

    Raises PathRefused for a name that is none, SettingsError for a test command that cannot be run.
    """
    ports = landing.ports
    if order.findings is None:
        paths = await asyncio.to_thread(scope, ports.workspace, order.names)
    else:
        paths = tuple(by_path(order.findings))
    if await _must_agree(ports.linters, paths, order):
        async with aclosing(agree(ports, landing.asker, paths)) as events:
            async for event in events:
                yield event
    trial = ports.trial(order.test) if order.test and not order.dry else None
    async with aclosing(Fix(ask, landing, ports.linters, paths, order, trial).run()) as steps:
        async for event in steps:
            yield event


async def _must_agree(linters: Linters, paths: Sequence[str], order: Order) -> bool:
    """Whether the user has to be asked: of findings that were piped in, only about the tools that found them."""
    if order.findings is None:
        return True
    tools = {finding.tool for finding in order.findings}
    return any(linter.name in tools for linter in await asyncio.to_thread(linters.available, paths))


@dataclass(slots=True)
class Fix:
    """One run over some files. trial: a test command that must pass too. stopped: why not all was tried.

    free: how many findings the linters fixed themselves. before: what the session had cost until then.
    """

    ask: Ask
    landing: Landing
    linters: Linters
    paths: Sequence[str]
    order: Order = Order()
    trial: Trial | None = None
    tries: dict[str, Tries] = field(default_factory=dict)
    stopped: HaikutermError | None = None
    free: int = 0
    before: Total = field(default_factory=Total)
    _reports: tuple[CheckReport, ...] = ()

    async def run(self) -> AsyncGenerator[Event, None]:
        """All steps, each in sight. A run that had something to fix ends on LintFixed, and on TurnEnded after it if
        something kept it from going on (the budget, the network).
        """
        for sign in looking(len(self.paths)):
            yield sign
        bench, first = await self._examined()
        yield Checked(first)
        if not first.findings:
            return
        self.before = before = self.ask.session.total
        async with aclosing(self._climb(bench, len(first.findings))) as events:
            async for event in events:
                yield event
        async with aclosing(self._land(bench, first)) as events:
            async for event in events:
                yield event
        after = self.ask.session.total
        usd = None if after.unpriced > before.unpriced else after.usd - before.usd
        yield LintFixed(len(first.findings), self.free, tuple(self.tries.values()), bench.open, usd)
        if self.stopped:
            yield TurnEnded("over_budget" if isinstance(self.stopped, BudgetReached) else "failed")

    async def _examined(self) -> tuple[Bench, CheckReport]:
        """The bench, and what there is to fix."""
        given = self.order.findings
        tools = {finding.tool for finding in given or ()}
        reports = await self.linters.reports(self.paths, only=() if given is None else {*tools, "ruff"})
        self._reports = reports
        found = merge(reports)
        names = tuple(report.tool for report in reports if not report.broke)
        checker = Chosen(self.linters, names, await across(self.linters, names, self.paths), tuple(self.paths))
        bench = Bench(checker, found.findings, self.trial, grammars=self.landing.ports.grammars)
        if given is None:
            return bench, found
        bench.wanted, bench.carried = match(given, found.findings)
        broke = " ".join(report.broke for report in reports if report.broke and report.tool in tools)
        return bench, CheckReport(", ".join(sorted(tools)) or "lint", tuple(self.paths), bench.open, broke)

    async def _climb(self, bench: Bench, count: int) -> AsyncGenerator[Event, None]:
        """What is done about the findings, in memory: free first, then the model, then perhaps a bigger one."""
        steps = [self._begin(bench), self._free(bench, count)]
        if not (self.order.dry or self.order.free):
            steps.append(self._paid(bench))
        for work in steps:
            async with aclosing(work) as events:
                async for event in events:
                    yield event

    async def _free(self, bench: Bench, count: int) -> AsyncGenerator[Event, None]:
        """What the linters can do themselves."""
        before = len(bench.open)
        for sign in fixers(bench):
            yield sign
        for sentence in await repair(bench, self.linters, self._reports):
            yield Notice(sentence, "warning")
        self.free = before - len(bench.open)
        if self.order.dry:
            need = "needs" if len(bench.open) == 1 else "need"
            yield Notice(f"{self.free} could be fixed free, {len(bench.open)} {need} a model. Nothing was changed.")
        elif self.free:
            yield Notice(f"{self.free} of {count} fixed by the linter itself, free.")

    async def _paid(self, bench: Bench) -> AsyncGenerator[Event, None]:
        """What models can do, if there is one to ask and something left to ask for."""
        if not bench.open:
            return
        if not served(self.landing.settings, self.ask.session.model):
            yield Notice(_no_model(len(bench.open)), "warning")
            return
        jobs, model = bench.jobs(), self.ask.session.model  # reckoned with one answer to each question
        usd, limit, what = _price(jobs, model, len(jobs)), self.landing.settings.confirm_usd, _findings(len(bench.open))
        if refused := await unconfirmed(self.landing.asker, usd, limit, model, what):
            yield Notice(refused, "warning")
            return
        try:
            for work in (self._ask_model(bench), self._escalate(bench)):
                async with aclosing(work) as events:
                    async for event in events:
                        yield event
        except HaikutermError as error:  # no money, no network: what is fixed so far is not lost
            self.stopped = error
            yield Notice(str(error), "error")

    async def _begin(self, bench: Bench) -> AsyncGenerator[Event, None]:
        """Read the files; say of which findings nobody can tell whether they are gone; see whether the tests pass."""
        for sentence in await bench.read(self.landing.ports.workspace):
            yield Notice(sentence, "warning")
        blind = [f for f in bench.carried if f.tool != "pytest" or not self.trial]
        if blind:
            tools = ", ".join(sorted({finding.tool for finding in blind}))
            yield Notice(
                f"{len(blind)} of the findings ({tools}) cannot be looked at again here. "
                "What is done about them is checked by syntax and for new findings only.",
                "warning",
            )
        if self.trial is None:
            return
        yield Notice(f"running {self.order.test} on a copy of the tree")
        yield Progress(f"running {self.order.test}", 0, 0, "")
        said = await self.trial({})
        bench.failing = failures(said)
        gone = bench.forget_passing(said)
        if gone:
            yield Notice(f"{gone} of the failures do not come with {self.order.test}; they are left out.", "warning")
        if said and bench.failing is None and not any(f.tool == "pytest" for f in bench.carried):
            bench.trial = None
            yield Notice(
                f"{self.order.test} fails before anything is changed, so it cannot tell whether a fix breaks "
                f"something, and does not count.\n{said}",
                "warning",
            )
        elif said:
            yield Notice(
                f"{self.order.test} fails before anything is changed. "
                "A fix counts if it passes, or if no more tests fail than before.",
                "warning",
            )

    async def _ask_model(self, bench: Bench) -> AsyncGenerator[Event, None]:
        """Ask the session's model for what is left, file by file."""
        model = self.ask.session.model
        if missing(self.landing.ports.local, model):
            async with aclosing(fetch(self.landing.ports.local, model)) as events:
                async for event in events:
                    yield event
        async with aclosing(settle(self.ask, self.landing.ports.probes)) as events:
            async for event in events:
                yield event
        model = self.ask.session.model
        course = Course(self.ask, bench, self.before, bench.jobs())
        for planned in course.steps():
            for sign in course.told():
                yield sign
            job = bench.renewed(planned)
            if not job.findings:
                continue
            evidence = self.order.evidence.get(job.path, "")
            work = self._round(bench, model, (job,), TRIES, evidence) if model.tools else self._lines(bench, model, job)
            async with aclosing(work) as events:
                async for event in events:
                    yield event
                    for sign in course.told(f"running {self.order.test}") if self._tests_follow(event) else ():
                        yield sign
        for sign in course.told():
            yield sign

    def _tests_follow(self, event: Event) -> bool:
        """Whether the test command may run now: a model has answered."""
        return self.trial is not None and isinstance(event, Charged)

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
        """What a model without tools does: one line at a time, each verified; nothing about what nobody can verify."""
        known = tuple(finding for finding in job.findings if finding in bench.found)
        if len(known) < len(job.findings):
            count = len(job.findings) - len(known)
            yield Notice(
                f"{job.path}: {count} left, as {model.alias} fixes only what can be looked at again.", "warning"
            )
        if not known:
            return
        ask = replace(self.ask, purpose="line")
        done = fix_lines(ask, bench.checker, model, bench.text(job.path), known)
        async with aclosing(done) as events:
            async for event in events:
                if not isinstance(event, LineFixed):
                    yield event
                    continue
                fixed: tuple[Finding, ...] = ()
                if event.fixed:
                    work = [Job(job.path, job.text, event.fixed)]
                    outcome = (await bench.judge(work, {job.path: event.data}, bounded=False))[job.path]
                    fixed = outcome.fixed
                    if outcome.why:
                        yield Notice(f"{job.path}: {outcome.why.splitlines()[0]}", "warning")
                self._count(Tries(model.id, len(fixed), len(known), event.first if fixed else 0))

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
        usd, limit = _price(work, model, 1), self.landing.settings.confirm_usd
        reason = f"{_findings(sum(len(job.findings) for job in work))} left, about {bill.dollars(usd)}"
        dear = usd is not None and limit is not None and usd > limit
        if (how == "ask" or dear) and await self.landing.asker.choose(_offer(model, reason)) != "yes":
            return
        yield Escalated(model.id, reason)
        told = [self.order.evidence[job.path] for job in work if job.path in self.order.evidence]
        told.append(f"{self.ask.session.model.alias} could not fix these; its changes did not pass the linter.")
        told += [f"{job.path}:\n{bench.evidence[job.path]}" for job in work if job.path in bench.evidence]
        async with aclosing(self._round(bench, model, work, 1, "\n\n".join(told))) as events:
            async for event in events:
                yield event

    async def _land(self, bench: Bench, first: CheckReport) -> AsyncGenerator[Event, None]:
        """Show all that came of it, ask, write it as one step."""
        if self.order.dry:
            return
        for change, why in await asyncio.to_thread(overtaken, self.landing.ports.workspace, bench.proposal()):
            self.free -= min(self.free, bench.give_back(change.path, first.findings))
            yield Notice(f"{why} What was fixed in it is left out.", "warning")
        proposal = bench.proposal()
        if not proposal.files:
            yield Notice("Nothing could be fixed; no file is changed. A bigger model may do it.", "warning")
            return
        known = first if self.order.findings is None else None  # what was piped in is not all that there is
        async with aclosing(self.landing.land(proposal, known)) as events:
            async for event in events:
                if not isinstance(event, Landed):
                    yield event


def _findings(count: int) -> str:
    return f"{count} finding{'s' * (count > 1)}"


def _price(work: Sequence[Job], model: Model, answers: int) -> Decimal | None:
    """What asking about the work with so many requests will probably cost, in US dollars; None where unpriced."""
    asked = estimate("\n\n".join(question(job, {}) for job in work), model)
    around = estimate(SYSTEM, model) * answers
    return cost(Usage(input=asked + around, output=ANSWER * answers), model.prices)


def _no_model(count: int) -> str:
    return (
        f"{count} finding{'s need' if count > 1 else ' needs'} a model; set a key (ANTHROPIC_API_KEY) or use --local, "
        "which is free."
    )


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
