"""Runs one linter as a child process: bounded in time and output, offline, without our keys, killed as a group."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from haikuterm.adapters.withheld import OURS, without_keys

T = TypeVar("T")

OUTPUT = 20_000_000  # bytes of each stream; a linter that says more has gone wrong
COMMAND = 100_000  # bytes of paths on one command line; Linux takes two megabytes, macOS one, with the environment
_PIECE = 65_536

# Nothing is ever downloaded: neither by a linter nor by what it calls. The proxy is a port where nobody listens; the
# rest is for those that would wait for it, or do not look at it.
_NOWHERE = "http://127.0.0.1:9"
OFFLINE = {
    "http_proxy": _NOWHERE,
    "https_proxy": _NOWHERE,
    "HTTP_PROXY": _NOWHERE,
    "HTTPS_PROXY": _NOWHERE,
    "ALL_PROXY": _NOWHERE,
    "no_proxy": "localhost,127.0.0.1,::1",
    "NO_PROXY": "localhost,127.0.0.1,::1",
    "CARGO_NET_OFFLINE": "true",
    "GOPROXY": "off",
    "GOTOOLCHAIN": "local",
    "GIT_ALLOW_PROTOCOL": "file",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "PIP_NO_INDEX": "1",
    "UV_OFFLINE": "1",
    "npm_config_offline": "true",
}
PLAIN = {"NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1", "CI": "1"}
_COLOURS = ("FORCE_COLOR", "CLICOLOR_FORCE", "MYPY_FORCE_COLOR", "PY_COLORS")


class Broke(Exception):
    """A linter could not say anything of the files; the sentence is for the report."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended: exit code, standard output, standard error."""

    code: int
    output: str
    complaint: str


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Ours without keys, git's own, colours and the network, with `extra` on top."""
    kept = {name: value for name, value in without_keys(os.environ, *OURS).items() if name not in _COLOURS}
    return {**kept, **OFFLINE, **PLAIN, **extra}


async def run(
    command: Sequence[str],
    folder: Path,
    seconds: float,
    *,
    name: str,
    text: bytes | None = None,
    extra: Mapping[str, str] = {},
) -> Ran:
    """Run the command in the folder with `text` on its standard input (else none) and wait for its end.

    name: what the linter is called in an error. extra: variables on top of the environment. It gets a session of its
    own: no terminal to ask on, and everything it started is killed with it, also when we are cancelled.
    Raises Broke if it cannot start, does not end in so many seconds, or says more than OUTPUT bytes.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            stdin=DEVNULL if text is None else PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=environment(extra),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise Broke(f"{name} could not be started: {error}. Install it again, then try again.") from error
    try:
        async with asyncio.timeout(seconds):
            output, complaint, _ = await asyncio.gather(
                _read(child, child.stdout), _read(child, child.stderr), _write(child, text)
            )
            code = await child.wait()
    except TimeoutError as error:
        raise Broke(f"{name} did not end within {seconds:g} seconds. Check fewer files at once.") from error
    finally:
        _kill(child)
        await child.wait()  # at once, for it is dead; or the interpreter would warn of it
    if output is None or complaint is None:
        raise Broke(f"{name} said more than {OUTPUT // 1_000_000} megabytes. Check fewer files at once.")
    return Ran(code, output, complaint)


async def _read(child: asyncio.subprocess.Process, stream: asyncio.StreamReader | None) -> str | None:
    """All that comes, as text; None if it was more than OUTPUT bytes, and then the child is no more."""
    pieces: list[bytes] = []
    size = 0
    while stream is not None and (piece := await stream.read(_PIECE)):
        pieces.append(piece)
        size += len(piece)
        if size > OUTPUT:
            _kill(child)
            return None
    return b"".join(pieces).decode("utf-8", "replace")


async def _write(child: asyncio.subprocess.Process, text: bytes | None) -> None:
    if child.stdin is None or text is None:
        return
    with suppress(BrokenPipeError, ConnectionResetError):  # it may end without reading all; its exit code says why
        child.stdin.write(text)
        await child.stdin.drain()
    child.stdin.close()


def _kill(child: asyncio.subprocess.Process) -> None:
    """End the child's whole group: it may be gone while something that it started is not."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


async def together(jobs: Iterable[Coroutine[Any, Any, T]], at_once: int) -> list[T]:
    """What the jobs give, in their order, with at most so many under way; the first error ends the others."""
    gate = asyncio.Semaphore(at_once)

    async def one(job: Coroutine[Any, Any, T]) -> T:
        try:
            async with gate:
                return await job
        finally:
            job.close()  # one that was never begun would be missed

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(job)) for job in jobs]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


_REMARKS = ("[INFO]", "[WARNING]")  # pre-commit's, which it makes before it comes to the point


def reason(said: str) -> str:
    """The first lines that say why something failed, on one line, without ornament and remarks."""
    lines = [line.strip() for line in said.splitlines() if line.strip(" \t─━×=") and not line.startswith(_REMARKS)]
    return " ".join(lines[:6])[:400] or "it gave no reason."


def chunks(paths: Sequence[str]) -> list[list[str]]:
    """The paths in as many command lines as they need."""
    parts: list[list[str]] = []
    room = 0
    for path in paths:
        size = len(os.fsencode(path)) + 1
        if not parts or size > room:
            parts.append([])
            room = COMMAND
        parts[-1].append(path)
        room -= size
    return parts
