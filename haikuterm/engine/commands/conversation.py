"""Commands about the conversation as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from haikuterm.core.errors import SettingsError
from haikuterm.core.events import Cleared, Event, Notice
from haikuterm.core.export import FORMATS, as_json, as_markdown
from haikuterm.engine.commands.registry import Desk, command


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


@command("[HINT|free|undo]", aliases=("compress", "summarize"), values=lambda _: ("free", "undo"))
async def compact(desk: Desk) -> AsyncGenerator[Event, None]:
    """Shorten the conversation: shows what goes and what it costs, asks first; undo puts it back."""
    from haikuterm.engine.compacting import Compacting  # a rare road

    work = Compacting(desk.session, desk.ask, desk.asker, desk.save, desk.settings.max_tokens)
    if desk.argument in ("undo", "free"):
        yield work.undo() if desk.argument == "undo" else work.free()
        return
    async with aclosing(work.offer(desk.argument)) as events:
        async for event in events:
            yield event


@command("[PATH.md|PATH.json]", aliases=("save",))
async def export(desk: Desk) -> AsyncGenerator[Event, None]:
    """Write the conversation into a new file: Markdown to read, or .json as it was sent."""
    session = desk.session
    if not session.messages:
        raise SettingsError("There is nothing to export yet: nothing was said in this conversation.")
    path = desk.ports.workspace.resolve(desk.argument.strip("\"'") or f"haikuterm-{session.id}.md")
    if not path.endswith(FORMATS):
        raise SettingsError(f"{path} is neither .md nor .json. Say /export NAME.md or /export NAME.json.")
    if await asyncio.to_thread(desk.ports.workspace.read_bytes, path) is not None:
        raise SettingsError(f"{path} is there already, and stays. Name another file: /export NAME.md.")
    if path.endswith(".json"):
        text = as_json(session.messages, session.model.id)
    else:
        text = as_markdown(session.messages, f"haikuterm, session {session.id}, {session.model.alias}")
    await asyncio.to_thread(desk.ports.workspace.write, path, text.encode("utf-8", "replace"), None)
    yield Notice(f"The conversation is in {path}.")
