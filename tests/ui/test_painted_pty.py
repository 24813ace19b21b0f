"""The face in a real terminal that it sends differences to: what stands there is what a whole screen would be."""

from __future__ import annotations

import random
from pathlib import Path

import pyte
import pytest

from tests.ui.terminal import Terminal

STATUS = "haiku-4.5"
TOP = b"\x1b[1;1H"  # where a whole frame begins; nothing else that is drawn here at last stands so high
KEYS = (b"\x1b[5~", b"\x1b[6~", b"\x1b[5~\x1b[5~", b"wor", b"/", b"@")  # Page Up, Page Down, and letters


class Watched(Terminal):
    """A terminal and somebody at its keys."""

    def ask(self, word: str) -> None:
        self.write(b"\x15" + word.encode() + b"\r")
        self.sees(f"echo: {word}")

    def look_up_keys(self) -> None:
        self.write(b"\x1bOP")  # F1
        self.sees("new line")
        self.write(b"\x1b")
        self.until(lambda: not self.shows("new line"))

    def drawn_anew(self) -> pyte.Screen:
        """What the whole screen looks like when it is asked for."""
        fresh = pyte.Screen(self.seen.glass.columns, self.seen.glass.lines)
        before = len(self.output)
        self.write(b"\x0c")

        def complete() -> bool:
            begin = self.output.find(TOP, before)
            fresh.reset()
            pyte.ByteStream(fresh).feed(self.output[begin:] if begin >= 0 else b"")
            return fresh.buffer[fresh.lines - 1][fresh.columns - 1].bg != "default"

        self.until(complete)
        return fresh


@pytest.mark.parametrize("seed", range(2))
def test_after_turns_pages_popups_and_resizes_ctrl_l_changes_nothing(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    terminal = Watched(tmp_path / "kept.jsonl")
    try:
        terminal.sees(STATUS)
        for number in range(12):
            terminal.ask(f"{dice.choice(('plain', '漢字', 'é'))}{number}")
            terminal.write(dice.choice(KEYS))
            if number % 5 == 4:
                terminal.resize(dice.randint(60, 90), dice.randint(12, 30))
            if number % 5 == 3:
                terminal.look_up_keys()
            terminal.write(b"\x15\x1b[1;5F")  # Ctrl+U, Ctrl+End
        terminal.ask("last")
        whole = terminal.drawn_anew()
        for y in range(whole.lines):
            for x in range(whole.columns):
                assert whole.buffer[y][x] == terminal.seen.glass.buffer[y][x], (y, x)
    finally:
        terminal.close()
