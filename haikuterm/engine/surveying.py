"""What the repository's own files say of it: its test commands, and a first AGENTS.md."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePath

from haikuterm.core.agents_file import READ, commands_of_tests, draft
from haikuterm.core.errors import HaikutermError
from haikuterm.engine.ports import Ports


def tests_of(ports: Ports) -> tuple[str, ...]:
    """The commands that run the tests here, the surest first; blocks."""
    paths = ports.workspace.files()
    return commands_of_tests(paths, _texts(ports, paths))


def agents_file(ports: Ports) -> str:
    """The text of a first AGENTS.md; blocks."""
    paths = ports.workspace.files()
    linters = [linter.name for linter in ports.linters.available(paths)]
    name = PurePath(ports.workspace.root).name or "This project"
    return draft(name, paths, _texts(ports, paths), linters)


def _texts(ports: Ports, paths: tuple[str, ...]) -> dict[str, str]:
    texts = {}
    for name in READ:
        if name in paths:
            with suppress(HaikutermError):  # one that cannot be read says nothing
                texts[name] = ports.workspace.read_text(name).text
    return texts
