"""What is typed while a turn of the inline face runs, on a real terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ui.terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo terminals of this kind")

START = """
import asyncio, fcntl, json, pathlib, signal, sys, termios
from haikuterm.core.events import TextDelta
from haikuterm.core.settings import Settings
from haikuterm.ui import repl
from haikuterm.ui.repl_input import unechoed
from tests.ui.scripted_events import ScriptedEngine, answer

class Engine(ScriptedEngine):  # writes down each line; the first turn goes on until the test says so
    async def submit(self, line, asker, context=""):
        with open(sys.argv[1], "a") as file:
            file.write(json.dumps(line) + "\\n")
        if line == "one":
            yield TextDelta("Begun")
            while not pathlib.Path(sys.argv[1] + ".go").exists():
                await asyncio.sleep(0.01)
        for event in answer(f"So much for {len(line)}."):
            yield event

fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.default_int_handler)
with unechoed():
    engine = Engine(settings=Settings(vim="vim" in sys.argv))
    sys.exit(asyncio.run(repl.run(engine, None, plain="plain" in sys.argv)))
"""


class Desk(Terminal):
    """A terminal whose first turn ends when it is told to."""

    def say(self, after: bytes, keys: bytes) -> None:
        self.until(lambda: after in self.output)
        self.write(keys)

    def go(self) -> None:
        Path(f"{self._file}.go").touch()

    def leave(self, keys: bytes = b"\x04") -> None:
        self.write(keys)
        assert self.ended() == 0


Start = Callable[..., Desk]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the inline face on a terminal; ends it when the test is over."""
    started: list[Desk] = []

    def run(*words: str) -> Desk:
        started.append(Desk(tmp_path / "kept", command=("-c", START, str(tmp_path / "kept"), *words)))
        started[-1].say(b"\x1b[?2004h", b"one\r")
        started[-1].until(lambda: b"Begun" in started[-1].output)
        return started[-1]

    yield run
    for terminal in started:
        terminal.close()


@pytest.mark.parametrize("plain", [True, False])
def test_two_prompts_and_half_a_third_are_sent_in_order_and_the_half_waits(start: Start, plain: bool) -> None:
    desk = start(*["plain"] * plain)
    desk.write(b"second\rthird\x7fd again\rhalf of it")
    if not plain:
        desk.sees("Begun\nnext: second ⏎ third again ⏎ half of it")
    desk.go()
    desk.until(lambda: desk.output.count(b"So much") == 3 and b"half of it" in desk.output)
    assert desk.kept() == ["one", "second", "third again"]
    turn = desk.output[desk.output.find(b"Begun") : desk.output.find(b"So much")]
    assert plain or b"\x1b[J" in turn
    assert not plain or (b"second" in turn, b"\n" in turn) == (False, False)
    assert not desk.shows("next:")
    desk.leave(b"\r\x04")
    assert desk.kept()[3:] == ["half of it"]


@pytest.mark.parametrize("key", [b"\x03", b"\x1b"])
def test_stopping_gives_back_what_was_typed_and_sends_none_of_it(start: Start, key: bytes) -> None:
    desk = start()
    desk.write(b"second\rthird")
    desk.write(key)
    desk.until(lambda: b"stopped" in desk.output and b"third" in desk.output)
    desk.leave(b" and on\r\x04")
    assert desk.kept() == ["one", "second\nthird and on"]


def test_with_vims_keys_an_escape_behind_words_leaves_insert_mode_and_stops_nothing(start: Start) -> None:
    desk = start("vim")
    desk.write(b"some words\x1b")
    desk.go()
    desk.until(lambda: b"some words" in desk.output)
    desk.leave(b"0dwi\r\x04")
    assert desk.kept() == ["one", "words"]


def test_a_paste_during_a_turn_is_one_key_whose_lines_are_not_sent(start: Start) -> None:
    desk = start()
    desk.until(lambda: desk.output.rfind(b"\x1b[?2004h") > desk.output.rfind(b"\x1b[?2004l"))
    desk.write(b"see \x1b[200~first line\rsecond line\x1b[201~")
    desk.go()
    desk.until(lambda: b"second line" in desk.output)
    desk.leave(b"\r\x04")
    assert desk.kept() == ["one", "see first line\nsecond line"]


def test_an_earlier_prompt_can_be_brought_back_ahead(start: Start) -> None:
    desk = start()
    desk.write(b"\x1b[A!\r")
    desk.go()
    desk.until(lambda: desk.output.count(b"So much") == 2)
    desk.leave()
    assert desk.kept() == ["one", "one!"]


def test_two_ctrl_c_stop_the_turn_and_put_away_what_was_given_back(start: Start) -> None:
    desk = start()
    desk.write(b"second\r\x03")
    desk.until(lambda: b"stopped" in desk.output and b"second" in desk.output)
    desk.write(b"\x03")
    desk.leave(b"\x10\r\x04")
    assert desk.kept() == ["one", "second"]
