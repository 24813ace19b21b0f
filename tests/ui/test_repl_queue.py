"""The line of what is typed ahead: what it says, and where it is drawn."""

from __future__ import annotations

import io

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from haikuterm.ui.repl_queue import QueueLine, typed


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("one\rtwo", "one ⏎ two"),
        ("one\r\x7f\x7f", "on"),
        ("a\nb", "a↵b"),
        ("\x1b[A\x1b[Cx\t", "x"),
        ("see \x1b[200~a\rb\x1b[201~", "see a␍b"),
        ("漢\x7f字", "字"),
    ],
)
def test_it_says_what_the_prompt_will_have(keys: str, text: str) -> None:
    with create_pipe_input() as pipe:
        pipe.send_text(keys)
        assert typed(pipe.read_keys()) == text


def line(columns: int = 20) -> tuple[QueueLine, io.StringIO]:
    screen = io.StringIO()
    output = Vt100_Output(screen, lambda: Size(24, columns))
    return QueueLine(output, lambda: columns), screen


def test_its_end_is_shown_where_there_is_no_room_for_all() -> None:
    queue, screen = line()
    queue.show("the end of this is what counts")
    assert "next: … what counts\x1b" in screen.getvalue()


@pytest.mark.parametrize(
    ("written", "drawn"), [("x" * 19, True), ("x" * 20, False), ("漢" * 10, False), (f"{'x' * 20}\nab", True)]
)
def test_a_terminal_that_waits_to_wrap_is_left_alone(written: str, drawn: bool) -> None:
    queue, screen = line()
    queue.wrote(f"line\n{written[:5]}")
    queue.wrote(written[5:])
    queue.show("more")
    assert ("next: more" in screen.getvalue()) == drawn


def test_nothing_is_written_where_nothing_is_typed_or_nothing_is_drawn_twice() -> None:
    for queue, screen in (line(), line(0)):
        queue.show("")
        queue.draw()
        queue.clear()
        assert screen.getvalue() == ""
    queue, screen = line(0)
    queue.show("more")
    assert screen.getvalue() == ""
