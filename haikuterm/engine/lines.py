"""Fixes findings one line at a time, for models too small for whole edits; nothing is written here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TypeAlias

from haikuterm.core.errors import EditRefused
from haikuterm.core.events import Charged, Event, Notice, TextDelta
from haikuterm.core.findings import Finding, new_findings
from haikuterm.core.models import Model
from haikuterm.core.oneline import TRIES, Drop, OneLine, keeps_meaning, one_line, parse, request, splice
from haikuterm.core.ports import Checker, FileText
from haikuterm.core.request import Reply, Request

Ask: TypeAlias = Callable[[Request], AsyncGenerator[Event | Reply, None]]


@dataclass(frozen=True, slots=True)
class LineFixed:
    """What became of a file. data: its bytes with every fix in; fixed, left: the findings as they were given.

    first: how many of them were right at the first answer.
    """

    path: str
    data: bytes
    fixed: tuple[Finding, ...]
    left: tuple[Finding, ...]
    first: int = 0


@dataclass(frozen=True, slots=True)
class _State:
    """The file as it now stands in memory, and what the checker says of it. first: right at the first answer."""

    data: bytes
    findings: tuple[Finding, ...]
    first: bool = False


async def fix_lines(
    ask: Ask, checker: Checker, model: Model, file: FileText, findings: Sequence[Finding]
) -> AsyncGenerator[Event | LineFixed, None]:
    """Ask for one corrected line per finding, from the bottom of the file up; LineFixed comes last.

    A line counts only if the file parses, means what the rule asks for, has lost the finding, and got no new one.
    """
    given = sorted(findings, key=lambda f: (f.line, f.column), reverse=True)
    report = await checker.check([file.path], {file.path: file.data})
    if report.broke:
        yield Notice(f"{report.tool} could not check {file.path}: {report.broke}", "error")
        yield LineFixed(file.path, file.data, (), tuple(given))
        return
    state = _State(file.data, report.findings)
    fixed: list[Finding] = []
    first = 0
    for number, finding in enumerate(given, 1):
        yield Notice(f"[{number}/{len(given)}] {finding}")
        async with aclosing(_fix_one(ask, checker, model, file.path, state, finding)) as steps:
            async for step in steps:
                if isinstance(step, _State):
                    state = step
                    fixed.append(finding)
                    first += step.first
                else:
                    yield step
    left = tuple(f for f in given if f not in fixed)
    yield LineFixed(file.path, state.data, tuple(fixed), left, first)


async def _fix_one(
    ask: Ask, checker: Checker, model: Model, path: str, state: _State, finding: Finding
) -> AsyncGenerator[Event | _State, None]:
    """The events of asking for one line; the new state comes last, if there is one."""
    # what lies below has been changed, what lies above has not: a finding that is not here went with its neighbour
    target = next((f for f in state.findings if _same(f, finding) and f.line == finding.line), None)
    if target is None:
        yield state
        return
    job = await asyncio.to_thread(one_line, state.data, target)
    if job is None:
        yield Notice(f"{finding.code} in line {finding.line} is no job for one line; left as it is.", "warning")
        return
    refused: set[str | Drop | None] = set()
    for attempt in range(TRIES):
        reply, asked = None, request(job, model, attempt)
        yield TextDelta(asked.prefill)  # the answer goes on from here
        async with aclosing(ask(asked)) as events:
            async for event in events:
                if isinstance(event, Reply):
                    reply = event
                    continue
                if isinstance(event, Charged):
                    yield TextDelta("\n```\n")  # the answer stops before its line's end
                yield event
        answer = parse(reply.message.text, job, model, attempt) if reply else None
        if answer is not None and answer not in refused:
            after = await _judge(checker, path, state, target, job, answer)
            if after:
                yield replace(after, first=not attempt)
                return
        refused.add(answer)
    yield Notice(f"{finding.code} in line {finding.line}: {TRIES} answers, none of them right; left.", "warning")


async def _judge(
    checker: Checker, path: str, state: _State, target: Finding, job: OneLine, answer: str | Drop
) -> _State | None:
    """The state with this answer in the file, if the answer is right."""
    data = await asyncio.to_thread(_spliced, state.data, job, answer)
    if data is None:
        return None
    report = await checker.check([path], {path: data})
    if report.broke or new_findings(state.findings, report.findings):
        return None
    gone = _count(target, state.findings) > _count(target, report.findings)
    return _State(data, report.findings) if gone else None


def _spliced(data: bytes, job: OneLine, answer: str | Drop) -> bytes | None:
    """The file with the answer in it, if it still means what it should; parses, so not for the event loop."""
    try:
        after = splice(data, job, answer)
    except EditRefused:
        return None
    return after if keeps_meaning(after, job) else None


def _same(one: Finding, other: Finding) -> bool:
    return (one.path, one.code, one.message) == (other.path, other.code, other.message)


def _count(finding: Finding, findings: Sequence[Finding]) -> int:
    return sum(_same(finding, other) for other in findings)
