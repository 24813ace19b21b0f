"""Fetching an embedded model while the face stays alive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from haikuterm.core.errors import LocalModelError
from haikuterm.core.events import Event, Notice, Progress
from haikuterm.core.models import Model
from haikuterm.core.ports import LocalModels

EVERY = 0.2  # seconds between two signs of life


def missing(models: LocalModels, model: Model) -> bool:
    """Whether the weights of an embedded model have to be fetched first."""
    return model.local and not any(file.present and file.model.id == model.id for file in models.list())


async def fetch(models: LocalModels, model: Model) -> AsyncGenerator[Event, None]:
    """Fetch a model's weights in a thread, with Progress events. Raises LocalModelError.

    What is on disk stays when it is cancelled: the next try goes on there.
    """
    latest = Progress(f"fetching {model.id}", 0, 0)
    wanted = True

    def report(what: str, done: int, total: int) -> None:
        nonlocal latest
        if not wanted:  # a thread cannot be cancelled: it ends at its next sign of life
            raise LocalModelError("The download was stopped; the next try goes on where it was.")
        latest = Progress(what, done, total)

    shown = latest
    yield shown
    work = asyncio.create_task(asyncio.to_thread(models.pull, model.id, report))
    try:
        while not work.done():
            await asyncio.wait([work], timeout=EVERY)
            if latest != shown:
                shown = latest
                yield shown
        await work
    finally:
        wanted = False
    yield Notice(f"{model.id} is on this machine now; it runs here and costs nothing.")
