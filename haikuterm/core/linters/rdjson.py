"""The Reviewdog Diagnostic Format, as one JSON value (rdjson) or one a line (rdjsonl)."""

from __future__ import annotations

from haikuterm.core.findings import Finding, Sources, TextEdit, unknown
from haikuterm.core.linters import ruff
from haikuterm.core.linters.places import Columns, relative
from haikuterm.core.linters.shape import (
    JsonObject,
    NotThisFormat,
    as_number,
    as_object,
    as_text,
    first_json,
    json_lines,
    objects,
)
from haikuterm.core.linters.shape import severity as weight

# The format says that columns are UTF-8 bytes (reviewdog.proto); these write characters (measured).
_CHARACTERS = ("ruff", "biome")


def parse(output: str, root: str, sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings of rdjson. It does not say whether a suggestion is safe: `offered`. Raises NotThisFormat."""
    log = first_json(output, "rdjson")
    if not isinstance(log, dict) or not isinstance(log.get("diagnostics"), list):
        raise NotThisFormat("This is not rdjson: it has no list of diagnostics.")
    return _findings(list(objects(log["diagnostics"])), log, root, sources)


def parse_lines(output: str, root: str, sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings of rdjsonl. Raises NotThisFormat."""
    rows = json_lines(output, "rdjsonl")
    if any("location" not in row or "message" not in row for row in rows):
        raise NotThisFormat("This is not rdjsonl: a line of it has no location or no message.")
    return _findings(rows, {}, root, sources)


def _findings(rows: list[JsonObject], log: JsonObject, root: str, sources: Sources) -> tuple[Finding, ...]:
    whole = as_text(as_object(log.get("source")).get("name")).lower()
    columns = {name: Columns("characters" if name in _CHARACTERS else "utf8", sources) for name in (whole, "")}
    return tuple(_finding(row, log, whole, columns[whole], root) for row in rows)


def _finding(row: JsonObject, log: JsonObject, whole: str, columns: Columns, root: str) -> Finding:
    location, code = as_object(row.get("location")), as_object(row.get("code"))
    path = relative(as_text(location.get("path")), root)
    start, end = _range(as_object(location.get("range")), path, columns)
    said = as_text(row.get("severity")) or as_text(log.get("severity"))
    tool, rule = (
        as_text(as_object(row.get("source")).get("name")).lower() or whole or "rdjson",
        as_text(code.get("value")),
    )
    return Finding(
        tool=tool,
        code=rule,
        severity=ruff.severity(rule) if tool == "ruff" else weight(said),
        path=path,
        line=start[0],
        column=start[1],
        message=as_text(row.get("message")),
        end_line=end[0],
        end_column=end[1],
        url=as_text(code.get("url")),
        offered=tuple(_edit(part, path, columns) for part in objects(row.get("suggestions"))),
    )


def _edit(part: JsonObject, path: str, columns: Columns) -> TextEdit:
    start, end = _range(as_object(part.get("range")), path, columns)
    return TextEdit(*start, *(end if end[0] else start), as_text(part.get("text")))


def _range(value: JsonObject, path: str, columns: Columns) -> tuple[tuple[int, int], tuple[int, int]]:
    start, end = as_object(value.get("start")), as_object(value.get("end"))
    line = as_number(start.get("line"), 1)
    end_line = as_number(end.get("line"), line if end else 0)
    return (
        (line, columns(path, line, as_number(start.get("column"), 1))),
        (end_line, columns(path, end_line, as_number(end.get("column")))),
    )
