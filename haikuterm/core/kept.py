"""What the store keeps of conversations: whole ones, and rows of a list."""

from __future__ import annotations

from dataclasses import dataclass

from haikuterm.core.compaction import Shortened
from haikuterm.core.messages import Message
from haikuterm.core.money import Charge


@dataclass(frozen=True, slots=True)
class Saved:
    """A conversation as the store keeps it. title: its first prompt, shortened. turns: number of its last line.

    shortened: what it was before each time it was shortened, newest last.
    """

    id: str
    root: str
    model: str
    title: str
    messages: tuple[Message, ...]
    charges: tuple[Charge, ...]
    attachments: tuple[tuple[str, str], ...] = ()
    turns: int = 0
    shortened: tuple[Shortened, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation in a list. name: what the user called it, else its first prompt. saved: when, in Unix seconds."""

    id: str
    name: str
    model: str
    saved: float
    messages: int
