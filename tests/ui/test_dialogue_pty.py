"""Questions and editors on a real terminal: the line-by-line faces as programs of their own."""

from __future__ import annotations

import os
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ui.own_editor import Install
from tests.ui.terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo terminals of this kind")

START = """
import asyncio, fcntl, json, signal, sys, termios
from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.events import to_json, EditsApplied, TurnEnded
from haikuterm.core.ports import Option, Question
from haikuterm.ui import headless, repl
from haikuterm.ui.dialogue import terminal_dialogue
from tests.ui.scripted_events import ScriptedEngine, answer

class Engine(ScriptedEngine):  # writes down what was decided
    async def close(self):
        accepted = [[change.after.decode() for change in verdict.accepted] for verdict in self.verdicts]
        with open(sys.argv[1], "a") as file:
            file.write(json.dumps([accepted, self.choices, self.texts, self.lines]) + "\\n")

fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # it is ours: its Ctrl+C comes to us, and /dev/tty is it
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever started the tests may have it ignored
old = [f"line {n}\\n" for n in range(30)]
new = ["first\\n", *old[1:29], "last \\x1b[5m\\n"]
change = FileChange("app.py", "".join(old).encode(), "".join(new).encode())
which = Question("Which?", (Option("a", "A"), Option("b", "B")))
acts = [Proposal((change,)), which, "text\\n"]
"""
COMMAND = "sys.exit(asyncio.run(headless.command(Engine(acts), '/undo', sys.stdout, sys.stderr, terminal_dialogue())))"
INLINE = "sys.exit(asyncio.run(repl.run(Engine([*acts, *answer('So.')]), None, plain=True)))"


class Desk(Terminal):
    """A terminal with somebody at it who answers what they have read so far."""

    read = 0

    def answer(self, question: bytes, said: bytes) -> None:
        """Type once the question stands behind what was answered before."""
        self.until(lambda: self.output.find(question, self.read) >= 0)
        self.read = self.output.find(question, self.read) + len(question)
        self.write(said)


Start = Callable[..., Desk]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a program on a terminal; ends it when the test is over."""
    started: list[Desk] = []

    def run(program: str, early: bytes = b"") -> Desk:
        command = ("-c", START + program, str(tmp_path / "kept"))
        started.append(Desk(tmp_path / "kept", command=command, early=early))
        return started[-1]

    yield run
    for terminal in started:
        terminal.close()


def modes_are_back(terminal: Terminal) -> bool:
    return termios.tcgetattr(terminal._slave)[:4] == terminal.before[:4]


def first_only() -> str:
    return "".join(["first\n", *(f"line {n}\n" for n in range(1, 30))])


def test_a_command_asks_on_the_terminal_hunk_by_hunk(start: Start, editor: Install) -> None:
    editor('read typed < /dev/tty; echo "$typed" >> "$1"')
    terminal = start(COMMAND)
    terminal.answer(b"Write this hunk (1 of 2)? ", b"y\n")
    terminal.answer(b"Write this hunk (2 of 2)? ", b"n not this\n")
    terminal.answer(b"Number (Enter takes none, q none): ", b"2\n")
    terminal.write(b"in the editor\n")
    assert terminal.ended() == 0
    assert terminal.kept() == [[[[first_only()]], ["b"], ["text\nin the editor\n"], ["/undo"]]]
    assert b"\x1b" not in terminal.output


@pytest.mark.parametrize("program", [COMMAND, INLINE])
def test_what_was_typed_before_the_question_does_not_answer_it(start: Start, editor: Install, program: str) -> None:
    editor("exit 1")
    inline = program == INLINE
    enter = b"\r" if inline else b"\n"
    terminal = start(program, early=b"" if inline else b"y\ny\n1\n")
    if inline:
        terminal.answer(b"you:", b"go\ry")
    terminal.answer(b"Write this hunk (1 of 2)?", b"none" + enter)
    terminal.answer(b"Number (Enter takes none, q none):", b"q" + enter)
    if inline:
        terminal.answer(b"you: y", b"\x7f\x04")
    assert terminal.ended() == (0 if inline else 1)
    assert terminal.kept() == [[[[]], [None], [None], ["go"] if inline else ["/undo"]]]


@pytest.mark.parametrize(("key", "code", "kept"), [(b"\x04", 1, [[]]), (b"\x03", 130, [])])
def test_who_leaves_a_command_at_its_question_gets_nothing_written_and_the_shell_back(
    start: Start, editor: Install, key: bytes, code: int, kept: list[list[str]]
) -> None:
    editor("exit 1")
    terminal = start(COMMAND)
    terminal.answer(b"Write this hunk (1 of 2)? ", b"y\n")
    terminal.answer(b"Write this hunk (2 of 2)? ", key)
    if key == b"\x04":
        terminal.answer(b"Number (Enter takes none, q none): ", b"\x04")
    assert terminal.ended() == code
    assert terminal.kept()[0][0] == kept
    assert modes_are_back(terminal)


def test_the_inline_face_gives_the_terminal_to_the_editor_and_takes_it_back(start: Start, editor: Install) -> None:
    # An editor that reads a line as the terminal's line discipline makes it: only in its ordinary mode Enter ends it.
    editor('echo "in the editor"; read typed < /dev/tty; sed -i "s/^+first/+$typed/" "$1"; echo "left it"')
    terminal = start(INLINE)
    terminal.answer(b"you:", b"go\r")
    terminal.answer(b"Write this hunk (1 of 2)?", b"e\r")
    terminal.answer(b"in the editor", b"my own\x7f\x7f\x7fone\r")
    terminal.answer(b"Write this hunk (2 of 2)?", b"d\r")
    terminal.answer(b"Number (Enter takes none, q none):", b"1\r")
    terminal.answer(b"in the editor", b"\r")
    terminal.answer(b"$0.0016)", b"")
    terminal.answer(b"you:", b"\x04")
    assert terminal.ended() == 0
    mine = first_only().replace("first", "my one", 1)
    assert terminal.kept() == [[[[mine]], ["a"], ["text\n"], ["go"]]]
    assert b"\x1b[5m" not in terminal.output
    assert modes_are_back(terminal)


def test_ctrl_c_in_the_editor_ends_the_editor_and_not_the_turn(start: Start, editor: Install) -> None:
    editor('echo "in the editor"; read typed')
    terminal = start(INLINE)
    terminal.answer(b"you:", b"go\r")
    terminal.answer(b"Write this hunk (1 of 2)?", b"e\r")
    terminal.answer(b"in the editor", b"\x03")
    terminal.answer(b"The hunk stays as it was.", b"")
    terminal.answer(b"Write this hunk (1 of 2)?", b"y\r")
    terminal.answer(b"Write this hunk (2 of 2)?", b"\x03")
    terminal.answer(b"stopped", b"")
    terminal.answer(b"you:", b"\x04")
    assert terminal.ended() == 0
    assert terminal.kept() == [[[], [], [], ["go"]]]
