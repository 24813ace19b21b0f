"""What the model may do: read, list, search, edit, create, check; one decorated function each.

A tool is an async generator: events for the face as they become true, and an Output for the model last.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from haikuterm.core.changes import Edit, FileChange, Proposal
from haikuterm.core.edits import plan
from haikuterm.core.errors import EditRefused, HaikutermError
from haikuterm.core.events import Checked, Event
from haikuterm.core.ports import Workspace
from haikuterm.core.request import ToolSpec
from haikuterm.engine.landing import Landed, Landing, new_path

MAX_LINES = 800  # of one read
MAX_TEXT = 60_000  # characters of one read: some 17,000 tokens
MAX_NAMES = 300  # of one list
MAX_LINE = 400  # characters of a line that search shows


@dataclass(frozen=True, slots=True)
class Output:
    """What a tool answers. text: for the model. summary: a line for the user."""

    text: str
    summary: str
    ok: bool = True


Run: TypeAlias = Callable[[Landing, Mapping[str, Any]], AsyncGenerator[Event | Output, None]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what the model sees of it, and what it does."""

    spec: ToolSpec
    run: Run


TOOLS: dict[str, Tool] = {}
_STRING, _NUMBER = {"type": "string"}, {"type": "integer"}


def tool(name: str, properties: Mapping[str, Any], *required: str) -> Callable[[Run], Run]:
    """Register the function as a tool; its docstring is what the model reads."""

    def register(run: Run) -> Run:
        schema = {"type": "object", "properties": dict(properties), "required": [*required]}
        TOOLS[name] = Tool(ToolSpec(name, " ".join((run.__doc__ or "").split()), schema), run)
        return run

    return register


def specs() -> tuple[ToolSpec, ...]:
    """All tools as the model sees them, in a fixed order: they are the front of every request."""
    return tuple(entry.spec for entry in TOOLS.values())


def summary(name: str, given: Mapping[str, Any]) -> str:
    """One line for the user on what a call is about to do."""
    edits = given.get("edits")
    if isinstance(edits, list):
        paths = dict.fromkeys(str(e.get("path", "?")) for e in edits if isinstance(e, dict))
        return f"{name} {', '.join(paths)}"
    words = [str(given[k]) for k in ("path", "pattern", "glob", "paths", "start", "end") if given.get(k)]
    return " ".join([name, *words])[:200]


async def call(landing: Landing, name: str, given: Mapping[str, Any]) -> AsyncGenerator[Event | Output, None]:
    """Run one tool; whatever is wrong with the call becomes an Output that says so."""
    entry = TOOLS.get(name)
    if entry is None:
        yield Output(f"There is no tool {name!r}. There are: {', '.join(TOOLS)}.", f"{name}: unknown tool", ok=False)
        return
    problem = _problem(entry.spec.schema, given)
    if problem:
        yield Output(problem, f"{name}: {problem}", ok=False)
        return
    try:
        async with aclosing(entry.run(landing, given)) as events:
            async for event in events:
                yield event
    except HaikutermError as error:
        yield Output(str(error), f"{name}: {str(error).splitlines()[0]}", ok=False)


def _problem(schema: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """Why the input does not fit the schema, or ""."""
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


@tool("read", {"path": _STRING, "start": _NUMBER, "end": _NUMBER}, "path")
async def read(landing: Landing, given: Mapping[str, Any]) -> AsyncGenerator[Event | Output, None]:
    """Numbered lines of a text file."""
    workspace = landing.ports.workspace
    file = await asyncio.to_thread(workspace.read_text, workspace.resolve(given["path"]))
    lines = file.text.split("\n")
    if lines[-1] == "":
        lines.pop()
    start = max(1, given.get("start") or 1)
    end = min(len(lines), given.get("end") or len(lines), start + MAX_LINES - 1)
    rows = [f"{n}\t{lines[n - 1].removesuffix(chr(13))}" for n in range(start, end + 1)]
    shown = "\n".join(rows)
    if len(shown) > MAX_TEXT:
        shown = f"{shown[:MAX_TEXT]}\n(cut here: the lines are very long)"
    elif len(rows) == len(lines):
        landing.session.told(file.path, file.digest)
    more = "" if len(rows) == len(lines) else f"\n({len(lines)} lines in all)"
    yield Output((shown + more).lstrip("\n") or "(empty file)", f"read {file.path} ({len(rows)} lines)")


@tool("list", {"glob": _STRING})
async def list_files(landing: Landing, given: Mapping[str, Any]) -> AsyncGenerator[Event | Output, None]:
    """Files of the repository, ignored ones left out."""
    pattern = given.get("glob") or "*"
    listed = await asyncio.to_thread(landing.ports.workspace.files)
    names = [path for path in listed if _matches(path, pattern)]
    more = f"\n({len(names)} in all)" if len(names) > MAX_NAMES else ""
    yield Output("\n".join(names[:MAX_NAMES]) + more or "(no files)", f"list {pattern} ({len(names)} files)")


def _matches(path: str, pattern: str) -> bool:
    """Whether a glob names the path; one without a slash is about file names."""
    return fnmatchcase(path, pattern) or ("/" not in pattern and fnmatchcase(path.rsplit("/", 1)[-1], pattern))


@tool("search", {"pattern": _STRING, "glob": _STRING}, "pattern")
async def search(landing: Landing, given: Mapping[str, Any]) -> AsyncGenerator[Event | Output, None]:
    """Lines that match a regular expression."""
    try:
        found = await asyncio.to_thread(landing.ports.workspace.search, given["pattern"], given.get("glob") or "")
    except ValueError as error:
        yield Output(f"The pattern is not valid: {error}", f"search: {error}", ok=False)
        return
    text = "\n".join(f"{m.path}:{m.line}:{m.text[:MAX_LINE]}" for m in found)
    yield Output(text or "(no match)", f"search {given['pattern']} ({len(found)} lines)")


_EDIT = {
    "type": "object",
    "properties": {"path": _STRING, "old": _STRING, "new": _STRING, "replace_all": {"type": "boolean"}},
    "required": ["path", "old", "new"],
}


@tool("edit", {"edits": {"type": "array", "items": _EDIT}}, "edits")
async def edit(landing: Landing, given: Mapping[str, Any]) -> AsyncGenerator[Event | Output, None]:
    """Replace text in files. All edits of a call land together or not at all."""
    workspace = landing.ports.workspace
    edits = [_edit(row, workspace.resolve) for row in _rows(given["edits"])]
    proposal = await asyncio.to_thread(_planned, edits, workspace)
    async with aclosing(_land(landing, proposal, "edit")) as events:
        async for event in events:
            yield event


def _planned(edits: Sequence[Edit], workspace: Workspace) -> Proposal:
    """The edits on what is on disk now; a file that may not be sent (secret, binary, huge) is refused before."""
    files: dict[str, bytes] = {}
    for path in dict.fromkeys(e.path for e in edits):
        if workspace.read_bytes(path) is None:
            raise EditRefused(f"There is no file {path}. Use create for a new one. Nothing was written.")
        files[path] = workspace.read_text(path).data
    return plan(edits, files)


def _rows(value: Any) -> list[Any]:
    """The edits of a call; one edit alone and JSON in a string are understood too."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise EditRefused("edits is not valid JSON. Nothing was written.") from None
    rows = [value] if isinstance(value, dict) else value
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise EditRefused("edits must be a list of {path, old, new}. Nothing was written.")
    return [*rows]


def _edit(row: Mapping[str, Any], resolve: Callable[[str], str]) -> Edit:
    """One edit of its JSON; the names other tools use for the same things are understood."""

    def text(*names: str) -> str:
        value = next((row[name] for name in names if name in row), None)
        if not isinstance(value, str):
            raise EditRefused(f"an edit has no text {names[0]!r}. Nothing was written.")
        return value

    path = resolve(text("path", "file_path"))
    old, new = text("old", "old_str", "old_string"), text("new", "new_str", "new_string")
    return Edit(path, old, new, row.get("replace_all") is True)


@tool("create", {"path": _STRING, "text": _STRING}, "path", "text")
async def create(landing: Landing, given: Mapping[str, Any]) -> AsyncGenerator[Event | Output, None]:
    """Write a new file; refused if there is one."""
    path = new_path(landing.ports, given["path"])
    data = given["text"].encode("utf-8", "surrogatepass")
    async with aclosing(_land(landing, Proposal((FileChange(path, None, data),)), "create")) as events:
        async for event in events:
            yield event


async def _land(landing: Landing, proposal: Proposal, name: str) -> AsyncGenerator[Event | Output, None]:
    async with aclosing(landing.land(proposal)) as events:
        async for event in events:
            if isinstance(event, Landed):
                shown = ", ".join(event.written) or "nothing written"
                yield Output(str(event), f"{name}: {shown}", ok=bool(event.written))
            else:
                yield event


@tool("check", {"paths": {"type": "array", "items": _STRING}})
async def check(landing: Landing, given: Mapping[str, Any]) -> AsyncGenerator[Event | Output, None]:
    """Run the linter (default: on the attached files)."""
    workspace = landing.ports.workspace
    named = [workspace.resolve(path) for path in given.get("paths") or ()]
    paths = named or [*landing.session.attachments] or [*await asyncio.to_thread(workspace.files)]
    report = await landing.ports.checker.check(paths)
    yield Checked(report)
    said = report.broke or "\n".join(str(f) for f in report.findings[:50]) or "no findings"
    yield Output(f"{report.tool}: {said}", f"check: {len(report.findings)} findings", ok=not report.broke)
