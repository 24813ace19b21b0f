"""What a conversation changed, by the journal: shown by /diff, and committed when the user asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from haikuterm.core.changes import FileChange
from haikuterm.core.commit_message import commit_message, commit_request
from haikuterm.core.errors import CommitRefused
from haikuterm.core.events import ChangesShown, Event, Notice, TextDelta
from haikuterm.core.ports import Asker, Option, Question
from haikuterm.core.request import Reply
from haikuterm.core.settings import Settings
from haikuterm.engine.asking import Ask
from haikuterm.engine.ports import Ports
from haikuterm.engine.session import Session

OPTIONS = (Option("yes", "commit"), Option("edit", "edit the message"), Option("no", "leave it"))


def changes(ports: Ports, session: Session) -> tuple[FileChange, ...]:
    """What this conversation did to each file, from its first look to its last write. Raises JournalError."""
    found: dict[str, FileChange] = {}
    for step in ports.journal.steps(session.id):
        for change in step.files:
            first = found.get(change.path, change)
            found[change.path] = replace(first, after=change.after)
    return tuple(change for change in found.values() if change.before != change.after)


@dataclass(frozen=True, slots=True)
class Committing:
    """One commit of the files that the conversation changed; nothing else goes into it."""

    ports: Ports
    session: Session
    settings: Settings
    asker: Asker
    ask: Ask

    async def run(self, message: str) -> AsyncGenerator[Event, None]:
        """Show what would be committed, get a message where none is given, ask, commit.

        Raises CommitRefused, ProviderError, BudgetReached, JournalError.
        """
        files = await asyncio.to_thread(self._open)
        if not files:
            raise CommitRefused("There is nothing to commit: this conversation changed no file, or all is committed.")
        for sentence in await asyncio.to_thread(self._foreign, files):
            yield Notice(sentence, "warning")
        if not message:
            async with aclosing(self._written(files)) as written:
                async for item in written:
                    if isinstance(item, Reply):
                        message = item.message.text
                    elif not isinstance(item, TextDelta):
                        yield item
        message = commit_message(message, self.settings.commit_trailer)
        if not message:
            raise CommitRefused("The model wrote no message. Give one: /commit MESSAGE.")
        async with aclosing(self._confirmed(files, message)) as events:
            async for event in events:
                yield event

    def _written(self, files: Sequence[FileChange]) -> AsyncGenerator[Event | Reply, None]:
        """Ask the model for a message: one request, charged and shown like any other."""
        prompts = tuple(dict.fromkeys(step.prompt for step in self.ports.journal.steps(self.session.id)))
        return replace(self.ask, purpose="commit message")(commit_request(self.session.model, files, prompts))

    async def _confirmed(self, files: Sequence[FileChange], message: str) -> AsyncGenerator[Event, None]:
        """Show the message and ask until the user has decided."""
        paths = [change.path for change in files]
        while True:
            yield Notice(f"{message}\n\nfor {', '.join(paths)}")
            subject = message.partition("\n")[0]
            question = Question(f'Commit "{subject}"?', OPTIONS, selected="yes")
            answer = "yes" if self.settings.yes else await self.asker.choose(question)
            if answer == "edit":
                message = (await self.asker.edit(message + "\n", "COMMIT_EDITMSG") or "").strip() or message
                continue
            if answer != "yes":
                yield Notice("Nothing was committed.")
                return
            yield Notice(await asyncio.to_thread(self.ports.workspace.commit, paths, message))
            return

    def _open(self) -> tuple[FileChange, ...]:
        """The changed files whose bytes on disk are not those of the last commit."""
        workspace = self.ports.workspace
        if not workspace.in_git:
            raise CommitRefused("This folder is not in a git repository, so there is nothing to commit to.")
        files = changes(self.ports, self.session)
        return tuple(c for c in files if workspace.read_bytes(c.path) != workspace.committed(c.path))

    def _foreign(self, files: Sequence[FileChange]) -> list[str]:
        """Sentences on files that also hold what is not this conversation's: a commit takes a file whole."""
        workspace = self.ports.workspace
        mixed = [
            c.path for c in files if c.before != workspace.committed(c.path) or workspace.read_bytes(c.path) != c.after
        ]
        return [f"{', '.join(mixed)}: holds other uncommitted changes too; they go into the commit."] if mixed else []


def shown(ports: Ports, session: Session, paths: Sequence[str]) -> ChangesShown | Notice:
    """The conversation's changes, of all files or of these. Raises JournalError."""
    files = [change for change in changes(ports, session) if not paths or change.path in paths]
    if not files:
        return Notice("This conversation changed nothing there." if paths else "This conversation changed no file yet.")
    title = f"{len(files)} file{'s' * (len(files) > 1)} changed in this conversation"
    return ChangesShown(title, tuple(files))
