"""Commands about conversations: another one, an earlier one, and what they are called."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime

from haikuterm.core.errors import HaikutermError, SettingsError
from haikuterm.core.events import Cleared, Event, ModelChanged, Notice
from haikuterm.core.guard import visible_line
from haikuterm.core.messages import Message
from haikuterm.core.models import catalogue
from haikuterm.core.ports import Kept, Option, Question, Saved
from haikuterm.engine.approving import held
from haikuterm.engine.bill import dollars
from haikuterm.engine.commands.registry import Desk, Scene, command
from haikuterm.engine.resuming import resume as go_on

LONGEST = 80  # characters of a name


@command()
async def new(desk: Desk) -> AsyncGenerator[Event, None]:
    """Begin another conversation, without files; this one is kept for /resume."""
    desk.session.renew()
    desk.ask.books.turn = 0
    yield Cleared(all=True)


def _ids(scene: Scene) -> tuple[str, ...]:
    return tuple(kept.id for kept in scene.ports.store.kept(scene.session.root, 50))


@command("[ID]", aliases=("sessions", "continue"), values=_ids)
async def resume(desk: Desk) -> AsyncGenerator[Event, None]:
    """Go on with an earlier conversation of this folder; without an id, choose from a list."""
    session, store = desk.session, desk.ports.store
    wanted = desk.argument or await _chosen(desk)
    if not wanted:
        return
    if wanted == session.id:
        yield Notice("That is the conversation you are in.")
        return
    saved = await asyncio.to_thread(store.load, session.root, wanted)
    if saved is None:
        raise SettingsError(f"There is no conversation {wanted} in this folder. /resume lists those there are.")
    session.renew()
    for event in _with_its_model(desk, saved):
        yield event
    go_on(session, saved, desk.attaching, desk.ask.books)
    yield Notice(f"Going on with session {session.id}: {session.prompts} so far.")
    if last := _last_reply(session.messages):
        yield Notice(last, markdown=True)
    yield desk.attaching.changed()


async def _chosen(desk: Desk) -> str | None:
    found = await asyncio.to_thread(desk.ports.store.kept, desk.session.root)
    if not found:
        raise SettingsError("There is no earlier conversation in this folder. Your first prompt begins one.")
    options = tuple(Option(kept.id, kept.name or kept.id, (_day(kept), f"{kept.messages} messages")) for kept in found)
    return await desk.asker.choose(Question("Conversations", options, selected=desk.session.id))


def _day(kept: Kept) -> str:
    return datetime.fromtimestamp(kept.saved).strftime("%Y-%m-%d %H:%M")


def _with_its_model(desk: Desk, saved: Saved) -> tuple[Event, ...]:
    """A conversation keeps its model; one that is gone leaves the present one."""
    session, old = desk.session, desk.session.model
    try:
        model = catalogue().resolve(saved.model)
    except HaikutermError as error:
        return (Notice(f"{error} This conversation goes on with {old.alias}.", "warning"),)
    session.model = model
    return (ModelChanged(old.id, model.id),) if model.id != old.id else ()


def _last_reply(messages: list[Message]) -> str:
    return next((message.text for message in reversed(messages) if message.role == "assistant" and message.text), "")


@command("[NAME]", aliases=("branch",))
async def fork(desk: Desk) -> AsyncGenerator[Event, None]:
    """Go on in a copy of this conversation; the one until now stays as it is, for /resume."""
    session = desk.session
    if not session.messages:
        raise SettingsError("There is nothing to copy yet: nothing was said in this conversation.")
    desk.save()
    before = session.id
    session.fork()
    desk.ask.books.turn = 0
    desk.save()
    if name := _shortened(desk.argument):
        desk.ports.store.rename(session.id, name)
    yield Notice(f"This is a copy now, session {session.id}. /resume {before} goes back to the one before.")


@command()
async def status(desk: Desk) -> AsyncGenerator[Event, None]:
    """This session in a few lines: model, folder, files, what is asked for, what was spent."""
    session, facts = desk.session, await asyncio.to_thread(desk.ports.workspace.facts)
    branch = f", branch {facts.branch}{' with changes' * bool(facts.dirty)}" if facts.branch else ""
    count = session.total.requests
    rows = {
        "session": f"{session.id}, {session.prompts}",
        "model": f"{session.model.alias} ({session.model.id}), effort {session.effort or 'default'}",
        "folder": f"{session.root}{branch}",
        "files": ", ".join(session.attachments) or "none attached",
        "edits": held(session, desk.settings),
        "spent": f"{dollars(session.total.usd)} in {count} request{'s' * (count != 1)}; /cost, /context say more",
    }
    yield Notice("\n".join(f"{name}: {visible_line(said)}" for name, said in rows.items()))


def _shortened(name: str) -> str:
    return " ".join(name.split())[:LONGEST]


@command("[NAME]", aliases=("name",))
async def rename(desk: Desk) -> AsyncGenerator[Event, None]:
    """Give this conversation a name for the list of /resume; without one, it has its first prompt again."""
    name = _shortened(desk.argument)
    desk.ports.store.rename(desk.session.id, name)
    yield Notice(f"This conversation is called {name}." if name else "This conversation has no name of its own now.")
