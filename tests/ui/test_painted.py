"""The whole face on a terminal that keeps what it was sent: after anything at all it shows what a whole frame would."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pyte
import pytest
from rich.color import ColorSystem
from textual.driver import Driver
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from textual.pilot import Pilot

from haikuterm.core.settings import Settings
from haikuterm.ui.theme import load
from haikuterm.ui.tui.app import HaikutermApp
from haikuterm.ui.tui.picture import Picture
from tests.ui.screen import until
from tests.ui.scripted_engine import ScriptedEngine

JUNK = "\x1b[31;1m" + "junk of another program " * 400 + "\x1b[0m"
CODE = "```python\ndef step(n: int) -> str:\n    return f'{n} of many'  # a comment\n```\n\n"
PARAGRAPH = "Some **bold** words, `code`, 漢字 and more words that fill a line until it has to be wrapped.\n\n"


class Recorder(HeadlessDriver):
    """A terminal without a person: what is written to it stays in a screen."""

    @property
    def is_headless(self) -> bool:
        return False

    def start_application_mode(self) -> None:
        self.screen = pyte.Screen(*self._get_terminal_size())
        self._stream = pyte.Stream(self.screen)
        self.written = 0
        super().start_application_mode()

    def write(self, data: str) -> None:
        self.written += len(data)
        self._stream.feed(data)

    def become(self, width: int, height: int) -> None:
        """Another size; what a terminal makes of its text then is its own affair."""
        self.screen.resize(height, width)
        self._stream.feed(f"\x1b[r\x1b[H{JUNK}")


@asynccontextmanager
async def stage(width: int = 80, height: int = 24) -> AsyncIterator[tuple[HaikutermApp, Pilot[int]]]:
    """The face on such a terminal."""
    engine = ScriptedEngine(commands={"/help": "what there is"})
    app = HaikutermApp(Settings(), lambda settings: engine, load("dark"))
    app.driver_class = Recorder
    async with app.run_test(headless=False, size=(width, height)) as pilot:
        await until(pilot, lambda: app.engine is not None)
        yield app, pilot


async def settle(app: HaikutermApp, pilot: Pilot[int]) -> None:
    """Until nothing waits to be drawn."""
    await pilot.pause()
    await until(
        pilot, lambda: not (app.transcript.pace.due or app.screen._dirty_widgets or app.screen._layout_required)
    )


def check(app: HaikutermApp) -> None:
    """The terminal shows what a whole frame would give it."""
    fresh = pyte.Screen(*app.size)
    rows = app.screen._compositor.render_strips()
    colors = app.console._color_system or ColorSystem.TRUECOLOR
    pyte.Stream(fresh).feed(Picture(colors).whole([row] for row in rows))
    assert recorder(app).screen.display == fresh.display
    for y in range(app.size.height):
        shown, wanted = recorder(app).screen.buffer[y], fresh.buffer[y]
        assert [shown[x] for x in range(app.size.width)] == [wanted[x] for x in range(app.size.width)]


def recorder(app: HaikutermApp) -> Recorder:
    """The terminal."""
    assert isinstance(app._driver, Recorder)
    return app._driver


async def resize(app: HaikutermApp, pilot: Pilot[int], width: int, height: int) -> None:
    """The terminal's window is drawn to another size."""
    recorder(app).become(width, height)
    await pilot.resize_terminal(width, height)
    await until(pilot, lambda: app.screen.size == Size(width, height))


Act = Callable[[HaikutermApp, Pilot[int], random.Random], Awaitable[object]]


async def feed(app: HaikutermApp, _: Pilot[int], dice: random.Random) -> None:
    text = dice.choice((PARAGRAPH, "\n\n" + CODE))
    app.transcript.feed(text[: dice.randint(1, len(text))])


async def add(app: HaikutermApp, _: Pilot[int], dice: random.Random) -> None:
    app.transcript.add("user", "a prompt\n" * dice.randint(1, 30))


async def scroll(app: HaikutermApp, _: Pilot[int], dice: random.Random) -> None:
    if dice.random() < 0.3:
        app.transcript.action_scroll_end()
    else:
        app.transcript.scroll_relative(y=dice.choice((-9, -3, -1, 1, 3, 9)))


async def type_in(_: HaikutermApp, pilot: Pilot[int], dice: random.Random) -> None:
    await pilot.press("ctrl+u", *dice.choice((("a", "漢"), ("/", "h"), ("/", "h", "escape"), ("pageup",))))


async def look_up_keys(app: HaikutermApp, pilot: Pilot[int], _: random.Random) -> None:
    await pilot.press("ctrl+u", "?")
    await settle(app, pilot)
    check(app)
    await pilot.press("escape")


async def pull_at_the_window(app: HaikutermApp, pilot: Pilot[int], dice: random.Random) -> None:
    await resize(app, pilot, dice.randint(20, 100), dice.randint(5, 30))


async def select(app: HaikutermApp, pilot: Pilot[int], dice: random.Random) -> None:
    at = (dice.randint(1, 15), dice.randint(0, 1))
    await pilot.mouse_down(app.transcript, offset=at)
    await pilot.hover(app.transcript, offset=(at[0] + 2, at[1] + 1))
    await pilot.mouse_up(app.transcript, offset=(at[0] + 2, at[1] + 1))


ACTS: list[Act] = [feed, feed, feed, add, scroll, scroll, type_in, look_up_keys, pull_at_the_window, select]


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_happens_the_terminal_shows_what_a_whole_frame_would(seed: int) -> None:
    dice = random.Random(seed)
    async with stage() as (app, pilot):
        for _ in range(20):
            await dice.choice(ACTS)(app, pilot, dice)
            if dice.random() < 0.7:
                await settle(app, pilot)
                check(app)


async def test_a_stream_writes_little_more_than_its_text() -> None:
    async with stage() as (app, pilot):
        app.transcript.add("user", "a prompt\n" * 30)
        await settle(app, pilot)
        before = recorder(app).written
        for _ in range(10):
            for word in PARAGRAPH.split(" "):
                app.transcript.feed(word + " ")
            await settle(app, pilot)
        check(app)
        assert recorder(app).written - before < 10 * len(PARAGRAPH) * 6


async def test_a_resized_terminal_is_drawn_as_a_whole() -> None:
    async with stage() as (app, pilot):
        app.transcript.add("reply", PARAGRAPH * 10)
        for size in ((60, 20), (100, 30), (20, 8), (80, 24)):
            await resize(app, pilot, *size)
            await settle(app, pilot)
            check(app)


async def test_a_terminal_that_shows_something_else_is_drawn_as_a_whole_when_asked() -> None:
    async with stage() as (app, pilot):
        app.transcript.add("reply", PARAGRAPH * 10)
        await settle(app, pilot)
        recorder(app).write(JUNK)
        await pilot.press("ctrl+l")
        await settle(app, pilot)
        check(app)


async def test_coming_back_from_the_shell_draws_the_whole_screen() -> None:
    async with stage() as (app, pilot):
        app.transcript.add("reply", PARAGRAPH * 10)
        await settle(app, pilot)
        recorder(app).write(JUNK)
        app.post_message(Driver.SignalResume())
        await settle(app, pilot)
        check(app)
