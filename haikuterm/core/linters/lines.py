"""Text with a place and a message: path:line:column: message of gcc, flake8, pylint and many more, and arrows below."""

from __future__ import annotations

import re
from collections.abc import Iterator

from haikuterm.core.findings import Finding, Severity, Sources, unknown
from haikuterm.core.linters import ruff
from haikuterm.core.linters.places import relative
from haikuterm.core.linters.shape import NotThisFormat
from haikuterm.core.linters.shape import severity as weight

_ROW = re.compile(
    r"^\s*(?:vet: )?(?P<path>(?:[A-Za-z]:[\\/])?[^\s:][^:\n]{0,400}):(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?"
    r"(?::\s*| - |\s+-\s+)(?P<message>\S.*)$"
)
_LEVEL = re.compile(
    r"^(?P<level>fatal error|error|warning|note|info|information|style|hint)"
    r"(?:\[(?P<code>[\w:-]+)\])?:?\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_CODE_FIRST = re.compile(
    r"^\[?(?P<code>[A-Z]{1,5}\d{2,6}(?=\]?[:\s])|[a-z][\w-]+/[\w/-]+)\]?:?\s+(?:\[\*\]\s+)?(?P<rest>.+)$"
)
_CODE_LAST = re.compile(r"^(?P<rest>.+?)\s+[\[(](?P<code>[A-Za-z][\w:=/.-]{1,60})[\])]$")
_ARROW = re.compile(r"^\s*-->\s(?P<path>[^\n]+?):(?P<line>\d{1,9}):(?P<column>\d{1,9})$")
_PYLINT = re.compile(r"^[CRWEFI]\d{4}$")
_LONG = 2_000  # characters of a message; more is somebody's data
_LOG = re.compile(r"^\d{2}$")  # 12:34:56 some message: a clock, not a place


def parse(output: str, root: str, _sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings; lines of any other form are left out. Columns are taken as the tool counts them.

    Pylint's, which start at 0, are counted from 1. Notes go with what stands before them and are left out.
    Raises NotThisFormat if there is none in an output that is not empty.
    """
    findings = tuple(dict.fromkeys(_all(output.split("\n"), root)))
    if not findings and output.strip():
        raise NotThisFormat("No line of this is `path:line: message`. Let the tool print that, SARIF or rdjson.")
    return findings


def _all(rows: list[str], root: str) -> Iterator[Finding]:
    for number, line in enumerate(rows):
        arrow = _ARROW.match(line)
        if arrow and number and (said := _LEVEL.match(rows[number - 1]) or _CODE_FIRST.match(rows[number - 1])):
            yield from _finding(arrow, said[0], root)
            continue
        row = _ROW.match(line)
        if row and not _LOG.match(row["path"].strip()):
            yield from _finding(row, row["message"], root)


def _finding(row: re.Match[str], message: str, root: str) -> Iterator[Finding]:
    level, code, text = _split(message[:_LONG])
    if level.lower() in ("note", "info") and not code:
        return
    column = int(row["column"] or 1)
    if _PYLINT.match(code):
        column += 1
    path = relative(row["path"].strip(), root)
    yield Finding(_tool(code), code, _severity(level, code), path, int(row["line"]), max(column, 1), text)


def _split(message: str) -> tuple[str, str, str]:
    """Level, code and the rest of a message."""
    level = code = ""
    if found := _LEVEL.match(message):
        level, code, message = found["level"], found["code"] or "", found["rest"]
    for form in (_CODE_FIRST, _CODE_LAST):
        if not code and (found := form.match(message)):
            code, message = found["code"], found["rest"]
    return level, code, message.strip()


def _severity(level: str, code: str) -> Severity:
    if level:
        return weight("error" if "error" in level.lower() else level)
    if _PYLINT.match(code):
        return "error" if code[0] in "EF" else "warning"
    return ruff.severity(code)  # flake8 and ruff share their codes


def _tool(code: str) -> str:
    """Who said it, where the code tells."""
    if _PYLINT.match(code):
        return "pylint"
    return "shellcheck" if code.startswith("SC") and code[2:].isdigit() else "text"
