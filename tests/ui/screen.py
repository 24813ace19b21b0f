"""Starts the full-screen face on a stand-in engine and reads what it shows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from haikuterm.core.settings import Settings
from haikuterm.ui.theme import load
from haikuterm.ui.tui.app import HaikutermApp
from tests.ui.scripted_engine import ScriptedEngine

TURNS = 400  # of the app's queue; far more than anything here needs


async def until(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    """Let the app work until the condition holds."""
    for _ in range(TURNS):
        if condition():
            return
        await pilot.pause()
    raise AssertionError(f"did not come true; on the screen:\n{text(pilot.app)}")


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
    """Strike the keys of a line, without Enter."""
    names = {" ": "space", "/": "slash", "@": "at", "?": "question_mark", ".": "full_stop", "\n": "ctrl+j"}
    await pilot.press(*(names.get(sign, sign) for sign in line))
