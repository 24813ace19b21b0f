"""What is told of a turn to who looks elsewhere: what came of it, in a few words, and by a command of theirs."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING

from haikuterm.core import events as ev
from haikuterm.core.errors import SettingsError
from haikuterm.ui.present import total
from haikuterm.ui.signals import WAYS

if TYPE_CHECKING:
    from haikuterm.core.money import Total

PATIENCE = 30.0  # seconds after which a command is thought to hang
STOPS = {
    "done": "done",
    "cut_off": "cut off",
    "cancelled": "stopped",
    "refused": "refused",
    "failed": "failed",
    "over_budget": "stopped by the budget",
}


class Outcome:
    """What came of a turn, as its events tell."""

    def __init__(self) -> None:
        self._stop = "done"
        self._files: set[str] = set()
        self._cost: Total | None = None

    def see(self, event: ev.Event) -> None:
        """Learn from one event."""
        match event:
            case ev.EditsApplied():
                self._files.update(event.paths)
            case ev.Charged(turn=turn):
                self._cost = turn
            case ev.TurnEnded(stop=stop):
                self._stop = stop

    @property
    def words(self) -> str:
        """As in "haikuterm: done, 3 files, $0.0021"."""
        count = len(self._files)
        parts = [STOPS.get(self._stop, self._stop)]
        parts += [f"{count} file{'s' * (count != 1)}"] if count else []
        parts += [total(self._cost)] if self._cost is not None else []
        return f"haikuterm: {', '.join(parts)}"


def command(way: str) -> tuple[str, ...]:
    """The words of the command that the setting `notify` holds; none if it is one of the ways of a terminal.

    Raises SettingsError for a quote that does not end.
    """
    if way in WAYS:
        return ()
    try:
        return tuple(shlex.split(way))
    except ValueError as error:
        raise SettingsError(f"The setting notify cannot be read as a command: {error}. Look at its quotes.") from error


def run_aside(words: tuple[str, ...], text: str, failed: Callable[[str], object]) -> None:
    """Run a command of the user's with the text as its last argument, in a thread; failed: is told why it did not work.

    It is the user's own program, so it keeps their environment, but it has no terminal.
    """
    Thread(target=_run, args=(words, text, failed), daemon=True, name="notify").start()


def _run(words: tuple[str, ...], text: str, failed: Callable[[str], object]) -> None:
    what = f"The notify command {words[0]!r}"
    way_out = "Correct the setting notify, or set it to auto."
    try:
        done = subprocess.run(
            [*words, text],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
            timeout=PATIENCE,
        )
    except OSError as error:
        failed(f"{what} did not start: {error.strerror}. {way_out}")
    except subprocess.TimeoutExpired:
        failed(f"{what} took more than {PATIENCE:.0f} seconds and was ended. {way_out}")
    else:
        if done.returncode:
            failed(f"{what} failed with code {done.returncode}. {way_out}")
