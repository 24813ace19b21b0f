"""The composer in a real terminal: drafts that outlive a kill, and the user's own editor."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ui.own_editor import Install
from tests.ui.terminal import Terminal

READY = "haiku-4.5"  # the status line is there once the engine is
LONG = "".join(f"line {n}\n" for n in range(132))
Start = Callable[[], Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the face; all of them keep their drafts in one folder."""
    started: list[Terminal] = []

    def begin() -> Terminal:
        started.append(terminal := Terminal(tmp_path / "kept.jsonl", folder=tmp_path))
        terminal.sees(READY)
        return terminal

    yield begin
    for terminal in started:
        terminal.close()


def drafts(folder: Path) -> list[str]:
    """The texts that are kept."""
    return [json.loads(file.read_bytes())["text"] for file in (folder / "drafts").glob("*.json")]


def test_a_draft_survives_a_kill_with_its_pastes_and_is_given_back_once(tmp_path: Path, start: Start) -> None:
    first = start()
    first.write(b"see \x1b[200~" + LONG.encode() + b"\x1b[201~ now")
    first.until(lambda: drafts(tmp_path) == [f"see {LONG} now"])
    first.process.kill()
    first.process.wait()
    second = start()
    second.sees("[pasted 132 lines]")
    third = start()
    third.write(b"other\r")
    third.until(lambda: third.kept() == ["other"])
    second.write(b"\r")
    second.until(lambda: second.kept()[-1] == f"see {LONG} now")
    second.until(lambda: not drafts(tmp_path))
    second.process.kill()


def test_what_stands_there_when_one_leaves_is_there_again_and_what_was_deleted_is_not(
    tmp_path: Path, start: Start
) -> None:
    first = start()
    first.write(b"unsent")
    first.sees("unsent")
    first.process.terminate()
    first.ended()
    assert drafts(tmp_path) == ["unsent"]
    second = start()
    second.sees("unsent")
    second.write(b"\x15")
    second.until(lambda: not drafts(tmp_path))
    second.write(b"\x04")
    assert second.ended() == 0
    assert [*(tmp_path / "drafts").glob("*")] == []


def test_the_draft_goes_through_the_editor_and_undo_knows_the_old_one(start: Start, editor: Install) -> None:
    editor('sed -i s/draft/text/ "$1"; echo more >> "$1"')
    terminal = start()
    terminal.write(b"my draft\x07")
    terminal.sees("more")
    terminal.write(b"\r")
    terminal.until(lambda: terminal.kept() == ["my text\nmore"])


def test_an_editor_that_fails_keeps_the_draft_and_says_so(start: Start, editor: Install) -> None:
    editor('echo lost > "$1"; exit 1')
    terminal = start()
    terminal.write(b"my draft\x18\x05")
    terminal.sees("ended with an error")
    terminal.write(b"\r")
    terminal.until(lambda: terminal.kept() == ["my draft"])


def test_an_answer_that_comes_meanwhile_is_not_drawn_over_the_editor(
    tmp_path: Path, start: Start, editor: Install
) -> None:
    editor("echo EDITING; touch told; until grep -q shown kept.jsonl; do sleep 0.01; done; echo DONE")
    terminal = start()
    terminal.write(b"chatter\r")
    terminal.until(lambda: terminal.kept() == ["chatter"])
    terminal.write(b"x\x07")
    terminal.until(lambda: b"DONE" in terminal.output and b"CHATTER" in terminal.output)
    between = terminal.output[terminal.output.index(b"EDITING") : terminal.output.index(b"DONE")]
    assert between == b"EDITING\r\n"
