"""Says it when nothing has come for a while: a person should know that the program still waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

from haikuterm.core.events import Notice, Retrying

T = TypeVar("T")
QUIET = 10.0  # seconds


async def watched(
    events: AsyncGenerator[T, None], quiet: float = QUIET, asking: Callable[[], bool] = lambda: False
) -> AsyncGenerator[T | Notice, None]:
    """The same events, with a Notice once in each silence of `quiet` seconds; a countdown is none.

    asking: whether it is the user who is waited for; that is no silence either.
    The source is never waited for by two at once, and has ended what it does when this is closed or cancelled.
    """
    over, known = object(), 0.0
    while True:
        step = asyncio.ensure_future(anext(events, over))
        try:
            asked, wait = True, quiet + known
            while asked:  # by a question at either end of the time it was not all silence
                asked = asking()
                done, _ = await asyncio.wait((step,), timeout=wait)
                asked, wait = not done and (asked or asking()), quiet
            if not done:
                yield Notice(f"The model has sent nothing to show for {quiet:g} seconds; still waiting.")
                await asyncio.wait((step,))
        finally:
            if not step.done():
                step.cancel()
                await asyncio.wait((step,))  # it settles what the unfinished request cost
                _ = step.cancelled() or step.exception()  # looked at, so that nobody complains of it
        item = step.result()
        if item is over:
            return
        known = item.wait if isinstance(item, Retrying) else 0.0
        yield item  # type: ignore[misc] # all that is not `over` is of the source
