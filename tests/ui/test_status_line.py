"""The status line of the full-screen face: it counts down by itself, in its own cells, while it is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Self

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.timer import Timer

from haikuterm.engine.status import Status
from haikuterm.ui.segments import segments
from haikuterm.ui.theme import load
from haikuterm.ui.tui.palette import palette
from haikuterm.ui.tui.status import StatusLine
from tests.ui.test_segments import FULL

PATIENCE = 60.0  # seconds before a test gives up; nothing waits this long unless it is broken


class Kept(StatusLine):
    """Keeps what it is asked to draw anew (the cells, none for all of them), and the timers that it sets."""

    def __init__(self) -> None:
        self.asked: list[tuple[Region, ...]] = []
        self.timers: list[float] = []
        self.now = 1000.0
        super().__init__(lambda: self.now)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        self.asked.append(regions)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def set_timer(self, delay: float, *rest: Any, **more: Any) -> Timer:
        self.timers.append(delay)
        return super().set_timer(delay, *rest, **more)


class Line(App[None]):
    """Nothing but the line."""

    CSS = "#status { height: 1; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        worn = palette(load("dark"))
        self.register_theme(worn)
        self.theme = worn.name
        self.line = Kept()

    def compose(self) -> ComposeResult:
        yield self.line


@asynccontextmanager
async def line(status: Status, width: int = 80) -> AsyncGenerator[tuple[Kept, Pilot[None]], None]:
    """The line, showing the status, by a clock that the test moves; its timers are real, and come again until then."""
    app = Line()
    async with app.run_test(size=(width, 1)) as pilot:
        app.line.show(segments(status))
        await pilot.pause()
        yield app.line, pilot


def drawn(kept: Kept) -> str:
    return "".join(segment.text for segment in kept.render_line(0)).strip()


async def until_drawn(kept: Kept, pilot: Pilot[None], text: str, *, there: bool) -> None:
    async with asyncio.timeout(PATIENCE):
        while (text in drawn(kept)) is not there:
            await pilot.pause(0.01)


async def test_a_countdown_is_drawn_again_in_its_own_cells() -> None:
    async with line(FULL) as (kept, pilot):
        kept.show(segments(replace(FULL, cache_until=kept.now + 100.01)))
        await until_drawn(kept, pilot, "cache 1:40", there=True)
        kept.asked.clear()
        kept.now += 0.02
        await until_drawn(kept, pilot, "cache 1:30", there=True)
        start = drawn(kept).index("cache")
        assert kept.asked == [(Region(start, 0, len("cache 1:30"), 1),)]


async def test_a_cache_that_is_gone_leaves_the_line_by_itself() -> None:
    async with line(FULL) as (kept, pilot):
        kept.show(segments(replace(FULL, cache_until=kept.now + 0.2)))
        await until_drawn(kept, pilot, "cache 0:00", there=True)
        kept.now += 0.3
        await until_drawn(kept, pilot, "cache", there=False)
        set_before = len(kept.timers)
        kept.tell("answering")
        await until_drawn(kept, pilot, "answering", there=True)
        assert len(kept.timers) == set_before


@pytest.mark.parametrize("width", [80, 20])
async def test_without_a_countdown_in_sight_no_timer_is_set(width: int) -> None:
    """At 20 columns there is a cache, but no room for it."""
    status = replace(FULL, cache_until=1252.0 if width == 20 else None)
    async with line(status, width) as (kept, _):
        assert not kept.timers


async def test_a_countdown_that_finds_room_begins_to_count() -> None:
    async with line(FULL, 20) as (kept, pilot):
        await pilot.resize_terminal(80, 1)
        await until_drawn(kept, pilot, "cache 4:10", there=True)
        assert kept.timers == [pytest.approx(2.02)]


async def test_nothing_counts_while_the_terminal_has_not_the_focus_and_all_is_right_when_it_has() -> None:
    async with line(replace(FULL, cache_until=1010.01)) as (kept, pilot):
        pilot.app.app_focus = False
        await pilot.pause()
        set_before = len(kept.timers)
        kept.now = 1005.0
        kept.show(segments(replace(FULL, cache_until=1010.01, attached=())))
        await until_drawn(kept, pilot, "cache 0:05", there=True)
        assert len(kept.timers) == set_before
        pilot.app.app_focus = True
        await pilot.pause()
        assert kept.timers[set_before] < 0.1


async def test_what_goes_on_now_is_kept_longest_and_never_cut_in_the_middle() -> None:
    async with line(FULL, 20) as (kept, pilot):
        assert drawn(kept) == "haiku-4.5  $0.0016"
        kept.tell("answering · Esc stops")
        await until_drawn(kept, pilot, "answering", there=True)
        assert drawn(kept) == "answering"
        kept.tell("qwen: 120 of 480 MB (25%)")
        await until_drawn(kept, pilot, "qwen", there=True)
        assert drawn(kept) == "qwen: 120 of 480 …"


async def test_after_the_last_second_of_a_countdown_it_says_what_comes_next() -> None:
    async with line(FULL) as (kept, pilot):
        kept.count_down("again in {} s", 8.0, "asking again")
        await until_drawn(kept, pilot, "again in 8 s", there=True)
        kept.now += 8.0
        await until_drawn(kept, pilot, "asking again", there=True)
