"""What the engine is given: one value that holds its doors to the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from haikuterm.core.ports import Checker, Journal, LocalModels, Provider, Store, Workspace


@dataclass(frozen=True, slots=True)
class Ports:
    """The doors of one engine.

    themes: names of the themes there are. keep: persists one setting (name, value) and returns a sentence.
    """

    provider: Provider
    workspace: Workspace
    journal: Journal
    store: Store
    checker: Checker
    local: LocalModels
    themes: Callable[[], tuple[str, ...]]
    keep: Callable[[str, str], str]
