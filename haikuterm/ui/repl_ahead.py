"""Keys that are struck while an answer has the screen: they wait, in order, for the next prompt."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.input.typeahead import get_typeahead
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output

from haikuterm.ui.repl_queue import typed

ALONE = 0.1  # seconds after which an Esc is no longer the beginning of another key


class Ahead:
    """The keys of the session's terminal while its prompt reads none. stop: ends what goes on.

    show: shows what was typed. Where Esc may also mean vim's, it stops only if nothing was typed ahead.
    """

    def __init__(
        self,
        session: PromptSession[str],
        output: Output,
        stop: Callable[[], None],
        show: Callable[[str], None],
    ) -> None:
        self._session, self._source, self._output, self._stop, self._show = session, session.input, output, stop, show
        self._keys: list[KeyPress] = []
        self._alone: asyncio.TimerHandle | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Read keys meanwhile. A paste comes as one key, or each of its lines would be sent by itself."""
        self.keep()
        self._output.enable_bracketed_paste()
        self._output.flush()
        try:
            with self._source.raw_mode(), self._source.attach(self.read):
                yield
        finally:
            if self._alone is not None:
                self._settle()
                self._keys += [press for press in self._source.flush_keys() if press.key != Keys.Escape or self._vim()]
            self._output.disable_bracketed_paste()
            self._show("")
            self._output.flush()

    def read(self) -> None:
        """Take what has come. An Esc is not known as one before something follows it, or nothing does."""
        self._settle()
        self._take(self._source.read_keys())
        self._show(typed(self._keys))
        self._alone = asyncio.get_running_loop().call_later(ALONE, self._escape)

    def keep(self) -> None:
        """Take the keys that the last prompt did not: they came in the same piece as its Enter."""
        self._keys += get_typeahead(self._source)

    def give(self, app: Application[str]) -> None:
        """Let the prompt that begins now have them, once it knows its history: Up may be among them."""

        async def feed() -> None:
            keys, self._keys = self._keys, []
            app.key_processor.feed_multiple(keys)
            app.key_processor.process_keys()

        self.keep()
        if self._keys:
            app.current_buffer.load_history_if_not_yet_loaded()  # in a task that runs before ours
            app.create_background_task(feed())

    def _vim(self) -> bool:
        return self._session.editing_mode == EditingMode.VI

    def _settle(self) -> None:
        if self._alone is not None:
            self._alone.cancel()
            self._alone = None

    def _take(self, presses: Iterable[KeyPress]) -> None:
        for press in presses:
            if press.key == Keys.ControlC:
                self._interrupt()
            elif press.key == Keys.ControlZ and hasattr(signal, "SIGTSTP"):
                self._suspend()
            else:
                self._keys.append(press)

    def _escape(self) -> None:
        self._alone = None
        presses = self._source.flush_keys()
        if presses and all(press.key == Keys.Escape for press in presses) and not (self._vim() and self._keys):
            self._interrupt()
        else:
            self._take(presses)

    def _interrupt(self) -> None:
        """What would have been sent is only given back: every Enter becomes a new line."""
        newline = KeyPress(Keys.ControlJ, "\n")
        self._keys = [newline if press.key == Keys.ControlM else press for press in self._keys]
        while self._keys and self._keys[-1].key == Keys.ControlJ:
            self._keys.pop()
        self._stop()

    def _suspend(self) -> None:
        """Give the terminal to the shell until it gives it back."""
        with self._source.cooked_mode():
            os.kill(0, signal.SIGTSTP)
