"""The three faces are faces of one engine: the same keys leave the same session and the same files."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from haikuterm.core.events import EditsApplied
from haikuterm.core.messages import to_wire
from haikuterm.core.settings import Settings
from haikuterm.ui import headless
from tests.scripted import Rig, calls, rig, says
from tests.ui.screen import running, type_in, until
from tests.ui.test_repl import talk

PROMPT = "Remove the unused import in @app.py"
EDIT = {"edits": [{"path": "app.py", "old": "import os\n", "new": ""}]}


async def by_headless(r: Rig) -> None:
    r.engine.settings = replace(r.engine.settings, yes=True)
    code = await headless.run(
        r.engine, PROMPT, (), stdin_text="", output_format="text", out=io.StringIO(), err=io.StringIO()
    )
    assert code == 0


async def by_inline(r: Rig) -> None:
    code, _ = await talk(r.engine, f"{PROMPT}\r", ("Write app.py?", "y\r"), ("Removed.", "\x04"))
    assert code == 0


async def by_full_screen(r: Rig) -> None:
    async with running(r.engine) as (app, pilot):
        await type_in(pilot, PROMPT)
        await pilot.press("escape", "enter")
        await until(pilot, lambda: len(app.screen_stack) > 1)
        await pilot.press("y")
        await until(pilot, lambda: len(r.engine.session.messages) == 4)


def trace(r: Rig) -> tuple[object, ...]:
    """What a face leaves behind, less the names of chance."""
    session = r.engine.session
    return (
        [to_wire(m) for m in session.messages],
        session.total,
        session.attachments,
        [to_wire(m) for request in r.provider.requests for m in request.messages],
        (r.root / "app.py").read_bytes(),
    )


@pytest.mark.parametrize("face", [by_headless, by_inline, by_full_screen])
async def test_every_face_leaves_the_session_that_the_engine_alone_leaves(
    repo: Path, face: Callable[[Rig], Awaitable[None]]
) -> None:
    answers = (calls("edit", EDIT), says("Removed."))
    alone = rig(repo, *answers, settings=Settings(api_key="test"))
    events = await alone.run(PROMPT)
    assert any(isinstance(event, EditsApplied) for event in events)
    wanted = trace(alone)
    await alone.run("/undo")
    r = rig(repo, *answers, settings=Settings(api_key="test"))
    await asyncio.wait_for(face(r), 60)
    assert trace(r) == wanted
