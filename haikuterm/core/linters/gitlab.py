"""GitLab's code quality report, which ty writes with columns (`ty check --output-format gitlab`)."""

from __future__ import annotations

from haikuterm.core.findings import Finding, Sources, unknown
from haikuterm.core.linters.places import relative
from haikuterm.core.linters.shape import JsonObject, NotThisFormat, as_number, as_object, as_text, first_json
from haikuterm.core.linters.shape import severity as weight

_TY = "https://docs.astral.sh/ty/reference/rules/#"


def parse(output: str, root: str, _sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings; columns are taken as characters, which is what ty counts. Raises NotThisFormat."""
    rows = first_json(output, "a code quality report")
    if not isinstance(rows, list) or any(not _is_row(row) for row in rows):
        raise NotThisFormat("This is not a code quality report: it is no list of descriptions with a location.")
    return tuple(_finding(row, root) for row in rows)


def parse_ty(output: str, root: str, _sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings of a report that ty wrote; the report itself does not say who did. Raises NotThisFormat."""
    return tuple(
        Finding(
            "ty", f.code, f.severity, f.path, f.line, f.column, f.message, f.end_line, f.end_column, url=_TY + f.code
        )
        for f in parse(output, root)
    )


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and {"description", "location", "fingerprint"} <= row.keys()


def _finding(row: JsonObject, root: str) -> Finding:
    code, location = as_text(row.get("check_name")), as_object(row["location"])
    positions, lines = as_object(location.get("positions")), as_object(location.get("lines"))
    start, end = as_object(positions.get("begin")), as_object(positions.get("end"))
    return Finding(
        tool="gitlab",
        code=code,
        severity=weight(as_text(row.get("severity"))),
        path=relative(as_text(location.get("path")), root),
        line=as_number(start.get("line"), as_number(lines.get("begin"), 1)),
        column=as_number(start.get("column"), 1),
        message=as_text(row["description"]).removeprefix(f"{code}: "),
        end_line=as_number(end.get("line"), as_number(lines.get("end"))),
        end_column=as_number(end.get("column")),
    )
