"""The keyboard of the full-screen face in a real terminal: its answers are never text, and cost no key."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from unicodedata import normalize

import pytest

from haikuterm.ui.theme import load
from tests.ui.own_editor import Install
from tests.ui.terminal import Terminal

READY = "haiku-4.5"
QUERY = b"\x1b]11;?\x07"
WHITE, BLACK = b"\x1b]11;rgb:ffff/ffff/ffff\x07", b"\x1b]11;rgb:0000/0000/0000\x1b\\"
Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts the face behind its first frame; whatever was started is ended."""
    monkeypatch.setenv("COLORTERM", "truecolor")
    started: list[Terminal] = []

    def begin(*words: str, early: bytes = b"") -> Terminal:
        file = tmp_path / "kept.jsonl"
        command = ("-m", "tests.ui.pty_child", str(file), "framed", *words)
        started.append(Terminal(file, early=early, command=command))
        return started[-1]

    yield begin
    for terminal in started:
        terminal.close()


def ground(name: str) -> bytes:
    """The theme's ground as a terminal is told it."""
    color = load(name).colors["background"]
    return ("48;2;" + ";".join(str(int(color[n : n + 2], 16)) for n in (1, 3, 5))).encode()


def ready(terminal: Terminal) -> Terminal:
    terminal.sees(READY)
    return terminal


@pytest.mark.parametrize(("answer", "name"), [(WHITE, "light"), (BLACK, "dark")])
def test_the_theme_fits_the_ground_that_the_terminal_names(start: Start, answer: bytes, name: str) -> None:
    terminal = start(early=b"ab" + answer + b"cd")  # it waits a tenth of a second: a slow machine would be too late
    ready(terminal)
    assert QUERY in terminal.output
    assert ground(name) in terminal.output
    terminal.write(b"\r")
    terminal.until(lambda: terminal.kept())
    assert terminal.kept() == ["abcd"]


def test_a_terminal_that_does_not_answer_gets_the_dark_theme_and_keeps_its_keys(start: Start) -> None:
    terminal = start()
    terminal.until(lambda: QUERY in terminal.output)
    terminal.write(b"ab")
    ready(terminal)
    assert ground("dark") in terminal.output
    terminal.write(b"c\r")
    terminal.until(lambda: terminal.kept())
    assert terminal.kept() == ["abc"]


@pytest.mark.parametrize("cut", [1, 3, 9, len(BLACK) - 1])
def test_a_late_answer_is_swallowed_wherever_it_is_cut(start: Start, cut: int) -> None:
    terminal = ready(start())
    for tries in range(1, 20):
        begun = monotonic()
        terminal.write(b"a" + BLACK[:cut])
        terminal.write(BLACK[cut:] + b"b\r")
        held_up = monotonic() - begun > 0.05  # an Escape that nothing follows for a tenth of a second is a key
        terminal.until(lambda tries=tries: len(terminal.kept()) >= tries)
        if not held_up:
            break
    assert terminal.kept()[-1] == "ab"


def test_escape_alone_still_stops_a_turn(start: Start) -> None:
    terminal = ready(start())
    terminal.write(b"wait\r")
    terminal.until(lambda: terminal.kept() == ["wait"])
    terminal.write(b"\x1b")
    terminal.until(lambda: terminal.shows("cancelled") or terminal.shows("stopped"))


def test_the_terminal_gets_its_title_back(start: Start) -> None:
    terminal = ready(start())
    terminal.until(lambda: b"\x1b[22;2t\x1b]0;haikuterm \xc2\xb7 repo\x07" in terminal.output)
    terminal.write(b"\x04")
    assert terminal.ended() == 0
    assert terminal.output.rfind(b"\x1b[23;2t") > terminal.output.rfind(b"\x1b]0;haikuterm")
    assert terminal.output.count(b"\x1b[22;2t") == terminal.output.count(b"\x1b[23;2t")
    assert terminal.restored()


def test_a_turn_that_ends_while_the_user_looks_elsewhere_is_told(start: Start) -> None:
    terminal = ready(start("signals"))
    terminal.write(b"\x1b[Ohello\r")
    terminal.until(lambda: b"\x1b]9;haikuterm: done\x07" in terminal.output)
    seen = len(terminal.output)
    terminal.write(b"\x1b[Iagain\r")
    terminal.sees("echo: again")
    terminal.write(b"\x04")
    terminal.ended()
    assert b"\x1b]9;" not in terminal.output[seen:]


@pytest.mark.parametrize(
    ("typed", "columns"),
    [("日本語", 6), ("e\u0301a", 2), ("👍", 2), ("ｱ字a", 4), ("\u0915\u093fa", 2)],
    ids=["cjk", "combining", "emoji", "mixed", "vowel sign"],
)
def test_the_hardware_cursor_stands_where_an_input_method_opens_its_list(
    start: Start, typed: str, columns: int
) -> None:
    terminal = ready(start())
    terminal.write(typed.encode())
    terminal.until(lambda: terminal.seen.cursor == (2 + columns, 21))
    terminal.until(lambda: normalize("NFC", typed)[0] in terminal.seen.rows[21])


def test_after_a_stop_keys_and_the_title_are_as_before(start: Start) -> None:
    terminal = ready(start())
    terminal.until(lambda: b"\x1b[22;2t" in terminal.output)
    terminal.write(b"dra\x1a")
    terminal.until(lambda: os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT))
    terminal.until(lambda: terminal.restored())
    back = len(terminal.output)
    terminal.process.send_signal(signal.SIGCONT)
    terminal.until(lambda: b"\x1b[22;2t\x1b]0;haikuterm" in terminal.output[back:])
    terminal.write(b"ft\r")
    terminal.until(lambda: terminal.kept())
    assert terminal.kept() == ["draft"]


def test_a_stop_that_nobody_hears_of_changes_nothing_either(start: Start) -> None:
    terminal = ready(start())
    terminal.write(b"dra")
    terminal.sees("dra")
    terminal.process.send_signal(signal.SIGSTOP)
    terminal.until(lambda: os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT))
    back = len(terminal.output)
    terminal.process.send_signal(signal.SIGCONT)
    terminal.until(lambda: b"dra" in terminal.output[back:])
    terminal.write(b"ft\r")
    terminal.until(lambda: terminal.kept())
    assert terminal.kept() == ["draft"]
    terminal.write(b"\x04")
    assert terminal.ended() == 0
    assert terminal.restored()


def test_after_an_editor_keys_are_as_before(start: Start, editor: Install) -> None:
    editor("sed -i 's/^+TWO$/+zwei/' \"$1\"")
    terminal = ready(start())
    terminal.write(b"propose\r")
    terminal.sees("hunk")
    terminal.write(b"e")
    terminal.until(lambda: len(terminal.kept()) == 2)
    terminal.write(b"next\r")
    terminal.until(lambda: terminal.kept()[-1] == "next")
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.ended() == 128 + signal.SIGTERM
    assert terminal.restored()
    assert terminal.output.rfind(b"\x1b[23;2t") > terminal.output.rfind(b"\x1b[22;2t")
