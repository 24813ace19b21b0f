"""What the engine is given: one value that holds its doors to the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from haikuterm.core.abilities import Probes
from haikuterm.core.drafts import NoDrafts
from haikuterm.core.ports import (
    Clipboard,
    Drafts,
    Grammars,
    Journal,
    Linters,
    LocalModels,
    Pictures,
    Provider,
    Shell,
    Store,
    Trial,
    Workspace,
)


@dataclass(frozen=True, slots=True)
class Ports:
    """The doors of one engine.

    themes: names of the themes there are. wearable: raises SettingsError for one that cannot be used.
    keep: persists one setting (name, value) and returns a sentence.
    forget: takes one out of the user's settings file and returns a sentence.
    consent: keeps that the user agreed that a linter (by name) runs in this repository, or a command ("! make").
    agreed: whether they did. drafts: where what is written but not sent is kept.
    trial: a test command (as typed in a shell) as something that can be run on a copy of the tree.
    probes: where what is found out about models of named endpoints is kept.
    """

    provider: Provider
    workspace: Workspace
    pictures: Pictures
    clipboard: Clipboard
    journal: Journal
    store: Store
    linters: Linters
    local: LocalModels
    grammars: Grammars
    themes: Callable[[], tuple[str, ...]]
    keep: Callable[[str, str | bool], str]
    forget: Callable[[str], str]
    consent: Callable[[str], None]
    trial: Callable[[str], Trial]
    shell: Shell
    agreed: Callable[[str], bool]
    probes: Probes = field(default_factory=Probes)
    drafts: Drafts = field(default_factory=NoDrafts)
    wearable: Callable[[str], object] = str
