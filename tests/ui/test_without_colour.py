"""Nothing is told by colour alone: with all colours taken away, what differs in meaning still differs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from textual.pilot import Pilot

from haikuterm.core import events as ev
from haikuterm.core.budget import Limit, Standing
from haikuterm.core.findings import CheckReport, Finding
from haikuterm.core.ports import Option, Question
from haikuterm.ui.segments import segments
from haikuterm.ui.theme import ROLES, load
from haikuterm.ui.tui.app import HaikutermApp
from haikuterm.ui.tui.dialogs import Picker
from haikuterm.ui.tui.diff import DiffScreen
from haikuterm.ui.tui.first_run import Blank, Form
from tests.ui.scenes import tour
from tests.ui.screen import running, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.test_diff_screen import FILES, ONE, Asking

MARKS = ("bold", "dim", "italic", "underline", "reverse", "strike")
Cell = tuple[str, tuple[str, ...]]  # a sign, and what it looks like where there are no colours
LEFT = Finding("ruff", "F401", "error", "a.py", 1, 1, "unused")


@pytest.fixture(autouse=True)
def colourless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


@asynccontextmanager
async def up(engine: ScriptedEngine, **more: object) -> AsyncGenerator[tuple[HaikutermApp, Pilot[int]], None]:
    """The face as it is where NO_COLOR is set."""
    async with running(engine, theme="ansi", **more) as (app, pilot):
        yield app, pilot


def cells(app: HaikutermApp) -> list[list[Cell]]:
    """The screen without its colours."""
    return [
        [(sign, tuple(mark for mark in MARKS if getattr(style, mark))) for signs, style, _ in strip for sign in signs]
        for strip in app.screen._compositor.render_strips()
    ]


def look(app: HaikutermApp, words: str, behind: str = "") -> tuple[str, ...]:
    """What the first of these words on the screen look like, or the first of them in a row that holds others too."""
    for row in cells(app):
        line = "".join(sign for sign, _ in row)
        if words in line and behind in line:
            return row[line.index(words)][1]
    raise AssertionError(f"{words!r} is not on the screen:\n{text(app)}")


async def test_no_colour_is_left_on_any_screen() -> None:
    async with aclosing(tour("ansi")) as screens:
        async for name, app in screens:
            for strip in app.screen._compositor.render_strips():
                styles = [segment.style for segment in strip if segment.style]
                assert not [s for s in styles for c in (s.color, s.bgcolor) if c and not c.is_default], name


async def test_the_chosen_row_of_each_list_has_a_look_of_its_own() -> None:
    async with up(ScriptedEngine(commands={"/add": "attach", "/theme": "colours"}, past=("older", "newer"))) as (
        app,
        pilot,
    ):
        await type_in(pilot, "/")
        await until(pilot, lambda: app.popup.display)
        assert look(app, "/add") != look(app, "/theme")
        await pilot.press("escape", "ctrl+u", "ctrl+r")
        await until(pilot, lambda: "❯ newer" in text(app))
        assert look(app, "newer") != look(app, "older")
        await pilot.press("escape")
        app.push_screen(Picker(Question("Which?", (Option("a", "first"), Option("b", "second")))))
        await until(pilot, lambda: "❯ first" in text(app))
        assert look(app, "first") != look(app, "second")


async def test_what_goes_and_what_comes_have_signs_and_differing_words_a_look_of_their_own() -> None:
    async with up(Asking(ONE).engine, first_prompt="go") as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, DiffScreen) and "▌" in text(app))
        assert "1 - import os" in text(app)
        await pilot.press("v")
        await until(pilot, lambda: "│1   x = 1" in text(app))
        assert "1 - import os" in text(app)
    changed = replace(ONE, after=b"import sys\nx = 1\n")
    async with up(Asking(changed).engine, first_prompt="go") as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, DiffScreen) and "1 + import sys" in text(app))
        assert look(app, "sys") != look(app, "import sys")
        await pilot.press("y")
        await until(pilot, lambda: not isinstance(app.screen, DiffScreen))


async def test_what_was_decided_of_a_hunk_is_a_word_and_the_current_one_has_a_bar() -> None:
    async with up(Asking(*FILES).engine, first_prompt="go") as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, DiffScreen) and "▌ @@" in text(app))
        await pilot.press("y", "n", "K", "K")
        await until(pilot, lambda: "▌ ✓ accepted @@" in text(app) and "  ✗ rejected @@" in text(app))
        assert "1 accepted · 1 rejected" in text(app)


async def test_an_error_a_warning_and_a_notice_begin_otherwise_and_a_failed_tool_says_so() -> None:
    told = [
        ev.TurnStarted("go", "claude-haiku-4-5"),
        ev.Notice("all is well"), ev.Notice("take care", "warning"), ev.Notice("it broke", "error"),
        ev.ToolStarted("1", "read", "a.py"), ev.ToolEnded("1", "read", True, "read a.py"),
        ev.ToolStarted("2", "read", "b.py"), ev.ToolEnded("2", "read", False, "read b.py"),
        ev.Checked(CheckReport("ruff", ("a.py",), ()), 1), ev.Checked(CheckReport("ruff", ("a.py",), (LEFT,)), 1),
        ev.TurnEnded("failed", "it is over"),
    ]  # fmt: skip
    async with up(ScriptedEngine({"go": told}), first_prompt="go", size=(80, 40)) as (app, pilot):
        await until(pilot, lambda: "it is over" in text(app))
        rows = [row.strip() for row in text(app).split("\n")]
        assert {
            "· all is well", "Warning: take care", "Error: it broke", "▸ read a.py", "▸ failed: read b.py",
            "· ruff: clean (1 -> 0)", "Warning: ruff: 1 finding (1 -> 1)", "Error: failed: it is over",
        } <= {*rows}  # fmt: skip


async def test_who_speaks_is_told_by_signs() -> None:
    told = [
        ev.TurnStarted("go", "claude-haiku-4-5"),
        ev.ThinkingDelta("a thought"),
        ev.TextDelta("a reply"),
        ev.TurnEnded("done"),
    ]
    async with up(ScriptedEngine({"go": told}), first_prompt="go") as (app, pilot):
        await until(pilot, lambda: "a reply" in text(app))
        assert "❯ go" in text(app)
        assert "┊ a thought" in text(app)
        assert look(app, "a thought") != look(app, "a reply")


async def test_code_inside_a_sentence_has_a_look_of_its_own() -> None:
    told = [ev.TurnStarted("go", "claude-haiku-4-5"), ev.TextDelta("Call `main` now."), ev.TurnEnded("done")]
    async with up(ScriptedEngine({"go": told}), first_prompt="go") as (app, pilot):
        await until(pilot, lambda: "Call main now." in text(app))
        assert look(app, "main") != look(app, "Call")


async def test_the_message_that_is_read_and_what_was_found_in_it_have_looks_of_their_own() -> None:
    told = [ev.TurnStarted("go", "claude-haiku-4-5"), ev.TextDelta("one word\n\nanother word"), ev.TurnEnded("done")]
    async with up(ScriptedEngine({"go": told}), first_prompt="go") as (app, pilot):
        await until(pilot, lambda: "another word" in text(app))
        before = look(app, "another")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: look(app, "another") != before)
        await pilot.press("slash", *"word", "enter")
        await until(pilot, lambda: "2 of 2" in text(app))
        looks = [look(app, "one word"), look(app, "word"), look(app, "another word"), look(app, "word", "another")]
        assert len({*looks}) == 4


async def test_a_command_for_the_shell_is_told_in_words_before_it_is_sent() -> None:
    async with up(ScriptedEngine()) as (app, pilot):
        await type_in(pilot, "!")
        await until(pilot, lambda: "run in your shell" in text(app))


async def test_the_line_of_a_form_that_is_written_in_shows_the_cursor_and_its_tick_is_a_sign() -> None:
    async with up(ScriptedEngine()) as (app, pilot):
        app.push_screen(Form("A form", (Blank("Key", "sk-ant-…"), Blank("Other", "nothing")), "keep it"))
        await until(pilot, lambda: "[ ] keep it" in text(app))
        assert "reverse" in look(app, "sk-ant")
        assert "reverse" not in look(app, "nothing")
        idle = look(app, "[ ] keep it")
        await pilot.press("tab", "tab")
        await until(pilot, lambda: look(app, "[ ] keep it") != idle)
        await pilot.press("space")
        await until(pilot, lambda: "[x] keep it" in text(app) or "[✓] keep it" in text(app))


STATUS = replace(ScriptedEngine().status, context_known=True)
HALF, MOST, ALL = (Standing(Limit("day", Decimal(1)), Decimal(spent)) for spent in ("0.5", "0.9", "1"))
STATES = (
    STATUS,
    replace(STATUS, offline=True),
    replace(STATUS, served="claude-sonnet-5-5"),
    *(replace(STATUS, budget=standing) for standing in (HALF, MOST, ALL)),
    replace(STATUS, budget=HALF, stopped=True),
    *(replace(STATUS, context_tokens=STATUS.model.context * share // 100) for share in (50, 85, 99)),
)


def test_each_state_of_the_status_line_has_words_of_its_own() -> None:
    assert len({" ".join(piece.text for piece in segments(status)) for status in STATES}) == len(STATES)


@pytest.mark.parametrize("role", ["link", "quote", "heading", "user", "warning", "error", "added_word", "removed_word"])
def test_a_role_that_has_no_sign_beside_it_has_more_than_a_colour(role: str) -> None:
    assert role in ROLES
    assert len(load("ansi").style(role).split()) > 1
