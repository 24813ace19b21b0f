"""Tells at the end of a long turn of the inline face what came of it, if the user has said how."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from time import monotonic
from typing import TYPE_CHECKING

from haikuterm.core.errors import SettingsError
from haikuterm.ui.notifying import Outcome, command, run_aside
from haikuterm.ui.signals import signals

if TYPE_CHECKING:
    from prompt_toolkit.output import Output

    from haikuterm.core.events import Event
    from haikuterm.core.settings import Settings


class Watch:
    """One turn. Whether the terminal is looked at is not known here, so "auto" says nothing."""

    def __init__(self, settings: Settings, output: Output, *, clock: Callable[[], float] = monotonic) -> None:
        self._settings, self._output, self._clock = settings, output, clock
        self._outcome, self._began = Outcome(), clock()

    async def over(self, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        """The same events, watched."""
        async with aclosing(events):
            async for event in events:
                self._outcome.see(event)
                yield event

    def tell(self) -> None:
        """The turn is over. A command that cannot work is told by the bell alone."""
        way, long = self._settings.notify, self._clock() - self._began >= self._settings.notify_after
        wanted = long and way not in ("auto", "off")
        try:
            words = command(way) if wanted else ()
        except SettingsError:
            words = ()
        if words:
            run_aside(words, self._outcome.words, lambda _: self._bell())
        elif wanted and (sequence := signals(way, os.environ).notification(self._outcome.words)):
            self._output.write_raw(sequence)
            self._output.flush()
        elif wanted:
            self._bell()

    def _bell(self) -> None:
        self._output.bell()
        self._output.flush()
