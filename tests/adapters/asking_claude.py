"""How tests ask the real provider: requests of one message, and the answer as a list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from haikuterm.adapters.claude import ClaudeProvider
from haikuterm.core.errors import ProviderError
from haikuterm.core.messages import Message, Part, Text
from haikuterm.core.models import catalogue
from haikuterm.core.request import Reply, Request, StreamEvent, ToolSpec
from tests.messages_api import MessagesApi

HAIKU = catalogue().resolve("haiku-4.5")
THINKER = catalogue().resolve("haiku-5.5")
LOCAL = catalogue().resolve("qwen2.5-coder-0.5b")
READ = ToolSpec("read", "Read a file.", {"type": "object", "properties": {"path": {"type": "string"}}})


def ask(*parts: Part, **more: Any) -> Request:
    """A request of one user message."""
    return Request(
        **{"model": HAIKU, "system": "Be brief.", "messages": (Message("user", parts or (Text("Hi"),)),), **more}
    )


async def hear(provider: ClaudeProvider, request: Request | None = None) -> list[StreamEvent]:
    """All events of one answer."""
    async with aclosing(provider.stream(request or ask())) as stream:
        return [event async for event in stream]


async def reply_of(provider: ClaudeProvider, request: Request | None = None) -> Reply:
    """The answer itself."""
    last = (await hear(provider, request))[-1]
    assert isinstance(last, Reply)
    return last


async def failure_of(provider: ClaudeProvider, request: Request | None = None) -> ProviderError:
    """The error that an answer ends in."""
    with pytest.raises(ProviderError) as caught:
        await hear(provider, request)
    return caught.value


@pytest.fixture
async def claude(api: MessagesApi) -> AsyncIterator[ClaudeProvider]:
    """A provider that talks to the local server."""
    provider = ClaudeProvider(api_key="key", base_url=api.url, timeout=20)
    yield provider
    await provider.close()
