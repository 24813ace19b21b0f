"""Owns the file that frames are written to: a terminal that is gone takes everything, so that nobody waits for it."""

from __future__ import annotations

import errno
import os
import sys
import termios


class Output:
    """Standard error, which is the terminal; what it cannot take any more is lost without an error.

    Textual's thread that writes would die of one, and whoever has more for it would wait for ever.
    """

    def write(self, text: str) -> None:
        """Write, some time."""
        try:
            sys.__stderr__.write(text)  # type: ignore[union-attr]  # a face on a terminal has one
        except OSError:
            throw_away()

    def flush(self) -> None:
        """Write now."""
        try:
            sys.__stderr__.flush()  # type: ignore[union-attr]  # as above
        except OSError:
            throw_away()

    def fileno(self) -> int:
        """The descriptor."""
        return sys.__stderr__.fileno()  # type: ignore[union-attr]  # as above


def throw_away() -> None:
    """Let what a terminal that is gone would have been given go nowhere: Python's last flush must not fail."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None and _is_gone(stream.fileno()):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)


def _is_gone(descriptor: int) -> bool:
    """Whether this was a terminal; a file, or a pipe, is none."""
    try:
        termios.tcgetattr(descriptor)
    except termios.error as error:
        return bool(error.args[0] == errno.EIO)
    return False
