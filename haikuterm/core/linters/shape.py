"""What the parsers share: the error for output of another format, and JSON read without trust in its shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from haikuterm.core.findings import Severity

JsonObject: TypeAlias = dict[str, Any]

_DECODER = json.JSONDecoder()
_MOST = 1_000_000_000  # a line or column beyond is nonsense
_SEVERITIES: dict[str, Severity] = {
    "error": "error",
    "fatal": "error",
    "critical": "error",
    "blocker": "error",
    "major": "error",
    "warning": "warning",
    "minor": "warning",
    "information": "info",
    "info": "info",
    "note": "info",
    "none": "info",
    "style": "info",
    "help": "info",
    "hint": "info",
}


class NotThisFormat(ValueError):
    """The output is not of the format that it was read as; the sentence says what was missing."""


def first_json(output: str, what: str) -> Any:
    """The first JSON value of the output; what stands after it is left alone. Raises NotThisFormat."""
    try:
        return _DECODER.raw_decode(output.lstrip())[0]
    except (ValueError, RecursionError) as error:
        raise NotThisFormat(f"This is not {what}: it is no JSON ({error}).") from error


def json_lines(output: str, what: str) -> list[JsonObject]:
    """The JSON objects of an output with one a line, other lines left out. Raises NotThisFormat if there is none."""
    rows = []
    for line in output.split("\n"):
        if line.lstrip().startswith("{"):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                continue
            rows.append(row)
    if not rows and output.strip():
        raise NotThisFormat(f"This is not {what}: no line of it is a JSON object.")
    return rows


def as_object(value: Any) -> JsonObject:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> Iterator[JsonObject]:
    """The objects of an array, whatever else it holds left out."""
    return (item for item in as_list(value) if isinstance(item, dict))


def as_text(value: Any) -> str:
    """The value as text; "" for what is no text or number."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MOST else ""


def as_number(value: Any, default: int = 0) -> int:
    """The value if it is a whole number that a line or column can be, else the default."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST else default


def severity(word: str, default: Severity = "warning") -> Severity:
    """Ours for the word that a tool uses."""
    return _SEVERITIES.get(word.lower(), default)
