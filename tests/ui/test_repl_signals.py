"""The inline face says at the end of a long turn what came of it, if the user has said how."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from io import StringIO

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.output.vt100 import Vt100_Output

from haikuterm.core import events as ev
from haikuterm.core.settings import Settings
from haikuterm.ui.repl_signals import Watch


async def some() -> AsyncGenerator[ev.Event, None]:
    yield ev.TurnEnded("failed")


@pytest.mark.parametrize(
    ("settings", "seconds", "written"),
    [
        (Settings(), 99, ""),
        (Settings(notify="off"), 99, ""),
        (Settings(notify="bell"), 9, ""),
        (Settings(notify="bell"), 10, "\x07"),
        (Settings(notify="osc9"), 99, "\x1b]9;haikuterm: failed\x07"),
        (Settings(notify="'unfinished"), 99, "\x07"),
    ],
)
async def test_a_long_turn_is_told_in_the_way_that_was_chosen(settings: Settings, seconds: float, written: str) -> None:
    times = iter([0.0, seconds])
    out = StringIO()
    output = Vt100_Output(out, lambda: Size(24, 80), enable_bell=True)
    watch = Watch(settings, output, clock=lambda: next(times))
    assert [event async for event in watch.over(some())] == [ev.TurnEnded("failed")]
    watch.tell()
    assert out.getvalue() == written
