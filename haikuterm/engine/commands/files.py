"""Commands about what goes with the conversation: the attached files."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from haikuterm.core.errors import SettingsError
from haikuterm.core.events import Event, Notice
from haikuterm.engine import bill, pasting
from haikuterm.engine.commands.registry import Desk, attachable_paths, command, words


@command("PATH...", values=attachable_paths)
async def add(desk: Desk) -> AsyncGenerator[Event, None]:
    """Attach files, folders or globs."""
    names = words(desk.argument)
    if not names:
        raise SettingsError("Say which file: /add PATH. With @ in a prompt it is attached too.")
    for name in names:
        for event in await desk.attaching.add(name) or [Notice(f"{name} is attached already.")]:
            yield event
    desk.save()


@command()
async def paste(desk: Desk) -> AsyncGenerator[Event, None]:
    """Attach the picture in the clipboard."""
    async with aclosing(pasting.paste(desk.ports, desk.attaching)) as events:
        async for event in events:
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
