"""Runs a command of the user's in their shell: its output as it comes, without our keys, ended as a group."""

from __future__ import annotations

import asyncio
import codecs
import os
import signal
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from haikuterm.adapters.withheld import without_keys
from haikuterm.core.errors import SettingsError

BEAT = 0.05  # seconds between two pieces of output
PIECE = 65_536
MOST = 1_000_000  # bytes between two beats; of a command that prints faster only the last of them are told
GRACE = 1.0  # seconds between the request to end and the end
# There is no terminal to page on or to ask at, and a pipe should not hold back what Python prints.
PLAIN = {"TERM": "dumb", "PAGER": "cat", "GIT_PAGER": "cat", "GIT_TERMINAL_PROMPT": "0", "PYTHONUNBUFFERED": "1"}


class UserShell:
    """The user's shell in a folder; each command gets one of its own."""

    def __init__(self, root: str) -> None:
        self._root = root

    async def run(self, command: str) -> AsyncGenerator[str | int, None]:
        """What the command prints, stdout and stderr as they come, and last its exit code (less than 0: a signal).

        It has no input and no terminal, and takes as long as it takes. Closing the generator early ends it and all it
        started; what it leaves in the background when it ends by itself stays. Raises SettingsError if it cannot start.
        """
        pipe = _Pipe()
        try:
            child = await self._start(command, pipe.inlet)
            async with aclosing(_listen(child, pipe)) as parts:
                async for part in parts:
                    yield part
        finally:
            pipe.close()

    async def _start(self, command: str, outlet: int) -> asyncio.subprocess.Process:
        shell = os.environ.get("SHELL", "")
        program = shell if os.access(shell, os.X_OK) else "/bin/sh"
        try:
            return await asyncio.create_subprocess_exec(
                program, "-c", command,
                cwd=self._root, stdin=DEVNULL, stdout=outlet, stderr=outlet, env=without_keys(os.environ) | PLAIN,
                start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            raise SettingsError(f"The command cannot be run with {program}: {error}. Set $SHELL to yours.") from error


async def _listen(child: asyncio.subprocess.Process, pipe: _Pipe) -> AsyncGenerator[str | int, None]:
    """What the program prints, and its exit code."""
    ending = asyncio.ensure_future(child.wait())
    ending.add_done_callback(lambda _: pipe.came.set())
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    try:
        pipe.listen()
        while not ending.done():
            await pipe.came.wait()
            if text := decoder.decode(pipe.take()):
                yield text
                await asyncio.wait({ending}, timeout=BEAT)
        pipe.drain()
        if text := decoder.decode(pipe.take(), final=True):
            yield text
        yield ending.result()
    finally:
        if not ending.done():
            await _end(child.pid, ending)


class _Pipe:
    """What a program writes into `inlet`. A pipe of our own: asyncio's waits for all who hold its other end."""

    def __init__(self) -> None:
        self._outlet, self.inlet = os.pipe()
        self.came = asyncio.Event()
        self._data = bytearray()
        os.set_blocking(self._outlet, False)

    def listen(self) -> None:
        """The program has its end: from now on, take what comes."""
        os.close(self.inlet)
        self.inlet = -1
        asyncio.get_running_loop().add_reader(self._outlet, self._read)

    def take(self) -> bytes:
        """What has come since the last time."""
        self.came.clear()
        data, self._data = bytes(self._data), bytearray()
        return data

    def drain(self) -> None:
        """The program has ended: take what is still on its way, at most as much as a pipe holds many times."""
        for _ in range(MOST // PIECE):
            if self._outlet < 0 or not self._read():
                return

    def _read(self) -> bool:
        """Take a piece; whether there was one."""
        try:
            data = os.read(self._outlet, PIECE)
        except BlockingIOError:
            return False
        self._data += data
        if len(self._data) > MOST:
            del self._data[: -MOST // 2]
        if data:
            self.came.set()
        else:
            self._stop()
        return bool(data)

    def _stop(self) -> None:
        asyncio.get_running_loop().remove_reader(self._outlet)

    def close(self) -> None:
        """Give both ends back."""
        self._stop()
        for end in (self._outlet, self.inlet):
            if end >= 0:
                os.close(end)


async def _end(pid: int, ending: asyncio.Future[int]) -> None:
    """Ask the whole group to end, and end it; a shell may be gone while something that it started is not."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGTERM)
        await asyncio.wait({ending}, timeout=GRACE)
        os.killpg(pid, signal.SIGKILL)
    await asyncio.wait({ending}, timeout=GRACE)
