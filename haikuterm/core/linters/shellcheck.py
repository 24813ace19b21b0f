"""ShellCheck's JSON (`shellcheck -f json1`): columns in characters, a tab is one."""

from __future__ import annotations

from haikuterm.core.findings import Finding, Sources, TextEdit, unknown
from haikuterm.core.linters.places import relative
from haikuterm.core.linters.shape import JsonObject, NotThisFormat, as_number, as_object, as_text, first_json, objects
from haikuterm.core.linters.shape import severity as weight

# ShellCheck does not grade its fixes. Only these cannot change what a script does, whatever its variables hold: they
# write the same expansion or command substitution in another way. Quotes (SC2086) or `|| exit` (SC2164) can.
_SAFE = frozenset({2004, 2006, 2007, 2250})


def parse(output: str, root: str, _sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings. Raises NotThisFormat; the older `-f json`, which counts a tab as up to 8 columns, is refused."""
    log = first_json(output, "ShellCheck's JSON")
    if not isinstance(log, dict) or not isinstance(log.get("comments"), list):
        raise NotThisFormat("This is not ShellCheck's json1: it has no list of comments. Run it with -f json1.")
    return tuple(_finding(row, root) for row in objects(log["comments"]))


def _finding(row: JsonObject, root: str) -> Finding:
    number = as_number(row.get("code"))
    edits = tuple(_edit(part) for part in objects(as_object(row.get("fix")).get("replacements")))
    safe = number in _SAFE
    return Finding(
        tool="shellcheck",
        code=f"SC{number}",
        severity=weight(as_text(row.get("level"))),
        path=relative(as_text(row.get("file")), root),
        line=as_number(row.get("line"), 1),
        column=as_number(row.get("column"), 1),
        message=as_text(row.get("message")),
        end_line=as_number(row.get("endLine")),
        end_column=as_number(row.get("endColumn")),
        fix="ShellCheck's own fix" if safe and edits else "",
        url=f"https://www.shellcheck.net/wiki/SC{number}",
        edits=edits if safe else (),
        offered=() if safe else edits,
    )


def _edit(part: JsonObject) -> TextEdit:
    return TextEdit(
        as_number(part.get("line"), 1),
        as_number(part.get("column"), 1),
        as_number(part.get("endLine"), 1),
        as_number(part.get("endColumn"), 1),
        as_text(part.get("replacement")),
    )
