"""Commands about the files that were changed: undo, show, commit, lint, fix."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from haikuterm.core.errors import StoreError
from haikuterm.core.events import Checked, Event, Notice
from haikuterm.core.findings import merge
from haikuterm.core.money import Total
from haikuterm.engine import committing, running
from haikuterm.engine.commands.registry import Desk, command, repository_paths, words
from haikuterm.engine.landing import Landing
from haikuterm.engine.linting import agree, apart, scope
from haikuterm.engine.undoing import take_back


@command()
async def undo(desk: Desk) -> AsyncGenerator[Event, None]:
    """Put the files of the last edit back to their bytes of before."""
    async with aclosing(take_back(desk.ports, desk.session, desk.asker, "undo")) as events:
        async for event in events:
            yield event


@command()
async def redo(desk: Desk) -> AsyncGenerator[Event, None]:
    """Do an undone edit again."""
    async with aclosing(take_back(desk.ports, desk.session, desk.asker, "redo")) as events:
        async for event in events:
            yield event


@command("[PATH...]", values=repository_paths)
async def diff(desk: Desk) -> AsyncGenerator[Event, None]:
    """What this conversation changed in the files, by the undo journal."""
    yield committing.shown(desk.ports, desk.session, words(desk.argument))


@command("[MESSAGE]")
async def commit(desk: Desk) -> AsyncGenerator[Event, None]:
    """Commit the files this conversation changed, and no others; without a message the model can write one."""
    desk.session.turn = Total()
    work = committing.Committing(desk.ports, desk.session, desk.settings, desk.asker, desk.ask)
    async with aclosing(work.run(desk.argument)) as events:
        async for event in events:
            yield event


@command("[PATH... | --all]", aliases=("check",), values=repository_paths)
async def lint(desk: Desk) -> AsyncGenerator[Event, None]:
    """Run the linters; without a path, on what changed since the last commit. Costs nothing."""
    paths = await asyncio.to_thread(scope, desk.ports.workspace, words(desk.argument))
    async with aclosing(agree(desk.ports, desk.asker, paths)) as events:
        async for event in events:
            yield event
    reports = await desk.ports.linters.reports(paths)
    yield Checked(merge(reports)) if reports else Notice("No linter that is installed here speaks of these files.")


@command("COMMAND")
async def run_(desk: Desk) -> AsyncGenerator[Event, None]:
    """Run a command in your shell, with your consent; the same as !COMMAND."""

    def remember(line: str) -> None:
        with suppress(StoreError):
            desk.ports.store.remember(desk.session.root, line)

    work = running.Running(desk.ports, desk.session, desk.asker, desk.settings.yes, remember)
    async with aclosing(work.run(f"!{desk.argument}")) as events:
        async for event in events:
            yield event


@command("[PATH... | --all] [WORDS]", values=repository_paths)
async def fix(desk: Desk) -> AsyncGenerator[Event, None]:
    """Fix what the linters find: their own fixers first, free, then the model, verified. One diff, one /undo."""
    from haikuterm.engine.fix import Order, fix  # its rules are kept out of start-up

    names, said = await asyncio.to_thread(apart, desk.ports.workspace, words(desk.argument))
    desk.session.turn = Total()
    landing = Landing(desk.ports, desk.session, desk.settings, desk.asker, f"/fix {desk.argument}".strip())
    async with aclosing(fix(desk.ask, landing, Order(tuple(names), said))) as events:
        async for event in events:
            yield event
