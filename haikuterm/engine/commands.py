"""Slash commands: one decorated function each; its docstring is its help.

A command is an async generator of events. It gets a Desk: the engine's parts it may use.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from haikuterm.core.budget import PERIODS
from haikuterm.core.errors import HaikutermError, SettingsError
from haikuterm.core.events import Checked, Cleared, Event, Notice, QuitAsked, ThemeChanged
from haikuterm.core.findings import merge
from haikuterm.core.fuzzy import rank
from haikuterm.core.model_news import better_haiku
from haikuterm.core.models import catalogue
from haikuterm.core.money import Total
from haikuterm.core.ports import Asker, Option, Question
from haikuterm.core.settings import EFFORTS, THINKING, Settings
from haikuterm.engine import bill, committing
from haikuterm.engine.asking import Ask
from haikuterm.engine.attaching import Attaching
from haikuterm.engine.budget import budgets
from haikuterm.engine.landing import Landing
from haikuterm.engine.linting import agree, apart, scope
from haikuterm.engine.ports import Ports
from haikuterm.engine.session import Session
from haikuterm.engine.standing import unmet
from haikuterm.engine.status import Completion
from haikuterm.engine.switching import picker, switch
from haikuterm.engine.undoing import take_back


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


@command("[name]", aliases=("models",), values=lambda _: catalogue().names())
async def model(desk: Desk) -> AsyncGenerator[Event, None]:
    """Go on with another model; without a name, choose from a list with prices."""
    if not desk.argument:
        listed = [m for m in catalogue().models if m.listed]
        if line := better_haiku(desk.session.model, listed):
            yield Notice(line)
    name = desk.argument or await desk.asker.choose(picker(desk.session))
    if not name:
        return
    async with aclosing(switch(desk.ports, desk.session, name)) as events:
        async for event in events:
            yield event
    desk.save()


@command("[low|medium|high|xhigh|max|default]", values=lambda _: (*EFFORTS, "default"))
async def effort(desk: Desk) -> AsyncGenerator[Event, None]:
    """How much the model should think, where it can."""
    if desk.argument not in (*EFFORTS, "default"):
        raise SettingsError(f"Say /effort with one of {', '.join(EFFORTS)} or default.")
    desk.session.effort = "" if desk.argument == "default" else desk.argument
    yield Notice(f"effort: {desk.argument}")
    for notice in unmet(desk.session):
        yield notice


@command("[on|off|show|default]", values=lambda _: (*THINKING, "default"))
async def thinking(desk: Desk) -> AsyncGenerator[Event, None]:
    """Whether the model reasons before it answers, and shows it, where it can."""
    if desk.argument not in (*THINKING, "default"):
        raise SettingsError(f"Say /thinking with one of {', '.join(THINKING)} or default.")
    desk.session.thinking = "" if desk.argument == "default" else desk.argument
    yield Notice(f"thinking: {desk.argument}")
    for notice in unmet(desk.session):
        yield notice


@command("PATH...", values=lambda scene: scene.ports.workspace.files())
async def add(desk: Desk) -> AsyncGenerator[Event, None]:
    """Attach files, folders or globs."""
    names = words(desk.argument)
    if not names:
        raise SettingsError("Say which file: /add PATH. With @ in a prompt it is attached too.")
    for name in names:
        for event in await desk.attaching.add(name) or [Notice(f"{name} is attached already.")]:
            yield event
    desk.save()


@command("[PATH...]", values=lambda scene: [*scene.session.attachments])
async def drop(desk: Desk) -> AsyncGenerator[Event, None]:
    """Let attached files go; without a path, all of them."""
    for event in desk.attaching.drop(words(desk.argument)):
        yield event
    desk.save()


@command()
async def ls(desk: Desk) -> AsyncGenerator[Event, None]:
    """The attached files, with their weight and price."""
    yield Notice(bill.attachments(desk.session), markdown=True)


@command()
async def cost(desk: Desk) -> AsyncGenerator[Event, None]:
    """What this session cost, by class of tokens, and what it would have cost on other models or without the cache."""
    yield Notice(bill.session(desk.session, desk.ports.store.attempts(desk.session.id)), markdown=True)


@command("[session|day|month AMOUNT|off]", values=lambda _: (*PERIODS, "off"))
async def budget(desk: Desk) -> AsyncGenerator[Event, None]:
    """What may be spent in this session, a day and a month, and what is; with an amount, set it."""
    yield Notice(budgets(desk.ask.books, desk.session, words(desk.argument), desk.ports.keep), markdown=True)


@command()
async def context(desk: Desk) -> AsyncGenerator[Event, None]:
    """How full the model's window is, and how much of the last request came from the cache."""
    from haikuterm.engine.cache_report import report  # a rare road

    yield Notice(report(desk.session), markdown=True)


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


@command("[PATH...]", values=lambda scene: scene.ports.workspace.files())
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


@command("[PATH... | --all]", aliases=("check",), values=lambda scene: scene.ports.workspace.files())
async def lint(desk: Desk) -> AsyncGenerator[Event, None]:
    """Run the linters; without a path, on what changed since the last commit. Costs nothing."""
    paths = await asyncio.to_thread(scope, desk.ports.workspace, words(desk.argument))
    async with aclosing(agree(desk.ports, desk.asker, paths)) as events:
        async for event in events:
            yield event
    reports = await desk.ports.linters.reports(paths)
    yield Checked(merge(reports)) if reports else Notice("No linter that is installed here speaks of these files.")


@command("[PATH... | --all] [WORDS]", values=lambda scene: scene.ports.workspace.files())
async def fix(desk: Desk) -> AsyncGenerator[Event, None]:
    """Fix what the linters find: their own fixers first, free, then the model, verified. One diff, one /undo."""
    from haikuterm.engine.fix import Order, fix  # its rules are kept out of start-up

    names, said = await asyncio.to_thread(apart, desk.ports.workspace, words(desk.argument))
    desk.session.turn = Total()
    landing = Landing(desk.ports, desk.session, desk.settings, desk.asker, f"/fix {desk.argument}".strip())
    async with aclosing(fix(desk.ask, landing, Order(tuple(names), said))) as events:
        async for event in events:
            yield event


@command()
async def clear(desk: Desk) -> AsyncGenerator[Event, None]:
    """Forget what was said; the files stay attached."""
    desk.session.clear()
    desk.save()
    yield Cleared()


@command()
async def reset(desk: Desk) -> AsyncGenerator[Event, None]:
    """Forget what was said and let the files go."""
    desk.session.clear()
    desk.session.attachments.clear()
    desk.save()
    yield Cleared(all=True)
    yield desk.attaching.changed()


@command("[name]", aliases=("themes",), values=lambda scene: scene.ports.themes())
async def theme(desk: Desk) -> AsyncGenerator[Event, None]:
    """Change the colours; without a name, choose from a list."""
    names = desk.ports.themes()
    options = tuple(Option(name, name) for name in names)
    name = desk.argument or await desk.asker.choose(Question("Theme", options))
    if not name:
        return
    if name not in names:
        raise SettingsError(f"There is no theme {name!r}. There are: {', '.join(names)}.")
    yield ThemeChanged(name)
    yield Notice(desk.ports.keep("theme", name))


@command(aliases=("exit", "q"))
async def quit_(_: Desk) -> AsyncGenerator[Event, None]:
    """Leave. Everything is saved; `haikuterm -c` goes on here."""
    yield QuitAsked()
