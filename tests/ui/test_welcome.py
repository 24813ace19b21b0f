"""The empty conversation in the full screen: what it suggests, what fits, and when it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.findings import Finding
from haikuterm.core.models import catalogue
from haikuterm.core.ports import RepoFacts
from haikuterm.engine.suggesting import Outlook
from haikuterm.ui.tui.welcome import Welcome, rows
from tests.ui.screen import running, said, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine

MODEL = catalogue().resolve("haiku-4.5")
FOUND = tuple(Finding("ruff", "F401", "warning", "app.py", n, 1, "unused", fix="x" * (n < 4)) for n in range(1, 5))
FIRST = Outlook(MODEL, "shop", RepoFacts(True, "main", True), ("app.py", "cart.py"))
SECOND = replace(FIRST, findings=FOUND, looked=True)


def engine(*outlooks: Outlook) -> ScriptedEngine:
    made = ScriptedEngine()
    made.outlooks = outlooks
    return made


async def test_it_says_who_answers_where_we_are_and_what_to_try() -> None:
    async with running(engine(FIRST, SECOND)) as (app, pilot):
        await until(pilot, lambda: "4 findings" in text(app))
        lines = [line.rstrip() for line in text(app).split("\n") if line.strip()]
        assert lines[0].endswith("haiku-4.5, $1 in, $5 out per M tokens")
        assert lines[1:4] == [
            "  shop · main · 2 files changed",
            "  Tab  /fix app.py               4 findings, 3 of them free",
            "       Review @app.py @cart.py   changed since the last commit",
        ]


class Slow(ScriptedEngine):
    """Knows its repository long before it could send a prompt."""

    def __init__(self) -> None:
        super().__init__()
        self.go = Event()

    def warm(self, looked: Callable[[], object] = lambda: None) -> None:
        self.status = replace(self.status, repo=RepoFacts(True, "topic", True))
        looked()
        self.go.wait(60)


async def test_the_branch_is_on_the_status_line_before_what_is_slow_is_loaded() -> None:
    slow = Slow()
    try:
        async with running(slow) as (app, pilot):
            await until(pilot, lambda: "topic*" in text(app))
            assert not slow.go.is_set()
    finally:
        slow.go.set()


def test_where_it_is_narrow_less_is_said_of_the_repository_and_nothing_is_cut() -> None:
    clean = replace(FIRST, looked=True)
    said = {width: rows(clean, width, 20)[1].drawn.plain for width in (60, 40, 24)}
    assert said == {
        60: "shop · main · 2 files changed, no findings in Python",
        40: "shop · main · 2 files changed",
        24: "shop · 2 files changed",
    }


async def test_tab_puts_the_first_suggestion_into_an_empty_input_and_only_there() -> None:
    async with running(engine(SECOND)) as (app, pilot):
        await until(pilot, lambda: app.composer.first_try)
        await pilot.press("tab")
        assert app.composer.text == "/fix app.py"
        app.composer.put("hm")
        await pilot.press("tab")
        assert "/fix" not in app.composer.text


async def test_a_click_takes_a_suggestion() -> None:
    async with running(engine(SECOND)) as (app, pilot):
        await until(pilot, lambda: app.query(Welcome))
        await pilot.pause()
        await pilot.click(Welcome, offset=(10, 4))
        await until(pilot, lambda: app.composer.text == "Review @app.py @cart.py")
        await pilot.click(Welcome, offset=(10, 0))
        assert app.composer.text == "Review @app.py @cart.py"


async def test_it_goes_with_the_first_prompt_and_tab_is_tab_again() -> None:
    async with running(engine(SECOND)) as (app, pilot):
        await until(pilot, lambda: app.query(Welcome))
        await type_in(pilot, "hi")
        assert app.query(Welcome), "typing alone changes nothing"
        await pilot.press("enter")
        await until(pilot, lambda: "echo: hi" in said(app) and not app.query(Welcome))
        await pilot.press("tab")
        assert app.composer.text == ""


async def test_a_conversation_that_goes_on_shows_its_last_exchange() -> None:
    async with running(engine(Outlook(MODEL, asked="what is it?", answered="A **file**."))) as (app, pilot):
        await until(pilot, lambda: said(app) == ["what is it?", "A **file**."])
        assert not app.query(Welcome)


@pytest.mark.parametrize("size", [(160, 50), (80, 24), (40, 12), (20, 5)])
async def test_it_fits_every_terminal_and_never_covers_the_input(size: tuple[int, int]) -> None:
    async with running(engine(SECOND), size=size) as (app, pilot):
        await until(pilot, lambda: app.query(Welcome))
        await pilot.pause()
        shown = text(app)
        assert "Tab  /fix app" in shown
        assert "Ask." in shown
        assert "haiku-4.5" in shown.split("\n")[-1]


async def test_names_from_the_repository_cannot_reach_the_terminal() -> None:
    evil = replace(SECOND, name="a\x1b[2Jb", changed=("x\x1b]0;y\x07.py",), findings=())
    async with running(engine(evil)) as (app, pilot):
        await until(pilot, lambda: app.query(Welcome))
        await pilot.pause()
        assert not set(text(app)) & set("\x1b\x07")


@given(st.integers(1, 200), st.integers(0, 60))
def test_rows_are_never_wider_or_more_than_there_is_room(width: int, height: int) -> None:
    made = rows(SECOND, width, height)
    assert 1 <= len(made) <= max(1, height)
    assert all(row.drawn.cell_length <= width for row in made)
    assert made[0].text == "/fix app.py" or height > 1
