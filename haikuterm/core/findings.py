"""What a linter says: findings, and the difference between two runs."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity = Literal["error", "warning", "info"]
Sources: TypeAlias = Callable[[str], str]  # the text of a file by its path, "" where it is not known
Identity: TypeAlias = tuple[str, str, str, str]  # path, code, message without its numbers, the line's own text

_RANK: dict[Severity, int] = {"info": 0, "warning": 1, "error": 2}
_NUMBER = re.compile(r"\d+")


def unknown(_path: str) -> str:
    """The Sources of somebody who has no texts."""
    return ""


@dataclass(frozen=True, slots=True)
class TextEdit:
    """A part of a file and what a tool puts in its place.

    Lines and columns are 1-based, columns counted in characters; the end is exclusive. Line n + 1, column 1 of a file
    of n lines is its end.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One complaint of a linter.

    line, column: 1-based, columns counted in characters. end_line, end_column: where it ends, inclusive of the line,
    exclusive of the column; 0 where the tool does not say. fix: the tool's own description of a safe fix, or "".
    url: what the tool's makers say of the rule. edits: the tool's own fix, where the tool itself holds it safe.
    offered: a fix that the tool shows without vouching for it; a hint to a person or a model, never applied unseen.
    """

    tool: str
    code: str
    severity: Severity
    path: str
    line: int
    column: int
    message: str
    end_line: int = 0
    end_column: int = 0
    fix: str = ""
    url: str = ""
    edits: tuple[TextEdit, ...] = ()
    offered: tuple[TextEdit, ...] = ()

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What one run of a checker found; `broke` is why it could not run, or "" if it could."""

    tool: str
    paths: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    broke: str = ""

    @property
    def clean(self) -> bool:
        """True if the checker ran and found nothing."""
        return not self.findings and not self.broke


@dataclass(frozen=True, slots=True)
class Linter:
    """A linter that the project turns on for some files.

    paths: those it speaks of. program: where it is, "" if it is not installed. consent: why the user must agree
    before it runs in this repository, "" if nobody needs to. agreed: whether the user has, or need not. quick: it looks
    at single files, so that it can be asked after each edit. across: what it says of a file hangs on other files.
    """

    name: str
    paths: tuple[str, ...]
    program: str
    consent: str = ""
    agreed: bool = True
    quick: bool = True
    across: bool = False

    @property
    def ready(self) -> bool:
        """Whether it can and may run."""
        return bool(self.program) and self.agreed


@dataclass(frozen=True, slots=True)
class Fixed:
    """What the linters' own safe fixers made of files, none of it written.

    files: the bytes of those that changed, by path. broke: (tool, why) of those that could not.
    """

    files: Mapping[str, bytes]
    broke: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Two runs compared. new: only in the second; gone: only in the first; kept: in both, as the second tells them."""

    new: tuple[Finding, ...] = ()
    gone: tuple[Finding, ...] = ()
    kept: tuple[Finding, ...] = ()


def merge(reports: Sequence[CheckReport]) -> CheckReport:
    """The reports of several tools as one: their names, all paths and findings, and every reason why one broke."""
    broke = [report.broke for report in reports if report.broke]
    if len(reports) == 1:
        return reports[0]
    return CheckReport(
        ", ".join(report.tool for report in reports) or "lint",
        tuple(dict.fromkeys(path for report in reports for path in report.paths)),
        tuple(sorted((f for report in reports for f in report.findings), key=_place)),
        " ".join(broke),
    )


def by_path(findings: Iterable[Finding]) -> dict[str, tuple[Finding, ...]]:
    """The findings grouped by file, files by name, within a file from its top down."""
    groups: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.path].append(finding)
    return {path: tuple(sorted(groups[path], key=_place)) for path in sorted(groups)}


def worse_or_equal(one: Severity, other: Severity) -> bool:
    """Whether `one` weighs at least as much as `other`."""
    return _RANK[one] >= _RANK[other]


def identity(finding: Finding, lines: Sequence[str]) -> Identity:
    """What stays of a finding when lines move; `lines` are those of its file."""
    message = _NUMBER.sub("0", finding.message)  # "redefinition of x from line 12" is the same one after a move
    row = lines[finding.line - 1].strip() if 0 < finding.line <= len(lines) else ""
    return (finding.path, finding.code, message, row)


def difference(before: Iterable[Finding], after: Iterable[Finding], old: Sources, new: Sources) -> Difference:
    """Which findings of `after` are new, which of `before` are gone, and which stayed.

    old, new: the files' texts of the two runs. A finding that only moved with its line stayed. One on a line that was
    itself rewritten stayed if the same complaint stands within the same rewritten lines; elsewhere it is new.
    """
    first, second = by_path(before), by_path(after)
    parts = [
        _compare(first.get(path, ()), second.get(path, ()), old(path), new(path))
        for path in sorted(first.keys() | second.keys())
    ]
    return Difference(
        tuple(finding for part in parts for finding in part.new),
        tuple(finding for part in parts for finding in part.gone),
        tuple(finding for part in parts for finding in part.kept),
    )


def new_findings(before: Iterable[Finding], after: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings of `after` that `before` did not have, by what they say alone; for callers without the texts."""
    known = Counter((f.path, f.code, f.message) for f in before)
    fresh = []
    for finding in after:
        key = (finding.path, finding.code, finding.message)
        if known[key]:
            known[key] -= 1
        else:
            fresh.append(finding)
    return tuple(fresh)


def _place(finding: Finding) -> tuple[str, int, int]:
    return (finding.path, finding.line, finding.column)


def _compare(before: Sequence[Finding], after: Sequence[Finding], old: str, new: str) -> Difference:
    """The difference within one file."""
    rows, fresh_rows = old.split("\n"), new.split("\n")
    left: defaultdict[Identity, list[Finding]] = defaultdict(list)
    for finding in before:
        left[identity(finding, rows)].append(finding)
    kept: list[Finding] = []
    fresh: list[Finding] = []
    for finding in after:
        same = left[identity(finding, fresh_rows)]
        (kept if same else fresh).append(finding)
        if same:
            same.pop(0)
    gone = [finding for same in left.values() for finding in same]
    if fresh and gone and old != new:
        fresh, gone, stayed = _match_rewritten(fresh, gone, rows, fresh_rows)
        kept += stayed
    return Difference(tuple(fresh), tuple(sorted(gone, key=_place)), tuple(sorted(kept, key=_place)))


def _match_rewritten(
    fresh: Sequence[Finding], gone: Sequence[Finding], rows: Sequence[str], fresh_rows: Sequence[str]
) -> tuple[list[Finding], list[Finding], list[Finding]]:
    """(new, gone, kept) after pairing what stands in the same rewritten lines and says the same."""
    from difflib import SequenceMatcher

    blocks = [
        (range(a + 1, b + 1), range(c + 1, d + 1))
        for tag, a, b, c, d in SequenceMatcher(None, rows, fresh_rows, autojunk=False).get_opcodes()
        if tag == "replace"
    ]
    spare, new, kept = list(gone), [], []
    for finding in fresh:
        lines = next((was for was, now in blocks if finding.line in now), range(0))
        twin = next((f for f in spare if f.line in lines and identity(f, ()) == identity(finding, ())), None)
        if twin is None:
            new.append(finding)
        else:
            spare.remove(twin)
            kept.append(finding)
    return new, spare, kept
