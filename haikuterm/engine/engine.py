"""The engine: lines in, events out, everything kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import date
from typing import TYPE_CHECKING

from haikuterm.core.context import build, estimate_request
from haikuterm.core.errors import HaikutermError, StoreError
from haikuterm.core.events import Event, Notice, TurnEnded
from haikuterm.core.fuzzy import rank
from haikuterm.core.ports import Asker, RepoFacts, Saved
from haikuterm.core.settings import Settings
from haikuterm.engine import commands, tools
from haikuterm.engine.asking import Ask
from haikuterm.engine.attaching import Attaching
from haikuterm.engine.budget import Books, Budget
from haikuterm.engine.commands import Desk, Scene
from haikuterm.engine.fetching import fetch, missing
from haikuterm.engine.landing import Landing
from haikuterm.engine.ports import Ports
from haikuterm.engine.repairing import repair
from haikuterm.engine.session import Session
from haikuterm.engine.silence import QUIET
from haikuterm.engine.status import Completion, Completions, Status
from haikuterm.engine.turn import Turn

if TYPE_CHECKING:
    from haikuterm.engine.fix import Order


class Engine:
    """One conversation with its doors to the world; the same for every face.

    today: the day, for what is said of old prices and of models near their end; None leaves that out.
    """

    def __init__(
        self, settings: Settings, session: Session, ports: Ports, *, today: Callable[[], date] | None = None
    ) -> None:
        self.settings = settings
        self.session = session
        self.ports = ports
        self.today = today
        self.quiet = QUIET
        self.attaching = Attaching(ports.workspace, session)
        self.books = Books(ports.store, Budget.of(settings), say=self._hear_store)
        self._facts = RepoFacts(is_git=True)
        self._estimate = ((-1, ""), 0)
        self._store_said = ""

    async def submit(self, line: str, asker: Asker, context: str = "") -> AsyncGenerator[Event, None]:
        """Everything that follows from one line: a prompt or a /command.

        context: text that goes with a prompt (what was piped in); it is data, no @ in it attaches anything.

        Consume it in `aclosing`, one at a time; cancel the task that does to stop the turn.
        """
        text = line.strip()
        if not text:
            return
        async with aclosing(self._events(text, asker, context)) as events:
            async for event in events:
                yield event
        if self._store_said:
            yield Notice(self._store_said, "warning")
            self._store_said = ""

    def _events(self, text: str, asker: Asker, context: str) -> AsyncGenerator[Event, None]:
        if text.startswith("/") and "/" not in text[1:].partition(" ")[0]:  # "/etc/hosts is ..." is a prompt
            desk = Desk(self.ports, self.session, self.settings, self.attaching, asker, self._ask(asker), self.save)
            return commands.run(desk, text)
        return self._prompt(text, asker, context)

    async def _prompt(self, text: str, asker: Asker, context: str) -> AsyncGenerator[Event, None]:
        """A turn, after what it needs is there: the files it names, the weights of a local model."""
        self._remember(text)
        for event in await self._attach(text):
            yield event
        if missing(self.ports.local, self.session.model):
            try:
                async with aclosing(fetch(self.ports.local, self.session.model)) as events:
                    async for event in events:
                        yield event
            except HaikutermError as error:
                yield TurnEnded("failed", str(error))
                return
        async with aclosing(self._turn(text, asker).run(text, context)) as turn:
            async for event in turn:
                yield event

    async def _attach(self, text: str) -> Sequence[Event]:
        events = await self.attaching.mentions(text)
        if not self.session.model.tools:
            events += await self.attaching.named(text)
        return events

    async def fix(self, order: Order, asker: Asker) -> AsyncGenerator[Event, None]:
        """The lint ladder, as `haikuterm fix` orders it. Raises HaikutermError for an order that makes no sense."""
        from haikuterm.engine.fix import fix  # its rules are kept out of start-up

        landing = Landing(self.ports, self.session, self.settings, asker, "haikuterm fix")
        async with aclosing(fix(self._ask(asker), landing, order)) as events:
            async for event in events:
                yield event

    def _turn(self, text: str, asker: Asker) -> Turn:
        landing = Landing(self.ports, self.session, self.settings, asker, text)
        today = self.today() if self.today else None
        return Turn(self.session, self._ask(asker), landing, self.attaching, self.save, today, self.quiet)

    def _ask(self, asker: Asker) -> Ask:
        """The door to the provider for one line; every attempt is written into the ledger, within the budget."""
        self.books.turn += 1
        return Ask(self.ports.provider, self.session, retries=self.settings.retries, books=self.books, asker=asker)

    def _hear_store(self, said: str) -> None:
        self._store_said = said

    def save(self) -> None:
        """Keep the conversation as it is now; a store that fails is said once the line is done."""
        session = self.session
        sent = {path: a.sent for path, a in session.attachments.items()}
        try:
            kept = self.ports.store.save(session.id, session.root, session.model.id, session.messages, sent)
            if kept != session.id:
                session.id = kept
                self._store_said = f"Another haikuterm went on with this conversation; this one is session {kept} now."
        except StoreError as error:
            self._store_said = str(error)

    def _remember(self, text: str) -> None:
        try:
            self.ports.store.remember(self.session.root, text)
        except StoreError as error:
            self._store_said = str(error)

    def resume(self, saved: Saved) -> None:
        """Go on with a saved conversation: its id, its messages, its cost, its files.

        The program may have been killed while a tool ran: its call is answered then.
        """
        session = self.session
        session.id, session.messages = saved.id, list(saved.messages)
        session.mend("", "the program ended here")
        self.books.turn = saved.turns
        for charge in saved.charges:
            session.total = session.total.plus(charge)
        for path, sent in saved.attachments:
            session.attachments[path] = self.attaching.seen_again(path, sent)

    def prepare(self) -> tuple[Event, ...]:
        """What a face shows before the first prompt: no repository, a resumed conversation."""
        events: list[Event] = []
        if not self.ports.workspace.in_git:
            events.append(Notice("This folder is not in a git repository; files are found and undone all the same."))
        if self.session.messages:
            prompts = sum(1 for m in self.session.messages if m.role == "user" and m.text)
            events.append(Notice(f"Going on with session {self.session.id}: {prompts} prompts so far."))
        return tuple(events)

    async def repair(self, asker: Asker) -> AsyncGenerator[Event, None]:
        """After `prepare`: offers what to do with a write that was cut short last time; mostly there is none."""
        try:
            async with aclosing(repair(self.ports, asker)) as events:
                async for event in events:
                    yield event
        except HaikutermError as error:
            yield Notice(str(error), "warning")

    @property
    def status(self) -> Status:
        """What a status line shows now; cheap."""
        session = self.session
        known = session.prompt_tokens > 0
        return Status(
            session_id=session.id,
            root=session.root,
            model=session.model,
            repo=self._facts,
            turn=session.turn,
            session=session.total,
            attached=tuple(session.attachments),
            attached_tokens=sum(a.tokens for a in session.attachments.values()),
            context_tokens=session.prompt_tokens if known else self._estimated(),
            context_known=known,
        )

    def _estimated(self) -> int:
        """About how many tokens the conversation has, reckoned once for each length of it."""
        now = (len(self.session.messages), self.session.model.id)
        if self._estimate[0] != now:
            request = build(self.session.model, self.session.messages, tools.specs())
            self._estimate = (now, estimate_request(request))
        return self._estimate[1]

    def refresh(self) -> None:
        """Look at the repository again; takes milliseconds, meant for a thread."""
        self._facts = self.ports.workspace.facts()

    def warm(self) -> None:
        """Do everything slow that the first prompt would wait for; blocks, meant for a thread."""
        self.refresh()
        self.ports.workspace.files()
        self.ports.provider.warm()

    def history(self) -> tuple[str, ...]:
        """What was typed before, oldest first."""
        try:
            return self.ports.store.prompts(self.session.root)
        except StoreError as error:
            self._store_said = str(error)
            return ()

    def complete(self, text: str, cursor: int) -> Completions:
        """Ways to go on at the cursor: commands, their arguments, or files after an @."""
        line = text[:cursor]
        if line.startswith("/") and "\n" not in line:
            start, items = commands.complete(Scene(self.ports, self.session), line)
            return Completions(start, tuple(items))
        at = line.rfind("@")
        word = line[at + 1 :]
        if at < 0 or (at > 0 and not line[at - 1].isspace()) or any(c.isspace() for c in word):
            return Completions(cursor)
        found = rank(word, self.ports.workspace.files(), 20)
        return Completions(at, tuple(Completion(_mention(path), path) for path in found))

    async def close(self) -> None:
        """Give everything back."""
        await self.ports.provider.close()
        self.ports.store.close()


def _mention(path: str) -> str:
    return f'@"{path}" ' if any(c.isspace() for c in path) else f"@{path} "
