"""The embedded provider and its server: the real child process over a llama.cpp that only says that it serves."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from haikuterm.adapters.embedded import EmbeddedProvider
from haikuterm.adapters.embedded_server import ModelServer
from haikuterm.core.errors import FailureKind, LocalModelError, ProviderError
from haikuterm.core.events import TextDelta
from haikuterm.core.messages import Message, Text
from haikuterm.core.models import catalogue
from haikuterm.core.money import Usage
from haikuterm.core.ports import LocalFile, Report
from haikuterm.core.request import RemoteModel, Reply, Request, StreamEvent
from tests.adapters.embedded_stage import facts, stub_engine

SMALL, BIG = (catalogue().resolve(name) for name in ("qwen-0.5b", "qwen-1.5b"))
posix = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="watches processes by pidfd")


@pytest.fixture
def starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, object]]]:
    """What each child process was asked for, in order."""
    monkeypatch.setenv("PYTHONPATH", str(stub_engine(tmp_path / "engine")))
    monkeypatch.setenv("STUB_FACTS", str(tmp_path / "facts"))
    return lambda: facts(tmp_path / "facts")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A server that is stopped after the test."""
    running = ModelServer()
    yield running
    running.stop()


def alive(pid: object) -> bool:
    try:
        os.kill(int(str(pid)), 0)
    except ProcessLookupError:
        return False
    return True


def ends(pid: object) -> bool:
    """Whether the process ends by itself, soon."""
    try:
        watched = os.pidfd_open(int(str(pid)))
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], 20)[0])
    finally:
        os.close(watched)


def kill(pid: object) -> None:
    """End a child of ours by SIGKILL and wait until that is so, without reaping it."""
    os.kill(int(str(pid)), signal.SIGKILL)
    os.waitid(os.P_PID, int(str(pid)), os.WEXITED | os.WNOWAIT)


def test_the_child_is_told_all_it_needs_and_the_key_is_not_on_its_command_line(
    server: ModelServer, starts: Callable[[], list[dict[str, object]]]
) -> None:
    address = server.ensure("small", "/weights.gguf", 4096)
    [row] = starts()
    assert row["keys"] == [address.key]
    assert address.key not in str(row["argv"])
    assert (row["spin"], row["alias"], row["path"]) == ("100", ["small"], "/weights.gguf")
    assert address.url == f"http://127.0.0.1:1/{row['pid']}"


def test_one_server_is_kept_and_another_model_takes_its_place(
    server: ModelServer, starts: Callable[[], list[dict[str, object]]]
) -> None:
    first = server.ensure("small", "a", 4096)
    assert server.ensure("small", "a", 4096) == first
    second = server.ensure("big", "b", 4096)
    assert second.key != first.key
    small, big = starts()
    assert not alive(small["pid"])
    assert alive(big["pid"])
    assert (server.serving("small"), server.serving("big")) == (False, True)
    server.stop()
    assert not alive(big["pid"])
    server.stop()


@posix
def test_a_child_that_died_is_started_again(server: ModelServer, starts: Callable[[], list[dict[str, object]]]) -> None:
    first = server.ensure("small", "a", 4096)
    kill(starts()[0]["pid"])
    assert not server.serving("small")
    assert server.ensure("small", "a", 4096) != first


def test_a_child_that_cannot_load_says_why(
    server: ModelServer, starts: Callable[[], list[dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUB_FAILS", "1")
    with pytest.raises(LocalModelError, match=r"small did not start: .*gguf_init: bad magic"):
        server.ensure("small", "a", 4096)
    monkeypatch.delenv("STUB_FAILS")
    server.ensure("small", "a", 4096)


def test_a_missing_engine_says_what_to_install(
    server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = "raise ModuleNotFoundError(\"No module named 'xllamacpp'\")"
    monkeypatch.setenv("PYTHONPATH", str(stub_engine(tmp_path / "none", absent)))
    with pytest.raises(LocalModelError, match=r"pip install 'haikuterm\[local\]'"):
        server.ensure("small", "a", 4096)


PARENT = """
import sys
from haikuterm.adapters.embedded_server import ModelServer
server = ModelServer()
server.ensure("small", "a", 4096)
print("serving", flush=True)
sys.stdin.read()
"""


@posix
@pytest.mark.parametrize("how", ["sigkill", "a program that forgets to stop it"])
def test_the_child_does_not_outlive_its_parent(how: str, starts: Callable[[], list[dict[str, object]]]) -> None:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{os.environ['PYTHONPATH']}{os.pathsep}{root}"}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"serving\n"
        child = starts()[0]["pid"]
        assert alive(child)
        assert os.getsid(int(str(child))) != os.getsid(parent.pid)  # a Ctrl-C in the terminal does not reach it
        if how == "sigkill":
            parent.kill()
        parent.communicate()
    assert ends(child)


@dataclass
class Here:
    """Embedded models of which some are fetched."""

    names: tuple[str, ...] = (SMALL.id, BIG.id)

    def list(self) -> tuple[LocalFile, ...]:
        return tuple(
            LocalFile(m, 491_400_064, m.id in self.names, path=f"/{m.id}.gguf" if m.id in self.names else "")
            for m in (SMALL, BIG)
        )

    def pull(self, name: str, report: Report) -> None:
        raise NotImplementedError

    def remove(self, name: str) -> int:
        raise NotImplementedError


@dataclass
class Scripted:
    """A provider at a URL that answers with it; `fails`: kinds of errors to raise first, one a call."""

    url: str
    key: str
    fails: list[FailureKind] = field(default_factory=list)
    warmed: bool = False
    closed: bool = False

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        if self.fails:
            raise ProviderError("no answer", self.fails.pop())
        yield TextDelta(self.url)
        yield Reply(Message("assistant", (Text(self.url),)), "end_turn", Usage(), request.model.id)

    async def count(self, request: Request) -> int | None:
        return 7

    async def models(self) -> tuple[RemoteModel, ...]:
        raise NotImplementedError

    def warm(self) -> None:
        self.warmed = True

    async def close(self) -> None:
        self.closed = True


class Stage:
    """An embedded provider whose connections are scripted; `made` are these, in order."""

    def __init__(self, server: ModelServer, here: Here | None = None, report: Report | None = None) -> None:
        self.made: list[Scripted] = []
        self.fails: list[FailureKind] = []
        self.provider = EmbeddedProvider(here or Here(), self._connect, report, server=server)

    def _connect(self, url: str, key: str) -> Scripted:
        self.made.append(Scripted(url, key, self.fails))
        return self.made[-1]

    async def say(self, name: str = SMALL.id) -> str:
        request = Request(catalogue().resolve(name), "", (Message("user", (Text("hello"),)),))
        async with aclosing(self.provider.stream(request)) as events:
            return "".join([event.text async for event in events if isinstance(event, TextDelta)])


async def test_the_server_starts_at_the_first_request_and_is_told_of(
    server: ModelServer, starts: Callable[[], list[dict[str, object]]]
) -> None:
    told: list[str] = []
    stage = Stage(server, report=lambda what, done, total: told.append(what))
    assert await stage.provider.count(Request(SMALL, "", ())) is None
    said = await stage.say()
    assert await stage.say() == said
    assert said.endswith(f"/{starts()[0]['pid']}")
    assert len(stage.made) == len(starts()) == 1
    assert told == [f"Starting {SMALL.id}"]
    assert await stage.provider.count(Request(SMALL, "", ())) == 7
    assert await stage.provider.count(Request(BIG, "", ())) is None
    await stage.provider.close()
    assert stage.made[0].closed
    assert not alive(starts()[0]["pid"])


async def test_the_other_model_gets_a_server_and_a_connection_of_its_own(
    server: ModelServer, starts: Callable[[], list[dict[str, object]]]
) -> None:
    stage = Stage(server)
    assert await stage.say(SMALL.id) != await stage.say(BIG.id)
    assert [row["alias"] for row in starts()] == [[SMALL.id], [BIG.id]]
    assert [made.closed for made in stage.made] == [True, False]


def test_warming_starts_the_server_and_imports_the_sdk(
    server: ModelServer, starts: Callable[[], list[dict[str, object]]]
) -> None:
    stage = Stage(server)
    stage.provider.warm()
    assert stage.made[0].warmed
    assert server.serving(SMALL.id)


async def test_missing_weights_name_the_command_that_fetches_them(server: ModelServer) -> None:
    stage = Stage(server, Here(()))
    stage.provider.warm()  # says nothing: nobody listens yet
    with pytest.raises(LocalModelError, match=r"\(491 MB\): haikuterm local pull qwen-0\.5b"):
        await stage.say()
    assert await stage.provider.models() == ()


async def test_a_model_of_the_api_is_not_run_here(server: ModelServer) -> None:
    with pytest.raises(LocalModelError, match="claude-haiku-4-5 does not run on this machine"):
        await Stage(server).say("claude-haiku-4-5")


async def test_the_models_are_those_whose_weights_are_here(server: ModelServer) -> None:
    assert [model.id for model in await Stage(server, Here((BIG.id,))).provider.models()] == [BIG.id]


async def test_a_connection_that_the_server_closed_is_made_again_without_a_word(
    server: ModelServer, starts: Callable[[], list[dict[str, object]]]
) -> None:
    stage = Stage(server)
    stage.fails[:] = ["unreachable"]
    assert await stage.say()
    stage.fails[:] = ["unreachable", "unreachable"]
    with pytest.raises(ProviderError):
        await stage.say()
    stage.fails[:] = ["rejected"]
    with pytest.raises(ProviderError):
        await stage.say()


@posix
async def test_a_server_that_died_is_back_for_the_next_request(
    server: ModelServer, starts: Callable[[], list[dict[str, object]]]
) -> None:
    stage = Stage(server)
    before = await stage.say()
    kill(starts()[0]["pid"])
    assert await stage.say() != before
    assert [made.closed for made in stage.made] == [True, False]
