"""What a linter says: findings, and the difference between two runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One complaint of a linter.

    line, column: 1-based, columns counted in characters. end_line, end_column: where it ends, inclusive of the line,
    exclusive of the column. fix: the tool's own description of a safe fix, or "".
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


def new_findings(before: Iterable[Finding], after: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings of `after` that `before` did not have; lines may have moved in between."""
    known = Counter((f.path, f.code, f.message) for f in before)
    fresh = []
    for finding in after:
        key = (finding.path, finding.code, finding.message)
        if known[key]:
            known[key] -= 1
        else:
            fresh.append(finding)
    return tuple(fresh)
