"""ESLint's JSON (`eslint -f json`): columns in UTF-16 units, fixes as ranges into the whole text."""

from __future__ import annotations

from haikuterm.core.findings import Finding, Sources, TextEdit, unknown
from haikuterm.core.linters.places import Columns, position, relative
from haikuterm.core.linters.shape import JsonObject, NotThisFormat, as_list, as_number, as_text, first_json, objects

_URL = "https://eslint.org/docs/latest/rules/"


def parse(output: str, root: str, sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings; a file's text is the `source` that ESLint prints, else that of `sources`. Raises NotThisFormat."""
    columns = Columns("utf16", sources)
    findings: list[Finding] = []
    for row in _rows(output):
        path = relative(as_text(row["filePath"]), root)
        text = row.get("source")
        source = text if isinstance(text, str) else sources(path)
        columns.add(path, source.removeprefix("\ufeff"))
        findings += [
            _finding(message, path, source, columns) for message in objects(row["messages"]) if _speaks(message)
        ]
    return tuple(findings)


def fixed(output: str, root: str) -> dict[str, str]:
    """The texts that `eslint --fix-dry-run -f json` made, by path; only of files that it changed."""
    return {
        relative(as_text(row["filePath"]), root): row["output"]
        for row in _rows(output)
        if isinstance(row.get("output"), str)
    }


def _rows(output: str) -> list[JsonObject]:
    rows = first_json(output, "ESLint's JSON")
    if not isinstance(rows, list) or any(not _is_row(row) for row in rows):
        raise NotThisFormat("This is not ESLint's JSON: it is no list of files with their messages.")
    return rows


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and {"filePath", "messages"} <= row.keys()


def _speaks(message: JsonObject) -> bool:
    """Whether it says something of the code, not that a file was named which the configuration leaves out."""
    return message.get("ruleId") is not None or message.get("severity") == 2 or "line" in message


def _finding(message: JsonObject, path: str, source: str, columns: Columns) -> Finding:
    code = as_text(message.get("ruleId"))
    line, end = as_number(message.get("line"), 1), as_number(message.get("endLine"))
    edits = _edits(message.get("fix"), source)
    suggested = next((_edits(s.get("fix"), source) for s in objects(message.get("suggestions"))), ())
    return Finding(
        tool="eslint",
        code=code or "syntax",
        severity="error" if message.get("severity") == 2 else "warning",
        path=path,
        line=line,
        column=columns(path, line, as_number(message.get("column"), 1)),
        message=as_text(message.get("message")),
        end_line=end,
        end_column=columns(path, end, as_number(message.get("endColumn"))),
        fix="ESLint's own fix" if edits else "",
        url=_URL + code if code and "/" not in code else "",  # a plugin's rule has a slash, and its own pages
        edits=edits,
        offered=() if edits else suggested,
    )


def _edits(fix: object, source: str) -> tuple[TextEdit, ...]:
    """The fix by lines and columns; nothing without the text that its range speaks of."""
    given = fix if isinstance(fix, dict) else {}
    ends = [as_number(end, -1) for end in as_list(given.get("range"))]
    text = source.removeprefix("\ufeff")  # ESLint's offsets leave the byte order mark out
    if len(ends) != 2 or min(ends) < 0 or not text:
        return ()
    return (TextEdit(*position(text, ends[0], "utf16"), *position(text, ends[1], "utf16"), as_text(given.get("text"))),)
