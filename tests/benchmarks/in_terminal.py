"""Measures a face in a pseudo terminal: when it is there, and what an answer costs."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).parents[2]
TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds, seconds of CPU, bytes written to the terminal, and megabytes at most."""

    ready: float
    answer: float
    cpu: float
    written: int
    memory: float


class _Run:
    """One program in one terminal of 120x40."""

    def __init__(self, which: str, tokens: int, rate: float) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._output, self.written = b"", 0
        self._began = monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.child", which, str(tokens), str(rate)],
            stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(slave)

    def until(self, sign: bytes, patience: float = PATIENCE) -> float:
        """Seconds from the start until the program has written this."""
        end = monotonic() + patience
        while sign not in self._output:
            if monotonic() > end:
                raise TimeoutError(f"{sign!r} never came; the end is {self._output[-500:]!r}")
            if select.select([self._master], [], [], 0.1)[0]:
                data = os.read(self._master, 65536)
                self.written += len(data)
                self._output = (self._output + data)[-200_000:]
        return monotonic() - self._began

    def send(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def type(self, letter: bytes) -> None:
        """Strike a key until it is seen: a program may lose those that come before it is ready."""
        while True:
            self._output = b""
            self.send(letter)
            try:
                self.until(letter, 1.0)
            except TimeoutError:
                continue
            return

    def cpu(self) -> float:
        """Seconds so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self) -> float:
        """Megabytes at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1000

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


def measure(which: str, tokens: int, rate: float) -> Figures:
    """One answer of so many tokens, at so many a second (0: as fast as it goes)."""
    run = _Run(which, tokens, rate)
    try:
        ready = run.until(b"haiku-4.5")
        run.type(b"z")
        cpu, written, began = run.cpu(), run.written, monotonic()
        run.send(b"\r")
        run.until(b"Finis9")
        return Figures(ready, monotonic() - began, run.cpu() - cpu, run.written - written, run.memory())
    finally:
        run.end()


def bare_python(times: int = 5) -> float:
    """Seconds that Python takes to do nothing."""
    spent = []
    for _ in range(times):
        began = monotonic()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        spent.append(monotonic() - began)
    return statistics.median(spent)
