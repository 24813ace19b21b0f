"""The full-screen face in a real terminal: fast keys, early keys, and how it leaves."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.own_editor import Install
from tests.ui.seen import Seen
from tests.ui.terminal import Terminal

READY = "haiku-4.5"  # the status line is there once the engine is


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """The face, started and idle."""
    terminal = Terminal(tmp_path / "kept.jsonl")
    terminal.sees(READY)
    yield terminal
    terminal.close()


def test_a_burst_of_letters_and_backspace_arrives_in_order_every_time(terminal: Terminal) -> None:
    for turn in range(20):
        terminal.write(b"jk\x7fvw")
        terminal.write(b"\r")
        terminal.until(lambda turn=turn: len(terminal.kept()) > turn)
    assert terminal.kept() == ["jvw"] * 20


def test_a_burst_with_newlines_cursor_keys_and_enter_arrives_in_order(terminal: Terminal) -> None:
    terminal.write(b"ac\x1b[Db\nx\x1b[H\x1b[3~y\rzz\x7f\x17second\r")
    terminal.until(lambda: len(terminal.kept()) == 2)
    assert terminal.kept() == ["ab\nyc", "second"]


def test_alt_enter_breaks_the_line_in_a_terminal_that_sends_escape_and_return(terminal: Terminal) -> None:
    terminal.write(b"a\x1b\rb")
    terminal.write(b"\r")
    terminal.until(lambda: terminal.kept())
    assert terminal.kept() == ["a\nb"]


def test_a_paste_is_one_prompt_and_its_controls_are_only_text(terminal: Terminal) -> None:
    terminal.write(b"\x1b[200~one\r\ntwo\x07\x1b[201~\r")
    terminal.until(lambda: terminal.kept())
    assert terminal.kept() == ["one\ntwo␇"]


def test_what_is_typed_before_the_first_frame_is_kept_in_order(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "kept.jsonl", early=b"early ")
    try:
        terminal.write(b"bix\x7frd")
        terminal.sees(READY)
        terminal.write(b"\r")
        terminal.until(lambda: terminal.kept())
        assert terminal.kept() == ["early bird"]
    finally:
        terminal.close()


def test_ctrl_l_draws_the_whole_screen_anew(terminal: Terminal) -> None:
    terminal.write(b"draft")
    terminal.sees("draft")
    before = len(terminal.output)
    terminal.write(b"\x0c")

    def whole() -> bool:
        anew = Seen(80, 24)
        anew.feed(terminal.output[before:])
        return anew.rows == terminal.seen.rows

    terminal.until(whole)
    assert terminal.shows("draft")


def test_ctrl_d_leaves_with_code_0_and_a_restored_terminal(terminal: Terminal) -> None:
    terminal.write(b"\x04")
    assert terminal.ended() == 0
    assert terminal.kept() == [{"closed": True, "stopped": []}]
    assert terminal.restored()


def test_a_hunk_is_written_as_the_user_changed_it_in_their_editor(tmp_path: Path, editor: Install) -> None:
    editor('sed -i \'s/^+TWO$/+zwei/\' "$1"; cp "$1" seen.diff')
    terminal = Terminal(tmp_path / "kept.jsonl", folder=tmp_path)
    try:
        terminal.sees(READY)
        terminal.write(b"propose\r")
        terminal.sees("hunk")
        terminal.write(b"e")
        terminal.until(lambda: len(terminal.kept()) == 2)
        assert terminal.kept() == ["propose", ["one\nzwei\n"]]
        assert (tmp_path / "seen.diff").read_text().startswith("@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n#")
        terminal.write(b"next\r")
        terminal.sees("echo: next")
        terminal.write(b"\x04")
        assert terminal.ended() == 0
        assert terminal.restored()
    finally:
        terminal.close()


def test_the_screen_comes_back_when_the_editor_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(tmp_path / "no such editor"))
    terminal = Terminal(tmp_path / "kept.jsonl")
    try:
        terminal.sees(READY)
        terminal.write(b"propose\r")
        terminal.sees("hunk")
        terminal.write(b"e")
        terminal.sees("did not start")
        terminal.write(b"y")
        terminal.until(lambda: len(terminal.kept()) == 2)
        assert terminal.kept() == ["propose", ["one\nTWO\n"]]
    finally:
        terminal.close()


def test_a_text_of_the_engine_is_changed_in_the_editor_and_an_interrupt_there_stops_only_it(
    tmp_path: Path, editor: Install
) -> None:
    editor('echo Mend it > "$1"; kill -INT $PPID')
    terminal = Terminal(tmp_path / "kept.jsonl")
    try:
        terminal.sees(READY)
        terminal.write(b"commit\r")
        terminal.until(lambda: len(terminal.kept()) == 2)
        assert terminal.kept() == ["commit", "Mend it\n"]
    finally:
        terminal.close()


def test_who_leaves_while_a_question_about_the_last_time_waits_leaves_a_closed_engine(tmp_path: Path) -> None:
    terminal = Terminal(
        tmp_path / "kept.jsonl", command=("-m", "tests.ui.pty_child", str(tmp_path / "kept.jsonl"), "ask")
    )
    try:
        terminal.sees("Cut short")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.ended() == 128 + signal.SIGTERM
        assert terminal.kept() == [{"closed": True, "stopped": []}]
        assert terminal.restored()
    finally:
        terminal.close()


def test_sigterm_stops_the_turn_closes_the_engine_and_restores_the_terminal(terminal: Terminal) -> None:
    terminal.write(b"wait\r")
    terminal.until(lambda: terminal.kept() == ["wait"])
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.ended() == 128 + signal.SIGTERM
    assert terminal.kept()[-1] == {"closed": True, "stopped": ["wait"]}
    assert terminal.restored()


def test_an_error_of_the_program_restores_the_terminal_and_closes_the_engine(terminal: Terminal) -> None:
    terminal.write(b"crash\r")
    assert terminal.ended() == 1
    assert b"a programmer's error" in terminal.output
    assert terminal.kept()[-1] == {"closed": True, "stopped": []}
    assert terminal.restored()
