"""Commands about the program itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from haikuterm.core.errors import SettingsError
from haikuterm.core.events import Event, Notice, QuitAsked, ThemeChanged, VimChanged
from haikuterm.core.ports import Option, Question
from haikuterm.engine import configuring
from haikuterm.engine.commands.registry import Desk, command


@command("[name]", aliases=("themes", "t"), values=lambda scene: scene.ports.themes())
async def theme(desk: Desk) -> AsyncGenerator[Event, None]:
    """Change the colours; without a name, choose from a list."""
    names = desk.ports.themes()
    options = tuple(Option(name, name) for name in names)
    question = Question("Theme", options, selected=desk.settings.theme, themes=True)
    name = desk.argument or await desk.asker.choose(question)
    if not name:
        return
    if name not in names:
        raise SettingsError(f"There is no theme {name!r}. There are: {', '.join(names)}.")
    desk.ports.wearable(name)
    yield ThemeChanged(name)
    yield Notice(desk.ports.keep("theme", name))


@command("[on|off]", values=lambda _: ("on", "off"))
async def vim(desk: Desk) -> AsyncGenerator[Event, None]:
    """Vim's keys in the input, from insert mode on; without a word, the other way than now."""
    if desk.argument not in ("", "on", "off"):
        raise SettingsError("Say /vim, /vim on or /vim off.")
    desk.session.vim = desk.argument == "on" if desk.argument else not desk.session.vim
    yield VimChanged(desk.session.vim)
    yield Notice(desk.ports.keep("vim", desk.session.vim))


@command(aliases=("settings",))
async def config(desk: Desk) -> AsyncGenerator[Event, None]:
    """Every setting, its value and where it comes from."""
    async with aclosing(configuring.show(desk.settings)) as events:
        async for event in events:
            yield event


@command(aliases=("exit", "q"))
async def quit_(_: Desk) -> AsyncGenerator[Event, None]:
    """Leave. Everything is saved; `haikuterm -c` goes on here."""
    yield QuitAsked()
