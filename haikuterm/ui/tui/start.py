"""Starts the full-screen face: the composer takes keys before anything else is there, and what is slow comes after."""

from __future__ import annotations

import gc
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events
from textual.widget import Widget

from haikuterm.ui.ending import TERMINATED, when_told_to_end
from haikuterm.ui.tui.painted import PaintedApp

if TYPE_CHECKING:
    from textual.driver import Driver

    from haikuterm.ui.first_frame import FirstFrame

T = TypeVar("T")
ALTERNATE_SCREEN = "\x1b[?1049h"


class StartingApp(PaintedApp[int], inherit_bindings=False):
    """An app whose first widget gets every key from the first frame on, in order.

    An error of ours is left to the caller: Textual's own report prints the values of local names.
    """

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(self, frame: FirstFrame | None) -> None:
        super().__init__(driver_class=_driver(frame) if frame is not None and frame.shown else None)
        self._early: list[events.Event] | None = []

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    async def run_to_end(self, *, mouse: bool) -> int:
        """Run until the app ends; its exit code. Raises what a programmer did wrong, the terminal being restored."""
        await self.run_async(mouse=mouse)
        if self._exception is not None:
            raise self._exception
        return self.return_code or 0

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes that come before there is somebody to take them wait, in order."""
        if self._early is not None and isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            self._early.append(event)
            return
        await super().on_event(event)

    async def give_keys(self, to: Widget) -> None:
        """Focus the widget, and hand it the keys that have come so far."""
        self.screen.set_focus(to)
        early, self._early = self._early or [], None
        for event in early:
            await super().on_event(event)


def _driver(frame: FirstFrame) -> type[Driver]:
    """The driver of Textual for a terminal that the first frame has already taken."""
    from haikuterm.ui.tui.keyboard import KeyboardDriver

    class TakingOver(KeyboardDriver):
        """Goes on where the first frame is, and leaves the terminal as that one found it."""

        answers, early = frame.answers, frame.keys

        def start_application_mode(self) -> None:
            """Take the terminal over."""
            super().start_application_mode()
            before = frame.hand_over()
            if before is not None:
                self.attrs_before = before

        def write(self, data: str) -> None:
            """Some terminals clear the alternate screen when it is asked for again."""
            if not (frame.shown and data == ALTERNATE_SCREEN):
                super().write(data)

    return TakingOver


def beside_the_keys(work: Callable[[], T]) -> T:
    """Do something slow in a thread that lets go of the interpreter often, so that keys stay quick."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        return work()
    finally:
        sys.setswitchinterval(interval)


def collect_again() -> None:
    """Look for garbage again, if the first frame has stopped that; but not among what is loaded now, which stays."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


async def run_to_end(app: StartingApp, leave: Callable[[int], Awaitable[None]], *, mouse: bool) -> int:
    """The app inside its loop until it ends; its exit code. leave: ends it when the program is to be terminated."""
    when_told_to_end(partial(app.call_later, leave, TERMINATED))
    return await app.run_to_end(mouse=mouse)
