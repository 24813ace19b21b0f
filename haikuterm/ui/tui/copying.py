"""Puts text on the clipboard: the terminal's own way, and beside it the desktop's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from haikuterm.ui.tui.furniture import FurnishedApp


def put(app: FurnishedApp, text: str, native: Callable[[str], object] | None, what: str = "") -> None:
    """Copy the text and say so. native: puts it on the desktop's clipboard; it blocks, and may have no way to it."""
    if not text:
        return
    text = text.encode("utf-8", "replace").decode()  # names of files need not be UTF-8
    app.copy_to_clipboard(text)  # OSC 52, which passes through SSH
    lines = text.rstrip("\n").count("\n") + 1
    app.status.tell(f"copied {what + ', ' if what else ''}{lines} line{'' if lines == 1 else 's'}")
    if native is not None:

        async def aside() -> None:
            await asyncio.to_thread(native, text)

        app.run_worker(aside(), group="copy")
