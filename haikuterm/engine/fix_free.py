"""The free step of the ladder: the linters' own safe fixes, in memory, as far as they do no harm elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from haikuterm.core.errors import EditRefused
from haikuterm.core.findings import CheckReport, Finding, by_path
from haikuterm.core.fixing import Job, Judged
from haikuterm.core.linters.edits import apply
from haikuterm.core.ports import Linters
from haikuterm.core.textfile import decode
from haikuterm.engine.fix_bench import Bench

PASSES = 10  # of edits that findings bring, as some of them touch others and some make new ones possible


async def repair(bench: Bench, linters: Linters, reports: Sequence[CheckReport] = ()) -> list[str]:
    """Let the linters' own safe fixes work on the bench; returns sentences on those that do not count.

    reports: what they have just said of the files on disk, so that they need not be run for it again.
    """
    if bench.wanted is not None:
        return await _piped(bench)
    made = await linters.fix([*bench.files], reports=reports)
    images = {path: data for path, data in made.files.items() if path in bench.files and data != bench.now(path)}
    work = [_job(bench, path) for path in images]
    outcomes = await bench.judge(work, images, bounded=False)
    for path in [path for path, outcome in outcomes.items() if not outcome.accepted]:
        codes = [*dict.fromkeys(f.code for f in bench.open if f.path == path and f.edits)]
        outcomes[path] = await _by_halves(bench, path, codes) or outcomes[path]
    return [*(why for _, why in made.broke), *_refused(outcomes)]


async def _piped(bench: Bench) -> list[str]:
    """Only the edits of the findings that were piped in."""
    for _ in range(PASSES):
        images, work = _own_edits(bench)
        outcomes = await bench.judge(work, images, bounded=False)
        if not any(outcome.accepted for outcome in outcomes.values()):
            return _refused(outcomes)
    return []


async def _by_halves(bench: Bench, path: str, codes: Sequence[str]) -> Judged | None:
    """As many of these rules' fixes of a file as do no harm, found by halves; None if none of them counts.

    As when a rule writes lines that another finds too long.
    """
    data = await _fixed_by(bench, path, codes)
    if data == bench.now(path):
        return None
    outcome = (await bench.judge([_job(bench, path)], {path: data}, bounded=False))[path]
    if outcome.accepted or len(codes) == 1:
        return outcome if outcome.accepted else None
    middle = len(codes) // 2
    first = await _by_halves(bench, path, codes[:middle])
    return await _by_halves(bench, path, codes[middle:]) or first


async def _fixed_by(bench: Bench, path: str, codes: Sequence[str]) -> bytes:
    """The file after the safe fixes of these rules, those that come up on the way included."""
    data, found, checker = bench.now(path), [f for f in bench.open if f.path == path], bench.checker.apart
    for _ in range(PASSES):
        text, used = apply(decode(data).text, [f for f in found if f.edits and f.code in codes])
        if not used:
            break
        try:
            data = decode(data).encode(text)
        except EditRefused:  # a sign that the file's encoding does not have
            break
        found = list((await checker.check([path], {path: data})).findings)
    return data


def _job(bench: Bench, path: str) -> Job:
    return Job(path, bench.text(path).text, tuple(f for f in bench.open if f.path == path))


def _refused(outcomes: Mapping[str, Judged]) -> list[str]:
    why = {path: outcome.why.splitlines()[0] for path, outcome in outcomes.items() if outcome.why}
    return [f"{path}: the linter's own fix does not count. {first}" for path, first in why.items()]


def _own_edits(bench: Bench) -> tuple[dict[str, bytes], list[Job]]:
    """The files with the edits that the open findings themselves bring, and which findings those are."""
    images: dict[str, bytes] = {}
    work: list[Job] = []
    for path, found in by_path(bench.open).items():
        usable: tuple[Finding, ...] = tuple(finding for finding in found if finding.edits)
        if path not in bench.files or not usable:
            continue
        decoded = decode(bench.now(path))
        text, used = apply(decoded.text, usable)
        with suppress(EditRefused):  # a sign that the file's encoding does not have
            if used:
                images[path] = decoded.encode(text)
                work.append(Job(path, decoded.text, used))
    return images, work
