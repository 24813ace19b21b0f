"""What a command of the user's prints, on the screen."""

from __future__ import annotations

from haikuterm.core import events as ev
from tests.ui.screen import running, said, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine, forever

LINES = "".join(f"line {n}\n" for n in range(50))


async def test_its_last_lines_are_shown_while_it_runs_and_escape_leaves_what_there_is() -> None:
    engine = ScriptedEngine({"!x": [ev.ShellStarted("x"), ev.ShellOutput(LINES), ev.ShellOutput("50%\r60%"), forever]})
    async with running(engine) as (app, pilot):
        await type_in(pilot, "!x")
        await pilot.press("enter")
        await until(pilot, lambda: "60%" in text(app) and "running · Esc stops" in text(app))
        assert said(app)[1].startswith("[30 lines left out]\nline 30\n")
        await pilot.press("escape")
        await until(pilot, lambda: engine.stopped == ["!x"] and "stopped" in text(app))
        assert said(app)[1] == f"{LINES}60%"
        assert "running" not in text(app)


async def test_when_it_has_ended_all_of_it_can_be_read_and_how_it_ended() -> None:
    ended = ev.ShellEnded("x", 2, 1.25, 50)
    engine = ScriptedEngine({"!x": [ev.ShellStarted("x"), ev.ShellOutput(LINES), ended]})
    async with running(engine) as (app, pilot):
        await type_in(pilot, "!x")
        await pilot.press("enter")
        await until(pilot, lambda: "exit code 2 after 1.2 s" in text(app))
        assert said(app)[:2] == ["!x", LINES.rstrip("\n")]


async def test_a_command_that_prints_nothing_says_so() -> None:
    engine = ScriptedEngine({"!x": [ev.ShellStarted("x"), ev.ShellEnded("x", 0, 0.0, 0)]})
    async with running(engine) as (app, pilot):
        await type_in(pilot, "!x")
        await pilot.press("enter")
        await until(pilot, lambda: "done in 0.0 s, nothing printed" in text(app))
