"""A transcript alone on a screen, for tests: what it shows, and when it has shown everything."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.pilot import Pilot

from haikuterm.ui.tui.transcript import Transcript

FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Stage(App[None]):
    """A transcript alone on the screen, with room at its sides, and what it said."""

    CSS = "Transcript { padding: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, f"move('{action}')", show=False)
        for keys, action in {
            "up,k": "scroll_up", "down,j": "scroll_down", "pageup": "page_up", "pagedown": "page_down",
            "home,g": "scroll_home", "end,G": "scroll_end",
        }.items()
    ]  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.transcript = Transcript()
        self.unseen: list[int] = []

    def compose(self) -> ComposeResult:
        """Only the transcript."""
        yield self.transcript

    def on_mount(self) -> None:
        """Keys go to the transcript."""
        self.transcript.focus()

    async def action_move(self, where: str) -> None:
        """Scroll as the keys of the face do."""
        await self.transcript.run_action(where)

    @on(Transcript.Unseen)
    def keep(self, message: Transcript.Unseen) -> None:
        """Remember what the pill would say."""
        self.unseen.append(message.lines)


@asynccontextmanager
async def stage(width: int = 40, height: int = 10) -> AsyncIterator[tuple[Transcript, Pilot[None]]]:
    """A transcript on a screen of this size."""
    app = Stage()
    async with app.run_test(size=(width, height)) as pilot:
        yield app.transcript, pilot


async def shown(transcript: Transcript, pilot: Pilot[None]) -> None:
    """Wait until everything that was handed over is on the screen."""
    transcript.seal()
    await frame(transcript, pilot)


async def frame(transcript: Transcript, pilot: Pilot[None]) -> None:
    """Wait until no frame is due any more."""
    await pilot.pause()
    while transcript.pace.due:
        await pilot.pause(0.01)


def unseen(pilot: Pilot[None]) -> list[int]:
    """What the pill was told so far."""
    app = pilot.app
    assert isinstance(app, Stage)
    return app.unseen


def rows(transcript: Transcript) -> list[str]:
    """The screen as text, as Textual holds it: with the rows that it was told to draw again, and no others."""
    return [strip.text[1:].rstrip() for strip in transcript.render_lines(transcript.size.region)]


def everything(transcript: Transcript) -> list[str]:
    """All rows of the roll as text."""
    roll = transcript._roll
    return [line.text.rstrip() for index in range(len(roll)) for line in roll.drawn(index).lines]


def check_columns(transcript: Transcript) -> None:
    """Every row on the screen is exactly as wide as the widget, and holds no control character."""
    size = transcript.scrollable_content_region.size
    for y, shown in enumerate(rows(transcript)):
        strip = transcript.render_line(y)
        assert strip.text.rstrip() == shown
        assert sum(cell_len(segment.text) for segment in strip) == strip.cell_length == size.width
        assert not FORBIDDEN.search(strip.text)


def last_reply(transcript: Transcript) -> str:
    """The source of the last reply, "" if there is none."""
    return next((entry.text for entry in reversed(transcript.roll.entries) if entry.kind == "reply"), "")
