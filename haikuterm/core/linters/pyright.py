"""Pyright's JSON (`pyright --outputjson`, basedpyright too): lines and UTF-16 columns counted from 0."""

from __future__ import annotations

from haikuterm.core.findings import Finding, Sources, unknown
from haikuterm.core.linters.places import Columns, relative
from haikuterm.core.linters.shape import JsonObject, NotThisFormat, as_number, as_object, as_text, first_json, objects
from haikuterm.core.linters.shape import severity as weight

_URL = "https://github.com/microsoft/pyright/blob/main/docs/configuration.md#"


def parse(output: str, root: str, sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings. Raises NotThisFormat."""
    log = first_json(_json_part(output), "pyright's JSON")
    if not isinstance(log, dict) or not isinstance(log.get("generalDiagnostics"), list):
        raise NotThisFormat("This is not pyright's JSON: it has no generalDiagnostics.")
    columns = Columns("utf16", sources)
    return tuple(_finding(row, root, columns) for row in objects(log["generalDiagnostics"]))


def _json_part(output: str) -> str:
    """The output from its first brace: pyright may say of the environment first what it thinks of it."""
    start = output.find("\n{")
    return output if start < 0 or output.lstrip().startswith("{") else output[start:]


def _finding(row: JsonObject, root: str, columns: Columns) -> Finding:
    path = relative(as_text(row.get("file")) or as_text(row.get("uri")), root)
    place = as_object(row.get("range"))
    start, end = as_object(place.get("start")), as_object(place.get("end"))
    line = as_number(start.get("line")) + 1
    end_line = as_number(end.get("line")) + 1 if end else 0
    code = as_text(row.get("rule"))
    return Finding(
        tool="pyright",
        code=code or "syntax",
        severity=weight(as_text(row.get("severity")), "error"),
        path=path,
        line=line,
        column=columns(path, line, as_number(start.get("character")) + 1),
        message=as_text(row.get("message")),
        end_line=end_line,
        end_column=columns(path, end_line, as_number(end.get("character")) + 1) if end else 0,
        url=_URL + code if code else "",
    )
