"""One prompt until its answer is over: ask, listen, use tools, and leave the session valid."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from haikuterm.core.changes import FileChange
from haikuterm.core.context import file_block
from haikuterm.core.errors import BudgetReached, HaikutermError, ProviderError
from haikuterm.core.events import (
    EditsApplied,
    Event,
    Notice,
    Stop,
    TextDelta,
    ToolEnded,
    ToolStarted,
    TurnEnded,
    TurnStarted,
)
from haikuterm.core.forecast import Forecast
from haikuterm.core.messages import Message, Part, Text, ToolResult, ToolUse
from haikuterm.core.money import Total
from haikuterm.core.request import Reply, Request
from haikuterm.engine import cache_watch, instructions, stops, tools
from haikuterm.engine.asking import Ask
from haikuterm.engine.attaching import Attaching
from haikuterm.engine.confirming import Confirm
from haikuterm.engine.landing import Landing
from haikuterm.engine.room import next_request
from haikuterm.engine.session import Moment, Session
from haikuterm.engine.silence import QUIET, watched
from haikuterm.engine.standing import notes
from haikuterm.engine.toolbox import Output

if TYPE_CHECKING:
    from haikuterm.engine.compacting import Compacting
    from haikuterm.engine.local import LocalWork

MOST_REQUESTS = 40  # of one turn: a model that goes on longer is running in circles
STOPPED = "stopped by the user"
DROPPED = "(The edits that were kept in the last turn were not written, and are not kept any more.)"


@dataclass(slots=True)
class Turn:
    """One prompt. `save` keeps the session, and is called after everything that is said or heard.

    today: for what depends on the day, None to leave it out. quiet: seconds of silence after which it is said.
    confirm: asks before a request that is dear, None never asks. ahead: what is known of a prompt before it is sent.
    """

    session: Session
    ask: Ask
    landing: Landing
    attaching: Attaching
    save: Callable[[], None]
    today: date | None = None
    quiet: float = QUIET
    confirm: Confirm | None = None
    ahead: Callable[[str], Forecast | None] | None = None
    partial: str = ""
    _over: bool = False
    _heard: bool = False
    _wrote: bool = False
    _before: Moment = field(default_factory=Moment)
    _repeated: tuple[ToolUse, ...] = ()
    _results: dict[str, ToolResult] = field(default_factory=dict)

    async def run(self, prompt: str, context: str = "") -> AsyncGenerator[Event, None]:
        """All events of the turn, TurnEnded last; a turn that is cancelled ends without it.

        context: text that goes with the prompt as data.
        """
        session = self.session
        session.turn = Total()
        yield TurnStarted(prompt, session.model.id, tuple(session.attachments))
        for note in notes(session, self.landing.settings.max_tokens, self.today):
            yield note
        for event in instructions.load(self.attaching.workspace, session):
            yield event
        lines = _lands(session) and self._local().about_lint(prompt)
        if not lines and self.ahead:
            room = self._compacting()
            async with aclosing(room.make_room(partial(self.ahead, f"{prompt}\n{context}"))) as offered:
                async for event in offered:
                    yield event
            if room.unsent:
                yield self._end("over_budget" if room.over_budget else "failed", room.unsent)
                return
        self._before = session.moment()
        events = await self._speak(prompt, context, files=not lines)
        try:
            for event in events:
                yield event
            async with aclosing(self._answer(self._fix_lines() if lines else self._converse())) as answer:
                async for event in answer:
                    if isinstance(event, TurnEnded) and session.held:
                        yield self._left()
                    yield event
        finally:
            if not self._over:
                self._break_off(STOPPED)

    async def _speak(self, prompt: str, context: str, *, files: bool) -> Sequence[Event]:
        """Say the prompt and what goes with it; returns what is to be told of that."""
        session, parts, events = self.session, list[Part](), list[Event]()
        if files:
            parts, events = await self.attaching.outgoing()
            more, said = await instructions.outgoing(self.attaching.workspace, session)
            parts, events = [*more, *parts], [*events, *said]
        parts.extend(session.take_notes())
        if session.held:
            session.held = ()
            parts.append(Text(DROPPED))
        if context.strip():
            parts.append(Text(file_block("stdin", context)))
        session.say(*parts, Text(self.attaching.spoken(prompt)))
        self.save()
        return events

    async def _answer(self, work: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        """The events of the work; what goes wrong in it becomes the last one."""
        try:
            async with aclosing(work) as events:
                async for event in events:
                    yield event
        except ProviderError as error:
            said = bool(self.partial)
            self._break_off("the connection broke here" if said else str(error))
            yield TurnEnded("cut_off" if said else "failed", str(error))
        except BudgetReached as error:
            self._break_off(str(error))
            yield TurnEnded("over_budget", str(error))
        except HaikutermError as error:
            self._break_off(str(error))
            yield TurnEnded("failed", str(error))

    async def _converse(self) -> AsyncGenerator[Event, None]:
        """Ask and use tools until there is nothing more to do."""
        for _ in range(MOST_REQUESTS):
            reply: Reply | None = None
            request = self._request()
            if self.confirm and (unsent := await self.confirm(request)):
                self._break_off(unsent)
                yield TurnEnded("cancelled", unsent)
                return
            async with aclosing(self.ask(request)) as source, aclosing(self._watched(source)) as heard:
                async for item in heard:
                    if isinstance(item, Reply):
                        reply = item
                        continue
                    self.partial += item.text if isinstance(item, TextDelta) else ""
                    yield item
            assert reply is not None, "a provider's stream ends with a Reply or raises"
            if missed := cache_watch.noted(self.session, request, reply):
                yield Notice(missed)
            async with aclosing(self._take(request, reply)) as after:
                async for event in after:
                    yield event
            if self._over:
                return
        yield self._end("cut_off", f"The model asked for tools {MOST_REQUESTS} times in one turn; stopped here.")

    async def _fix_lines(self) -> AsyncGenerator[Event, None]:
        """What a model without tools does about lint: one line at a time; the files themselves are not sent."""
        work = self._local()
        async with aclosing(work.fix_lint()) as events:
            async for event in events:
                yield event
        self.session.hear(Message("assistant", (Text(work.summary),)))
        yield self._end("done")

    def _watched(self, source: AsyncGenerator[Event | Reply, None]) -> AsyncGenerator[Event | Reply, None]:
        return watched(source, self.quiet, lambda: self.ask.books.asking)

    def _request(self) -> Request:
        session = self.session
        request = next_request(session, self.landing.settings.max_tokens)
        return replace(request, previous=session.cache.message_id) if session.cache else request

    async def _take(self, request: Request, reply: Reply) -> AsyncGenerator[Event, None]:
        """Keep the answer, and do what it asks for."""
        if reply.stop == "refusal":
            self.session.go_back(self._before)
            yield self._end("refused", stops.refused(reply, self._wrote))
            return
        self.partial = ""
        if reply.served and not self._serves(reply.served):
            yield Notice(f"{self.session.model.id} was asked, {reply.served} answered.", "warning")
        calls = reply.message.tool_uses
        self._heard = True
        self.session.hear(reply.message)
        self.save()
        if reply.stop == "pause_turn":
            return
        if calls and reply.stop in stops.WHOLE:
            async with aclosing(self._use(calls)) as events:
                async for event in events:
                    yield event
            return
        if calls:
            self.session.mend("", "the call was cut off before it was complete and was not run")
        async with aclosing(self._finish(request, reply)) as events:
            async for event in events:
                yield event

    def _local(self) -> LocalWork:
        from haikuterm.engine.local import LocalWork  # what a model without tools does is kept out of start-up

        return LocalWork(self.session, self.ask, self.landing)

    def _compacting(self) -> Compacting:
        from haikuterm.engine.compacting import Compacting  # a rare road

        return Compacting(
            self.session, self.ask, self.landing.asker, self.save, self.landing.settings.max_tokens, self.quiet
        )

    def _serves(self, served: str) -> bool:
        model = self.session.model
        return model.local or not model.known or served in (model.id, model.snapshot, model.alias)

    async def _finish(self, request: Request, reply: Reply) -> AsyncGenerator[Event, None]:
        """The model has nothing more to say."""
        if reply.stop in stops.CUT:
            room = self._compacting()
            if reply.stop == stops.FULL:
                async with aclosing(room.offer(why=stops.full(self.session.model))) as events:
                    async for event in events:
                        yield event
            said = stops.cut_off(reply, self.session.model, request.max_tokens, shortened=room.done)
            yield self._end("cut_off", said)
            return
        if _lands(self.session):
            work = self._local()
            async with aclosing(work.land_functions(reply.message.text)) as events:
                async for event in events:
                    yield event
        if not reply.message.parts:
            yield Notice("The model answered with nothing. Send it again, or ask another: /model.", "warning")
        yield self._end("done")

    async def _use(self, calls: tuple[ToolUse, ...]) -> AsyncGenerator[Event, None]:
        """Run the tool calls in order and answer each; the same failed calls twice end the turn."""
        self._results, again = {}, False
        for call in calls:
            yield ToolStarted(call.id, call.name, tools.summary(call.name, call.input))
            async with aclosing(tools.call(self.landing, call.name, call.input)) as events:
                async for event in events:
                    if isinstance(event, Output):
                        self._results[call.id] = ToolResult(call.id, event.text, is_error=not event.ok)
                        again = again or event.again
                        yield ToolEnded(call.id, call.name, event.ok, event.summary, event.text)
                        continue
                    if isinstance(event, EditsApplied):  # true even if the user stops what comes after it
                        self._wrote = True
                        self._results[call.id] = ToolResult(call.id, _applied(event.files))
                    yield event
        results = tuple(self._results.values())
        failed = sum(result.is_error for result in results)
        self.ask.used(len(results) - failed, failed)
        self.session.say(*results)
        self.save()
        if again:
            self._repeated = ()
        elif self._same_calls(calls) and all(result.is_error for result in results):
            yield self._end("cut_off", "The model repeated a call that had failed. Try /model with a bigger one.")

    def _same_calls(self, calls: tuple[ToolUse, ...]) -> bool:
        """Whether these are the calls of the round before."""
        before, self._repeated = self._repeated, calls
        return [(c.name, c.input) for c in before] == [(c.name, c.input) for c in calls]

    def _left(self) -> Notice:
        """What to say of edits that waited for the others of their call in vain."""
        held = self.session.held
        paths = ", ".join(dict.fromkeys(edit.path for edit in held))
        count = "1 edit" if len(held) == 1 else f"{len(held)} edits"
        return Notice(f"{count} ({paths}) fitted, but the rest never came. Nothing was written; ask again.", "warning")

    def _end(self, stop: Stop, reason: str = "") -> TurnEnded:
        self._over = True
        self.save()
        return TurnEnded(stop, reason)

    def _break_off(self, reason: str) -> None:
        """Leave a valid session: keep what was said, or take the unanswered prompt out again."""
        self._over = True
        if self.partial.strip() or self._heard:
            self.session.mend(self.partial, reason, tuple(self._results.values()))
        else:
            self.session.go_back(self._before)
        self.save()


def _lands(session: Session) -> bool:
    """Whether edits are made of what the model says, for it has no tools to make them; none are for a question."""
    return not session.model.tools and session.writes != "none"


def _applied(files: Sequence[FileChange]) -> str:
    """What the model is told of files that were written, if the user stops what comes after it."""
    written = ", ".join(change.path for change in files if change.after is not None)
    removed = ", ".join(change.path for change in files if change.after is None)
    return " ".join([*([f"Written: {written}."] if written else []), *([f"Removed: {removed}."] if removed else [])])
