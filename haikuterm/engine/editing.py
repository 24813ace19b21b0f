"""The tools that write text: edit and create; what they make is a proposal, which Landing lands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from haikuterm.core.changes import Edit, FileChange, Proposal
from haikuterm.core.errors import EditRefused
from haikuterm.core.events import EditsApplied
from haikuterm.core.ports import TextStyle, Workspace
from haikuterm.engine.landing import Landed, Landing, new_path
from haikuterm.engine.ports import Ports
from haikuterm.engine.toolbox import STRING, Answer, Output, landed_output, tool

MOST_SHOWN = 120  # lines of a file that an edit of it shows before it is taken
AGAIN = "Send all edits of this call again, corrected."

_EDIT = {
    "type": "object",
    "properties": {"path": STRING, "old": STRING, "new": STRING, "replace_all": {"type": "boolean"}},
    "required": ["path", "old", "new"],
}


@tool("edit", {"edits": {"type": "array", "items": _EDIT}}, "edits")
async def edit(landing: Landing, given: Mapping[str, Any]) -> Answer:
    """Replace text in files. All edits of a call land together or not at all."""
    session = landing.session
    edits = edits_of(given, landing.ports.workspace.resolve)
    unseen = await asyncio.to_thread(_unseen, edits, landing)
    if unseen:
        for path in unseen:
            session.saw(path)
        yield Output(_show(unseen), f"edit: {', '.join(unseen)} was not read yet", ok=False, again=True)
        return
    proposal, held = await _plan(landing, edits)
    async with aclosing(landing.land(proposal)) as events:
        async for event in events:
            if isinstance(event, Landed | EditsApplied):
                session.held = ()
            if isinstance(event, EditsApplied):
                for path in event.paths:
                    session.saw(path)
            yield landed_output(event, "edit", _with(held, event)) if isinstance(event, Landed) else event


async def _plan(landing: Landing, edits: Sequence[Edit]) -> tuple[Proposal, tuple[Edit, ...]]:
    """The proposal of these edits and of those held, and which were; if it is refused, what fits is held."""
    from haikuterm.core.edits import PlanRefused

    session, ports = landing.session, landing.ports
    places = {(e.path, e.old) for e in edits}
    held = tuple(e for e in session.held if (e.path, e.old) not in places)
    files = await asyncio.to_thread(_files, (*held, *edits), ports.workspace)
    said = ""
    for kept in dict.fromkeys((held, _apart(held, edits))):
        try:
            return await asyncio.to_thread(_planned, (*kept, *edits), files, ports), kept
        except PlanRefused as refused:
            if not said:
                said, fitting = str(refused), refused.fitting
    session.held = fitting or _fitting(held, files)
    raise EditRefused("\n".join([said, *_about(held, session.held)]))


def _apart(held: Sequence[Edit], edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Those of the held edits that no new edit of the same lines comes in place of: it holds their old text or part."""

    def same(one: str, other: str) -> bool:
        return bool(one and other) and (one in other or other in one)

    return tuple(
        kept
        for kept in held
        if kept.replace_all or not any(e.path == kept.path and same(e.old.strip(), kept.old.strip()) for e in edits)
    )


def _files(edits: Sequence[Edit], workspace: Workspace) -> dict[str, bytes]:
    """What is on disk now; a file that may not be sent (secret, binary, huge) is refused, one that is gone left out."""
    paths = dict.fromkeys(e.path for e in edits)
    return {path: workspace.read_text(path).data for path in paths if workspace.read_bytes(path) is not None}


def _planned(edits: Sequence[Edit], files: Mapping[str, bytes], ports: Ports) -> Proposal:
    """The edits in memory, looked at by the extra parsers too. Raises PlanRefused."""
    from haikuterm.core.edits import PlanRefused, plan

    proposal = plan(edits, files, hold=True)
    broken = {change.path: ports.grammars.newly_broken(change) for change in proposal.files}
    rows = [f"{path} would not parse any more, {why}." for path, why in broken.items() if why]
    if rows:
        raise PlanRefused("\n".join([*rows, f"Nothing was written. {AGAIN}"]), ())
    return proposal


def _fitting(held: Sequence[Edit], files: Mapping[str, bytes]) -> tuple[Edit, ...]:
    """Those of the held edits that still fit."""
    from haikuterm.core.edits import PlanRefused, plan

    try:
        return plan(held, files).edits if held else ()
    except PlanRefused as refused:
        return refused.fitting


def _about(before: Sequence[Edit], now: Sequence[Edit]) -> list[str]:
    """What became of the edits that were held before the call that failed."""
    if not before:
        return []
    lost = [n for n, e in enumerate(before, 1) if e not in now]
    which = "Edit 1 is the one" if len(before) == 1 else f"Edits 1 to {len(before)} are those"
    fate = f"no longer kept: {', '.join(map(str, lost))}" if lost else "still kept"
    return [f"({which} kept from before; {fate}.)"]


def _with(held: Sequence[Edit], landed: Landed) -> str:
    """What the model is told of edits that were held until now."""
    if not held:
        return ""
    kept = "The edit kept from before was" if len(held) == 1 else f"The {len(held)} edits kept from before were"
    return f"\n{kept} part of this{'' if landed.rejected else ' and written too'}."


def _unseen(edits: Sequence[Edit], landing: Landing) -> dict[str, str]:
    """The lines in question of each file that the model was never shown."""
    workspace, unseen = landing.ports.workspace, {}
    for path in dict.fromkeys(e.path for e in edits):
        olds = [e.old for e in edits if e.path == path and not landing.session.knows(path, e.old)]
        if olds and workspace.read_bytes(path) is not None:
            unseen[path] = _lines(workspace.read_text(path).text, olds)
    return unseen


def _show(unseen: Mapping[str, str]) -> str:
    shown = "\n".join(f"{path}:\n{lines}" for path, lines in unseen.items())
    return (
        f"You had not seen {', '.join(unseen)}, so nothing was written. These are the lines there:\n{shown}\n"
        "If your edits are right, send the same call again; else correct them."
    )


def _lines(text: str, olds: Sequence[str]) -> str:
    """The numbered lines around each of the old texts, or what comes nearest; a short file as a whole."""
    from haikuterm.core.nearest import LONG, MOST

    if not text:
        return "(empty file)"
    lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
    short = len(lines) <= MOST
    rows = sorted({row for old in olds for row in (range(len(lines)) if short else _around(old, lines))})
    shown = "\n".join(f"{row + 1}\t{lines[row][:LONG]}" for row in rows[:MOST_SHOWN])
    return shown or f"(nothing in its {len(lines)} lines is like the old text)"


def _around(old: str, lines: Sequence[str]) -> range:
    """The 0-based lines where the old text stands, or that are most like it, and some around them."""
    from haikuterm.core.nearest import AROUND, LEAST, MOST, nearest

    wanted = old.replace("\r\n", "\n").strip("\n").split("\n")
    text, found = "\n".join(lines), "\n".join(wanted)
    at = text.find(found) if found.strip() else -1
    start = text.count("\n", 0, at)
    if at < 0:
        number, ratio = nearest(wanted, lines)
        if ratio < LEAST:
            return range(0)
        start = number - 1
    first = max(0, start - AROUND)
    return range(first, min(len(lines), start + len(wanted) + AROUND, first + MOST))


def edits_of(given: Mapping[str, Any], resolve: Callable[[str], str]) -> list[Edit]:
    """The edits of a call's input. resolve: turns the paths named into those of the workspace. Raises EditRefused."""
    return [_edit(row, resolve) for row in _rows(given.get("edits"))]


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
    old, new = text("old", "old_str", "old_string"), text("new", "new_str", "new_string", "insert_text")
    return Edit(path, old, new, row.get("replace_all") is True)


@tool("create", {"path": STRING, "text": STRING}, "path", "text")
async def create(landing: Landing, given: Mapping[str, Any]) -> Answer:
    """Write a new file; refused if there is one."""
    change = await asyncio.to_thread(_created, landing.ports, given["path"], given["text"])
    async with aclosing(landing.land(Proposal((change,)))) as events:
        async for event in events:
            if isinstance(event, EditsApplied):
                landing.session.saw(change.path)
            yield landed_output(event, "create") if isinstance(event, Landed) else event


def _created(ports: Ports, name: str, text: str) -> FileChange:
    """The new file, written as its neighbours are. Raises PathRefused, EditRefused."""
    from haikuterm.core.elision import left_out
    from haikuterm.core.syntax import newly_broken

    path = new_path(ports, name)
    if line := left_out(text):
        raise EditRefused(f"the text of {path} leaves code out ({line!r}). Write every line. Nothing was written.")
    data = _encoded(path, text, ports.workspace.style(path))
    change = FileChange(path, None, data)
    # "[1]" is right in each language that is parsed here; an empty text is none in JSON, so it would not count.
    why = newly_broken(path, b"[1]", data) or ports.grammars.newly_broken(change)
    if why:
        raise EditRefused(f"{path} would not parse, {why}. Nothing was written. Send it again, corrected.")
    return change


def _encoded(path: str, text: str, style: TextStyle) -> bytes:
    """The text as bytes of this style. Raises EditRefused for a sign that its encoding does not have."""
    lines = text.removeprefix("\ufeff") if style.bom else text
    lines = lines.replace("\r\n", "\n")
    if style.final_newline and lines and not lines.endswith("\n"):
        lines += "\n"
    try:
        return style.bom + lines.replace("\n", style.eol).encode(style.encoding)
    except UnicodeEncodeError as error:
        sign = error.object[error.start : error.end]
        raise EditRefused(
            f"{path} is to be written in {style.encoding}, which has no {sign!r}. Nothing was written."
        ) from None
