"""The whole program under --offline, in a real terminal: the interface works, and no socket leaves the machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ui.terminal import ROOT, Terminal

Begin = Callable[..., Terminal]


@pytest.fixture
def sockets(tmp_path: Path) -> Path:
    """Where the child writes down each socket that it wanted."""
    return tmp_path / "sockets"


@pytest.fixture
def begin(repo: Path, tmp_path: Path, sockets: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Starts the program in the repository, with a key and an address that would be asked."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
    started: list[Terminal] = []

    def start(*words: str) -> Terminal:
        command = ("-m", "tests.offline_child", str(sockets), *words)
        started.append(Terminal(tmp_path / "unused", command=command, folder=repo))
        return started[-1]

    yield start
    for terminal in started:
        terminal.close()


def types(terminal: Terminal, line: str) -> None:
    terminal.write(line.encode() + b"\r")


def test_a_whole_session_works_and_opens_no_socket(begin: Begin, repo: Path, sockets: Path) -> None:
    before = (repo / "app.py").read_bytes()
    terminal = begin("--offline")
    terminal.sees("offline")
    types(terminal, "what does @app.py do?")
    terminal.sees("nothing was sent")
    types(terminal, "/lint --all")
    terminal.sees("F401")
    types(terminal, "/fix --all")
    terminal.sees("y accept")
    terminal.write(b"y")
    terminal.sees("1 by the linters free")
    terminal.until(lambda: (repo / "app.py").read_bytes() != before)
    types(terminal, "/diff")
    terminal.sees("1 file changed in this conversation")
    types(terminal, "/undo")
    terminal.until(lambda: (repo / "app.py").read_bytes() == before)
    types(terminal, "/model sonnet")
    terminal.sees("sonnet-5.5")
    types(terminal, "/cost")
    types(terminal, "/context")
    terminal.sees("in all")
    types(terminal, "/quit")
    assert terminal.ended() == 0
    assert terminal.restored()
    assert not sockets.exists(), sockets.read_text()


def test_inline_says_offline_too(begin: Begin, sockets: Path) -> None:
    terminal = begin("--offline", "--inline")
    terminal.sees("offline")
    types(terminal, "hello")
    terminal.sees("nothing was sent")
    terminal.sees("session $0")
    types(terminal, "/quit")
    assert terminal.ended() == 0
    assert not sockets.exists(), sockets.read_text()


def test_the_child_would_see_a_socket(begin: Begin, sockets: Path) -> None:
    """Without the flag the very same session wants one."""
    terminal = begin("-p", "hello")
    terminal.until(sockets.exists)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("-p", "hello"), 3, "nothing was sent"),
        (("fix", "--all", "-y"), 0, "1 by the linters free"),
        (("models", "--refresh"), 3, "nothing was sent"),
        (("local", "pull"), 3, "nothing was fetched"),
        (("--local", "-p", "hello"), 3, "nothing was fetched"),
        (("cost",), 0, "Nothing is in the ledger"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_the_variable_keeps_every_command_off_the_network(
    repo: Path, sockets: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, said: str
) -> None:
    monkeypatch.setenv("HAIKUTERM_OFFLINE", "1")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    command = [sys.executable, "-m", "tests.offline_child", str(sockets), *words]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr
    assert not sockets.exists(), sockets.read_text()
