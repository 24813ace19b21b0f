"""What came of asking an endpoint one free thing: whether it answers, and how far its clock is from ours."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from haikuterm.core.errors import ProviderError


@dataclass(frozen=True, slots=True)
class Reached:
    """asked: what was asked for, "" if there is nothing free to ask. url: where. date: the answer's Date header.

    error: why the endpoint refused, None if it did not.
    """

    asked: str
    url: str
    date: str = ""
    error: ProviderError | None = None


def ahead(date: str, now: float) -> float | None:
    """Seconds by which our clock (`now`, since the epoch) is ahead of the server's; None if it told no time."""
    try:
        there = parsedate_to_datetime(date)
    except ValueError:
        return None
    return now - there.timestamp()
