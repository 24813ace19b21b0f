"""Budgets: what a session, a day and a month may cost, and the most that one request can."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_UP, Decimal
from typing import Literal, TypeAlias

from haikuterm.core.messages import Document, Image, Message, Part, part_to_wire, sent_parts
from haikuterm.core.money import Prices, Rates, Usage, parts
from haikuterm.core.pictures import FEW, PAGE_MOST
from haikuterm.core.request import Request

Period: TypeAlias = Literal["session", "day", "month"]
PERIODS: tuple[Period, ...] = ("session", "day", "month")
SOFT = Decimal("0.8")  # the share of a budget from which it is a warning
IMAGE_MOST = 5_000  # tokens; the largest pictures that models take make fewer (platform.claude.com, vision)
UNSEEN = 1_000  # tokens that the server adds to a prompt: what its tools are, how messages are set apart
IN_FLIGHT = 512  # tokens of answer that a server may have made before it saw that nobody listens any more


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget. since: seconds since the epoch, what was sent before counts no more. session: "" for all of them."""

    period: Period
    usd: Decimal
    since: float = 0.0
    session: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a budget stands, in US dollars. spent: by what is known. held: for requests whose price is not known yet.

    `held` is the rest of the most that such a request can cost: of those that are under way, here or in another
    process, and of those that were stopped, whose exact number only the server has.
    """

    limit: Limit
    spent: Decimal = Decimal(0)
    held: Decimal = Decimal(0)

    def short(self, worst: Decimal) -> Decimal:
        """How much is missing for a request that can cost so much; 0 if it fits."""
        return max(Decimal(0), self.spent + self.held + worst - self.limit.usd)

    @property
    def soft(self) -> bool:
        """Whether so much is spent that the user should be warned."""
        return self.spent > 0 and self.spent >= self.limit.usd * SOFT


@dataclass(frozen=True, slots=True)
class Measured:
    """What a server said of a prompt: so many tokens for this request's model, system, tools and messages."""

    request: Request
    tokens: int


def limits(caps: Mapping[Period, Decimal], session: str, now: datetime) -> tuple[Limit, ...]:
    """The budgets that hold now, of those that are set. now: local time, for the day and the month."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since: Mapping[Period, float] = {"session": 0.0, "day": day.timestamp(), "month": day.replace(day=1).timestamp()}
    return tuple(
        Limit(period, caps[period], since[period], session if period == "session" else "")
        for period in PERIODS
        if period in caps
    )


def worst_case(request: Request, measured: Measured | None = None) -> Decimal | None:
    """The most that this request can cost: nothing read from the cache, the longest answer; None if unpriced.

    Where the server has counted the beginning of this very prompt before, that number stands for it.
    """
    return most(request, prompt_most(request, measured), request.max_tokens)


def most(request: Request, prompt: int, output: int) -> Decimal | None:
    """The most that so many tokens can cost on the request's model, in any band of prices they may fall into."""
    prices = request.model.prices
    if prices is None:
        return None
    return max(_dearest(rates, room, output, cached=bool(request.cache_at)) for rates, room in _bands(prices, prompt))


def _dearest(rates: Rates, prompt: int, output: int, *, cached: bool) -> Decimal:
    dear = max(rates.input, rates.cache_write_5m, rates.cache_read) if cached else rates.input
    return sum((part.usd for part in parts(Usage(output=output), rates)), prompt * dear / 1_000_000)


def _bands(prices: Prices, prompt: int) -> list[tuple[Rates, int]]:
    """The bands that a prompt of at most this length can fall into, each with the longest prompt it can have there."""
    found, start = [], 0
    for band in prices.bands:
        if start and prompt <= start:
            break
        found.append((band, prompt if band.up_to is None else min(prompt, band.up_to)))
        start = band.up_to or 0
    return found


def prompt_most(request: Request, measured: Measured | None = None) -> int:
    """The most tokens that the prompt can have: a token is at least one byte of text."""
    said = [part_bytes(message) for message in request.messages]
    tools = sum(_size([tool.name, tool.description, dict(tool.schema)]) for tool in request.tools)
    whole = UNSEEN + _size(request.system) + _size(request.prefill) + tools + sum(said)
    if measured is None or not _continues(request, measured.request):
        return whole
    return min(whole, UNSEEN + measured.tokens + _size(request.prefill) + sum(said[len(measured.request.messages) :]))


def part_bytes(message: Message) -> int:
    """The most tokens of one message."""
    return sum(map(_part_most, sent_parts(message)))


def _part_most(part: Part) -> int:
    match part:
        case Image():
            return IMAGE_MOST
        case Document(pages=pages):
            return (pages or FEW) * PAGE_MOST
        case _:
            return _size(part_to_wire(part))


def _continues(request: Request, before: Request) -> bool:
    """Whether everything that was sent before is the beginning of this request."""
    same = (request.model.id, request.system, request.tools) == (before.model.id, before.system, before.tools)
    return same and request.messages[: len(before.messages)] == before.messages


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def raise_by(standings: Sequence[Standing], worst: Decimal) -> Decimal:
    """By how much to raise a budget so that a request fits: what is missing, rounded up to two figures."""
    missing = max(standing.short(worst) for standing in standings)
    if not missing:
        return missing
    step = Decimal(1).scaleb(missing.adjusted() - 1)
    return (missing / step).to_integral_value(ROUND_UP) * step
