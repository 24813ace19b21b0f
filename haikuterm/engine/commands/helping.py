"""The command that lists all the others."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from haikuterm.core.events import Event, Notice
from haikuterm.engine.commands.registry import COMMANDS, Command, Desk, command


@command(aliases=("?",))
async def help_(_: Desk) -> AsyncGenerator[Event, None]:
    """What can be typed here."""
    rows = [f"| `{_title(c)}` | {c.summary}{_also(c)} |" for c in COMMANDS.values()]
    table = "\n".join(["| command | what it does |", "|---|---|", *rows])
    yield Notice(f"{table}\n\n`@path` attaches a file. `?` on an empty line shows the keys.", markdown=True)


def _title(entry: Command) -> str:
    return f"/{entry.name} {entry.usage}".strip().replace("|", "\\|")  # a bare bar would end the table's cell


def _also(entry: Command) -> str:
    return f" Also {', '.join('/' + name for name in entry.aliases)}." if entry.aliases else ""
