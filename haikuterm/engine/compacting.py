"""Shortening the conversation: says what would go and what it costs, asks, does it, and takes it back."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from decimal import Decimal
from time import monotonic

from haikuterm.core.compaction import SUMMARY, Plan, Row, plan, request_for_summary, shorter, summarised
from haikuterm.core.context import estimate, estimate_request
from haikuterm.core.errors import BudgetReached, HaikutermError
from haikuterm.core.events import Charged, Compacted, Event, Notice, TextDelta, ThinkingDelta
from haikuterm.core.forecast import Forecast, forecast
from haikuterm.core.messages import Message
from haikuterm.core.money import Charge
from haikuterm.core.ports import Asker, Option, Question
from haikuterm.core.prefix import LIFE
from haikuterm.core.request import Reply, Request
from haikuterm.engine.asking import Ask
from haikuterm.engine.bill import dollars
from haikuterm.engine.room import next_request, used, waiting
from haikuterm.engine.session import Session
from haikuterm.engine.silence import QUIET, watched

LEAST = 50  # tokens; less than that is not worth an uncached prompt
SPARE = 2_000  # tokens that a request for a summary needs besides the conversation
UNCHANGED = "Nothing was changed. /compact free shortens tool outputs and superseded files without asking, at no cost."
NOT_SENT = (
    "The prompt was not sent. /compact shortens the conversation, /drop lets files go, /model takes one with a larger "
    "window."
)
NO_MORE = "There is nothing to shorten; /drop lets files go."
NOTHING = (
    "There is nothing to shorten: the conversation is its last exchange and the attached files. /drop lets files go, "
    "/clear starts anew."
)


@dataclass(slots=True)
class Compacting:
    """Shortens one conversation. save: keeps the session. max_tokens: the longest answer, 0 for the model's own.

    done: whether it was shortened. sent: whether the user wants a prompt sent though it hardly fits.
    unsent: why it must not go out, "" if it may; over_budget: since the budget is reached.
    """

    session: Session
    ask: Ask
    asker: Asker
    save: Callable[[], None]
    max_tokens: int = 0
    quiet: float = QUIET
    done: bool = False
    sent: bool = False
    unsent: str = ""
    over_budget: bool = False

    async def offer(self, hint: str = "", *, why: str = "", send: bool = False) -> AsyncGenerator[Event, None]:
        """Show what would go and what would stay, and do what the user chooses.

        hint: what the summary should keep above all. why: the reason to ask now. send: offer to send the prompt as
        it is. Raises ProviderError, BudgetReached, StoreError; then the conversation is as it was.
        """
        found = self._plan()
        options = self._options(found)
        if not options and not send:
            yield Notice(_nothing(found))
            return
        asked = "Shorten the conversation?" if options else NO_MORE
        if options:
            yield Notice(table(found), markdown=True)
        if send:
            options.append(Option("send", "Send it as it is", ("", "")))
        options.append(Option("no", "Leave it as it is", ("", "")))
        title = f"{why} {asked}".strip()
        answer = await self.asker.choose(Question(title, tuple(options), ("", "price", "frees"), options[0].value))
        match answer:
            case "shorten":
                yield self._shorten(found)
            case "summary":
                async with aclosing(self._summarise(found, hint)) as events:
                    async for event in events:
                        yield event
            case "send":
                self.sent = True
            case _ if not send:
                yield Notice(UNCHANGED, markdown=True)

    def free(self) -> Event:
        """Shorten what costs nothing, without a question."""
        found = self._plan()
        return self._shorten(found) if found.now - found.shorter >= LEAST else Notice(_nothing(found))

    def undo(self) -> Event:
        """Put the conversation back as it was before it was last shortened."""
        if not self.session.shortened:
            return Notice("This conversation was not shortened, or that is undone already.", "warning")
        before = self._taken()
        self.session.restore()
        self.save()
        return Compacted("restored", before, self._taken())

    async def make_room(self, ahead: Callable[[], Forecast | None]) -> AsyncGenerator[Event, None]:
        """Before a prompt is sent: while it would not fit into the window, say so and offer to shorten.

        ahead: what is known of the prompt now. It may go out if `unsent` is "".
        """
        try:
            while not self.sent and (found := ahead()) and not found.fits:
                self.done = False
                why = f"With this prompt it is ~{found.tokens:,} tokens; {found.model.alias} takes {self._window:,}."
                async with aclosing(self.offer(why=why, send=True)) as events:
                    async for event in events:
                        yield event
                if not (self.done or self.sent):
                    self.unsent = f"{why} {NOT_SENT}"
                    return
        except HaikutermError as error:
            self.unsent, self.over_budget = str(error), isinstance(error, BudgetReached)

    @property
    def _window(self) -> int:
        return self.session.model.context

    def _plan(self) -> Plan:
        session = self.session
        request, extra = next_request(session), session.extra
        tools = estimate("".join(f"{t.name}{t.description}{t.schema}" for t in request.tools), session.model)
        own = session.instructions.path if session.instructions and extra else ""
        fixed = {"system prompt and tools": estimate(request.system.removesuffix(extra), session.model) + tools}
        fixed |= {own: estimate(extra, session.model)} if own else {}
        return plan(session.messages, session.model, session.attachments, fixed, used(session).tokens)

    def _options(self, found: Plan) -> list[Option]:
        """What is worth doing."""
        options = []
        if (less := found.now - found.shorter) >= LEAST:
            note = f"it is in no cache then: the next prompt costs ~{self._next(found.shorter)}"
            options.append(Option("shorten", "Shorten tool outputs and superseded files", ("free", f"~{less:,}"), note))
        if found.exchanges and (less := found.now - found.summed) >= LEAST:
            label, price = f"Summary by {self.session.model.alias}", self._price(found)
            note = f"of {found.exchanges} earlier exchange{'s' * (found.exchanges > 1)}; attached files are sent again"
            options.append(Option("summary", label, (price, f"~{less:,}"), note))
        return options

    def _next(self, tokens: int) -> str:
        return dollars(forecast(self.session.model, tokens, 0).uncached)

    def _price(self, found: Plan) -> str:
        """What the summary will probably cost."""
        model, seen = self.session.model, self.session.cache
        warm = 0
        if seen and seen.prefix.marked and monotonic() - seen.at <= LIFE and self._whole(found):
            warm = seen.usage.cache_read + seen.usage.cache_write_5m + seen.usage.cache_write_1h
        tokens = found.now if self._whole(found) else found.shorter
        price = forecast(model, tokens, SUMMARY, warm=warm).expected
        return "free" if price == 0 else f"~{dollars(price)}"

    def _whole(self, found: Plan) -> bool:
        """Whether all of the conversation fits into the request for a summary, as the cache has it."""
        return found.now + SPARE <= self._window

    def _shorten(self, found: Plan) -> Event:
        session = self.session
        return self._go_on(shorter(session.messages, session.attachments), found, Decimal(0))

    def _go_on(self, messages: tuple[Message, ...], found: Plan, usd: Decimal | None, summary: str = "") -> Event:
        """The conversation is this one from now on."""
        session = self.session
        now = estimate_request(replace(next_request(session), messages=messages))
        before = self._taken()
        session.shorten(messages, used(session).tokens, round(now * found.scale))
        self.done = True
        self.save()
        return Compacted("summary" if summary else "shortened", before, self._taken(), usd, summary)

    def _taken(self) -> int:
        """Tokens of the window with what goes along with the next prompt."""
        return used(self.session).tokens + waiting(self.session)

    async def _summarise(self, found: Plan, hint: str) -> AsyncGenerator[Event, None]:
        """One request for a summary; nothing changes unless all of it has come."""
        session, charges = self.session, list[Charge]()
        request = self._request(found, hint)
        if request is None:
            yield Notice(
                f"The conversation is too long for {session.model.alias} to sum it up. Shorten it for free first "
                "(/compact free), or take a /model with a larger window.",
                "warning",
            )
            return
        yield Notice(
            f"Asking {session.model.alias} for a summary. Nothing is changed before it is whole; it can be stopped."
        )
        reply: Reply | None = None
        ask = replace(self.ask, purpose="compact")
        async with (
            aclosing(ask(request)) as source,
            aclosing(watched(source, self.quiet, lambda: self.ask.books.asking)) as heard,
        ):
            async for item in heard:
                if isinstance(item, Reply):
                    reply = item
                elif not isinstance(item, TextDelta | ThinkingDelta):
                    charges += [item.charge] if isinstance(item, Charged) else []
                    yield item
        assert reply is not None, "a provider's stream ends with a Reply or raises"
        summary = reply.message.text.strip()
        if reply.stop not in ("end_turn", "stop_sequence") or not summary:
            yield Notice(
                f"{session.model.alias} gave no whole summary ({reply.stop}). Nothing was changed; try again.", "error"
            )
            return
        messages = summarised(session.messages, summary, session.model.alias)
        paid = [charge.usd for charge in charges if charge.usd is not None]
        usd = sum(paid, Decimal(0)) if len(paid) == len(charges) else None
        yield self._go_on(messages, found, usd, summary)
        yield Notice(f"The summary that stands for what was said before:\n\n{summary}", markdown=True)

    def _request(self, found: Plan, hint: str) -> Request | None:
        """The request for a summary: what was sent before as it was, so that the cache has it; None if none fits."""
        session, messages = self.session, tuple(self.session.messages)
        if not self._whole(found):
            messages = shorter(messages, session.attachments)
            if found.shorter + SPARE > self._window:
                return None
        request = replace(next_request(session, self.max_tokens), messages=request_for_summary(messages, hint))
        marks = (len(request.messages) - 3,) if request.cache_at and len(request.messages) > 2 else ()
        return replace(request, cache_at=marks)  # what stands behind is read once and never again


def table(found: Plan) -> str:
    """What goes and what stays, in tokens, as Markdown."""
    rows = [
        _row(row.name, *(_cell(row, tokens) for tokens in (row.now, row.shorter, row.summed))) for row in found.rows
    ]
    summed = _row("**in all**", *(f"**~{tokens:,}**" for tokens in (found.now, found.shorter, found.summed)))
    head = ["| part | now | shortened | with a summary |", "|---|---:|---:|---:|"]
    return "\n".join([*head, *rows, summed])


def _cell(row: Row, tokens: int) -> str:
    return f"~{tokens:,}" if tokens else "gone" if row.now else "-"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _nothing(found: Plan) -> str:
    """Why nothing is shortened."""
    if not found.exchanges:
        return NOTHING
    earlier = f"the {found.exchanges} earlier exchange{'s' * (found.exchanges > 1)}"
    if found.now - found.summed >= LEAST:
        return f"No tool output or superseded file is worth shortening. /compact offers a summary of {earlier}."
    return f"There is little to shorten: a summary would be about as long as {earlier}. /clear starts anew."
