"""The bar of long work: its time left, its eighths, and what it leaves out where there is no room."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.events import Progress
from haikuterm.core.ports import Question
from haikuterm.ui.present import cells
from haikuterm.ui.progress import Gauge, LiveLine, Uncovered, bar
from tests.scripted import ScriptedAsker


class Clock:
    """Seconds that go on when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def gauge(done: int = 41_000_000) -> tuple[Gauge, Progress]:
    """A download of 100 MB that came so far in ten seconds."""
    clock = Clock()
    made = Gauge(clock)
    made.see(Progress("fetching qwen", 0, 100_000_000))
    clock.now = 10.0
    event = Progress("fetching qwen", done, 100_000_000)
    made.see(event)
    return made, event


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (90, "fetching qwen ▕█████████▊              ▏ 41%, 15 s left · 41 of 100 MB · Esc stops"),
        (60, "fetching qwen ▕█████▋        ▏ 41%, 15 s left · 41 of 100 MB"),
        (46, "fetching qwen ▕██████▏        ▏ 41%, 15 s left"),
        (30, "▕█████▎       ▏ 41%, 15 s left"),
        (20, "41%, 15 s left"),
        (9, "41%"),
    ],
)
def test_what_has_no_room_goes_the_least_important_first(width: int, shown: str) -> None:
    made, event = gauge()
    assert made.line(event, width, "Esc stops") == shown


@given(st.integers(0, 120), st.integers(0, 100_000_000), st.sampled_from(["", "9 findings left, $0.0031"]))
def test_the_line_is_never_wider_than_its_room(width: int, done: int, note: str) -> None:
    made, _ = gauge()
    event = Progress("fetching 日本", done, 100_000_000, note=note)
    made.see(event)
    assert cells(made.line(event, width)) <= max(width, 4)


def test_work_of_unknown_size_is_named_and_has_no_bar() -> None:
    made = Gauge(Clock())
    event = Progress("looking through 214 files", 0, 0, "files")
    made.see(event)
    assert made.line(event, 60, "Esc stops") == "looking through 214 files · Esc stops"
    assert made.line(event, 12) == "looking thr…"


def test_a_name_with_an_escape_in_it_stays_text() -> None:
    made = Gauge(Clock())
    event = Progress("\x1b[2Jx", 1, 2, "files", note="\x1b]0;y\x07")
    made.see(event)
    assert "\x1b" not in made.line(event, 80)


def test_a_bar_grows_by_eighths_by_whole_columns_or_in_ascii() -> None:
    assert bar(0.5, 3) == "▕█▌ ▏"
    assert bar(0.5, 3, moving=False) == "▕█  ▏"
    assert bar(0.5, 4, ascii=True) == "[##--]"
    assert bar(1, 3) == "▕███▏"


def test_a_stream_that_is_no_terminal_gets_a_line_at_each_tenth() -> None:
    err = io.StringIO()
    live = LiveLine(err)
    for done in range(101):
        live.show(Progress("fixing", done, 100, "files", note="9 findings left"))
    live.clear()
    rows = err.getvalue().splitlines()
    assert len(rows) == 11
    assert rows[4] == "fixing: 40 of 100 files (40%), 9 findings left"


def test_plain_lines_are_to_be_had_on_a_terminal_too() -> None:
    err = Terminal()
    LiveLine(err, plain=True).show(Progress("fixing", 1, 4, "files"))
    assert err.getvalue() == "fixing: 1 of 4 files (25%)\n"


def test_a_terminal_that_cannot_show_blocks_gets_ascii() -> None:
    raw = io.BytesIO()

    class Old(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    stream = Old(raw, encoding="ascii")
    LiveLine(stream, lambda: 40).show(Progress("fixing é", 1, 2, "files"))
    assert raw.getvalue() == b"\r\x1b[Kfixing \\xe9 [#####-----] 50%, 1 of 2 files"


def test_a_line_is_not_drawn_more_often_than_a_terminal_can_take() -> None:
    clock, err = Clock(), Terminal()
    live = LiveLine(err, clock=clock)
    for done in range(1001):
        clock.now = done / 1000
        live.show(Progress("fetching", done, 1000, "files"))
    assert 10 <= err.getvalue().count("\r") <= 12
    live.clear()
    assert err.getvalue().endswith("100% · 1000 of 1000 files\r\x1b[K")


async def test_a_question_takes_the_bar_off_the_terminal_first() -> None:
    err = Terminal()
    line = LiveLine(err)
    line.show(Progress("fixing", 1, 2, "files"))
    shown: list[str] = []

    class Person(ScriptedAsker):
        async def choose(self, question: Question) -> str | None:
            shown.append(err.getvalue())
            return "yes"

    assert await Uncovered(Person(), line).choose(Question("Ask?", ())) == "yes"
    assert shown[0].endswith("\r\x1b[K")
