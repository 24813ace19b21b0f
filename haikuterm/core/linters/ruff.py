"""Ruff's JSON (`ruff check --output-format json`)."""

from __future__ import annotations

from haikuterm.core.findings import Finding, Severity, Sources, TextEdit, unknown
from haikuterm.core.linters.places import relative
from haikuterm.core.linters.shape import JsonObject, NotThisFormat, as_number, as_object, as_text, first_json, objects

# Rules of which each finding is a program that does not run, not a matter of taste; ruff itself calls all of them
# errors (measured with 0.17).
_ERRORS = ("E9", "F50", "F63", "F7", "F82", "PLE", "invalid-syntax")


def parse(output: str, root: str, _sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings; ruff counts lines and columns from 1, columns in characters. Raises NotThisFormat."""
    rows = first_json(output, "ruff's JSON")
    if not isinstance(rows, list) or any(not _is_row(row) for row in rows):
        raise NotThisFormat("This is not ruff's JSON: it is no list of diagnostics with a filename and a location.")
    return tuple(_finding(row, root) for row in rows)


def severity(code: str) -> Severity:
    """Error for the rules whose findings are programs that do not run, else warning."""
    return "error" if code.startswith(_ERRORS) else "warning"


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and {"filename", "location", "message", "code"} <= row.keys()


def _finding(row: JsonObject, root: str) -> Finding:
    code = as_text(row["code"]) or "invalid-syntax"  # null in versions before 0.12
    fix = as_object(row.get("fix"))
    edits = tuple(_edit(edit) for edit in objects(fix.get("edits"))) if row.get("cell") is None else ()
    safe = fix.get("applicability") == "safe"
    start, end = _place(row["location"]), _place(row.get("end_location"))
    return Finding(
        tool="ruff",
        code=code,
        severity=severity(code),
        path=relative(as_text(row["filename"]), root),
        line=start[0],
        column=start[1],
        message=as_text(row["message"]),
        end_line=end[0],
        end_column=end[1],
        fix=as_text(fix.get("message")) if safe else "",
        url=as_text(row.get("url")),
        edits=edits if safe else (),
        offered=() if safe else edits,
    )


def _edit(edit: JsonObject) -> TextEdit:
    return TextEdit(*_place(edit.get("location")), *_place(edit.get("end_location")), as_text(edit.get("content")))


def _place(value: object) -> tuple[int, int]:
    place = as_object(value)
    return as_number(place.get("row"), 1), as_number(place.get("column"), 1)
