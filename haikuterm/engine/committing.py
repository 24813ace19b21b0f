"""What a conversation changed, by the journal: shown by /diff, and committed when the user asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import PurePosixPath
from threading import Event as Flag
from typing import TYPE_CHECKING

from haikuterm.core.changes import FileChange
from haikuterm.core.commit_message import commit_message, commit_request
from haikuterm.core.errors import CommitRefused, HaikutermError, PathRefused
from haikuterm.core.events import ChangesShown, Event, Notice, TextDelta
from haikuterm.core.ports import Asker, Option, Question, Workspace
from haikuterm.core.request import Reply
from haikuterm.core.settings import Settings
from haikuterm.core.steps import Step
from haikuterm.engine.asking import Ask
from haikuterm.engine.ports import Ports
from haikuterm.engine.session import Session
from haikuterm.engine.stops import CUT

if TYPE_CHECKING:
    from haikuterm.core.history import Own

WRITERS = (
    Option("yes", "let the model write the message", note="it is shown before anything is committed"),
    Option("edit", "write it yourself"),
    Option("no", "leave it"),
)
OPTIONS = (Option("yes", "commit"), Option("edit", "edit the message"), Option("no", "leave it"))
NOTHING = "Nothing was committed."
GIVE = "Nothing was committed. Give a message yourself: /commit MESSAGE."
NAMED = 6  # files that a question names
DRAFT = "COMMIT_EDITMSG"  # git's own name for it, so that editors know what it is


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is to commit. prompts: what the user had asked for. notes: what they should know before."""

    files: tuple[FileChange, ...]
    prompts: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def paths(self) -> list[str]:
        """The files' paths, in order."""
        return [change.path for change in self.files]


@dataclass(frozen=True, slots=True)
class Committing:
    """One commit of the files that the conversation changed since they were last committed, as they are on disk.

    What others did in these files goes with them, and is told before; other files stay out of it.
    """

    ports: Ports
    session: Session
    settings: Settings
    asker: Asker
    ask: Ask

    async def run(self, message: str) -> AsyncGenerator[Event, None]:
        """Show what would be committed, get a message where none is given, ask, commit.

        The model is asked for a message only if the user wants that, and git would take the commit as things are.
        Raises CommitRefused, ProviderError, BudgetReached, JournalError.
        """
        found = await asyncio.to_thread(self._open)
        for sentence in found.notes:
            yield Notice(sentence, "warning")
        writer = "given" if message else await self._chosen(_who(found.paths))
        if writer == "no":
            yield Notice(NOTHING)
            return
        if writer == "yes":
            async with aclosing(self._written(found)) as written:
                async for item in written:
                    if isinstance(item, str):
                        message = item
                    elif not isinstance(item, TextDelta):
                        yield item
        elif writer == "edit":
            message = await self.asker.edit("\n", DRAFT) or ""
        message = commit_message(message, self.settings.commit_trailer)
        if not message:
            raise CommitRefused(f"There is no message. {GIVE}")
        async with aclosing(self._confirmed(found.paths, message)) as events:
            async for event in events:
                yield event

    async def _written(self, found: _Found) -> AsyncGenerator[Event | str, None]:
        """Ask the model: one request, charged and shown like any other; the message last. Raises CommitRefused."""
        request = commit_request(self.session.model, found.files, found.prompts)
        async with aclosing(replace(self.ask, purpose="commit message")(request)) as events:
            async for event in events:
                yield _message(event) if isinstance(event, Reply) else event

    async def _confirmed(self, paths: Sequence[str], message: str) -> AsyncGenerator[Event, None]:
        """Show the message and ask until the user has decided."""
        while True:
            yield Notice(f"{message}\n\nfor {', '.join(paths)}")
            subject = message.partition("\n")[0]
            answer = await self._chosen(Question(f'Commit "{subject}"?', OPTIONS, selected="yes"))
            if answer == "edit":
                edited = await self.asker.edit(message + "\n", DRAFT)
                message = message if edited is None else commit_message(edited)
                if message:
                    continue
                yield Notice(f"The message is empty. {NOTHING}")
                return
            if answer != "yes":
                yield Notice(NOTHING)
                return
            async with aclosing(self._made(paths, message)) as events:
                async for event in events:
                    yield event
            return

    async def _chosen(self, question: Question) -> str:
        """The user's answer. Raises CommitRefused where there is none, as without a terminal."""
        answer = "yes" if self.settings.yes else await self.asker.choose(question)
        if answer is None:
            raise CommitRefused("Nothing was committed, as nobody said yes. Where nobody can be asked, start with -y.")
        return answer

    async def _made(self, paths: Sequence[str], message: str) -> AsyncGenerator[Event, None]:
        """Commit; a turn that is stopped meanwhile stops git, and what became of the commit is told in any case."""
        stopped = Flag()
        commit = partial(self.ports.workspace.commit, paths, message, stopped.is_set)
        work = asyncio.create_task(asyncio.to_thread(commit))
        try:
            yield Notice(await asyncio.shield(work))
        except asyncio.CancelledError:
            stopped.set()
            yield Notice(await _outcome(work), "warning")
            raise

    def _open(self) -> _Found:
        """The files that hold something of ours that is not committed yet. Raises CommitRefused where git takes none.

        Runs git and reads files, meant for a thread.
        """
        from haikuterm.core.history import prompts  # kept out of start-up

        workspace = self.ports.workspace
        if not workspace.in_git:
            raise CommitRefused(
                "This folder is not in a git repository, so there is nothing to commit to. Make one first: git init."
            )
        steps = self.ports.journal.steps(self.session.id)
        paths = dict.fromkeys(change.path for step in steps for change in step.files)
        parts = {path: part for path in paths if (part := _uncommitted(workspace, steps, path))}
        if not parts:
            raise CommitRefused("There is nothing to commit: this conversation changed no file, or all is committed.")
        taken = workspace.committable([*parts])
        out = [path for path in parts if path not in taken]
        said = f"{', '.join(out)}: git ignores it, or it lies in a repository of its own (a submodule)"
        if not taken:
            raise CommitRefused(f"{said}, so there is nothing to commit here.")
        own = [part for path, (part, _) in parts.items() if path in taken]
        mixed = [path for path, (_, foreign) in parts.items() if foreign and path in taken]
        notes = [f"{said}, so it stays out of the commit."] * bool(out)
        if mixed:
            notes.append(f"{', '.join(mixed)}: holds other uncommitted changes too; they go into the commit.")
        return _Found(tuple(part.change for part in own), prompts(steps, own), tuple(notes))


def _uncommitted(workspace: Workspace, steps: Sequence[Step], path: str) -> tuple[Own, bool] | None:
    """Our part in a file since its last commit, and whether others did something to it as well; None for no part."""
    from haikuterm.core.history import own

    as_committed = cache(partial(workspace.as_committed, path))
    now = workspace.read_bytes(path)
    if as_committed(now):
        return None
    part = own(steps, path, as_committed)
    seen = part.seen(now) if part else None
    if part is None or seen is None or seen.without == seen.last:
        return None
    return part, seen.mixed or not as_committed(seen.without)


def _who(paths: Sequence[str]) -> Question:
    """Asked before a request that costs money is sent, also because nobody may be there to take its answer."""
    more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    return Question(f"Commit {', '.join(paths[:NAMED])}{more}?", WRITERS, selected="yes")


def _message(reply: Reply) -> str:
    """The message in an answer. Raises CommitRefused for one that is none, or not all of it."""
    if reply.stop == "refusal":
        why = f" ({reply.refusal.rstrip('.')})" if reply.refusal else ""
        raise CommitRefused(f"The model refused to write a message{why}. {GIVE}")
    if reply.stop in CUT:
        raise CommitRefused(f"The model's message was cut off before it was whole. {GIVE}")
    if not commit_message(reply.message.text):
        raise CommitRefused(f"The model wrote no message. {GIVE}")
    return reply.message.text


async def _outcome(work: asyncio.Task[str]) -> str:
    """What became of a commit that is being stopped."""
    try:
        said = await asyncio.shield(work)
    except HaikutermError as error:
        return str(error)
    return f"It was too late to stop; the commit is made: {said}"


def shown(ports: Ports, session: Session, names: Sequence[str]) -> ChangesShown | Notice:
    """What this conversation did, told apart from what others did between its steps, to all files or to these.

    names: files, gone ones too, folders or globs. Raises JournalError; PathRefused for a name of no file.
    """
    from haikuterm.core.history import owns

    files = tuple(part.change for part in owns(ports.journal.steps(session.id)))
    if names:
        wanted = {path for name in names for path in _meant(ports.workspace, name, files)}
        files = tuple(change for change in files if change.path in wanted)
    if not files:
        return Notice("This conversation changed nothing there." if names else "This conversation changed no file yet.")
    return ChangesShown(f"{len(files)} file{'s' * (len(files) > 1)} changed in this conversation", files)


def _meant(workspace: Workspace, name: str, files: Sequence[FileChange]) -> set[str]:
    """The files that a name means: those that are there, and those of ours that are gone. Raises PathRefused."""
    gone = {change.path for change in files if change.after is None and _names(workspace, name, change.path)}
    try:
        return gone | {*workspace.expand(name)}
    except PathRefused:
        if not gone:
            raise
        return gone


def _names(workspace: Workspace, name: str, path: str) -> bool:
    """Whether a name is the path's, of a folder above it, or a glob for it, seen from the root or the folder here."""
    for spelled in (name, f"./{name}")[: 1 if name.startswith(("/", ".")) else 2]:
        place = PurePosixPath(workspace.resolve(spelled))
        if PurePosixPath(path).is_relative_to(place) or PurePosixPath("/", path).match(f"/{place}"):
            return True
    return False
