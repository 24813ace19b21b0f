"""A rough life in a real terminal: stopped in a shell, pulled at while it writes, and killed."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ui.terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo terminals of this kind")

READY = "haiku-4.5"
LEADS = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
STREAM = """
import asyncio, sys
from functools import partial
from haikuterm.core.events import TextDelta
from haikuterm.core.settings import Settings
from haikuterm.ui.theme import PLAIN_WARDROBE
from haikuterm.ui.tui.app import run
from tests.ui.scripted_engine import ScriptedEngine

class Engine(ScriptedEngine):  # writes for a few seconds
    async def submit(self, line, asker):
        for n in range(400):
            yield TextDelta(f"row {n} of words that go on for a while\\n\\n")
            await asyncio.sleep(0.005)
        yield TextDelta("That is all.")

sys.exit(run(Settings(), lambda settings: Engine(), PLAIN_WARDROBE))
"""
Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a program on a terminal."""
    started: list[Terminal] = []

    def begin(*command: str, own: bool = False) -> Terminal:
        started.append(Terminal(tmp_path / "kept.jsonl", command=command, own=own))
        return started[-1]

    yield begin
    for terminal in started:
        terminal.close()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
def test_ctrl_z_gives_the_shell_its_screen_and_fg_brings_the_draft_back(start: Start, tmp_path: Path) -> None:
    shell = ("bash", "--norc", "--noprofile", "--noediting", "-i")
    terminal = start("-c", LEADS, *shell)
    terminal.write(f"PS1='% '; {sys.executable} -m tests.ui.pty_child {tmp_path}/kept.jsonl\r".encode())
    terminal.sees(READY)
    terminal.write(b"my draft")
    terminal.sees("│ my draft")
    for _ in range(2):
        terminal.write(b"\x1a")
        terminal.sees("Stopped", "pty_child")
        assert "│ my draft" not in terminal.screen
        terminal.write(b"echo $((6 * 7))\r")
        terminal.sees("42")
        terminal.write(b"fg\r")
        terminal.sees("│ my draft", READY)
    terminal.write(b" goes on\r")
    terminal.until(terminal.kept)
    assert terminal.kept() == ["my draft goes on"]
    terminal.sees("echo: my draft goes on")
    terminal.write(b"\x04")
    terminal.until(lambda: not terminal.shows("echo: my draft"))
    terminal.write(b"exit\r")
    assert terminal.ended() == 0


def test_a_storm_of_sizes_while_an_answer_comes_leaves_a_whole_screen(start: Start) -> None:
    dice = random.Random(7)
    terminal = start("-c", STREAM)
    terminal.sees(READY)
    terminal.write(b"go\r")
    terminal.sees("row 3 of")
    for _ in range(20):
        size = dice.choice(((20, 5), (dice.randint(20, 160), dice.randint(5, 50))))
        terminal.resize(*size)
        before = len(terminal.output)
        terminal.until(lambda before=before: len(terminal.output) > before)
    terminal.resize(60, 16)
    terminal.write(b"still here")
    terminal.sees("That is all.", "│ still here")
    rows = terminal.seen.rows
    assert rows[-1].lstrip().startswith(READY)
    assert [row[:1] + row[-1:] for row in rows[-4:-1]] == ["╭╮", "││", "╰╯"]
    assert {len(row) for row in rows[-4:-1]} == {60}
    terminal.write(b"\x15\x04")
    assert terminal.ended() == 0
    assert terminal.restored()


def test_after_a_kill_in_the_middle_of_an_answer_the_next_start_is_clean(start: Start) -> None:
    first = start()
    first.sees(READY)
    first.write(b"wait\r")
    first.until(lambda: first.kept() == ["wait"])
    first.process.kill()
    assert first.ended() == -9
    second = start()
    second.sees(READY)
    assert "wait" not in second.screen
    second.write(b"next\r")
    second.sees("echo: next")
    second.write(b"\x04")
    assert second.ended() == 0
    assert second.restored()
