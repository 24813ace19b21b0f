"""Commands about the conversation as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from haikuterm.core.errors import SettingsError
from haikuterm.core.events import Cleared, Drafted, Event, Notice
from haikuterm.core.export import FORMATS, as_json, as_markdown
from haikuterm.core.messages import Message
from haikuterm.core.ports import Option, Question
from haikuterm.engine import approving
from haikuterm.engine.commands.registry import Desk, command
from haikuterm.engine.suggesting import typed

LONGEST = 100  # characters of a prompt in a list


@command("PROMPT")
async def ask(desk: Desk) -> AsyncGenerator[Event, None]:
    """Ask this, and let nothing be written for it."""
    if not desk.argument:
        raise SettingsError("Say /ask and what you want to know. No file is changed for it.")
    turn = approving.only_asked(desk.session, lambda: desk.prompt(desk.argument, desk.asker))
    async with aclosing(turn) as events:
        async for event in events:
            yield event


@command("[TEXT]", aliases=("edit",))
async def editor(desk: Desk) -> AsyncGenerator[Event, None]:
    """Write the prompt in $EDITOR; it comes back into the input. Ctrl+G does so with what stands there."""
    text = await desk.asker.edit(f"{desk.argument}\n", "prompt.md")
    if text is None:
        yield Notice("There is nobody here who could write in an editor, or it ended with an error.", "warning")
    elif text.strip():
        yield Drafted(text.rstrip())


@command(final=True)
async def clear(desk: Desk) -> AsyncGenerator[Event, None]:
    """Forget what was said; the files stay attached."""
    desk.session.clear()
    desk.save()
    yield Cleared()


@command(final=True)
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


@command()
async def rewind(desk: Desk) -> AsyncGenerator[Event, None]:
    """Go back to before an earlier prompt, which comes into the input; files stay, /undo is for them."""
    session = desk.session
    prompts = {str(at): text for at, message in enumerate(session.messages) if (text := _prompted(message))}
    if not prompts:
        raise SettingsError("There is nothing to go back to: nothing was said in this conversation.")
    options = tuple(Option(at, " ".join(text.split())[:LONGEST]) for at, text in reversed(prompts.items()))
    at = await desk.asker.choose(Question("Go back to before which prompt?", options, selected=options[0].value))
    if at is None:
        return
    session.rewind(int(at))
    desk.save()
    yield Notice("Back to before that prompt. /compact undo puts back what was said; files stay as they are (/undo).")
    yield Drafted(prompts[at])


def _prompted(message: Message) -> str:
    return typed(message) if message.role == "user" and message.text else ""


@command("[PATH.md|PATH.json]", aliases=("save", "share"))
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
