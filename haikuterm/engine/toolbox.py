"""What a tool is: what the model sees of it, what it does, and what it answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from haikuterm.core.events import Event
from haikuterm.core.request import ToolSpec
from haikuterm.engine.landing import Landed, Landing

STRING, NUMBER = {"type": "string"}, {"type": "integer"}


@dataclass(frozen=True, slots=True)
class Output:
    """What a tool answers. text: for the model. summary: a line for the user.

    again: the very same call is welcome after this answer, so that it is no failure to come back with it.
    """

    text: str
    summary: str
    ok: bool = True
    again: bool = False


Answer: TypeAlias = AsyncGenerator[Event | Output, None]
Run: TypeAlias = Callable[[Landing, Mapping[str, Any]], Answer]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what the model sees of it, and what it does."""

    spec: ToolSpec
    run: Run


def tool(name: str, properties: Mapping[str, Any], *required: str) -> Callable[[Run], Tool]:
    """Make the function a tool; its docstring is what the model reads."""

    def make(run: Run) -> Tool:
        schema = {"type": "object", "properties": dict(properties), "required": [*required]}
        return Tool(ToolSpec(name, " ".join((run.__doc__ or "").split()), schema), run)

    return make


def landed_output(landed: Landed, name: str, more: str = "") -> Output:
    """The answer of a tool whose proposal came to this; more: text after it for the model."""
    shown = ", ".join(landed.written) or "nothing written"
    return Output(f"{landed}{more}", f"{name}: {shown}", ok=bool(landed.written))


def problem(schema: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """Why the input does not fit the tool's schema, or ""; the edits of a call are left to their own tool."""
    missing = [name for name in schema["required"] if given.get(name) is None]
    if missing:
        return f"{', '.join(missing)} is missing from the input."
    for name, value in given.items():
        if value is not None and name != "edits" and not _fits(schema["properties"].get(name, {}), value):
            return f"{name} must be of type {schema['properties'][name]['type']}."
    return ""


_KINDS = {"string": str, "integer": int, "array": list, "boolean": bool}


def _fits(schema: Mapping[str, Any], value: Any) -> bool:
    if not isinstance(value, _KINDS.get(schema.get("type", ""), object)):
        return False
    return not isinstance(value, list) or all(_fits(schema.get("items", {}), item) for item in value)
