"""The TypeScript compiler's text (`tsc --pretty false`): path(line,column): error TS1234: message."""

from __future__ import annotations

import re

from haikuterm.core.findings import Finding, Sources, unknown
from haikuterm.core.linters.places import Columns, relative
from haikuterm.core.linters.shape import NotThisFormat
from haikuterm.core.linters.shape import severity as weight

_ROW = re.compile(
    r"^(?:(?P<path>\S.*?)\((?P<line>\d{1,9}),(?P<column>\d{1,9})\): )?(?P<severity>error|warning|message) "
    r"(?P<code>TS\d+): (?P<message>.*)$"
)


def parse(output: str, root: str, sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings; columns are UTF-16 units, counted from 1; indented lines go on with the message before.

    A complaint without a place (TS18003: no inputs) has the path "". Raises NotThisFormat.
    """
    columns, findings = Columns("utf16", sources), []
    for line in output.split("\n"):
        row = _ROW.match(line)
        if row:
            findings.append(_finding(row, root, columns))
        elif findings and line.startswith("  "):
            findings[-1] = _longer(findings[-1], line)
    if not findings and output.strip():
        raise NotThisFormat("This is not the TypeScript compiler's text: no line of it is an `error TS...`.")
    return tuple(findings)


def _finding(row: re.Match[str], root: str, columns: Columns) -> Finding:
    path = relative(row["path"] or "", root)
    line = int(row["line"] or 1)
    column = columns(path, line, int(row["column"] or 1))
    return Finding("tsc", row["code"], weight(row["severity"], "info"), path, line, column, row["message"])


def _longer(finding: Finding, line: str) -> Finding:
    message = f"{finding.message}\n{line.rstrip()}"
    return Finding("tsc", finding.code, finding.severity, finding.path, finding.line, finding.column, message)
