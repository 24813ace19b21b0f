"""Tells who looks elsewhere what goes on: the title of the window, the progress, and a word when a turn is over."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from haikuterm.core import events as ev
from haikuterm.core.errors import SettingsError
from haikuterm.ui.notifying import Outcome, command, run_aside
from haikuterm.ui.signals import signals

if TYPE_CHECKING:
    from textual.app import App

    from haikuterm.core.settings import Settings

WORKS, WAITS = "working", "waits for you"


class Window(Protocol):
    """The terminal that the face is in."""

    @property
    def looked_at(self) -> bool | None:
        """Whether the user looks at it; None where it never said."""
        ...

    def wear(self, first: str, now: str, last: str) -> None:
        """Write `now` at once, and again whenever the face takes the terminal anew; `last` when it gives it back.

        first: comes before all of it, each time that the terminal is taken.
        """
        ...

    def write(self, sequence: str) -> None:
        """Write once."""
        ...


class PlainWindow:
    """A terminal whose focus only Textual knows, and that is not given back by a driver of ours."""

    def __init__(self, app: App[int]) -> None:
        self._app = app

    @property
    def looked_at(self) -> bool | None:
        """As the app knows it."""
        return None if self._app.app_focus else False

    def wear(self, first: str, now: str, last: str) -> None:
        """A title that nobody would take back is not put on."""

    def write(self, sequence: str) -> None:
        """Write once."""
        if self._app._driver is not None:
            self._app._driver.write(sequence)


def window_of(app: App[int]) -> Window:
    """The terminal of a running app."""
    if sys.platform != "win32":
        from haikuterm.ui.tui.keyboard import KeyboardDriver

        if isinstance(app._driver, KeyboardDriver):
            return app._driver
    return PlainWindow(app)


class Signalling:
    """Signals of one run. settings: notify, notify_after, title and motion count.

    place: the repository's name. tell: shows an event; it is called from a thread too.
    """

    def __init__(
        self,
        window: Window,
        settings: Settings,
        environ: Mapping[str, str],
        place: str,
        tell: Callable[[ev.Event], object],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._window, self._settings, self._place, self._tell, self._clock = window, settings, place, tell, clock
        self._signals = signals(settings.notify, environ)
        self._titled = settings.title and environ.get("TERM") not in (None, "", "dumb", "linux")
        self._outcome = Outcome()
        self._began: float | None = None
        self._share = ""
        self._said = False
        self._show("")

    def begins(self) -> None:
        """A turn begins."""
        self._outcome, self._began = Outcome(), self._clock()
        self._share = self._busy
        self._show(WORKS)

    def see(self, event: ev.Event) -> None:
        """Learn what comes of the turn, and how far something long is."""
        self._outcome.see(event)
        if isinstance(event, ev.Progress) and event.total:
            over = event.done >= event.total  # of that work, not of the turn
            share = self._busy if over else self._signals.share(100 * event.done // event.total)
            if share != self._share:
                self._share = share
                self._window.write(share)

    @property
    def _busy(self) -> str:
        """A pulse in the taskbar, the only thing that moves; "" where that is not wanted."""
        return self._signals.busy(on=True) if self._settings.motion else self._signals.busy(on=False)

    def over(self, *, stopped: bool) -> None:
        """The turn is over; who stopped it knows."""
        self._share = ""
        if not stopped:
            self._notify(self._outcome.words, at_once=False)
        self._began = None
        self._show("")

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """A question waits for an answer while this lasts."""
        self._show(WAITS)
        self._notify(f"haikuterm: {what}", at_once=True)
        try:
            yield
        finally:
            self._show(WORKS if self._began is not None else "")

    def _show(self, state: str) -> None:
        """The title and the progress."""
        words = " · ".join(part for part in ("haikuterm", self._place, state) if part)
        idle = self._signals.busy(on=False)
        now = self._share or idle
        if self._titled:
            self._window.wear(
                self._signals.title_kept, self._signals.title(words) + now, idle + self._signals.title_back
            )
        else:
            self._window.wear("", now, idle)

    def _notify(self, text: str, *, at_once: bool) -> None:
        """Say it if the user looks elsewhere; where nobody knows, only after a long time and if they asked for it."""
        looked_at, way = self._window.looked_at, self._settings.notify
        long = self._began is not None and self._clock() - self._began >= self._settings.notify_after
        if way == "off" or looked_at or not (long or (at_once and looked_at is False)):
            return
        if looked_at is None and way == "auto":
            return
        try:
            words = command(way)
        except SettingsError as error:
            self._failed(str(error))
            return
        if words:
            run_aside(words, text, self._failed)
        else:
            self._window.write(self._signals.notification(text))

    def _failed(self, why: str) -> None:
        """Say once that the user's command does not work."""
        if not self._said:
            self._said = True
            self._tell(ev.Notice(why, "warning"))
