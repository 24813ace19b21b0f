"""Commands about the files that were changed, or will be: undo, show, commit, lint, fix, test, what is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from haikuterm.core.errors import SettingsError, StoreError
from haikuterm.core.events import Checked, Event, Notice
from haikuterm.core.findings import merge
from haikuterm.core.instructions import NAMES
from haikuterm.core.money import Total
from haikuterm.engine import approving, committing, running
from haikuterm.engine.commands.registry import Desk, command, repository_paths, words
from haikuterm.engine.editing import create
from haikuterm.engine.landing import Landing
from haikuterm.engine.linting import agree, apart, scope
from haikuterm.engine.toolbox import Output
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
    async with aclosing(_run(desk, desk.argument)) as events:
        async for event in events:
            yield event


@command("[COMMAND]")
async def test(desk: Desk) -> AsyncGenerator[Event, None]:
    """Run the tests as a command in your shell: this one, or the one that the repository's files name."""
    from haikuterm.engine.surveying import tests_of  # a rare road

    found = (desk.argument,) if desk.argument else await asyncio.to_thread(tests_of, desk.ports)
    if not found:
        raise SettingsError("No file here says how the tests are run. Say it: /test COMMAND.")
    async with aclosing(_run(desk, found[0])) as events:
        async for event in events:
            yield event


def _run(desk: Desk, shell_line: str) -> AsyncGenerator[Event, None]:
    def remember(line: str) -> None:
        with suppress(StoreError):
            desk.ports.store.remember(desk.session.root, line)

    work = running.Running(desk.ports, desk.session, desk.asker, desk.settings.yes, remember)
    return work.run(f"!{shell_line}")


@command("[ask|accept]", aliases=("approvals",), values=lambda _: ("ask", "accept"))
async def permissions(desk: Desk) -> AsyncGenerator[Event, None]:
    """Whether edits are asked for in this session; accept writes them at once (Shift+Tab), ask asks again."""
    session, settings = desk.session, desk.settings
    if desk.argument not in ("", "ask", "accept"):
        raise SettingsError("Say /permissions ask, /permissions accept, or /permissions to see what holds.")
    if desk.argument:
        yield approving.put(session, settings, "accepted" if desk.argument == "accept" else "asked")
    else:
        yield Notice(f"{approving.held(session, settings)} {approving.commands_held(session, settings)}")


@command()
async def init(desk: Desk) -> AsyncGenerator[Event, None]:
    """Draft AGENTS.md from what the repository's files say, free; shown before it is written."""
    from haikuterm.engine.surveying import agents_file  # a rare road

    for name in NAMES:
        if await asyncio.to_thread(desk.ports.workspace.mode, name) is not None:
            raise SettingsError(f"{name} is there already and goes with every prompt. It stays as it is.")
    text = await asyncio.to_thread(agents_file, desk.ports)
    landing = Landing(desk.ports, desk.session, desk.settings, desk.asker, "/init")
    async with aclosing(create.run(landing, {"path": NAMES[0], "text": text})) as events:
        async for event in events:
            if not isinstance(event, Output):
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
