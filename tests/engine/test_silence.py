"""A silence is said once, a countdown is none, and whoever stops waiting leaves nothing running."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from haikuterm.core.errors import ProviderError
from haikuterm.core.events import Notice, Retrying, TextDelta, ThinkingDelta
from haikuterm.engine.silence import watched


class Source:
    """Events of a list; an asyncio.Event in it waits for it. settled: it came to its own end."""

    def __init__(self, *items: object) -> None:
        self.items, self.settled = items, False

    async def events(self) -> AsyncGenerator[object, None]:
        try:
            for item in self.items:
                if isinstance(item, asyncio.Event):
                    await item.wait()
                elif isinstance(item, Exception):
                    raise item
                else:
                    yield item
        finally:
            self.settled = True


async def test_events_pass_in_their_order_and_nothing_is_said_while_they_come() -> None:
    gate = asyncio.Event()
    source, heard = Source(TextDelta("a"), gate, TextDelta("b")), []
    async for event in watched(source.events(), 60):
        heard.append(event)
        gate.set()
    assert heard == [TextDelta("a"), TextDelta("b")]


async def test_words_that_come_at_once_are_one_event_and_never_change_their_place() -> None:
    said = [ThinkingDelta("h"), ThinkingDelta("m"), TextDelta("a"), TextDelta("b"), Notice("!"), TextDelta("c")]
    heard = [event async for event in watched(Source(*said).events(), 60)]
    assert heard == [ThinkingDelta("hm"), TextDelta("ab"), Notice("!"), TextDelta("c")]


async def test_words_before_an_error_are_heard_first() -> None:
    source = Source(TextDelta("a"), TextDelta("b"), ProviderError("gone", "server"))
    events = watched(source.events(), 60)
    assert await anext(events) == TextDelta("ab")
    with pytest.raises(ProviderError, match="gone"):
        await anext(events)


async def test_whoever_stops_listening_before_an_error_is_told_of_none() -> None:
    source = Source(TextDelta("a"), ProviderError("gone", "server"))
    async with aclosing(watched(source.events(), 60)) as events:
        assert await anext(events) == TextDelta("a")
    assert source.settled


async def test_each_silence_is_said_once() -> None:
    gates = asyncio.Event(), asyncio.Event()
    source = Source(gates[0], TextDelta("a"), gates[1], TextDelta("b"))
    heard: list[object] = []
    async for event in watched(source.events(), 0.01):
        heard.append(event)
        if isinstance(event, Notice):
            gates[len([e for e in heard if isinstance(e, Notice)]) - 1].set()
    assert [type(event).__name__ for event in heard] == ["Notice", "TextDelta", "Notice", "TextDelta"]


async def test_a_countdown_is_no_silence() -> None:
    wait = asyncio.Event()
    source = Source(Retrying("busy", 60.0, 2, 5), wait, TextDelta("a"))
    asyncio.get_running_loop().call_later(0.05, wait.set)
    heard = [event async for event in watched(source.events(), 0.01)]
    assert [type(event).__name__ for event in heard] == ["Retrying", "TextDelta"]


async def test_a_question_to_the_user_is_no_silence_and_the_one_after_it_is_its_own() -> None:
    answered, go, looks = asyncio.Event(), asyncio.Event(), []

    def asking() -> bool:
        looks.append(answered.is_set())
        if len(looks) == 6:
            answered.set()
        return len(looks) <= 6

    heard = []
    async for event in watched(Source(go, TextDelta("a")).events(), 0.01, asking):
        heard.append(event)
        go.set()
    assert [type(event).__name__ for event in heard] == ["Notice", "TextDelta"]
    assert len(looks) >= 8


async def test_an_error_of_the_source_is_the_error_here() -> None:
    with pytest.raises(ProviderError, match="gone"):
        _ = [event async for event in watched(Source(ProviderError("gone", "server")).events(), 60)]


@pytest.mark.parametrize("quiet", [0.01, 60])
async def test_being_cancelled_settles_the_source_first(quiet: float) -> None:
    source, begun = Source(TextDelta("a"), asyncio.Event()), asyncio.Event()

    async def listen() -> None:
        async with aclosing(watched(source.events(), quiet)) as events:
            async for _ in events:
                begun.set()

    task = asyncio.create_task(listen())
    await begun.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert source.settled


async def test_closing_at_the_notice_settles_the_source_first() -> None:
    source = Source(asyncio.Event())
    async with aclosing(watched(source.events(), 0.01)) as events:
        assert isinstance(await anext(events), Notice)
    assert source.settled
