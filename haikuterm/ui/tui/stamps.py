"""Owns what is known of each turn: when it began, how long it took, and what it cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic

from haikuterm.core import events as ev
from haikuterm.core.money import Total
from haikuterm.ui.present import total
from haikuterm.ui.tui.transcript import Transcript
from haikuterm.ui.tui.unfolding import stamp


def now() -> datetime:
    """The time on the user's clock."""
    return datetime.now().astimezone()


class Stamps:
    """Stamps the prompt that a turn begins with."""

    def __init__(
        self, transcript: Transcript, date: Callable[[], datetime] = now, clock: Callable[[], float] = monotonic
    ) -> None:
        self._transcript, self._date, self._clock = transcript, date, clock
        self._entry: int | None = None
        self._when, self._began, self._cost = "", 0.0, Total()

    def begins(self, entry: int) -> None:
        """A turn begins with this entry."""
        self._entry, self._cost = entry, Total()
        self._when, self._began = f"{self._date():%Y-%m-%d %H:%M:%S}", self._clock()
        stamp(self._transcript, entry, self._when)

    def see(self, event: ev.Event) -> None:
        """Learn what the turn costs, and that it is over."""
        match event:
            case ev.Charged(turn=turn):
                self._cost = turn
            case ev.Cleared():
                self._entry = None
            case ev.TurnEnded():
                self.over()

    def over(self) -> None:
        """Nothing more comes of the turn."""
        if self._entry is not None:
            took = f"{self._clock() - self._began:.1f} s"
            cost = [total(self._cost)] if self._cost.requests else []
            stamp(self._transcript, self._entry, " · ".join([self._when, took, *cost]))
            self._entry = None
