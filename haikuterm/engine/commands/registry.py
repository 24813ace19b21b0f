"""What a slash command is, where all of them are registered, and how a typed line finds its own.

A command is an async generator of events: one decorated function, whose docstring is its help. It gets a Desk: the
engine's parts it may use.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from haikuterm.core import mention
from haikuterm.core.errors import HaikutermError
from haikuterm.core.events import Event, Notice
from haikuterm.core.fuzzy import rank
from haikuterm.core.listing import listing
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
    """What a command may use. prompt: a turn. argument: what stands after its name, without blanks around it."""

    settings: Settings
    attaching: Attaching
    asker: Asker
    ask: Ask
    save: Callable[[], None]
    prompt: Callable[[str, Asker], AsyncGenerator[Event, None]]
    argument: str = ""


Run: TypeAlias = Callable[[Desk], AsyncGenerator[Event, None]]
Values: TypeAlias = Callable[[Scene], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command. usage: its arguments, as in "[name]". values: what its argument can be, for completion.

    final: what it does cannot be undone, so a list only puts it into the input.
    """

    name: str
    usage: str
    summary: str
    run: Run
    aliases: tuple[str, ...] = ()
    values: Values | None = field(default=None, compare=False)
    final: bool = False

    @property
    def begun(self) -> str:
        """What a list puts into the input for it; ends with a blank where that is not to be run at once."""
        needs = bool(self.usage) and not self.usage.startswith("[")
        return f"/{self.name} " if needs or self.final else f"/{self.name}"


COMMANDS: dict[str, Command] = {}
_LAST = re.compile(r"""(?:^|(?<=\s))(?:"([^"]*)|'([^']*)|((?:\\.|[^\s"'\\])*))\Z""")  # the word at the end
_ESCAPED = re.compile(r"\\(.)")
_FLAGS = re.compile(r"--[\w-]+")
LEAVING = ("exit", "quit", "q", ":q", ":q!", ":wq")  # what people type to leave a shell, a pager, vim


def command(
    usage: str = "", *, aliases: tuple[str, ...] = (), values: Values | None = None, final: bool = False
) -> Callable[[Run], Run]:
    """Register the function as a command; a trailing underscore of its name keeps Python's own names free."""

    def register(run: Run) -> Run:
        name = getattr(run, "__name__", "").rstrip("_")
        summary = (run.__doc__ or "").strip().splitlines()[0]
        COMMANDS[name] = Command(name, usage, summary, run, aliases, values, final)
        return run

    return register


def is_command(line: str) -> bool:
    """Whether a line names a command; "/etc/hosts is ..." is a prompt. The words that leave need no slash."""
    return line in LEAVING or (line.startswith("/") and "/" not in line[1:].partition(" ")[0])


def find(name: str) -> Command | None:
    """The command of that name or alias."""
    return COMMANDS.get(name) or next((c for c in COMMANDS.values() if name in c.aliases), None)


async def run(desk: Desk, line: str) -> AsyncGenerator[Event, None]:
    """Run the command a line names; a name nobody knows is said, never guessed."""
    name, _, argument = ("/quit" if line in LEAVING else line)[1:].strip().partition(" ")
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
        entries = [replace(entry, name=n) for n in _names(name) if (entry := find(n))]
        return 0, [Completion(e.begun, f"/{e.name} {e.usage}".strip(), e.summary) for e in entries]
    entry = find(name)
    if entry is None or entry.values is None:
        return len(line), []
    if "PATH..." in entry.usage:
        return _paths(scene, entry, argument, len(line) - len(argument))
    values = entry.values(scene)
    named = rank(argument, values) if argument else values[:50]
    return len(line) - len(argument), [Completion(value, value) for value in named]


def takes_prompt(line: str) -> bool:
    """Whether what stands behind the command's name is a prompt, in which an @ names a file."""
    name, blank, _ = line[1:].partition(" ")
    entry = find(name)
    return bool(blank) and entry is not None and "PROMPT" in entry.usage


def repository_paths(scene: Scene) -> Sequence[str]:
    """The files of the repository; for the values of a command that takes folders too."""
    return scene.ports.workspace.listed()


def attachable_paths(scene: Scene) -> Sequence[str]:
    """The same, for a command that takes pictures from elsewhere too."""
    return repository_paths(scene)


def _paths(scene: Scene, entry: Command, argument: str, start: int) -> tuple[int, list[Completion]]:
    """The same for the last of several paths, each of which is offered once; and for flags."""
    last = last_word(argument)
    if last is None or entry.values is None:
        return start + len(argument), []
    at, typed = last
    if typed.startswith("-"):
        flags = (flag for flag in _FLAGS.findall(entry.usage) if flag.startswith(typed))
        return start + at, [Completion(f"{flag} ", flag) for flag in flags]
    values = entry.values(scene)
    if entry.values is attachable_paths and mention.is_outside(typed):
        found = [*scene.ports.pictures.beside(typed)]
    elif entry.values in (repository_paths, attachable_paths):
        known = listing(tuple(values))
        found = [typed, *known.like(typed)] if typed in known.folders else known.like(typed)
    else:
        found = rank(typed, values) if typed else [*values[:50]]
    given = words(argument[:at])
    named = [path for path in found if path not in given]
    return start + at, [Completion(_word(p, p.endswith("/") and p != typed), p) for p in named]


def _names(typed: str) -> list[str]:
    """The names that may be meant: a whole alias, what begins so, from two letters on aliases too, what is like it."""
    if not typed:
        return [*COMMANDS]
    near = rank(typed, COMMANDS)
    others = [alias for entry in COMMANDS.values() for alias in entry.aliases if alias.startswith(typed)]
    whole = [alias for alias in others if alias == typed]
    begun = [name for name in near if name.startswith(typed)]
    return [*dict.fromkeys([*whole, *begun, *(others if len(typed) > 1 else ()), *near])]


def last_word(argument: str) -> tuple[int, str] | None:
    """Where the word at the end begins, and what is typed of it without its quotes; None behind a closed quote."""
    last = _LAST.search(argument)
    if last is None:
        return None
    double, single, bare = last.groups()
    return last.start(), _ESCAPED.sub(r"\1", bare) if bare is not None else double or single or ""


def _word(path: str, open_end: bool) -> str:
    """A path as a word of a command. open_end: more may follow, as in a folder."""
    if set(path) & {*" \t\"'\\"}:
        quoted = path.replace("\\", "\\\\").replace('"', '\\"')
        path = f'"{quoted}' if open_end else f'"{quoted}"'
    return path if open_end else f"{path} "


def words(argument: str) -> list[str]:
    """The words of an argument, quoted ones whole."""
    try:
        return shlex.split(argument)
    except ValueError:
        return argument.split()
