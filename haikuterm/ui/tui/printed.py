"""Owns what a command of the user's prints, as an entry of the transcript: its last lines while it runs."""

from __future__ import annotations

from haikuterm.core import events as ev
from haikuterm.core.output import Output
from haikuterm.ui.tui.transcript import Transcript

LIVE = 20  # lines that are shown while it runs
HEAD, TAIL = 200, 800  # and when it has ended


class Printed:
    """The output of one command after the other."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._live, self._whole = Output(0, LIVE), Output(HEAD, TAIL)
        self._entry: int | None = None

    def draw(self, event: ev.Event) -> None:
        """A command began, printed something, or ended."""
        match event:
            case ev.ShellStarted():
                self._live, self._whole, self._entry = Output(0, LIVE), Output(HEAD, TAIL), None
            case ev.ShellOutput(text):
                self._more(text)
            case ev.ShellEnded():
                self.over()

    def _more(self, text: str) -> None:
        self._live.feed(text)
        self._whole.feed(text)
        if self._entry is None:
            self._entry = self._transcript.add("output", self._live.text)
        else:
            self._transcript.replace(self._entry, self._live.text)

    def over(self) -> None:
        """Nothing more is printed: show all there is to read."""
        if self._entry is not None:
            self._transcript.replace(self._entry, self._whole.text)
            self._entry = None
