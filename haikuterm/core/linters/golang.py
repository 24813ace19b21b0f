"""The JSON of golangci-lint (v1 and v2) and of `go vet -json`, both with columns in UTF-8 bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from haikuterm.core.findings import Finding, Sources, unknown
from haikuterm.core.linters.places import Columns, relative
from haikuterm.core.linters.shape import JsonObject, NotThisFormat, as_number, as_object, as_text, first_json, objects
from haikuterm.core.linters.shape import severity as weight

_POSITION = re.compile(r"^(?P<path>.+?):(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?$")
_BROKEN = re.compile(r"^vet: (?P<path>[^:\n]+):(?P<line>\d{1,9}):(?P<column>\d{1,9}): (?P<message>.+)$", re.MULTILINE)
_VET = "https://pkg.go.dev/golang.org/x/tools/go/analysis/passes/"


def parse(output: str, root: str, sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings of golangci-lint's JSON, without fixes: they name no place in the text. Raises NotThisFormat."""
    log = first_json(output, "golangci-lint's JSON")
    if not isinstance(log, dict) or "Issues" not in log:
        raise NotThisFormat("This is not golangci-lint's JSON: it has no Issues.")
    columns = Columns("utf8", sources)
    return tuple(_issue(row, root, columns) for row in objects(log["Issues"]))


def _issue(row: JsonObject, root: str, columns: Columns) -> Finding:
    place, linter = as_object(row.get("Pos")), as_text(row.get("FromLinter"))
    path, line = relative(as_text(place.get("Filename")), root), as_number(place.get("Line"), 1)
    column = columns(path, line, as_number(place.get("Column")) or 1)
    message = as_text(row.get("Text"))
    level = weight(as_text(row.get("Severity")), "error" if linter == "typecheck" else "warning")
    return Finding("golangci-lint", linter, level, path, line, column, message)


def parse_vet(output: str, root: str, sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings of `go vet -json`, whose objects stand one after another between lines of comment.

    Code that does not compile is told as text (vet: path:line:column: message). Raises NotThisFormat.
    """
    columns = Columns("utf8", sources)
    broken = tuple(_compile(found, root, columns) for found in _BROKEN.finditer(output))
    found = [finding for package in _packages(output) for finding in _package(package, root, columns)]
    if not found and not broken and output.strip() and "{" not in output and not output.lstrip().startswith("#"):
        raise NotThisFormat("This is not the JSON of go vet: there is no object in it.")
    return tuple(dict.fromkeys((*broken, *found)))


def _packages(output: str) -> Iterator[JsonObject]:
    """The JSON objects that begin at the start of a line."""
    decoder, at = json.JSONDecoder(), 0
    text = "\n".join(line for line in output.split("\n") if not line.startswith("#"))
    while (start := text.find("{", at)) >= 0:
        try:
            value, at = decoder.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            raise NotThisFormat(f"This is not the JSON of go vet ({error}).") from error
        yield as_object(value)


def _package(value: JsonObject, root: str, columns: Columns) -> Iterator[Finding]:
    if any(not isinstance(checks, dict) for checks in value.values()):
        raise NotThisFormat("This is not the JSON of go vet: a package in it has no analyses.")
    for checks in value.values():
        for name, rows in checks.items():
            for row in objects(rows):
                place = _POSITION.match(as_text(row.get("posn")))
                if place:
                    path, line = relative(place["path"], root), int(place["line"])
                    column = columns(path, line, int(place["column"] or 1))
                    yield Finding(
                        "go vet", name, "warning", path, line, column, as_text(row.get("message")), url=_VET + name
                    )


def _compile(found: re.Match[str], root: str, columns: Columns) -> Finding:
    path, line = relative(found["path"], root), int(found["line"])
    return Finding(
        "go vet", "compile", "error", path, line, columns(path, line, int(found["column"])), found["message"]
    )
