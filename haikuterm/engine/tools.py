"""What the model may do: all tools in their order, and those that look: read, list, search, check.

A tool is an async generator: events for the face as they become true, and an Output for the model last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from fnmatch import fnmatchcase
from typing import Any

from haikuterm.core.errors import HaikutermError
from haikuterm.core.events import Checked
from haikuterm.core.request import ToolSpec
from haikuterm.engine import editing, moving
from haikuterm.engine.landing import Landing
from haikuterm.engine.toolbox import NUMBER, STRING, Answer, Output, Tool, problem, tool

MAX_LINES = 800  # of one read
MAX_TEXT = 60_000  # characters of one read: some 17,000 tokens
MAX_NAMES = 300  # of one list
MAX_LINE = 400  # characters of a line that search shows


def specs() -> tuple[ToolSpec, ...]:
    """All tools as the model sees them, in a fixed order: they are the front of every request."""
    return tuple(entry.spec for entry in TOOLS.values())


def summary(name: str, given: Mapping[str, Any]) -> str:
    """One line for the user on what a call is about to do."""
    edits = given.get("edits")
    if isinstance(edits, list):
        paths = dict.fromkeys(str(e.get("path", "?")) for e in edits if isinstance(e, dict))
        return f"{name} {', '.join(paths)}"
    if name == "rename":
        return f"{name} {given.get('path', '?')} -> {given.get('to', '?')}"[:200]
    words = [str(given[k]) for k in ("path", "pattern", "glob", "paths", "start", "end") if given.get(k)]
    return " ".join([name, *words])[:200]


async def call(landing: Landing, name: str, given: Mapping[str, Any]) -> Answer:
    """Run one tool; whatever is wrong with the call becomes an Output that says so."""
    entry = TOOLS.get(name)
    if entry is None:
        yield Output(f"There is no tool {name!r}. There are: {', '.join(TOOLS)}.", f"{name}: unknown tool", ok=False)
        return
    wrong = problem(entry.spec.schema, given)
    if wrong:
        yield Output(wrong, f"{name}: {wrong}", ok=False)
        return
    try:
        async with aclosing(entry.run(landing, given)) as events:
            async for event in events:
                yield event
    except HaikutermError as error:
        yield Output(str(error), f"{name}: {str(error).splitlines()[0]}", ok=False)


@tool("read", {"path": STRING, "start": NUMBER, "end": NUMBER}, "path")
async def read(landing: Landing, given: Mapping[str, Any]) -> Answer:
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
    if rows or not lines:
        landing.session.saw(file.path)
    if len(shown) > MAX_TEXT:
        shown = f"{shown[:MAX_TEXT]}\n(cut here: the lines are very long)"
    elif len(rows) == len(lines):
        landing.session.told(file.path, file.digest)
    more = "" if len(rows) == len(lines) else f"\n({len(lines)} lines in all)"
    yield Output((shown + more).lstrip("\n") or "(empty file)", f"read {file.path} ({len(rows)} lines)")


@tool("list", {"glob": STRING})
async def list_files(landing: Landing, given: Mapping[str, Any]) -> Answer:
    """Files of the repository, ignored ones left out."""
    pattern = given.get("glob") or "*"
    listed = await asyncio.to_thread(landing.ports.workspace.files)
    names = [path for path in listed if _matches(path, pattern)]
    more = f"\n({len(names)} in all)" if len(names) > MAX_NAMES else ""
    yield Output("\n".join(names[:MAX_NAMES]) + more or "(no files)", f"list {pattern} ({len(names)} files)")


def _matches(path: str, pattern: str) -> bool:
    """Whether a glob names the path; one without a slash is about file names."""
    return fnmatchcase(path, pattern) or ("/" not in pattern and fnmatchcase(path.rsplit("/", 1)[-1], pattern))


@tool("search", {"pattern": STRING, "glob": STRING}, "pattern")
async def search(landing: Landing, given: Mapping[str, Any]) -> Answer:
    """Lines that match a regular expression."""
    try:
        found = await asyncio.to_thread(landing.ports.workspace.search, given["pattern"], given.get("glob") or "")
    except ValueError as error:
        yield Output(f"The pattern is not valid: {error}", f"search: {error}", ok=False)
        return
    for match in found:
        landing.session.saw(match.path)
    text = "\n".join(f"{m.path}:{m.line}:{m.text[:MAX_LINE]}" for m in found)
    yield Output(text or "(no match)", f"search {given['pattern']} ({len(found)} lines)")


@tool("check", {"paths": {"type": "array", "items": STRING}})
async def check(landing: Landing, given: Mapping[str, Any]) -> Answer:
    """Run the linter (default: on the attached files)."""
    workspace = landing.ports.workspace
    named = [workspace.resolve(path) for path in given.get("paths") or ()]
    paths = named or [*landing.session.attachments] or [*await asyncio.to_thread(workspace.files)]
    report = await landing.ports.linters.check(paths)
    yield Checked(report)
    said = report.broke or "\n".join(str(f) for f in report.findings[:50]) or "no findings"
    yield Output(f"{report.tool}: {said}", f"check: {len(report.findings)} findings", ok=not report.broke)


TOOLS: dict[str, Tool] = {
    entry.spec.name: entry
    for entry in (
        read, list_files, search, editing.edit, editing.create, moving.rename, moving.delete, check,
    )
}  # fmt: skip
