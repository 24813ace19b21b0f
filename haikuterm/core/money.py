"""Exact money: what the API counted, what it costs, and totals.

All amounts are `Decimal` US dollars; nothing is rounded before it is shown. A price that is not known is None,
never zero.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal

PER_MILLION = Decimal(1_000_000)
CLASSES = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")  # what is billed, disjoint
BATCH_SHARE = Decimal("0.5")  # batch requests cost half (platform.claude.com, batch processing)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request in disjoint classes, as the API's `usage` reports them.

    input: neither read from nor written to the cache. thinking: how many of `output` were reasoning.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    thinking: int = 0

    @property
    def prompt(self) -> int:
        """All tokens of the prompt, cached or not."""
        return self.input + self.cache_read + self.cache_write_5m + self.cache_write_1h

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Usage)))


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars per million tokens, for prompts of up to `up_to` tokens (None: any length)."""

    input: Decimal
    output: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal
    cache_read: Decimal
    up_to: int | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """A model's dated prices; bands ascend in `up_to`, the last one has no bound."""

    bands: tuple[Rates, ...]
    effective: str
    source: str

    def rates(self, prompt_tokens: int) -> Rates:
        """The band that a prompt of this many tokens pays, for its output too."""
        for band in self.bands:
            if band.up_to is None or prompt_tokens <= band.up_to:
                return band
        return self.bands[-1]


@dataclass(frozen=True, slots=True)
class Share:
    """What one class of tokens adds to a bill. name: of the class, as in Usage. rate: US dollars per million."""

    name: str
    tokens: int
    rate: Decimal

    @property
    def usd(self) -> Decimal:
        """Tokens times rate, exact."""
        return self.tokens * self.rate / PER_MILLION


def parts(usage: Usage, rates: Rates) -> tuple[Share, ...]:
    """The bill of a request class by class, in the order of `CLASSES`; its sum is the price."""
    return tuple(Share(name, getattr(usage, name), getattr(rates, name)) for name in CLASSES)


FREE = Prices((Rates(Decimal(0), Decimal(0), Decimal(0), Decimal(0), Decimal(0)),), "always", "runs on this machine")


def cost(usage: Usage, prices: Prices | None, *, batch: bool = False) -> Decimal | None:
    """The exact price of a request in US dollars, or None if the model is unpriced."""
    if prices is None:
        return None
    rates = prices.rates(usage.prompt)
    total = sum((part.usd for part in parts(usage, rates)), Decimal(0))
    return total * BATCH_SHARE if batch else total


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request cost.

    model: the id asked for; served: the id that answered. usd: None if unpriced.
    estimated: True where the answer was cut short, so that its output is counted by us.
    """

    model: str
    served: str
    usage: Usage
    usd: Decimal | None
    purpose: str = "turn"
    request_id: str = ""
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of charges: the priced dollars, and how many requests have no known price."""

    usd: Decimal = Decimal(0)
    usage: Usage = Usage()
    requests: int = 0
    unpriced: int = 0
    estimated: bool = False

    def plus(self, charge: Charge) -> Total:
        """This total with one more charge in it."""
        return Total(
            self.usd + (charge.usd or Decimal(0)),
            self.usage + charge.usage,
            self.requests + 1,
            self.unpriced + (charge.usd is None),
            self.estimated or charge.estimated,
        )
