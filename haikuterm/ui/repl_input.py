"""Owns the terminal of the inline face: its keys without its answers, and what it can be written to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.output.plain_text import PlainTextOutput
from prompt_toolkit.utils import is_dumb_terminal

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyPress

    from haikuterm.ui.ground import Answers


def screen() -> Output:
    """The terminal; one that can only print gets nothing else."""
    return PlainTextOutput(sys.stdout) if is_dumb_terminal() else create_output()


def simplify(*sessions: PromptSession[str]) -> None:
    """Let prompts be printed once and never drawn anew where the terminal can only print.

    prompt_toolkit does so of itself, but not for an output that it was given, as here, so that no escape is written.
    """
    if is_dumb_terminal():
        for session in sessions:
            session._output = None


def depth(output: Output) -> ColorDepth:
    """How many colours the terminal has; prompt_toolkit alone believes in 256."""
    true = os.environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit")
    return ColorDepth.from_env() or (ColorDepth.TRUE_COLOR if true else output.get_default_color_depth())


@contextmanager
def unechoed() -> Iterator[None]:
    """Keys wait as they were struck until there is a prompt to take them; the terminal is as before after that.

    In its ordinary mode it would show them at once, and make a line feed, which is a new line here, of Enter.
    """
    if sys.platform == "win32" or not sys.stdin.isatty():
        yield
        return
    import termios

    before, mode = termios.tcgetattr(0), termios.tcgetattr(0)
    mode[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR)
    mode[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(0, termios.TCSANOW, mode)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSANOW, before)


def listening(answers: Answers, early: bytes) -> Input:
    """The keyboard without answers of the terminal; early: bytes that have been read already, typed before anything."""
    source = create_input()
    if sys.platform != "win32":
        from prompt_toolkit.input.posix_utils import PosixStdinReader
        from prompt_toolkit.input.vt100 import Vt100Input
        from prompt_toolkit.input.vt100_parser import Vt100Parser

        class Reader(PosixStdinReader):
            """Reads what is left without answers."""

            def read(self, count: int = 1024) -> str:
                """The next keys, as far as they have come."""
                read = super().read(count).encode("utf-8", "surrogateescape")
                return answers.feed(read).decode("utf-8", "surrogateescape")

        if isinstance(source, Vt100Input):
            source.stdin_reader = Reader(source.fileno())
            keys: list[KeyPress] = []
            Vt100Parser(keys.append).feed_and_flush(early.decode("utf-8", "surrogateescape"))
            store_typeahead(source, keys)
    return source
