"""Runs the program in a child that is forked from a Python which has the SDK already; its import takes over a second.

For tests of what the program does. Those of how it starts, of its signals and its pipes start a Python of its own.
By itself (argv: the descriptor of a socket) this module is the Python that is forked.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import pytest

NUMBER = struct.Struct("i")
PATIENCE = 60.0  # seconds before a child is killed
ROOT = Path(__file__).parents[1]


class WarmPython:
    """The Python with the SDK, from `with` to the end of the block."""

    def __enter__(self) -> Self:
        self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ANTHROPIC_")}
        with theirs:
            command = [sys.executable, "-m", "tests.warm_python", str(theirs.fileno())]
            self._python = subprocess.Popen(command, cwd=ROOT, env=clean, pass_fds=[theirs.fileno()])
        return self

    def __exit__(self, *exc: object) -> None:
        self._door.close()
        self._python.wait()

    def run(self, *words: str, stdin: str | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the program in the working directory, with files for its streams; without stdin it has none."""
        told = {"words": words, "environ": {**os.environ, **environ}}
        with ExitStack() as stack:
            folder = os.open(".", os.O_RDONLY)  # it may have no name any more
            stack.callback(os.close, folder)
            order, given, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(4))
            nothing = stack.enter_context(Path(os.devnull).open("rb"))
            for file, text in ((order, json.dumps(told)), (given, stdin or "")):
                file.write(text.encode())
                file.seek(0)
            streams = (order, nothing if stdin is None else given, out, err)
            code = self._ask([folder, *(stream.fileno() for stream in streams)])
            return subprocess.CompletedProcess(["haikuterm", *words], code, _text(out), _text(err))

    def _ask(self, descriptors: list[int]) -> int:
        """The exit code of the child with these descriptors."""
        self._door.settimeout(PATIENCE)
        socket.send_fds(self._door, [b"!"], descriptors)
        child = self._heard()
        try:
            return self._heard()
        except TimeoutError:
            os.kill(child, 9)
            self._heard()
            raise

    def _heard(self) -> int:
        said = self._door.recv(NUMBER.size, socket.MSG_WAITALL)
        return int(NUMBER.unpack(said)[0])


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode().replace("\r\n", "\n"))


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmPython]:
    """One for all tests of a worker."""
    with WarmPython() as python:
        yield python


def serve(door: socket.socket) -> list[int]:
    """Fork one child for each request and tell its process id, then its exit code.

    Returns in each child, with its descriptors, and at the end with none.
    """
    while True:
        asked, descriptors, _, _ = socket.recv_fds(door, 1, 5)
        if not asked:
            return []
        child = os.fork()
        if child == 0:
            return descriptors
        for descriptor in descriptors:
            os.close(descriptor)
        door.sendall(NUMBER.pack(child))
        _, status = os.waitpid(child, 0)
        door.sendall(NUMBER.pack(os.waitstatus_to_exitcode(status)))


def become(folder: int, order: int, *streams: int) -> None:
    """Be the program, as `python -m haikuterm` is it."""
    os.fchdir(folder)
    os.close(folder)
    with open(order, encoding="utf-8") as file:
        told = json.load(file)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(told["environ"])
    sys.path[0] = ""
    sys.argv = ["haikuterm", *told["words"]]
    runpy.run_module("haikuterm", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    import anthropic  # noqa: F401 - what the program imports when it needs it
    import git  # noqa: F401
    import httpx2  # noqa: F401

    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        given = serve(listening)
    if given:
        become(*given)
