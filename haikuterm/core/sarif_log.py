"""Findings written as a SARIF 2.1.0 log (docs.oasis-open.org/sarif), for code scanning and editors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from haikuterm.core.findings import Finding, Severity, TextEdit

JsonObject: TypeAlias = dict[str, Any]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
BASE = "%SRCROOT%"  # what a reader takes for the root of the sources, when nobody says where that is
OURSELVES = "haikuterm"  # the tool of a log in which none has run
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def sarif_log(findings: Iterable[Finding], tools: Sequence[str] = ()) -> JsonObject:
    """The log as JSON: one run for each tool, with the tools' own safe fixes.

    tools: names of those that ran; one without findings gets an empty run, by which a reader sees that it found
    nothing. Columns are characters; paths are URIs relative to the root.
    """
    runs: dict[str, list[Finding]] = {tool: [] for tool in tools}
    for finding in findings:
        runs.setdefault(finding.tool, []).append(finding)
    written = [_run(tool, found) for tool, found in (runs or {OURSELVES: []}).items()]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": written}


def _run(tool: str, findings: Sequence[Finding]) -> JsonObject:
    rules = {finding.code: finding for finding in findings if finding.code}
    order = {code: number for number, code in enumerate(rules)}
    return {
        "tool": {"driver": {"name": tool, "rules": [_rule(finding) for finding in rules.values()]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, order) for finding in findings],
    }


def _rule(finding: Finding) -> JsonObject:
    return {"id": finding.code, **({"helpUri": finding.url} if finding.url else {})}


def _result(finding: Finding, order: dict[str, int]) -> JsonObject:
    rule = {"ruleId": finding.code, "ruleIndex": order[finding.code]} if finding.code else {}
    row: JsonObject = {**rule, "level": _LEVELS[finding.severity], "message": {"text": finding.message or finding.code}}
    if finding.path:
        row["locations"] = [{"physicalLocation": {"artifactLocation": _place(finding.path), "region": _area(finding)}}]
    if finding.edits:
        row["fixes"] = [_fix(finding)]
    return row


def _place(path: str) -> JsonObject:
    """Where a file is; one outside of the root has an address of its own."""
    name = quote(path.encode("utf-8", "surrogateescape"))
    return {"uri": f"file://{name}"} if path.startswith("/") else {"uri": name, "uriBaseId": BASE}


def _area(finding: Finding) -> JsonObject:
    region = {"startLine": max(1, finding.line), "startColumn": max(1, finding.column)}
    if finding.end_line >= region["startLine"] and finding.end_column:
        region |= {"endLine": finding.end_line, "endColumn": finding.end_column}
    return region


def _fix(finding: Finding) -> JsonObject:
    change = {"artifactLocation": _place(finding.path), "replacements": [_replacement(edit) for edit in finding.edits]}
    said = finding.fix or f"Fix {finding.code}"
    return {"description": {"text": said}, "artifactChanges": [change]}


def _replacement(edit: TextEdit) -> JsonObject:
    region = {
        "startLine": edit.line, "startColumn": edit.column, "endLine": edit.end_line, "endColumn": edit.end_column,
    }  # fmt: skip
    return {"deletedRegion": region, **({"insertedContent": {"text": edit.text}} if edit.text else {})}
