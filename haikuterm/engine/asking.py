"""One request until its answer is whole: sent within the budget, retried in sight, charged whatever happens."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from decimal import Decimal

from haikuterm.core.context import BYTES_PER_TOKEN, estimate, estimate_request
from haikuterm.core.errors import BudgetReached, ProviderError
from haikuterm.core.events import Charged, Event, Retrying, TextDelta, ThinkingDelta
from haikuterm.core.models import Model, catalogue
from haikuterm.core.money import Charge, Prices, Usage, cost
from haikuterm.core.ports import Provider
from haikuterm.core.request import Opened, Reply, Request, ToolInput
from haikuterm.engine.session import Session

DENSEST = 2  # digits and some scripts make up to twice as many tokens as the estimate says
LONGEST_WAIT = 300.0  # seconds; beyond that a person should decide, not a countdown
BACKOFF = (1.0, 2.0, 4.0, 8.0)


@dataclass(slots=True)
class _Heard:
    """What has come of one attempt."""

    opened: Opened | None = None
    said: str = ""
    thought: str = ""
    tool_bytes: int = 0
    final: Usage | None = None  # of an answer that came to its end, but was no good

    def take(self, event: object) -> None:
        match event:
            case Opened():
                self.opened = event
            case TextDelta(text):
                self.said += text
            case ThinkingDelta(text):
                self.thought += text
            case ToolInput(_, size):
                self.tool_bytes += size
            case _:
                pass

    def charge(self, request: Request, purpose: str) -> Charge | None:
        """What the unfinished attempt cost, as far as it is known; None if the server never took it."""
        if self.opened is None:
            return None
        output = estimate(self.said + self.thought, request.model) + int(self.tool_bytes / BYTES_PER_TOKEN)
        usage = self.final or replace(self.opened.usage, output=max(output, self.opened.usage.output))
        served, name = self.opened.served, self.opened.request_id
        usd = cost(usage, prices(request.model, served))
        return Charge(request.model.id, served, usage, usd, purpose, name, estimated=self.final is None)


@dataclass(frozen=True, slots=True)
class Ask:
    """The engine's door to the provider, for one session.

    cap: US dollars this session may cost, None for no cap. record: keeps a charge (session id, charge).
    retries: how often a failed request goes out again. purpose: "turn" for what is part of the conversation.
    """

    provider: Provider
    session: Session
    record: Callable[[Charge], None]
    retries: int = 4
    cap: Decimal | None = None
    purpose: str = "turn"

    async def __call__(self, request: Request) -> AsyncGenerator[Event | Reply, None]:
        """Events as they come and the Reply last; raises ProviderError, LocalModelError or BudgetReached."""
        for attempt in range(1, self.retries + 2):
            self._check_budget(request)
            heard = _Heard()
            try:
                async with aclosing(self._attempt(request, heard)) as events:
                    async for event in events:
                        yield event
                return
            except ProviderError as error:
                wait = self._wait(error, attempt, heard)
                if (lost := heard.charge(request, self.purpose)) is not None:
                    yield Charged(lost, self.session.turn, self.session.total)
                if wait is None:
                    raise
                yield Retrying(str(error), wait, attempt + 1, self.retries + 1)
            await asyncio.sleep(wait)

    async def _attempt(self, request: Request, heard: _Heard) -> AsyncGenerator[Event | Reply, None]:
        """One attempt; charged in the end, also when it is cancelled or broken."""
        charged = False
        try:
            async with aclosing(self.provider.stream(request)) as stream:
                async for event in stream:
                    heard.take(event)
                    if isinstance(event, Reply):
                        charged = True
                        charge = self._paid(request, event)
                        yield Charged(charge, self.session.turn, self.session.total)
                        yield event
                    elif isinstance(event, TextDelta | ThinkingDelta):
                        yield event
        except ProviderError as error:
            heard.final = error.usage
            raise
        finally:
            if not charged and (lost := heard.charge(request, self.purpose)) is not None:
                self._count(lost)

    def _paid(self, request: Request, reply: Reply) -> Charge:
        usd = cost(reply.usage, prices(request.model, reply.served))
        charge = Charge(request.model.id, reply.served, reply.usage, usd, self.purpose, reply.request_id)
        self._count(charge)
        if self.purpose == "turn":
            self.session.prompt_tokens = reply.usage.prompt + reply.usage.output
        return charge

    def _count(self, charge: Charge) -> None:
        self.session.charge(charge)
        self.record(charge)

    def _wait(self, error: ProviderError, attempt: int, heard: _Heard) -> float | None:
        """Seconds until the next attempt, or None where there should be none.

        Nothing is said or paid for twice: once a part of the answer is on the screen, or all of it has come, the
        attempt is not repeated.
        """
        if not error.retryable or attempt > self.retries or heard.said or heard.thought or heard.final:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= LONGEST_WAIT else None
        return BACKOFF[min(attempt, len(BACKOFF)) - 1] * random.uniform(0.75, 1.0)

    def _check_budget(self, request: Request) -> None:
        if self.cap is None or request.model.local:
            return
        worst = worst_case(request)
        if worst is None:
            raise BudgetReached(
                f"{request.model.id} has no known price, so the budget of ${self.cap} cannot be kept. "
                "Choose a priced model with /model."
            )
        if self.session.total.usd + worst > self.cap:
            raise BudgetReached(
                f"The next request could cost up to ${worst:.4f}; ${self.session.total.usd:.4f} of the budget of "
                f"${self.cap} is spent. Nothing was sent. Start again with a higher --max-budget-usd."
            )


def prices(asked: Model, served: str) -> Prices | None:
    """The prices of the model that answered; None where that is another one than asked, and nobody knows it."""
    model = catalogue().resolve(served) if served else asked
    return asked.prices if model.id == asked.id or asked.local else model.prices


def worst_case(request: Request) -> Decimal | None:
    """The most this request can cost: dense text, nothing read from the cache, and the longest answer."""
    tokens = DENSEST * estimate_request(request)
    written = bool(request.cache_at)
    usage = Usage(0 if written else tokens, request.max_tokens, 0, tokens if written else 0)
    return cost(usage, request.model.prices)
