"""Owns how bytes of the terminal become keys of Textual: answers are left out, and nothing wakes up for nothing."""

from __future__ import annotations

import os
import signal
from codecs import getincrementaldecoder
from select import select
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

# Not public in Textual: its driver and its parser, whose loop here waits without a tick.
from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from haikuterm.ui.ground import Answers
from haikuterm.ui.tui.output import Output, throw_away

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.message import Message

PATIENCE = 5.0  # seconds after which an answer that comes in pieces is no longer expected; a lone Escape is quick again


class KeyboardDriver(LinuxDriver):
    """Hands on keys as they come. answers: what the terminal was asked; early: the bytes that came before the start."""

    answers: ClassVar[Answers] = Answers()
    early: ClassVar[bytes] = b""

    _pipe: tuple[int, int] | None = None

    looked_at: bool | None = None  # whether the user looks at the terminal; None where it never said
    _worn: tuple[str, str, str] | None = None

    def start_application_mode(self) -> None:
        """Take the terminal; from now on there is a way to wake the thread that reads it."""
        self._file = Output()  # type: ignore[assignment]  # all of a file that Textual's thread needs
        self._pipe = os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual left its type out
        if self._worn is not None:
            self.write(self._worn[0] + self._worn[1])

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        if self._worn is not None:
            self.write(self._worn[2])
        super().stop_application_mode()

    def close(self) -> None:
        """End the thread that writes."""
        super().close()
        throw_away()

    def _sigcont_application(self, *_: object) -> None:
        """Go on. After a SIGSTOP, which nobody hears of, not here: the loop may hold what taking the terminal needs."""
        if self._pipe is None:
            super()._sigcont_application()
        else:
            self._loop.call_soon_threadsafe(self._take_anew)

    def _take_anew(self) -> None:
        """As after Ctrl+Z."""
        if self._pipe is not None:
            self.suspend_application_mode()
            self._must_signal_resume = True
            self.resume_application_mode()

    def wear(self, first: str, now: str, last: str) -> None:
        """Write `now` at once, and again after `first` whenever the terminal is taken anew; `last` at the end."""
        if self._worn is None:
            self.write(first + now)
        elif now != self._worn[1]:
            self.write(now)
        self._worn = (first, now, last)

    def process_message(self, message: Message) -> None:
        """Learn what the terminal says of its focus, and hand everything on."""
        if isinstance(message, (events.AppFocus, events.AppBlur)):
            self.looked_at = isinstance(message, events.AppFocus)
        super().process_message(message)

    def disable_input(self) -> None:
        """End the thread that reads, at once."""
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            os.write(pipe[1], b"\0")
        super().disable_input()
        for end in pipe or ():
            os.close(end)

    def run_input_thread(self) -> None:
        """Read until the end; a key that may be the beginning of more waits for it as long as Textual lets it."""
        parser, decode = XTermParser(self._debug), getincrementaldecoder("utf-8")("replace").decode
        if self._pipe is None:
            return
        wake = self._pipe[0]
        if self.early:
            self._hand_on(parser.feed(decode(self.early)))
            type(self).early = b""
        expected, data = monotonic() + PATIENCE, b"-"
        while data:
            self.answers.asked &= monotonic() < expected
            waits = self.answers.waits or parser._timeout_time is not None
            ready = select([self.fileno, wake], [], [], constants.ESCAPE_DELAY if waits else None)[0]
            if wake in ready:
                break
            if ready:
                data = self._read()
            keys = decode(self.answers.feed(data) if ready else self.answers.flush())
            if keys:
                self._hand_on(parser.feed(keys))
            self._hand_on(parser.tick())
        if not data:  # whoever started us without a session of our own, as nohup does, gets no signal of the hangup
            os.kill(os.getpid(), signal.SIGHUP)

    def _read(self) -> bytes:
        """What has come; nothing once the terminal is gone."""
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""

    def _hand_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)
