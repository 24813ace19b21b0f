"""Listens to a source beside whoever shows it: says it once when nothing comes, and joins what comes all at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from time import monotonic
from typing import TypeVar

from haikuterm.core.events import Notice, Retrying, TextDelta, ThinkingDelta

T = TypeVar("T")
QUIET = 10.0  # seconds
AT_ONCE = 0.008  # seconds of listening without a pause, where the network brings much: half a frame of the screen


async def watched(
    events: AsyncGenerator[T, None], quiet: float = QUIET, asking: Callable[[], bool] = lambda: False
) -> AsyncGenerator[T | Notice, None]:
    """The same events, with a Notice once in each silence of `quiet` seconds; a countdown is none.

    Words that came faster than they were taken come as one event: what is above pays for events, not for words.
    asking: whether it is the user who is waited for; that is no silence either.
    The source has ended what it does when this is closed or cancelled.
    """
    heard, news, known = deque[T](), asyncio.Event(), 0.0
    listening = asyncio.ensure_future(_listen(events, heard, news))
    try:
        while True:
            while heard:
                item = heard.popleft()
                known = item.wait if isinstance(item, Retrying) else 0.0
                yield item
            if listening.done():
                listening.result()
                return
            news.clear()
            if await _silent(news, quiet + known, quiet, asking):
                yield Notice(f"The model has sent nothing to show for {quiet:g} seconds; still waiting.")
                await news.wait()
    finally:
        if not listening.done():
            listening.cancel()
            await asyncio.wait((listening,))  # it settles what the unfinished request cost
        _ = listening.cancelled() or listening.exception()  # looked at, so that nobody complains of it


async def _listen(events: AsyncGenerator[T, None], heard: deque[T], news: asyncio.Event) -> None:
    """Put the events of the source where they are taken, joined with those that nobody has taken yet."""
    paused = monotonic()
    try:
        async for item in events:
            last = heard[-1] if heard else None
            if isinstance(item, TextDelta | ThinkingDelta) and type(item) is type(last):
                heard[-1] = type(item)(last.text + item.text)
            else:
                heard.append(item)
            news.set()
            if monotonic() - paused > AT_ONCE:
                await asyncio.sleep(0)
                paused = monotonic()
    finally:
        news.set()


async def _silent(news: asyncio.Event, wait: float, quiet: float, asking: Callable[[], bool]) -> bool:
    """Whether nothing came for `wait` seconds, or for `quiet` ones since the user was asked something."""
    while True:
        asked = asking()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await news.wait()
                return False
        if not (asked or asking()):  # by a question at either end of the time it was not all silence
            return True
        wait = quiet
