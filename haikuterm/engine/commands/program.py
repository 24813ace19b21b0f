"""Commands about the program itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from haikuterm.core.errors import SettingsError
from haikuterm.core.events import Event, Notice, QuitAsked, ThemeChanged
from haikuterm.core.ports import Option, Question
from haikuterm.engine.commands.registry import Desk, command


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
