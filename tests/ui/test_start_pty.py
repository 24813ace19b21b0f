"""The start in a real terminal: what comes first, that no key is lost, and how it ends when it is ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from haikuterm.adapters.config import settings_file
from tests.messages_api import MessagesApi
from tests.ui.terminal import Terminal

SCREEN, BACK = b"\x1b[?1049h", b"\x1b[?1049l"
FRAME = b" haikuterm "  # the last line of the first frame
TAKEN = b"\x1b[?1004h"  # Textual has the terminal
READY = b"haiku-4.5"
FIRST = {"haikuterm", "haikuterm.ui", "haikuterm.ui.ground", "haikuterm.ui.first_frame"}
FIRST |= {"haikuterm.ui.indexed"}  # where there are 256 colours, as here
# Runs Python with the terminal as its own, as a shell does.
LEADER = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
IMPORTS = ("-X", "importtime")  # says on the same terminal what has been imported


@pytest.fixture
def start(
    repo: Path, tmp_path: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Terminal]]:
    """Starts the program as `python OPTIONS -m haikuterm WORDS`."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
    started: list[Terminal] = []

    def begin(*words: str, options: tuple[str, ...] = ()) -> Terminal:
        started.append(Terminal(tmp_path / "unused", command=(*options, "-m", "haikuterm", *words), folder=repo))
        return started[-1]

    yield begin
    for terminal in started:
        terminal.close()


def imported(output: bytes) -> list[str]:
    """The modules that Python says it has imported."""
    return [line.rpartition(b"|")[2].strip().decode() for line in output.split(b"\n") if b"import time:" in line]


def test_the_frame_is_whole_before_anything_slow_is_imported(start: Callable[..., Terminal]) -> None:
    terminal = start(options=IMPORTS)
    terminal.until(lambda: "argparse" in imported(terminal.output))
    before = imported(terminal.output[: terminal.output.index(SCREEN)])
    assert {name for name in before if name.startswith("haikuterm")} <= FIRST
    assert not {"argparse", "asyncio", "dataclasses", "pathlib", "re", "textual", "tomllib", "typing"} & set(before)
    assert FRAME in terminal.output[: terminal.output.index(b" argparse")]


def test_thirty_keys_struck_one_by_one_during_the_start_arrive_in_order(
    start: Callable[..., Terminal], api: MessagesApi
) -> None:
    terminal = start()
    terminal.until(lambda: FRAME in terminal.output)
    for sign in "the quick brown fox and 7 dogs":
        terminal.write(sign.encode())
    terminal.write(b"\r")
    terminal.until(lambda: api.requests)
    assert "the quick brown fox and 7 dogs" in str(api.requests[0]["messages"][-1])
    assert SCREEN not in terminal.output[len(SCREEN) :], "some terminals would clear the screen"


def test_a_paste_during_the_start_is_no_enter(start: Callable[..., Terminal], api: MessagesApi) -> None:
    terminal = start()
    terminal.until(lambda: FRAME in terminal.output)
    assert b"\x1b[?2004h" in terminal.output, "so that the terminal puts pastes in brackets"
    terminal.write(b"\x1b[200~one\rtwo\x1b[201~")
    terminal.sees("haiku-4.5", "two")
    terminal.write(b" three\r")
    terminal.until(lambda: api.requests)
    assert "one\\ntwo three" in str(api.requests[0]["messages"][-1])


@pytest.mark.parametrize("phase", [FRAME, b" haikuterm.core.settings\r\n", b" textual.app\r\n", TAKEN, READY])
def test_a_kill_in_any_phase_restores_the_terminal(phase: bytes, start: Callable[..., Terminal]) -> None:
    terminal = start(options=IMPORTS)
    terminal.until(lambda: phase in terminal.output)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.ended() == 128 + signal.SIGTERM
    terminal.until(lambda: terminal.restored())
    assert terminal.output.rfind(b"\x1b[?25h") > terminal.output.rfind(b"\x1b[?25l")
    assert terminal.output.rfind(b"\x1b[?2004l") > terminal.output.rfind(b"\x1b[?2004h")


def test_an_interrupt_during_the_start_leaves_at_once(start: Callable[..., Terminal]) -> None:
    terminal = start(options=IMPORTS)
    terminal.until(lambda: "argparse" in imported(terminal.output))
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.ended() == 130
    terminal.until(lambda: terminal.restored())
    assert b"Traceback" not in terminal.output


def test_a_stop_during_the_start_gives_the_terminal_back_until_it_goes_on(start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.until(lambda: FRAME in terminal.output)
    terminal.process.send_signal(signal.SIGTSTP)
    terminal.until(lambda: os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT))
    terminal.until(lambda: terminal.restored())
    terminal.process.send_signal(signal.SIGCONT)
    terminal.until(lambda: terminal.output.count(SCREEN) == 2 and terminal.shows("haiku-4.5"))
    terminal.write(b"\x04")
    assert terminal.ended() == 0
    assert terminal.restored()


def test_ctrl_z_struck_during_the_start_suspends_when_the_face_is_ready(start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.until(lambda: FRAME in terminal.output)
    terminal.write(b"draft\x1a")
    terminal.until(lambda: os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT))
    terminal.until(lambda: terminal.restored())
    terminal.process.send_signal(signal.SIGCONT)
    terminal.until(lambda: b"draft" in terminal.output[terminal.output.rfind(SCREEN) :])


def test_broken_settings_are_told_on_the_normal_screen(start: Callable[..., Terminal]) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("theme = \n")
    terminal = start()
    assert terminal.ended() == 2
    terminal.until(lambda: b"not valid TOML" in terminal.output)
    assert terminal.restored()
    assert b"haikuterm: " in terminal.output[terminal.output.rfind(BACK) :]


def test_a_window_that_is_closed_ends_the_program(tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    terminal = Terminal(kept, command=("-c", LEADER, "-m", "tests.ui.pty_child", str(kept), "framed"))
    terminal.sees("haiku-4.5")
    terminal.hang_up()  # the system sends SIGHUP, and SIGCONT behind it
    assert terminal.process.wait() == 143
    assert terminal.kept() == [{"closed": True, "stopped": []}]


@pytest.mark.parametrize("stopped", [False, True], ids=["while it runs", "while it is stopped"])
def test_a_terminal_that_is_gone_ends_the_program_though_nobody_sends_it_a_signal(
    tmp_path: Path, stopped: bool
) -> None:
    kept = tmp_path / "kept.jsonl"
    terminal = Terminal(kept, command=("-m", "tests.ui.pty_child", str(kept), "framed"))
    terminal.sees("haiku-4.5")
    if stopped:
        terminal.process.send_signal(signal.SIGSTOP)
        terminal.until(lambda: os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT))
    terminal.hang_up()
    if stopped:
        terminal.process.send_signal(signal.SIGCONT)
    assert terminal.process.wait() == 143
    assert terminal.kept() == [{"closed": True, "stopped": []}]
