"""The command that lists all the others."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from itertools import groupby

from haikuterm.core.events import Event, Notice
from haikuterm.engine.commands.registry import COMMANDS, Command, Desk, command


@command(aliases=("?",))
async def help_(_: Desk) -> AsyncGenerator[Event, None]:
    """What can be typed here."""
    groups = [f"**{name}**\n\n" + "\n".join(map(_row, rows)) for name, rows in groupby(COMMANDS.values(), _group)]
    yield Notice("\n\n".join([*groups, "`@path` attaches a file. `?` on an empty line shows the keys."]), markdown=True)


def _group(entry: Command) -> str:
    """Commands of one file belong together, and it is named for them."""
    return entry.run.__module__.rpartition(".")[2].capitalize()


def _row(entry: Command) -> str:
    usage = f"/{entry.name} {entry.usage}".strip()
    also = f" Also {', '.join('/' + name for name in entry.aliases)}." if entry.aliases else ""
    return f"- `{usage}` {entry.summary}{also}"
