"""What the engine is given: one value that holds its doors to the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from haikuterm.core.ports import Grammars, Journal, Linters, LocalModels, Provider, Store, Trial, Workspace


@dataclass(frozen=True, slots=True)
class Ports:
    """The doors of one engine.

    themes: names of the themes there are. keep: persists one setting (name, value) and returns a sentence.
    consent: keeps that the user agreed that a linter (by name) runs in this repository.
    trial: a test command (as typed in a shell) as something that can be run on a copy of the tree.
    """

    provider: Provider
    workspace: Workspace
    journal: Journal
    store: Store
    linters: Linters
    local: LocalModels
    grammars: Grammars
    themes: Callable[[], tuple[str, ...]]
    keep: Callable[[str, str], str]
    consent: Callable[[str], None]
    trial: Callable[[str], Trial]
