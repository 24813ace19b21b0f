"""What /lint and /fix have in common: which files, which linters, and the user's consent to those that run code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from haikuterm.core.errors import HaikutermError, PathRefused
from haikuterm.core.events import Event, Notice
from haikuterm.core.findings import Linter
from haikuterm.core.ports import Asker, Option, Question, Workspace
from haikuterm.engine.ports import Ports


def scope(workspace: Workspace, names: Sequence[str]) -> tuple[str, ...]:
    """The files that are meant: those named; all of them for "--all"; else what differs from the last commit.

    Outside of git, and where nothing differs, all files. Raises PathRefused for a name that is none; runs git.
    """
    named = [name for name in names if name != "--all"]
    if named:
        return tuple(dict.fromkeys(path for name in named for path in workspace.expand(name)))
    changed = () if "--all" in names or not workspace.in_git else workspace.changed()
    return changed or workspace.files()


def apart(workspace: Workspace, typed: Sequence[str]) -> tuple[list[str], str]:
    """What was typed after /fix: the files that stand first (an @ is fine), and the words after them."""
    names: list[str] = []
    for number, word in enumerate(typed):
        name = word.removeprefix("@")
        if name != "--all" and not _is_file(workspace, name):
            return names, " ".join(typed[number:])
        names.append(name)
    return names, ""


def _is_file(workspace: Workspace, name: str) -> bool:
    try:
        return bool(workspace.expand(name))
    except PathRefused:
        return False


async def agree(ports: Ports, asker: Asker, paths: Sequence[str]) -> AsyncGenerator[Event, None]:
    """Ask once for each linter that runs code of the repository; say which are configured but not installed."""
    for linter in await asyncio.to_thread(ports.linters.available, paths):
        if not linter.program:
            yield Notice(f"{linter.name} is configured here but not installed, so it was not run.")
        elif not linter.agreed:
            if await asker.choose(_question(linter)) != "yes":
                yield Notice(f"{linter.name} was not run: {linter.consent}.")
                continue
            try:
                ports.consent(linter.name)
            except HaikutermError as error:
                yield Notice(str(error), "warning")


def _question(linter: Linter) -> Question:
    options = (Option("yes", "run it in this repository, now and later"), Option("no", "do not run it"))
    return Question(f"Run {linter.name}? In this repository {linter.consent}", options, selected="no")
