"""Starts the full-screen face on a stand-in engine and reads what it shows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from haikuterm.core.settings import Settings
from haikuterm.ui.theme import load
from haikuterm.ui.tui.app import HaikutermApp
from tests.ui.scripted_engine import ScriptedEngine

PATIENCE = 60.0  # seconds before a test gives up; nothing waits this long unless it is broken


async def until(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    """Let the app work until the condition holds."""
    end = monotonic() + PATIENCE
    while not condition():
        if monotonic() > end:
            raise AssertionError(f"did not come true; on the screen:\n{text(pilot.app)}")
        await pilot.pause()


@asynccontextmanager
async def running(
    engine: ScriptedEngine,
    settings: Settings | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    theme: str = "dark",
    **more: object,
) -> AsyncGenerator[tuple[HaikutermApp, Pilot[int]], None]:
    """The face, up and talking to the engine."""
    app = HaikutermApp(settings or Settings(), lambda _: engine, load(theme), **more)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.engine is not None)
        yield app, pilot


def text(app: HaikutermApp) -> str:
    """The screen as lines of text."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in lines)


def said(app: HaikutermApp) -> list[str]:
    """The source of every entry of the conversation."""
    found: list[str] = []
    while True:
        try:
            found.append(app.transcript.source(len(found)))
        except IndexError:
            return found


async def type_in(pilot: Pilot[int], line: str) -> None:
    """Strike the keys of a line, without Enter, and let the app take them; it draws as few frames as it likes."""
    for sign in line:
        pilot.app.post_message(Key("ctrl+j", None) if sign == "\n" else Key(_character_to_key(sign), sign))
    await pilot.pause()
