"""One request until its answer is whole: sent within the budget, retried in sight, written down whatever happens."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal

from haikuterm.core.budget import IN_FLIGHT, Measured, most, prompt_most
from haikuterm.core.context import BYTES_PER_TOKEN, estimate
from haikuterm.core.errors import HaikutermError, ProviderError, StoreError
from haikuterm.core.events import Charged, Event, Notice, Retrying, TextDelta, ThinkingDelta
from haikuterm.core.ledger import Attempt, Known
from haikuterm.core.models import Model, catalogue
from haikuterm.core.money import Charge, Prices, Usage, cost
from haikuterm.core.ports import Asker, Provider
from haikuterm.core.request import Opened, Reply, Request, ToolInput
from haikuterm.engine.budget import Books
from haikuterm.engine.session import Session

LONGEST_WAIT = 300.0  # seconds; beyond that a person should decide, not a countdown
BACKOFF = (1.0, 2.0, 4.0, 8.0)
TAKEN = ("broken_stream", "cut_off")  # failures after the server took the request
CONNECTING = 10.0  # seconds; a server that was silent for longer than it takes to connect has the request


@dataclass(slots=True)
class Heard:
    """What has come of one attempt, whose row is to be settled. began, first: of a clock that only goes on."""

    row: Attempt
    request: Request
    measured: Measured | None = None
    began: float = field(default_factory=time.monotonic)
    first: float | None = None
    opened: Opened | None = None
    said: str = ""
    thought: str = ""
    tool_bytes: int = 0
    reply: Reply | None = None
    error: HaikutermError | None = None

    def take(self, event: object) -> None:
        """Note one event of the stream."""
        match event:
            case Opened():
                self.opened = event
                return
            case TextDelta(text):
                self.said += text
            case ThinkingDelta(text):
                self.thought += text
            case ToolInput(_, size):
                self.tool_bytes += size
            case Reply():
                self.reply = event
        if self.first is None:
            self.first = time.monotonic()

    @property
    def final(self) -> Usage | None:
        """The server's last word on the usage, also of an answer that came to its end but was no good.

        None also where it counted no prompt: some servers count nothing, and bill all the same.
        """
        if self.reply is not None:
            said: Usage | None = self.reply.usage
        else:
            said = self.error.usage if isinstance(self.error, ProviderError) else None
        return said if said and said.prompt else None

    @property
    def _begun(self) -> Usage | None:
        """What the server said of the prompt when it began to answer; None where it said nothing of it."""
        return self.opened.usage if self.opened and self.opened.usage.prompt else None

    @property
    def known(self) -> Known:
        """How far the usage is known."""
        if self.final is not None:
            return "said"
        if self.opened is not None:
            return "begun"
        return "unknown" if self.error is None or self._taken(self.error) else "nothing"

    def _taken(self, error: HaikutermError) -> bool:
        """Whether the server may have the request, though it did not say so."""
        if not isinstance(error, ProviderError):
            return False
        silent = error.kind == "unreachable" and time.monotonic() - self.began > CONNECTING
        return silent or error.kind in TAKEN

    def settled(self) -> Attempt:
        """The row as it is kept."""
        now, reply = time.monotonic(), self.reply
        charge = self._charge()
        asked = prices(self.request.model, charge.served)
        return replace(
            self.row,
            charge=charge,
            known=self.known,
            rates=asked.rates(charge.usage.prompt) if asked else None,
            most=self._most(charge),
            first=None if self.first is None else self.first - self.began,
            seconds=now - self.began,
            stop=reply.stop if reply else "",
            calls=len(reply.message.tool_uses) if reply else 0,
            refusal=_category(reply),
            error=self._failure(),
        )

    def _charge(self) -> Charge:
        row, reply, model = self.row.charge, self.reply, self.request.model
        if self.known == "nothing":
            name = self.error.request_id if isinstance(self.error, ProviderError) else ""
            return replace(row, usage=Usage(), usd=cost(Usage(), model.prices), request_id=name, estimated=False)
        served = reply.served if reply else self.opened.served if self.opened else ""
        name = reply.request_id if reply else self.opened.request_id if self.opened else ""
        usage = self.final or self._estimated()
        usd = cost(usage, prices(model, served))
        about = self.known != "said" or model.list_price
        return Charge(model.id, served, usage, usd, row.purpose, name, estimated=about)

    def _estimated(self) -> Usage:
        """The tokens of an answer that broke off: the prompt as the server said it, the rest by what was heard.

        Reasoning that a model keeps to itself is not heard: it is more than this then.
        """
        if self.opened is None:
            return self.row.charge.usage
        text = self.said + self.thought
        output = estimate(text, self.request.model) + int(self.tool_bytes / BYTES_PER_TOKEN)
        thinking = estimate(self.thought, self.request.model) if self.thought else 0
        begun = self._begun or self.row.charge.usage
        return replace(begun, output=max(output, begun.output), thinking=max(thinking, begun.thinking))

    def _most(self, charge: Charge) -> Decimal | None:
        """The most that it can have cost, for budgets: a server bills what it made, not what arrived."""
        if self.row.most is None:
            return charge.usd
        # a gateway may have names of its own for models: what nobody can price counts as what was asked for
        rates = prices(self.request.model, charge.served) or self.request.model.prices
        if self.known in ("said", "nothing"):
            return cost(charge.usage, rates)
        room = IN_FLIGHT if self.opened is None else self.request.max_tokens
        if not reasons(self.request):
            room = min(room, len((self.said + self.thought).encode()) + self.tool_bytes + IN_FLIGHT)
        if self._begun is not None:
            return cost(replace(self._begun, output=room), rates)
        worst = most(self.request, prompt_most(self.request, self.measured), room)
        return None if worst is None else min(worst, self.row.most)

    def _failure(self) -> str:
        """The kind of failure, as the ledger names it; never its words."""
        if self.error is None:
            return "" if self.reply else "cancelled"
        return self.error.kind if isinstance(self.error, ProviderError) else type(self.error).__name__


@dataclass(frozen=True, slots=True)
class Ask:
    """The engine's door to the provider, for one session.

    retries: how often a failed request goes out again. purpose: "turn" for what is part of the conversation.
    books: where every attempt is written down, and the budget. asker: is asked at the cap; without one the turn ends.
    """

    provider: Provider
    session: Session
    books: Books
    retries: int = 4
    purpose: str = "turn"
    asker: Asker | None = None

    async def __call__(self, request: Request) -> AsyncGenerator[Event | Reply, None]:
        """Events as they come and the Reply last; raises ProviderError, LocalModelError, BudgetReached or StoreError.

        StoreError only where there is a budget: without the ledger it could not be kept.
        """
        for attempt in range(1, self.retries + 2):
            row = await self.books.open(request, self.session, self.purpose, self.asker)
            heard = Heard(row, request, self.books.measured)
            try:
                async with aclosing(self._attempt(heard)) as events:
                    async for event in events:
                        yield event
                return
            except ProviderError as error:
                wait = self._wait(error, attempt, heard)
                if heard.row.counts:
                    yield Charged(heard.row.charge, self.session.turn, self.session.total)
                    for notice in self._warnings():
                        yield notice
                if wait is None:
                    raise
                yield Retrying(str(error), wait, attempt + 1, self.retries + 1)
            await asyncio.sleep(wait)

    def used(self, done: int, failed: int) -> None:
        """Note how the tool calls of the last answer went."""
        try:
            self.books.used(done, failed)
        except StoreError as error:
            self.books.say(str(error))

    async def _attempt(self, heard: Heard) -> AsyncGenerator[Event | Reply, None]:
        """One attempt; written down in the end, also when it is cancelled or broken."""
        settled = False
        try:
            async with aclosing(self.provider.stream(heard.request)) as stream:
                async for event in stream:
                    heard.take(event)
                    if isinstance(event, Reply):
                        settled = True
                        charge = self._settle(heard)
                        yield Charged(charge, self.session.turn, self.session.total)
                        for notice in self._warnings():
                            yield notice
                        yield event
                    elif isinstance(event, TextDelta | ThinkingDelta):
                        yield event
        except HaikutermError as error:
            heard.error = error
            raise
        finally:
            if not settled:
                self._settle(heard)

    def _settle(self, heard: Heard) -> Charge:
        """Write down what became of an attempt."""
        row, reply = heard.settled(), heard.reply
        heard.row = row
        if row.counts:
            self.session.charge(row.charge)
        if reply is not None:
            self.books.last = row.id
        if reply is not None and heard.final is not None:
            self.books.measured = Measured(heard.request, heard.final.prompt)
            if self.purpose == "turn":
                self.session.measured(heard.final.prompt + heard.final.output)
        try:
            self.books.ledger.settle(row)
        except StoreError as error:
            self.books.say(str(error))
        return row.charge

    def _warnings(self) -> list[Notice]:
        try:
            return self.books.warnings(self.session.id)
        except StoreError as error:
            self.books.say(str(error))
            return []

    def _wait(self, error: ProviderError, attempt: int, heard: Heard) -> float | None:
        """Seconds until the next attempt, or None where there should be none.

        Nothing is said or paid for twice: once a part of the answer is on the screen, or all of it has come, the
        attempt is not repeated.
        """
        if not error.retryable or attempt > self.retries or heard.said or heard.thought or heard.final:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= LONGEST_WAIT else None
        return BACKOFF[min(attempt, len(BACKOFF)) - 1] * random.uniform(0.75, 1.0)


def reasons(request: Request) -> bool:
    """Whether the model may reason over this request, so that not all that is billed can be heard."""
    return request.thinking not in ("", "disabled") or (request.model.thinks and request.thinking != "disabled")


def prices(asked: Model, served: str) -> Prices | None:
    """The prices of the model that answered; None where that is another one than asked, and nobody knows it."""
    model = catalogue().resolve(served) if served else asked
    own = asked.local or asked.endpoint  # nobody else knows what such a server calls its models
    return asked.prices if own or model.id == asked.id else model.prices


def _category(reply: Reply | None) -> str:
    """Why an answer was refused, as the endpoint names it, "refused" where it is no name; never its explanation."""
    if reply is None or reply.stop != "refusal":
        return ""
    return reply.category if re.fullmatch(r"[a-z][a-z_]{1,40}", reply.category) else "refused"
