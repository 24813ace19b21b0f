"""How fast long work goes, told from its signs of life, and how long the rest will take."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp

MEMORY = 12.0  # seconds after which what was seen counts for a third: long enough to be calm, short enough to be true
SURE = 1.5  # seconds of work before anybody speaks of the time that is left
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Pace:
    """One piece of long work as it was last seen. done, total: in units of its own, total 0 if nobody knows.

    at: when that was, in seconds of a monotonic clock. gained, took: how much was done in how many seconds, what is
    long past counting less; seen: seconds since the first sign of life.
    """

    what: str = ""
    done: float = 0
    total: float = 0
    at: float = 0.0
    gained: float = 0.0
    took: float = 0.0
    seen: float = 0.0

    def after(self, what: str, done: float, total: float, now: float) -> Pace:
        """The pace with one more sign of life; other work, or work that began anew, starts from nothing.

        What was done before the first sign (a download that goes on) says nothing of the speed.
        """
        if what != self.what or done < self.done or total != self.total:
            return Pace(what, done, total, now)
        passed = max(0.0, now - self.at)
        kept = exp(-passed / MEMORY)
        gained, took = self.gained * kept + done - self.done, self.took * kept + passed
        return Pace(what, done, total, now, gained, took, self.seen + passed)

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1; None where nobody knows the whole."""
        return min(1.0, self.done / self.total) if self.total else None

    @property
    def left(self) -> float | None:
        """Seconds that the rest will take at this pace; None while that is not known, and at the end."""
        rest = self.total - self.done
        if self.seen < SURE or self.gained <= 0 or self.took <= 0 or rest <= 0:
            return None
        return rest * self.took / self.gained


def told(seconds: float) -> str:
    """A time that is left, no finer than it can be known: "12 s", "1 min 40 s", "23 min", "2 h 5 min"."""
    whole = ceil(seconds)
    if whole <= 20:
        return f"{max(1, whole)} s"
    if whole < MINUTE:
        whole = 5 * round(whole / 5)
    elif whole < 10 * MINUTE:
        whole = 10 * round(whole / 10)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < 10 * MINUTE:
        minutes, rest = divmod(whole, MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(whole / MINUTE), MINUTE)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
