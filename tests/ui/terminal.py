"""A real pseudo terminal with the face in it: bytes in, bytes out, and what a person sees of them."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.ui.seen import Seen

PATIENCE = 60.0  # seconds before a test gives up; nothing waits this long unless it is broken
ROOT = Path(__file__).parents[2]


def _hear_interrupts() -> None:
    """Where the tests run in the background, an interrupt is ignored, and that is inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A program on a pseudo terminal; `output` is all it wrote, `kept()` what its engine wrote down.

    What stands on the screen is asked of `sees`: a face writes only what changes, so a word may come in pieces, or not
    at all where it stood before. command: what runs there, in place of the face on a stand-in engine that writes the
    file; words of Python, or with `own` of any program. size: columns and rows.
    """

    def __init__(
        self,
        file: Path,
        *,
        early: bytes = b"",
        command: Sequence[str] = (),
        folder: Path = ROOT,
        term: str = "xterm-256color",
        size: tuple[int, int] = (80, 24),
        own: bool = False,
    ) -> None:
        self._file = file
        file.touch()
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.seen = Seen(*size)
        self.before = termios.tcgetattr(slave)
        environment = {**os.environ, "TERM": term, "PYTHONPATH": str(ROOT)}
        for name in ("COLUMNS", "LINES"):  # they would speak of another terminal
            environment.pop(name, None)
        if early:
            os.write(self._master, early)
        words = command or ("-m", "tests.ui.pty_child", str(file))
        self.process = subprocess.Popen(
            words if own else [sys.executable, *words],
            stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=folder, start_new_session=True,
            preexec_fn=_hear_interrupts,
        )  # fmt: skip
        self._slave = slave
        self.output = b""

    def write(self, data: bytes) -> None:
        """All of it in one write, as a fast typist behind a slow line does it."""
        os.write(self._master, data)

    def kept(self) -> list[Any]:
        return [json.loads(line) for line in self._file.read_text(encoding="utf-8").splitlines()]

    def until(self, condition: Callable[[], object]) -> None:
        """Read what the program writes until the condition holds."""
        end = time.monotonic() + PATIENCE
        while True:
            over = self.process.poll() is not None and not select.select([self._master], [], [], 0)[0]
            if condition():
                return
            if over or time.monotonic() > end:
                raise AssertionError(f"did not come true; kept {self.kept()!r}, on the screen:\n{self.screen}")
            if select.select([self._master], [], [], 0.02)[0]:
                data = os.read(self._master, 65536)
                self.output += data
                if answers := self.seen.feed(data):
                    self.write(answers)

    @property
    def screen(self) -> str:
        """What stands on the screen, as far as it was read."""
        return "\n".join(self.seen.rows)

    def shows(self, text: str) -> bool:
        """Whether it stands on the screen, or has gone up from there; wherever its line is broken."""
        return "".join(text.split()) in "".join("".join(self.seen.lines).split())

    def sees(self, *texts: str) -> None:
        """Wait until all of them stand there."""
        self.until(lambda: all(self.shows(text) for text in texts))

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size, as somebody who pulls at its corner."""
        self.seen.glass.resize(rows, columns)
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self.process.pid, signal.SIGWINCH)

    def hang_up(self) -> None:
        """Take the terminal away. The program has it as no terminal of its own, so nothing signals that to it."""
        os.close(self._slave)
        os.close(self._master)

    def ended(self) -> int:
        """The exit code, once there is one."""
        self.until(lambda: self.process.poll() is not None and not select.select([self._master], [], [], 0)[0])
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
