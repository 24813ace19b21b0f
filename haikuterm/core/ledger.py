"""The ledger: one row for every attempt at a model, what rows add up to, and how a row's price is proved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol, TypeAlias, get_args

from haikuterm.core.budget import Limit, Standing
from haikuterm.core.models import Model, catalogue
from haikuterm.core.money import Charge, Rates, Share, Total, Usage, parts

Known: TypeAlias = Literal["open", "said", "begun", "unknown", "nothing"]
By: TypeAlias = Literal["day", "model", "repo", "session", "purpose"]
BYS: tuple[By, ...] = get_args(By)
NEVER_ENDED = "killed"  # the error of an attempt whose process is gone


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a model: a row of the ledger. It holds numbers and names, nothing that was said.

    id: of the row. at: seconds since the epoch when it was sent. turn: the number of the line in its session.
    charge: models, tokens, price and purpose. prices: version of the price table. rates: those of the price, None if
    unpriced or not kept. most: the most that it can have cost, for budgets; None if unpriced.
    first, seconds: until the first piece of the answer, and in all; None if there was none.
    stop: the API's stop_reason. calls: of tools; done, failed: of them, None until that is known.
    refusal: category. error: kind of failure, "" for none.
    estimate: tokens that we thought the prompt had before it was sent, 0 if that was not kept.

    known says how far the tokens are. "said": the server's own final numbers. "begun": the server counted the prompt,
    the output is our estimate. "unknown": it was sent and nothing came back, so that it may have been billed or not;
    the input is our estimate. "nothing": refused or never reached, nothing is billed. "open": it is under way.
    """

    id: str
    session: str
    root: str
    turn: int
    at: float
    charge: Charge
    known: Known = "open"
    prices: str = ""
    rates: Rates | None = None
    most: Decimal | None = None
    first: float | None = None
    seconds: float | None = None
    stop: str = ""
    calls: int = 0
    done: int | None = None
    failed: int | None = None
    refusal: str = ""
    error: str = ""
    pid: int = 0
    estimate: int = 0

    @property
    def counts(self) -> bool:
        """Whether it is (or may be) on the bill."""
        return self.known in ("said", "begun", "unknown")


@dataclass(frozen=True, slots=True)
class Sample:
    """Tokens of one answered request: what we had estimated of its prompt, and what the server said."""

    estimate: int
    prompt: int
    output: int


class Ledger(Protocol):
    """Where attempts are kept, for all processes of this user. All calls are short and may block."""

    def reserve(self, attempt: Attempt, limits: Sequence[Limit]) -> tuple[Standing, ...]:
        """Write down an attempt before it is sent, if its `most` fits into every budget; else nothing is written.

        Returns where the budgets stand without it: what is `short` for `attempt.most` in any says that it did not fit.
        No other process can reserve in between. Raises StoreError.
        """
        ...

    def settle(self, attempt: Attempt) -> None:
        """Put what became of it in the place of the reservation. Raises StoreError."""
        ...

    def used(self, attempt: str, done: int, failed: int) -> None:
        """Note how the tool calls of an attempt went. Raises StoreError."""
        ...

    def standings(self, limits: Sequence[Limit]) -> tuple[Standing, ...]:
        """Where the budgets stand. Raises StoreError."""
        ...

    def attempts(self, session: str = "") -> tuple[Attempt, ...]:
        """All rows, or those of one session, oldest first. Raises StoreError."""
        ...

    def samples(self, model: str, most: int) -> tuple[Sample, ...]:
        """The last answers in conversations with the model of that id, newest first. Raises StoreError."""
        ...


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together. refused: attempts that cost nothing, besides those of `total`."""

    key: str
    total: Total
    refused: int = 0


def grouped(rows: Iterable[Attempt], by: By) -> tuple[Group, ...]:
    """What the rows add up to: days in their order, everything else by its cost, the dearest first."""
    groups: dict[str, Group] = {}
    for row in rows:
        key = key_of(row, by)
        group = groups.get(key, Group(key, Total()))
        if row.counts:
            groups[key] = Group(key, group.total.plus(row.charge), group.refused)
        elif row.known == "nothing":
            groups[key] = Group(key, group.total, group.refused + 1)
    if by == "day":
        return tuple(groups[key] for key in sorted(groups))
    return tuple(sorted(groups.values(), key=lambda group: (-group.total.usd, group.key)))


def key_of(row: Attempt, by: By) -> str:
    """What the row is counted under: a local date, the model that answered, the root, the session or the purpose."""
    keys: Mapping[By, str] = {
        "day": datetime.fromtimestamp(row.at).strftime("%Y-%m-%d"),
        "model": row.charge.served or row.charge.model,
        "repo": row.root,
        "session": row.session,
        "purpose": row.charge.purpose,
    }
    return keys[by]


@dataclass(frozen=True, slots=True)
class Proof:
    """A row's price, derived again from its tokens and the rates it was priced at. usd: as the ledger has it."""

    row: Attempt
    shares: tuple[Share, ...]
    usd: Decimal | None

    @property
    def derived(self) -> Decimal:
        """The sum of the shares."""
        return sum((share.usd for share in self.shares), Decimal(0))

    @property
    def difference(self) -> Decimal:
        """What the ledger says more than the sum; 0 where there is nothing to compare."""
        return self.usd - self.derived if self.usd is not None and self.row.rates is not None else Decimal(0)


def prove(row: Attempt) -> Proof:
    """The row's price, class by class; without shares where its rates were not kept, or it has no price."""
    shares = parts(row.charge.usage, row.rates) if row.rates else ()
    return Proof(row, tuple(share for share in shares if share.tokens), row.charge.usd)


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What the same requests would have cost in another way. left_out: how many of them cannot be said."""

    usd: Decimal = Decimal(0)
    left_out: int = 0


def without_cache(rows: Iterable[Attempt]) -> Otherwise:
    """The same tokens at the same rates, but nothing written to the cache or read from it; exact."""
    found = Otherwise()
    for row in rows:
        if row.counts and row.rates:
            usage = Usage(input=row.charge.usage.prompt, output=row.charge.usage.output)
            shares = parts(usage, row.rates)
            found = Otherwise(found.usd + sum((share.usd for share in shares), Decimal(0)), found.left_out)
        elif row.counts:
            found = Otherwise(found.usd, found.left_out + 1)
    return found


def on_model(rows: Iterable[Attempt], model: Model) -> Otherwise:
    """The same texts on another model, each class of tokens in the measure of its tokenizer; about, as it would
    have answered in other words.
    """
    found = Otherwise()
    for row in rows:
        asked = catalogue().resolve(row.charge.served or row.charge.model)
        if not row.counts:
            continue
        if model.prices is None or not asked.known:
            found = Otherwise(found.usd, found.left_out + 1)
            continue
        usage = scaled(row.charge.usage, model.text_factor / asked.text_factor)
        shares = parts(usage, model.prices.rates(usage.prompt))
        found = Otherwise(found.usd + sum((share.usd for share in shares), Decimal(0)), found.left_out)
    return found


def scaled(usage: Usage, factor: Decimal) -> Usage:
    """About the usage of the same text where it makes so many times the tokens."""

    def times(count: int) -> int:
        return round(count * factor)

    return Usage(
        times(usage.input),
        times(usage.output),
        times(usage.cache_read),
        times(usage.cache_write_5m),
        times(usage.cache_write_1h),
        times(usage.thinking),
    )
