"""Starts, watches and stops the one child process that runs an embedded model."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from haikuterm.adapters.withheld import without_keys
from haikuterm.core.errors import LocalModelError

CHILD = (sys.executable, "-P", str(Path(__file__).with_name("embedded_child.py")))
START_TIMEOUT = 180.0  # seconds; a gigabyte from a slow disk takes its time
STOP_TIMEOUT = 5.0
LOG_TAIL = 4096  # bytes of the log that are searched for the last words of a dead child
# OpenMP's threads spin while they wait; on a busy machine that costs nine tenths of the speed (measured: 1.3 tokens
# a second against 10 to 15). The variable is read when the library is loaded.
ENVIRONMENT = {"GOMP_SPINCOUNT": "100"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model answers, and the key that this run of the server wants."""

    url: str
    key: str


@dataclass(frozen=True, slots=True)
class _Running:
    """The child with what it serves; `log` is what it wrote on standard error."""

    process: subprocess.Popen[bytes]
    log: IO[bytes]
    model: str
    address: Address


class ModelServer:
    """At most one child process with at most one model; all methods block and may be called from any thread."""

    def __init__(self, child: Sequence[str] = CHILD) -> None:
        self._child = tuple(child)
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._end: weakref.finalize[[_Running], ModelServer] | None = None

    def ensure(self, model: str, path: str, context: int) -> Address:
        """The address of this model's server; starts it if another model, or none, or a dead one is there.

        path: of the weights. context: tokens. Raises LocalModelError with the child's last words if it cannot start.
        """
        with self._lock:
            running = self._running
            if running and running.model == model and running.process.poll() is None:
                return running.address
            self._stop()
            self._running = running = self._start(model, path, context)
            # also at the interpreter's exit, where nobody called stop
            self._end = weakref.finalize(self, _end, running)
            return running.address

    def serving(self, model: str) -> bool:
        """Whether the model can answer at once."""
        running = self._running
        return running is not None and running.model == model and running.process.poll() is None

    def stop(self) -> None:
        """End the child; a later `ensure` starts a new one."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        if self._end:
            self._end()
        self._running = self._end = None

    def _start(self, model: str, path: str, context: int) -> _Running:
        key = secrets.token_urlsafe(32)
        log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child; _end closes it
        process = subprocess.Popen(
            [*self._child, path, model, str(context)],
            env={**without_keys(os.environ), **ENVIRONMENT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # a Ctrl-C in the terminal is not for the child
        )
        url = _first_words(process, key)
        running = _Running(process, log, model, Address(url, key))
        if url:
            return running
        reason = _end(running)
        raise LocalModelError(f"The embedded model {model} did not start: {reason}")


def _first_words(process: subprocess.Popen[bytes], key: str) -> str:
    """The URL that the child tells once its model is loaded, or "" if it ended without."""
    if process.stdin is None or process.stdout is None:
        raise TypeError("the child needs pipes")
    guard = threading.Timer(START_TIMEOUT, process.kill)
    guard.daemon = True
    guard.start()
    try:
        process.stdin.write(f"{key}\n".encode())
        process.stdin.flush()
        return str(json.loads(process.stdout.readline())["url"])
    except (OSError, ValueError):
        return ""
    finally:
        guard.cancel()


def _end(running: _Running) -> str:
    """End the child and return its last words."""
    process = running.process
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()  # the end of its standard input is the child's sign to go
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    size = running.log.seek(0, os.SEEK_END)
    running.log.seek(max(0, size - LOG_TAIL))
    words = _last_words(running.log.read().decode(errors="replace"))
    running.log.close()
    return words or f"it ended with code {process.returncode}."


def _last_words(log: str) -> str:
    """What a person can use of the log."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    if any("No module named 'xllamacpp'" in line for line in lines):
        return "the engine is not installed. Run: pip install 'haikuterm[local]'"
    return " / ".join(lines[-3:])
