"""What a slash command is, where all of them are registered, and how a typed line finds its own.

A command is an async generator of events: one decorated function, whose docstring is its help. It gets a Desk: the
engine's parts it may use.
"""

from __future__ import annotations

import shlex
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from haikuterm.core.errors import HaikutermError
from haikuterm.core.events import Event, Notice
from haikuterm.core.fuzzy import rank
from haikuterm.core.ports import Asker
from haikuterm.core.settings import Settings
from haikuterm.engine.asking import Ask
from haikuterm.engine.attaching import Attaching
from haikuterm.engine.ports import Ports
from haikuterm.engine.session import Session
from haikuterm.engine.status import Completion


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a command is typed."""

    ports: Ports
    session: Session


@dataclass(frozen=True, slots=True)
class Desk(Scene):
    """What a command may use. argument: what stands after its name, without blanks around it."""

    settings: Settings
    attaching: Attaching
    asker: Asker
    ask: Ask
    save: Callable[[], None]
    argument: str = ""


Run: TypeAlias = Callable[[Desk], AsyncGenerator[Event, None]]
Values: TypeAlias = Callable[[Scene], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command. usage: its arguments, as in "[name]". values: what its argument can be, for completion."""

    name: str
    usage: str
    summary: str
    run: Run
    aliases: tuple[str, ...] = ()
    values: Values | None = field(default=None, compare=False)


COMMANDS: dict[str, Command] = {}


def command(usage: str = "", *, aliases: tuple[str, ...] = (), values: Values | None = None) -> Callable[[Run], Run]:
    """Register the function as a command; a trailing underscore of its name keeps Python's own names free."""

    def register(run: Run) -> Run:
        name = getattr(run, "__name__", "").rstrip("_")
        summary = (run.__doc__ or "").strip().splitlines()[0]
        COMMANDS[name] = Command(name, usage, summary, run, aliases, values)
        return run

    return register


def find(name: str) -> Command | None:
    """The command of that name or alias."""
    return COMMANDS.get(name) or next((c for c in COMMANDS.values() if name in c.aliases), None)


async def run(desk: Desk, line: str) -> AsyncGenerator[Event, None]:
    """Run the command a line names; a name nobody knows is said, never guessed."""
    name, _, argument = line[1:].strip().partition(" ")
    entry = find(name)
    if entry is None:
        near = rank(name, COMMANDS, 3)
        hint = f" Did you mean {', '.join('/' + n for n in near)}?" if near else ""
        yield Notice(f"There is no command /{name}.{hint} /help lists them.", "warning")
        return
    try:
        async with aclosing(entry.run(replace(desk, argument=argument.strip()))) as events:
            async for event in events:
                yield event
    except HaikutermError as error:
        yield Notice(str(error), "error")


def complete(scene: Scene, line: str) -> tuple[int, list[Completion]]:
    """Where the completed part of a command line begins, and what could stand there."""
    name, blank, argument = line[1:].partition(" ")
    if not blank:
        names = rank(name, COMMANDS) if name else [*COMMANDS]
        names.sort(key=lambda n: not n.startswith(name))
        return 0, [Completion(f"/{n}", f"/{n} {COMMANDS[n].usage}".strip(), COMMANDS[n].summary) for n in names]
    entry = find(name)
    if entry is None or entry.values is None:
        return len(line), []
    word = argument.rsplit(" ", 1)[-1]
    values = entry.values(scene)
    return len(line) - len(word), [Completion(v, v) for v in (rank(word, values) if word else values[:50])]


def words(argument: str) -> list[str]:
    """The words of an argument, quoted ones whole."""
    try:
        return shlex.split(argument)
    except ValueError:
        return argument.split()
