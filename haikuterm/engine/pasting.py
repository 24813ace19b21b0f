"""What /paste does: the picture in the clipboard becomes a file of our own that goes with the conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from haikuterm.core.events import Event, Notice
from haikuterm.engine.attaching import Attaching
from haikuterm.engine.ports import Ports


async def paste(ports: Ports, attaching: Attaching) -> AsyncGenerator[Event, None]:
    """Attach the picture in the clipboard. Raises AttachmentRefused where there is none, or the model sees none."""
    data = await asyncio.to_thread(ports.clipboard.picture)
    path = await asyncio.to_thread(ports.pictures.keep, data)
    for event in await attaching.add(path) or [Notice("This picture is attached already.")]:
        yield event
