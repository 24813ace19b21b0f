"""The JSON lines of rustc and clippy (`cargo clippy --message-format=json`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from haikuterm.core.findings import Finding, Sources, TextEdit, unknown
from haikuterm.core.linters.places import relative
from haikuterm.core.linters.shape import (
    JsonObject,
    NotThisFormat,
    as_list,
    as_number,
    as_object,
    as_text,
    json_lines,
    objects,
)
from haikuterm.core.linters.shape import severity as weight

_URL = re.compile(r"https://\S+")


def parse(output: str, root: str, _sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings; columns are characters, counted from 1 (doc.rust-lang.org/rustc/json.html).

    A fix is safe where rustc says MachineApplicable. Several targets say the same of a shared file: once is enough.
    Raises NotThisFormat.
    """
    rows = json_lines(output, "cargo's JSON")
    if any("reason" not in row for row in rows):
        raise NotThisFormat("This is not cargo's JSON: a line of it has no reason.")
    messages = (as_object(row.get("message")) for row in rows if row["reason"] == "compiler-message")
    return tuple(dict.fromkeys(found for message in messages for found in _finding(message, root)))


def _finding(message: JsonObject, root: str) -> Iterator[Finding]:
    """The finding, or none for what speaks of no place ("2 warnings emitted")."""
    spans = list(objects(message.get("spans")))
    span = next((span for span in spans if span.get("is_primary")), None)
    if span is None:
        return
    safe, offered, words = _fixes(message, as_text(span.get("file_name")))
    code = as_text(as_object(message.get("code")).get("code"))
    url = next((found[0] for child in objects(message.get("children")) if (found := _link(child))), "")
    yield Finding(
        tool="clippy",
        code=code or "rustc",
        severity=weight(as_text(message.get("level")), "error"),
        path=relative(as_text(span.get("file_name")), root),
        line=as_number(span.get("line_start"), 1),
        column=as_number(span.get("column_start"), 1),
        message=as_text(message.get("message")),
        end_line=as_number(span.get("line_end")),
        end_column=as_number(span.get("column_end")),
        fix=words if safe else "",
        url=url,
        edits=safe,
        offered=() if safe else offered,
    )


def _link(child: JsonObject) -> re.Match[str] | None:
    return _URL.search(as_text(child.get("message"))) if child.get("level") == "help" else None


def _fixes(message: JsonObject, file: str) -> tuple[tuple[TextEdit, ...], tuple[TextEdit, ...], str]:
    """The safe edits, else the first that are offered, and what the compiler says of them."""
    offered: tuple[TextEdit, ...] = ()
    for child in objects(message.get("children")):
        spans = [span for span in objects(child.get("spans")) if isinstance(span.get("suggested_replacement"), str)]
        if not spans or any(span.get("file_name") != file or as_list(span.get("expansion")) for span in spans):
            continue
        edits = tuple(_edit(span) for span in spans)
        if all(span.get("suggestion_applicability") == "MachineApplicable" for span in spans):
            return edits, (), as_text(child.get("message"))
        offered = offered or edits
    return (), offered, ""


def _edit(span: JsonObject) -> TextEdit:
    return TextEdit(
        as_number(span.get("line_start"), 1),
        as_number(span.get("column_start"), 1),
        as_number(span.get("line_end"), 1),
        as_number(span.get("column_end"), 1),
        as_text(span["suggested_replacement"]),
    )
