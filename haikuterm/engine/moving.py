"""The tools that move and remove files: rename and delete, only when the user asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from haikuterm.core.changes import FileChange, Proposal, Rejection
from haikuterm.core.errors import EditRefused
from haikuterm.core.events import EditsApplied, Event
from haikuterm.core.guard import secret_name
from haikuterm.core.ports import Asker, Question, Verdict
from haikuterm.engine.attaching import Attaching
from haikuterm.engine.landing import Landed, Landing, new_path
from haikuterm.engine.ports import Ports
from haikuterm.engine.toolbox import STRING, Answer, Output, landed_output, tool


@tool("rename", {"path": STRING, "to": STRING}, "path", "to")
async def rename(landing: Landing, given: Mapping[str, Any]) -> Answer:
    """Only when the user asked."""
    path, data = _present(landing.ports, given["path"])
    to = given["to"]
    to = new_path(landing.ports, to + PurePosixPath(path).name if to.endswith("/") else to, path)
    _check_asked(landing, "renamed", path)
    mode = landing.ports.workspace.mode(path)
    proposal = Proposal((FileChange(to, None, data, mode), FileChange(path, data, None, mode)))
    async with aclosing(_move(landing, proposal, f"Renamed {path} to {to}.")) as events:
        async for event in events:
            yield event


@tool("delete", {"path": STRING}, "path")
async def delete(landing: Landing, given: Mapping[str, Any]) -> Answer:
    """Only when the user asked."""
    path, data = _present(landing.ports, given["path"])
    _check_asked(landing, "deleted", path)
    change = FileChange(path, data, None, landing.ports.workspace.mode(path))
    async with aclosing(_move(landing, Proposal((change,)), f"Deleted {path}.")) as events:
        async for event in events:
            yield event


async def _move(landing: Landing, proposal: Proposal, sentence: str) -> Answer:
    """Land a file's renaming or removal; what is known of it and its attachment follow. sentence: if it is done."""
    attaching = Attaching(landing.ports.workspace, landing.session, landing.ports.pictures)
    verb, gone = sentence.partition(" ")[0].lower(), False
    async with aclosing(replace(landing, asker=_Whole(landing.asker)).land(proposal)) as events:
        async for event in events:
            if isinstance(event, Landed):
                yield _told(event, sentence) if gone else landed_output(event, verb)
                continue
            after: list[Event] = []
            if isinstance(event, EditsApplied):
                gone = any(change.after is None for change in event.files)
                after = _follow(attaching, event.files)
            yield event
            for also in after:
                yield also


def _follow(attaching: Attaching, files: Sequence[FileChange]) -> list[Event]:
    made = [change.path for change in files if change.before is None]
    gone = [change.path for change in files if change.after is None]
    if made and gone:
        return attaching.moved(gone[0], made[0])
    return [event for path in gone for event in attaching.removed(path)]


def _told(landed: Landed, sentence: str) -> Output:
    """What the model is told of a file that is gone from its place; what the linters say of it is not new."""
    return Output(f"{sentence}\n{replace(landed, written=(), report=None)}".strip(), sentence)


def _present(ports: Ports, name: str) -> tuple[str, bytes]:
    """The path and the bytes of a file that is there. Raises PathRefused, AttachmentRefused, EditRefused."""
    path = ports.workspace.resolve(name)
    data = ports.workspace.read_bytes(path)
    if data is None:
        raise EditRefused(f"There is no file {path}. Nothing was written.")
    if secret_name(path):
        raise EditRefused(f"{path} is a name for secrets; such files are left to the user. Nothing was written.")
    return path, data


def _check_asked(landing: Landing, done: str, path: str) -> None:
    """Where nobody is asked, the prompt itself must name the file. Raises EditRefused."""
    if landing.settings.yes and not _named(landing.prompt, path):
        raise EditRefused(
            f"{path} is not {done}: the user did not name it, and is not asked before each write. "
            "Say what you would do, and let them name the file. Nothing was written."
        )


def _named(prompt: str, path: str) -> bool:
    """Whether the prompt names the file: by its path or its end, or after an @; a bare word may mean anything."""
    parts = path.split("/")
    ends = [end for n in range(len(parts)) if "/" in (end := "/".join(parts[n:])) or "." in end]
    names = "|".join(map(re.escape, ends)) or "(?!)"
    named = re.search(rf"(?<![\w./@-])(?:@|\./)?(?:{names})(?![\w/-]|\.\w)", prompt)
    return bool(named or re.search(rf"(?<!\S)@{re.escape(path)}(?!\S)", prompt))


@dataclass(frozen=True, slots=True)
class _Whole:
    """Takes a renaming or a removal just as proposed or not at all: a part of it would be a copy, or a loss."""

    asker: Asker

    async def approve(self, proposal: Proposal) -> Verdict:
        """What was accepted if that is the proposal byte for byte, else nothing."""
        verdict = await self.asker.approve(proposal)
        if verdict.accepted == proposal.files:
            return verdict
        word = verdict.word or next((part.word for part in verdict.rejected if part.word), "")
        return Verdict(rejected=tuple(Rejection(path) for path in proposal.paths), word=word)

    async def edit(self, text: str, name: str) -> str | None:
        """As the asker behind it."""
        return await self.asker.edit(text, name)

    async def choose(self, question: Question) -> str | None:
        """As the asker behind it."""
        return await self.asker.choose(question)
