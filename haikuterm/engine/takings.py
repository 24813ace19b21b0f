"""What the status line says of money and of who answers: looked up when something happened, never while it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from haikuterm.core.budget import Limit, Standing, limits
from haikuterm.core.errors import StoreError
from haikuterm.core.events import Charged, Event, TurnEnded
from haikuterm.core.models import Model, catalogue
from haikuterm.core.prefix import LIFE, CacheLook
from haikuterm.engine.budget import Books
from haikuterm.engine.session import Session


@dataclass(slots=True)
class Takings:
    """What was last seen of the ledger and of the answers of one conversation.

    today: US dollars since midnight, in all processes; None if never looked at.
    """

    books: Books
    session: Session
    today: Decimal | None = None
    _stopped_by: tuple[Limit, ...] = ()
    _asked: str = ""
    _served: str = ""

    def hear(self, event: Event) -> None:
        """Take note of an event; after a request was paid for, the ledger is looked at."""
        match event:
            case Charged(charge):
                self._stopped_by = ()
                if charge.purpose == "turn":
                    self._asked, self._served = charge.model, charge.served
                self.look()
            case TurnEnded(stop):
                self._stopped_by = self._held() if stop == "over_budget" else ()

    def look(self) -> None:
        """Read what was spent today, and where the budgets stand; takes milliseconds.

        A store that fails leaves all as it was: it is said where something has to be written.
        """
        held, day = self._held(), limits({"day": Decimal(0)}, "", datetime.now())
        try:
            *standings, today = self.books.ledger.standings((*held, *day))
        except StoreError:
            return
        self.books.budget.now, self.today = tuple(standings), today.spent

    @property
    def stopped(self) -> bool:
        """Whether a budget ended the last turn, and is still what it was then."""
        return bool(self._stopped_by) and self._stopped_by == self._held()

    def _held(self) -> tuple[Limit, ...]:
        return self.books.budget.limits(self.session.id)

    def served(self, model: Model) -> str:
        """The model that answered last in place of this one; "" where it was this one, or is not known."""
        if not model.known or model.local or self._asked != model.id or not self._served:
            return ""
        same = self._served == model.snapshot or catalogue().resolve(self._served).alias == model.alias
        return "" if same else self._served


def nearest(standings: Sequence[Standing]) -> Standing | None:
    """The budget of which the greatest share is spent; None where there is none."""
    return max(standings, key=_share, default=None)


def _share(standing: Standing) -> Decimal:
    return standing.spent / standing.limit.usd if standing.limit.usd else Decimal(1)


def cache_until(cache: CacheLook | None, model: Model) -> float | None:
    """When the cache of what was said last is gone, by the clock of `CacheLook.at`; None where nothing is in it."""
    if cache is None or not cache.prefix.marked or cache.prefix.model != model.id:
        return None
    usage = cache.usage
    kept = usage.cache_read + usage.cache_write_5m + usage.cache_write_1h
    return cache.at + LIFE if kept else None
