"""Finding out what a model on a named endpoint can do: two short requests, announced, in the ledger, once."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import date

from haikuterm.core.abilities import Abilities, Probes
from haikuterm.core.errors import ProviderError, SettingsError
from haikuterm.core.events import Charged, Event, Notice
from haikuterm.core.guard import visible_line
from haikuterm.core.messages import Image, Message, Text
from haikuterm.core.models import Model, adopt, catalogue
from haikuterm.core.ports import Provider
from haikuterm.core.request import Reply, Request, ToolSpec
from haikuterm.engine.asking import Ask

TOKENS = 256  # of answer, for each of the requests: some models think before they say a word
TOOL = ToolSpec("ping", "Answer a ping.", {"type": "object", "properties": {}})
SIDE = 16  # pixels of the picture
COLORS = ("magenta", "purple", "pink", "fuchsia", "violet")
CANNOT = ("rejected", "server")  # failures that may be about what was asked, and not about the endpoint


def unknown(model: Model) -> bool:
    """Whether a probe has to find out what the model can do."""
    return bool(model.endpoint and model.sent) and not model.probed


async def probe(ask: Ask, model: Model, probes: Probes) -> AsyncGenerator[Event, None]:
    """Ask the model to call a tool and to name the color of a picture; what is found is kept and known from then on.

    Raises ProviderError where the endpoint or the model does not answer at all, BudgetReached.
    """
    yield Notice(f"Asking {visible_line(model.id)} what it can do: two short requests and a token count, once.")
    ask = replace(ask, purpose="probe", retries=0)
    bare = replace(model, images=True, tools=True, counts=True)
    replies: list[Reply | None] = []
    for request in (_for_tools(bare), _for_sight(bare)):
        reply: Reply | None = None
        async with aclosing(_asked(ask, request, must=not any(replies))) as events:
            async for event in events:
                if isinstance(event, Reply):
                    reply = event
                else:
                    yield event
        replies.append(reply)
    tools, sight = replies
    counts = await _counts(ask.provider, _plain(bare))
    day = date.today().isoformat()
    found = Abilities(model.id, counts, _calls(tools), _sees(sight), day, probes.url(model.endpoint))
    adopt(replace(catalogue(), found={**catalogue().found, found.model: found.of}))
    yield Notice(f"{visible_line(model.id)}: {found}.")
    try:
        probes.keep(found)
    except SettingsError as error:  # it was paid for, so it holds for this session at least
        yield Notice(str(error), "warning")


async def settle(ask: Ask, probes: Probes) -> AsyncGenerator[Event, None]:
    """Before the session's model is first used: probe it, if nobody has, and go on with what is known then."""
    session = ask.session
    if unknown(session.model):
        async with aclosing(probe(ask, session.model, probes)) as events:
            async for event in events:
                yield event
        session.model = catalogue().resolve(session.model.id)


async def _asked(ask: Ask, request: Request, *, must: bool) -> AsyncGenerator[Charged | Reply, None]:
    """What one request costs and its Reply, no Reply where the server refuses it.

    must: whether the same without tool and picture has to work then, so that it is the model that cannot.
    """
    try:
        async with aclosing(ask(request)) as events:
            async for event in events:
                if isinstance(event, Charged | Reply):
                    yield event
    except ProviderError as error:
        if error.kind not in CANNOT:
            raise
        if must:
            async with aclosing(ask(_plain(request.model))) as events:
                async for event in events:
                    if isinstance(event, Charged):
                        yield event


def _request(model: Model, *parts: Image | Text) -> Request:
    return Request(model, "", (Message("user", parts),), max_tokens=TOKENS)


def _plain(model: Model) -> Request:
    return _request(model, Text("Say OK."))


def _for_tools(model: Model) -> Request:
    return replace(_request(model, Text("Call the tool ping now. Say nothing.")), tools=(TOOL,))


def _for_sight(model: Model) -> Request:
    return _request(model, Image("image/png", picture()), Text("Which color is this picture? Answer with one word."))


def _calls(reply: Reply | None) -> bool:
    """Whether the model can call tools: it did, or was still thinking when its tokens ended."""
    return reply is not None and (bool(reply.message.tool_uses) or reply.stop == "max_tokens")


def _sees(reply: Reply | None) -> bool:
    """Whether the model saw the picture: a server may take one and leave it out without a word."""
    return reply is not None and any(color in reply.message.text.lower() for color in COLORS)


async def _counts(provider: Provider, request: Request) -> bool:
    try:
        return await provider.count(request) is not None
    except ProviderError:
        return False


def picture() -> bytes:
    """A small picture in PNG of one color, which nobody would guess."""
    rows = b"".join(b"\0" + b"\xff\0\xff" * SIDE for _ in range(SIDE))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
