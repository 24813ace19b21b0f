"""Owns the signals that end a program in order: it is told to go, or its terminal is gone."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

TERMINATED = 128 + signal.SIGTERM  # what a shell reports of a program that ended on this signal


def when_told_to_end(leave: Callable[[], object], *, nohup: bool = False) -> None:
    """Let the running loop call this on SIGTERM and SIGHUP, where the system has them.

    nohup: whether a program that was started to outlive its terminal does.
    """
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is None or (nohup and signal.getsignal(number) is signal.SIG_IGN):
            continue
        with suppress(NotImplementedError):  # on Windows
            loop.add_signal_handler(number, leave)
