"""What the inline face says before the first prompt; what has to be looked up comes above it once it is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING

from prompt_toolkit.application import Application

from haikuterm.engine.suggesting import Outlook
from haikuterm.ui.greeting import inline, who
from haikuterm.ui.present import Line

if TYPE_CHECKING:
    from haikuterm.engine.engine import Engine

Show = Callable[[Iterable[Line]], None]


async def greet(engine: Engine, app: Application[str], show: Show, *, plain: bool) -> asyncio.Task[None]:
    """Say who answers and what to try, once the prompt is there; cancel the task at the end.

    plain: nothing is drawn twice, so what there is to say comes first, and what takes longer is left out.
    """
    head, looks = Line("muted", who(engine.status.model)), engine.suggestions()
    if not plain:
        return asyncio.create_task(_above(head, looks, app, show))
    show([head])
    async with aclosing(looks):
        async for outlook in looks:
            show(inline(outlook))
            break
    return asyncio.create_task(asyncio.sleep(0))


async def _above(head: Line, looks: AsyncGenerator[Outlook, None], app: Application[str], show: Show) -> None:
    """Print above the prompt what was found at last; nothing where something else is on the screen by then.

    The terminal stays in raw mode all the time: an Enter that came in between would be another key.
    """
    found: Outlook | None = None
    async with aclosing(looks):
        async for outlook in looks:
            found = outlook
    if app.is_running and app.output.responds_to_cpr:
        await app.renderer.wait_for_cpr_responses()  # a late answer would tell of another row
    if app.is_running:
        app.renderer.erase()
        show([head, *(inline(found) if found else ())])
        app.renderer.reset()
        app.renderer.request_absolute_cursor_position()
        app.invalidate()
