"""A real pseudo terminal with the face in it: bytes in, bytes out."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds before a test gives up; nothing waits this long unless it is broken
ROOT = Path(__file__).parents[2]


class Terminal:
    """A program on a pseudo terminal of 80x24; `output` is all it wrote, `kept()` what its engine wrote down.

    command: what runs there; by default the face on a stand-in engine that writes the file.
    """

    def __init__(self, file: Path, *, early: bytes = b"", command: Sequence[str] = (), folder: Path = ROOT) -> None:
        self._file = file
        file.touch()
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(slave)
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
        if early:
            os.write(self._master, early)
        self.process = subprocess.Popen(
            [sys.executable, *(command or ("-m", "tests.ui.pty_child", str(file)))],
            stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=folder, start_new_session=True,
        )  # fmt: skip
        self._slave = slave
        self.output = b""
        self._told = 0

    def write(self, data: bytes) -> None:
        """All of it in one write, as a fast typist behind a slow line does it."""
        os.write(self._master, data)

    def kept(self) -> list[Any]:
        return [json.loads(line) for line in self._file.read_text(encoding="utf-8").splitlines()]

    def until(self, condition: Callable[[], object]) -> None:
        """Read what the program writes until the condition holds."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"did not come true; kept {self.kept()!r}, last output {self.output[-2000:]!r}")
            if select.select([self._master], [], [], 0.02)[0]:
                self.output += os.read(self._master, 65536)
                while self._told < self.output.count(b"\x1b[6n"):  # where is the cursor? terminals answer that
                    self._told += 1
                    self.write(b"\x1b[1;1R")

    def ended(self) -> int:
        """The exit code, once there is one."""
        self.until(lambda: self.process.poll() is not None)
        return self.process.returncode

    def restored(self) -> bool:
        """Whether the line discipline and the screen are as they were before."""
        same = termios.tcgetattr(self._slave)[:4] == self.before[:4]
        return same and self.output.rfind(b"\x1b[?1049l") > self.output.rfind(b"\x1b[?1049h")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._slave)
        os.close(self._master)
