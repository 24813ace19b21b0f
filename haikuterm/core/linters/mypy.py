"""Mypy's JSON lines (`mypy -O json`) and its text (`path:line:column: error: message  [code]`)."""

from __future__ import annotations

import re

from haikuterm.core.findings import Finding, Sources, unknown
from haikuterm.core.linters.places import relative
from haikuterm.core.linters.shape import JsonObject, NotThisFormat, as_number, as_text, json_lines
from haikuterm.core.linters.shape import severity as weight

_URL = "https://mypy.readthedocs.io/en/stable/_refs.html#code-"
_ROW = re.compile(
    r"^(?P<path>[^\s:][^:\n]*):(?P<line>\d+):(?:(?P<column>\d+):)?(?:(?P<end>\d+):(?P<end_column>\d+):)?"
    r" (?P<severity>error|warning|note): (?P<message>.*?)(?:  \[(?P<code>[\w-]+)\])?$"
)
_CLEAN = re.compile(r"^(Success: no issues found in|Found \d+ errors? in) ", re.MULTILINE)


def parse(output: str, root: str, _sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings of the JSON lines; notes are left out, for they explain the finding before them.

    Mypy counts these columns from 0. On lines with other than ASCII they are its own: 2.4 gives neither characters
    nor bytes there (measured), so they are taken as they are. Raises NotThisFormat.
    """
    rows = json_lines(output, "mypy's JSON")
    if any(not {"file", "line", "severity", "message"} <= row.keys() for row in rows):
        raise NotThisFormat("This is not mypy's JSON: a line of it has no file, line, severity or message.")
    return tuple(_finding(row, root) for row in rows if row["severity"] != "note")


def parse_text(output: str, root: str, _sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings of mypy's text, in which columns are counted from 1. Raises NotThisFormat."""
    rows = [found for line in output.split("\n") if (found := _ROW.match(line))]
    if not rows and output.strip() and not _CLEAN.search(output):
        raise NotThisFormat("This is not mypy's text: no line of it is `path:line: error: message`.")
    return tuple(_from_text(row, root) for row in rows if row["severity"] != "note")


def _finding(row: JsonObject, root: str) -> Finding:
    code = as_text(row.get("code")) or "misc"
    hint = as_text(row.get("hint"))
    return Finding(
        tool="mypy",
        code=code,
        severity=weight(as_text(row["severity"]), "error"),
        path=relative(as_text(row["file"]), root),
        line=as_number(row["line"], 1),
        column=as_number(row.get("column")) + 1,
        message=as_text(row["message"]) + (f" ({hint})" if hint else ""),
        end_line=as_number(row.get("end_line")),
        end_column=as_number(row.get("end_column")) + 1 if row.get("end_column") else 0,
        url=_URL + code,
    )


def _from_text(row: re.Match[str], root: str) -> Finding:
    code = row["code"] or "misc"
    end = (int(row["end"][:9]), int(row["end_column"][:9]) + 1) if row["end"] else (0, 0)  # mypy includes the last sign
    return Finding(
        tool="mypy",
        code=code,
        severity=weight(row["severity"], "error"),
        path=relative(row["path"], root),
        line=int(row["line"][:9]),
        column=int((row["column"] or "1")[:9]),
        message=row["message"],
        end_line=end[0],
        end_column=end[1],
        url=_URL + code,
    )
