"""What the faces without a person write on their streams: text, JSON, JSON lines, and how."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TextIO

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange
from haikuterm.core.diff import diff
from haikuterm.core.findings import Finding
from haikuterm.core.money import Total
from haikuterm.ui.plain import diff_lines

HUNG_UP = 141  # 128 + SIGPIPE: nobody reads on
FINDING = (  # what the JSON object says of each; a finding also holds edits, which are for ourselves
    "tool", "code", "severity", "path", "line", "column", "message", "end_line", "end_column", "fix",
)  # fmt: skip


class Form(Protocol):
    """A way to write a run down."""

    def show(self, event: ev.Event, said: str = "") -> None:
        """Write what the event means. said: what it adds to the answer. Raises BrokenPipeError."""
        ...

    def finish(self) -> None:
        """Write what remains. Raises BrokenPipeError."""
        ...


@dataclass(frozen=True, slots=True)
class AsJsonLines:
    """Every event of the engine as one line of JSON."""

    out: TextIO

    def show(self, event: ev.Event, said: str = "") -> None:  # noqa: ARG002 - the signature of the form
        """Write the event."""
        write(self.out, dumps(ev.to_json(event)))

    def finish(self) -> None:
        """Nothing remains: the last event was the last line."""


def finding_rows(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings for JSON."""
    return [{name: getattr(finding, name) for name in FINDING} for finding in findings]


def edit_rows(edits: Iterable[tuple[FileChange, bool]]) -> list[dict[str, Any]]:
    """Changes for JSON, each with whether it was written."""
    return [{"path": change.path, "applied": applied, "diff": diff(change).unified()} for change, applied in edits]


def bill(total: Total) -> dict[str, Any]:
    """What was used and spent for JSON; amounts of money are text, cost_usd is null where a price is not known."""
    return {"usage": asdict(total.usage), "cost_usd": None if total.unpriced else format(total.usd, "f")}


def write(out: TextIO, text: str) -> None:
    """Write at once."""
    out.write(text)
    out.flush()


def dumps(value: Any) -> str:
    """JSON on one line, ASCII only, so that no escape sequence of anybody's reaches a terminal."""
    return json.dumps(value).replace("\x7f", "\\u007f") + "\n"


def diffs(changes: Iterable[FileChange]) -> str:
    """The changes as unified diffs that are safe to print."""
    return "".join(f"{row.text}\n" for change in changes for row in diff_lines(change))


def hang_up(out: TextIO) -> None:
    """Close a pipe that nobody reads, so that the interpreter does not complain about it at exit."""
    with suppress(BrokenPipeError):
        out.close()
