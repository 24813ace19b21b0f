"""The hard budget of one conversation: asked before each request, raised once or stopped, warned of in time."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from haikuterm.core.budget import PERIODS, Limit, Measured, Period, Standing, limits, raise_by, worst_case
from haikuterm.core.context import estimate_request
from haikuterm.core.errors import BudgetReached, SettingsError, StoreError
from haikuterm.core.events import Notice
from haikuterm.core.ledger import Attempt, Ledger
from haikuterm.core.models import catalogue
from haikuterm.core.money import Charge, Total, Usage, cost
from haikuterm.core.ports import Asker, Option, Question
from haikuterm.core.request import Request
from haikuterm.core.settings import Settings
from haikuterm.engine.bill import dollars
from haikuterm.engine.session import Session

SETTING_OF: dict[Period, str] = {"session": "max_budget_usd", "day": "max_day_usd", "month": "max_month_usd"}
Key: TypeAlias = tuple[Period, float]
NAMES: dict[Period, str] = {"session": "this session", "day": "today", "month": "this month"}


@dataclass(slots=True)
class Budget:
    """What may be spent, in US dollars. caps: those that are set. raised: by how much the user raised them once.

    warned: those whose warning was said. Both go by period and the time it began: a new day begins anew.
    now: where they stood when last looked at, for a status line.
    """

    caps: dict[Period, Decimal] = field(default_factory=dict)
    raised: dict[Key, Decimal] = field(default_factory=dict)
    warned: set[Key] = field(default_factory=set)
    now: tuple[Standing, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Budget:
        """The budgets that the settings name."""
        given = {period: getattr(settings, name) for period, name in SETTING_OF.items()}
        return cls({period: usd for period, usd in given.items() if usd is not None})

    def limits(self, session: str) -> tuple[Limit, ...]:
        """The budgets that hold at this moment."""
        held = limits(self.caps, session, datetime.now())
        return tuple(replace(limit, usd=limit.usd + self.raised.get(_key(limit), Decimal(0))) for limit in held)

    def change(self, period: Period, usd: Decimal | None) -> None:
        """Set one, or take it away (None); what it was raised by is forgotten."""
        self.raised = {key: more for key, more in self.raised.items() if key[0] != period}
        self.warned = {key for key in self.warned if key[0] != period}
        self.caps.pop(period, None)
        if usd is not None:
            self.caps[period] = usd

    def look(self, standings: Sequence[Standing]) -> list[Notice]:
        """Keep where they stand now; a warning for each that has become soft, said once."""
        self.now = tuple(standings)
        soft = [standing for standing in standings if standing.soft and _key(standing.limit) not in self.warned]
        self.warned |= {_key(standing.limit) for standing in soft}
        return [Notice(_warning(standing), "warning") for standing in soft]

    def raise_once(self, standings: Sequence[Standing], worst: Decimal) -> None:
        """Raise what a request does not fit into, as far as it needs."""
        for standing in standings:
            key, more = _key(standing.limit), raise_by((standing,), worst)
            self.raised[key] = self.raised.get(key, Decimal(0)) + more


def _key(limit: Limit) -> Key:
    return limit.period, limit.since


def _warning(standing: Standing) -> str:
    spent, cap = dollars(standing.spent), dollars(standing.limit.usd)
    return f"{spent} of the budget of {cap} for {NAMES[standing.limit.period]} is spent. /budget shows and changes it."


@dataclass(slots=True)
class Books:
    """Writes down what each attempt of one conversation costs, within its budget.

    turn: number of the line that is worked at. say: is told what the store says when it fails. last: the row of the
    answer that came last. measured: what the server last said of a prompt. asking: the user is asked, nobody else is.
    """

    ledger: Ledger
    budget: Budget = field(default_factory=Budget)
    turn: int = 0
    say: Callable[[str], None] = lambda _: None
    last: str = ""
    measured: Measured | None = None
    asking: bool = False

    async def open(self, request: Request, session: Session, purpose: str, asker: Asker | None) -> Attempt:
        """The row of an attempt that may be sent now. Raises BudgetReached, StoreError."""
        row = self._row(request, session, purpose)
        while True:
            held = () if request.model.local else self.budget.limits(session.id)
            if held and row.most is None:
                raise BudgetReached(
                    f"{request.model.id} has no known price, so the budget of {_named(held)} cannot be kept. "
                    "Choose a priced model with /model, or /budget off."
                )
            worst = row.most or Decimal(0)
            try:
                standings = self.ledger.reserve(row, held)
            except StoreError as error:
                if held:  # a budget that cannot be looked at cannot be kept
                    raise
                self.say(str(error))
                return row
            short = [standing for standing in standings if standing.short(worst)]
            if not short:
                return row
            if asker is None or await self._choose(asker, question(short, worst)) != "raise":
                raise BudgetReached(sentence(short, worst))
            self.budget.raise_once(short, worst)

    async def _choose(self, asker: Asker, asked: Question) -> str | None:
        self.asking = True
        try:
            return await asker.choose(asked)
        finally:
            self.asking = False

    def _row(self, request: Request, session: Session, purpose: str) -> Attempt:
        """An attempt that is about to be sent, priced by what its prompt is estimated at."""
        model = request.model
        usage = Usage(input=estimate_request(request))
        charge = Charge(model.id, "", usage, cost(usage, model.prices), purpose, estimated=True)
        return Attempt(
            id=secrets.token_hex(8),
            session=session.id,
            root=session.root,
            turn=self.turn,
            at=time.time(),
            charge=charge,
            prices=catalogue().version,
            rates=model.prices.rates(usage.prompt) if model.prices else None,
            most=worst_case(request, self.measured),
            pid=os.getpid(),
            estimate=usage.prompt,
        )

    def warnings(self, session: str) -> list[Notice]:
        """What to say of budgets that are nearly spent. Raises StoreError."""
        held = self.budget.limits(session)
        return self.budget.look(self.ledger.standings(held)) if held else []

    def used(self, done: int, failed: int) -> None:
        """Note how the tool calls of the last answer went. Raises StoreError."""
        if self.last:
            self.ledger.used(self.last, done, failed)


def sentence(short: Sequence[Standing], worst: Decimal) -> str:
    """Why a request was not sent, and what to do."""
    told = []
    for standing in short:
        held = f" and {dollars(standing.held)} is held for requests without their end" if standing.held else ""
        cap, period = dollars(standing.limit.usd), standing.limit.period
        told.append(f"{dollars(standing.spent)} of the {cap} for {NAMES[period]} is spent{held}.")
    name = SETTING_OF[short[0].limit.period].replace("_", "-")
    flag = f"--{name}" if short[0].limit.period == "session" else f"/budget {short[0].limit.period} AMOUNT"
    return (
        f"The next request could cost up to {dollars(worst)}; {' '.join(told)} Nothing was sent. "
        f"Raise it with {flag}, or choose a cheaper /model."
    )


def question(short: Sequence[Standing], worst: Decimal) -> Question:
    """What the user is asked at the cap."""
    more = dollars(raise_by(short, worst))
    options = (
        Option("stop", "Stop here", note="what was done so far is kept"),
        Option("raise", f"Raise once by {more}", note="for this session; the setting stays"),
    )
    return Question(f"Budget of {_named([s.limit for s in short])} reached. {sentence(short, worst)}", options)


def _named(held: Sequence[Limit]) -> str:
    return ", ".join(f"{dollars(limit.usd)} for {NAMES[limit.period]}" for limit in held)


def budgets(
    books: Books, session: Session, words: list[str], keep: Callable[[str, str], str], forget: Callable[[str], str]
) -> str:
    """What `/budget` answers, as Markdown; with words it changes one first. Raises SettingsError, StoreError.

    keep, forget: persist a setting or take it out, and say so; a day's and a month's budget are kept, a session's is
    this session's.
    """
    budget, said = books.budget, ""
    if words:
        period, usd = change(budget, words)
        if period == "session":
            said = "Set for this session.\n\n"
        elif usd is None:
            said = f"Off. {forget(SETTING_OF[period])}\n\n"
        else:
            said = keep(SETTING_OF[period], format(usd, "f")) + "\n\n"
    standings = books.ledger.standings(budget.limits(session.id))
    budget.look(standings)
    return said + table(budget, standings, session.total)


def change(budget: Budget, words: list[str]) -> tuple[Period, Decimal | None]:
    """Do what `/budget [session|day|month] AMOUNT|off` says; returns what was changed. Raises SettingsError."""
    named = next((period for period in PERIODS if words[:1] == [period]), None)
    rest = words[1:] if named else words
    period, usd = named or "session", None if rest == ["off"] else _amount(rest)
    budget.change(period, usd)
    return period, usd


def _amount(words: list[str]) -> Decimal:
    try:
        (word,) = words
        amount = Decimal(word.removeprefix("$"))
    except (ValueError, InvalidOperation):
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise SettingsError("Say /budget with session, day or month and an amount such as 0.50, or off.")
    return amount


def table(budget: Budget, standings: Sequence[Standing], total: Total) -> str:
    """The budgets and where they stand, as Markdown."""
    if not standings:
        spent = f"{dollars(total.usd)} is spent in this session. " if total.requests else ""
        return f"{spent}No budget is set. `/budget day 2` sets one; session, day and month can have one each."
    rows = ["| budget | cap | spent | held | left |", "|---|---:|---:|---:|---:|"]
    for standing in standings:
        limit = standing.limit
        more = budget.raised.get(_key(limit))
        once = f" (raised by {dollars(more)})" if more else ""
        amounts = (standing.spent, standing.held, max(Decimal(0), limit.usd - standing.spent - standing.held))
        cells = [f"{dollars(limit.usd)}{once}", *(dollars(amount) for amount in amounts)]
        rows.append(f"| {NAMES[limit.period]} | {' | '.join(cells)} |")
    note = "Held: for requests under way, and for stopped ones, the most that they may still cost."
    return "\n".join(rows) + f"\n\n{note} A request that could pass a cap is not sent."
