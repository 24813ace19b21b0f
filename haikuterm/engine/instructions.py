"""Reads what the repository says of the work in it (AGENTS.md, or CLAUDE.md where there is none) and keeps it current.

The root's file goes behind the system prompt and is read once for a conversation, so that the prefix of the requests
stays the same; what changes on disk later, and the nearest file of an attached one's folder, go with a prompt.
"""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath

from haikuterm.core.errors import HaikutermError
from haikuterm.core.events import Event, Notice
from haikuterm.core.instructions import NAMES, OPENING, Instructions, folder_name, read_as
from haikuterm.core.messages import Part, Text
from haikuterm.core.ports import Workspace
from haikuterm.engine.session import Session

GONE = "(The repository's instructions are gone: they do not count any more.)"


def load(workspace: Workspace, session: Session) -> list[Event]:
    """Read the root's file if this conversation has not yet, and say what it costs; blocks for a moment."""
    if session.instructions is not None:
        return []
    found, said = _nearest(workspace, "")
    session.instructions = found
    return [*_once(session, said), *_told(session)]


def _told(session: Session) -> list[Event]:
    """What the file costs with every prompt, or why it does not go along; each once for a session."""
    found, model = session.instructions, session.model
    if found is None or not found.text.strip():
        return []
    tokens = found.tokens(model)
    if not found.fits(model):
        return _once(
            session,
            f"{found.path} (~{tokens:,} tokens) is not sent to {model.alias}: it takes more than an eighth of its "
            f"window of {model.context:,} tokens.",
        )
    rest = f"; the rest of it is left out, it is longer than {len(found.text):,} characters" if found.cut else ""
    line = f"{found.path}: ~{tokens:,} tokens with every prompt{rest}"
    return _once(session, line, "info")


def _once(session: Session, line: str, level: str = "warning") -> list[Event]:
    if not line or line in session.noted:
        return []
    session.noted.add(line)
    return [Notice(line) if level == "info" else Notice(line, "warning")]


async def outgoing(workspace: Workspace, session: Session) -> tuple[list[Part], list[Event]]:
    """What the model is to be told with this prompt: of a file that changed, and of those nearest to attached files.

    What stands in the conversation already is not told again.
    """
    parts: list[Part] = []
    events: list[Event] = [*_told(session)]
    for folder in await asyncio.to_thread(_folders, workspace, session):
        found, said = await asyncio.to_thread(_nearest, workspace, folder)
        events += _once(session, said)
        if _known(session, found, folder) or not found.fits(session.model):
            continue
        parts.append(Text(_message(found, folder)))
        tokens = found.tokens(session.model)
        why = f"goes with the files in {folder}/" if folder else "changed: it goes with this prompt"
        events.append(Notice(f"{found.path} {why} (~{tokens:,} tokens)"))
    return parts, events


def _folders(workspace: Workspace, session: Session) -> list[str]:
    """The root, and for each attached file the nearest folder of it below the root that has such a file; blocks."""
    nearest: dict[str, None] = {"": None}
    for path in session.attachments:
        folders = [] if PurePosixPath(path).is_absolute() else [str(up) for up in PurePosixPath(path).parents][:-1]
        nearest |= dict.fromkeys([up for up in folders if _name(workspace, up)][:1])
    return [*nearest]


def _name(workspace: Workspace, folder: str) -> str:
    """The path of the folder's own file, "" if it has none."""
    names = (f"{folder}/{name}" if folder else name for name in NAMES)
    return next((name for name in names if _there(workspace, name)), "")


def _there(workspace: Workspace, path: str) -> bool:
    try:
        return workspace.mode(path) is not None
    except HaikutermError:
        return False


def _nearest(workspace: Workspace, folder: str) -> tuple[Instructions, str]:
    """The folder's file, and why it cannot be sent, "" if it can."""
    path = _name(workspace, folder)
    if not path:
        return Instructions(), ""
    try:
        return read_as(path, workspace.read_text(path).text), ""
    except HaikutermError as error:
        return Instructions(), f"{error} Its instructions do not go with your prompts."


def _message(found: Instructions, folder: str) -> str:
    if not found.path:
        return GONE
    where = (
        f"for the files in {folder}/, before those of the root" if folder else "now, in the place of the earlier ones"
    )
    return f"{found.block}\n(These instructions of the repository count {where}.)"


def _known(session: Session, found: Instructions, folder: str) -> bool:
    """Whether the model was told last what the file holds now."""
    told = next((text for text in _said(session) if _folder(text) == folder_name(folder)), None)
    if told is None:
        return not found.path if folder else found == session.instructions
    return told == _message(found, folder)


def _said(session: Session) -> list[str]:
    """All that was told of such files since the conversation began, newest first."""
    parts = [part for message in session.messages if message.role == "user" for part in message.parts]
    texts = [part.text for part in reversed(parts) if isinstance(part, Text)]
    return [text for text in texts if text == GONE or OPENING.match(text)]


def _folder(text: str) -> str:
    """The folder that such a text is about, as the model is told it."""
    found = OPENING.match(text)
    return found[1].rpartition("/")[0] if found else ""
