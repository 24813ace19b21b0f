"""The engine: lines in, events out, everything kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import date
from typing import TYPE_CHECKING

from haikuterm.core.errors import HaikutermError, StoreError
from haikuterm.core.events import Event, Notice, TurnEnded
from haikuterm.core.forecast import Forecast
from haikuterm.core.listing import listing
from haikuterm.core.ports import Asker, Drafts, RepoFacts, Saved
from haikuterm.core.settings import Settings
from haikuterm.engine import approving, commands, instructions, running
from haikuterm.engine.asking import Ask
from haikuterm.engine.attaching import Attaching
from haikuterm.engine.budget import Books, Budget
from haikuterm.engine.commands import Desk, Scene
from haikuterm.engine.completing import complete
from haikuterm.engine.confirming import Confirm
from haikuterm.engine.fetching import fetch, missing
from haikuterm.engine.forecasting import Forecasts
from haikuterm.engine.landing import Landing
from haikuterm.engine.ports import Ports
from haikuterm.engine.probing import settle, unknown
from haikuterm.engine.repairing import repair
from haikuterm.engine.resuming import resume
from haikuterm.engine.room import Room
from haikuterm.engine.session import Session
from haikuterm.engine.silence import QUIET
from haikuterm.engine.status import Completions, Status
from haikuterm.engine.suggesting import Outlook, look
from haikuterm.engine.takings import Takings, cache_until, nearest
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
        self.attaching = Attaching(ports.workspace, session, ports.pictures)
        self.books = Books(ports.store, Budget.of(settings), say=self._hear_store)
        self.takings = Takings(self.books, session)
        self.forecasts = Forecasts(session, self.books, self.attaching, settings.max_tokens)
        self._facts = RepoFacts(is_git=True)
        self._room = Room()
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
                self.takings.hear(event)
                yield event
        if self._store_said:
            yield Notice(self._store_said, "warning")
            self._store_said = ""

    def _events(self, text: str, asker: Asker, context: str) -> AsyncGenerator[Event, None]:
        if commands.is_command(text):
            ask, prompt = self._ask(asker), self._prompt
            desk = Desk(self.ports, self.session, self.settings, self.attaching, asker, ask, self.save, prompt)
            return commands.run(desk, text)
        if running.is_command(text):
            return running.Running(self.ports, self.session, asker, self.settings.yes, self._remember).run(text)
        return self._prompt(text, asker, context)

    async def _prompt(self, text: str, asker: Asker, context: str = "") -> AsyncGenerator[Event, None]:
        """A turn, after what it needs is there: what the model can do, its weights, the files that are named."""
        self._remember(text)
        try:
            async with aclosing(self._ready(asker)) as events:
                async for event in events:
                    yield event
        except HaikutermError as error:
            yield TurnEnded("failed", str(error))
            return
        for event in await self._attach(text):
            yield event
        async with aclosing(self._turn(text, asker).run(text, context)) as turn:
            async for event in turn:
                yield event

    async def _ready(self, asker: Asker) -> AsyncGenerator[Event, None]:
        """Whatever has to be there before the model is asked: a local one's weights, what a far one can do."""
        if missing(self.ports.local, self.session.model):
            async with aclosing(fetch(self.ports.local, self.session.model)) as events:
                async for event in events:
                    yield event
        if unknown(self.session.model):
            async with aclosing(settle(self._ask(asker), self.ports.probes)) as events:
                async for event in events:
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
        limit = self.settings.confirm_usd
        confirm = None if limit is None else Confirm(self.forecasts, asker, limit)
        ask, draft = self._ask(asker), self.forecasts.draft
        return Turn(self.session, ask, landing, self.attaching, self.save, today, self.quiet, confirm, draft)

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
            kept = self.ports.store.save(
                session.id, session.root, session.model.id, session.messages, sent, session.shortened
            )
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
        """Go on with a saved conversation: its id, its messages, its cost, its files."""
        resume(self.session, saved, self.attaching, self.books)

    def prepare(self, *, talk: bool = True) -> tuple[Event, ...]:
        """What a face shows before the first prompt: settings left out, no repository, a resumed conversation.

        talk: there will be prompts, with which the repository's instructions go: says what they cost.
        """
        events: list[Event] = [Notice(note, "warning") for note in self.settings.origins.notes]
        if not self.ports.workspace.in_git:
            events.append(Notice("This folder is not in a git repository; files are found and undone all the same."))
        if self.session.messages:
            short = " since it was shortened; /compact undo puts the rest back" if self.session.shortened else " so far"
            events.append(Notice(f"Going on with session {self.session.id}: {self.session.prompts}{short}."))
        return (*events, *(instructions.load(self.ports.workspace, self.session) if talk else ()))

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
        used = self._room.used(session)
        return Status(
            session_id=session.id,
            root=session.root,
            model=session.model,
            repo=self._facts,
            turn=session.turn,
            session=session.total,
            attached=tuple(session.attachments),
            attached_tokens=sum(a.tokens for a in session.attachments.values()),
            context_tokens=used.tokens,
            context_known=used.known,
            served=self.takings.served(session.model),
            today=self.takings.today,
            budget=nearest(self.books.budget.now),
            stopped=self.takings.stopped,
            cache_until=cache_until(session.cache, session.model) if session.messages else None,
            offline=self.settings.offline,
            accepts=self.settings.yes or session.writes == "accepted",
        )

    def approvals(self) -> Notice:
        """Write edits without asking from now on, or ask again; what to say of it. Works while a turn runs."""
        return approving.turned(self.session, self.settings)

    def forecast(self, draft: str) -> Forecast | None:
        """What sending this draft would probably cost; None for an empty one and for a command. Any thread may call."""
        line = draft.strip()
        return self.forecasts.draft("" if commands.is_command(line) or running.is_command(line) else draft)

    def refresh(self) -> None:
        """Look at the repository and the ledger again; takes milliseconds, meant for a thread."""
        self._facts = self.ports.workspace.facts()
        self.takings.look()

    def warm(self, looked: Callable[[], object] = lambda: None) -> None:
        """Do everything slow that the first prompt would wait for; blocks, meant for a thread.

        looked: is called once the status says what the repository and the ledger say; the rest takes much longer.
        """
        self.refresh()
        looked()
        listing(self.ports.workspace.files())
        self.ports.provider.warm()

    def copy(self, text: str) -> bool:
        """Put a text on the desktop's clipboard; blocks. Whether there was a way to."""
        return self.ports.clipboard.write(text)

    def suggestions(self) -> AsyncGenerator[Outlook, None]:
        """What to try here, and once more with what the linter found; sends nothing. Consume it in `aclosing`."""
        return look(self.ports, self.session)

    @property
    def drafts(self) -> Drafts:
        """Where a face keeps what is written but not sent."""
        return self.ports.drafts

    def history(self, limit: int = 200) -> tuple[str, ...]:
        """What was typed before, at most so many, oldest first; this repository's last."""
        try:
            return self.ports.store.prompts(self.session.root, limit)
        except StoreError as error:
            self._store_said = str(error)
            return ()

    def complete(self, text: str, cursor: int) -> Completions:
        """Ways to go on at the cursor: commands, their arguments, or files after an @."""
        return complete(Scene(self.ports, self.session), text, cursor)

    async def close(self) -> None:
        """Give everything back."""
        await self.ports.provider.close()
        self.ports.store.close()
