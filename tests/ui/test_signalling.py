"""Who looks elsewhere is told what matters, once, and nobody else is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange
from haikuterm.core.errors import SettingsError
from haikuterm.core.money import Charge, Total, Usage
from haikuterm.core.settings import Settings
from haikuterm.ui.notifying import Outcome, command, run_aside
from haikuterm.ui.tui.signalling import Signalling
from tests.ui.screen import running, until
from tests.ui.scripted_engine import ScriptedEngine

GHOSTTY = {"TERM_PROGRAM": "ghostty", "TERM": "xterm-256color"}
FILES = (FileChange("a.py", b"", b"x"), FileChange("b.py", b"", b"x"))


@dataclass
class Glass:
    """A terminal that keeps what is written to it."""

    looked_at: bool | None = False
    written: list[str] = field(default_factory=list)
    worn: tuple[str, str, str] = ("", "", "")
    states: list[str] = field(default_factory=list)

    def wear(self, first: str, now: str, last: str) -> None:
        self.worn = (first, now, last)
        self.states.append(now)

    def write(self, sequence: str) -> None:
        self.written.append(sequence)


class Times:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


Made = tuple[Signalling, Glass, Times, list[ev.Event]]


def made(looked_at: bool | None = False, environ: dict[str, str] = GHOSTTY, **settings: object) -> Made:
    glass, clock = Glass(looked_at), Times()
    told: list[ev.Event] = []
    return Signalling(glass, Settings(**settings), environ, "repo", told.append, clock), glass, clock, told


def turn(made: Made, seconds: float, *, stopped: bool = False) -> list[str]:
    """What a turn of that length writes beside title and progress."""
    signalling, glass, clock, _ = made
    signalling.begins()
    clock.now += seconds
    signalling.over(stopped=stopped)
    return glass.written


def test_the_end_of_a_long_turn_is_told_with_what_came_of_it() -> None:
    it = made()
    signalling, glass, clock, _ = it
    signalling.begins()
    signalling.see(ev.EditsApplied("1", FILES))
    signalling.see(ev.EditsApplied("2", FILES[:1]))
    cost = Total(requests=1, usd=Decimal("0.0021"))
    signalling.see(ev.Charged(Charge("claude-haiku-4-5", "claude-haiku-4-5", Usage(), Decimal("0.0021")), cost, cost))
    signalling.see(ev.TurnEnded("done"))
    clock.now = 10
    signalling.over(stopped=False)
    assert glass.written == ["\x1b]9;haikuterm: done, 2 files, $0.0021\x07"]


@pytest.mark.parametrize(
    ("looked_at", "seconds", "settings", "told"),
    [
        (False, 10, {}, 1),
        (False, 9.9, {}, 0),
        (True, 99, {}, 0),
        (None, 99, {}, 0),
        (None, 99, {"notify": "bell"}, 1),
        (None, 9, {"notify": "bell"}, 0),
        (False, 99, {"notify": "off"}, 0),
        (False, 2, {"notify_after": 2.0}, 1),
    ],
)
def test_only_a_long_turn_is_told_and_only_to_who_looks_elsewhere(
    looked_at: bool | None, seconds: float, settings: dict[str, object], told: int
) -> None:
    assert len(turn(made(looked_at, **settings), seconds)) == told


def test_who_stopped_the_turn_knows_that_it_is_over() -> None:
    assert turn(made(), 99, stopped=True) == []


@pytest.mark.parametrize(("looked_at", "told"), [(False, 1), (True, 0), (None, 0)])
def test_a_question_is_told_at_once_to_who_looks_elsewhere(looked_at: bool | None, told: int) -> None:
    signalling, glass, _, _ = made(looked_at)
    signalling.begins()
    with signalling.waiting("changes to look at"):
        assert len(glass.written) == told
        assert "waits for you" in glass.worn[1]
    assert "working" in glass.worn[1]


def test_the_title_names_the_repository_and_what_goes_on_and_is_given_back() -> None:
    it = made()
    turn(it, 1)
    first, _, last = it[1].worn
    shown = [state.partition("\x07")[0] for state in it[1].states]
    assert shown == ["\x1b]0;haikuterm · repo", "\x1b]0;haikuterm · repo · working", "\x1b]0;haikuterm · repo"]
    assert first == "\x1b[22;2t"
    assert last.endswith("\x1b[23;2t")


@pytest.mark.parametrize(("environ", "settings"), [(GHOSTTY, {"title": False}), ({"TERM": "linux"}, {}), ({}, {})])
def test_there_is_no_title_where_it_is_not_wanted_or_not_understood(
    environ: dict[str, str], settings: dict[str, object]
) -> None:
    it = made(environ=environ, **settings)
    turn(it, 1)
    assert not any("\x1b]0;" in part or "2t" in part for part in (*it[1].worn, *it[1].states))


def test_progress_is_shown_while_a_turn_runs_and_hidden_whenever_the_terminal_is_given_back() -> None:
    signalling, glass, _, _ = made()
    signalling.begins()
    assert glass.worn[1].endswith("\x1b]9;4;3;0\x07")
    signalling.see(ev.Progress("pulling", 50, 200))
    signalling.see(ev.Progress("pulling", 51, 200))
    signalling.see(ev.Progress("pulling", 200, 200))
    assert glass.written == ["\x1b]9;4;1;25\x07", "\x1b]9;4;3;0\x07"]
    signalling.over(stopped=False)
    assert glass.worn[1].endswith("\x1b]9;4;0;0\x07")
    assert "\x1b]9;4;0;0\x07" in glass.worn[2]


def test_nothing_moves_where_motion_is_not_wanted() -> None:
    signalling, glass, _, _ = made(motion=False)
    signalling.begins()
    assert "9;4;3" not in glass.worn[1]


def test_a_command_gets_the_text_as_its_last_argument(tmp_path: Path) -> None:
    script = tmp_path / "tell me"
    script.write_text('#!/bin/sh\nprintf "%s|" "$@" > "$(dirname "$0")/told.tmp"\nmv "$(dirname "$0")"/told.tmp "$1"\n')
    script.chmod(0o755)
    told = tmp_path / "told"
    turn(made(notify=f"'{script}' {told} 'two words'"), 99)
    wait_for(told.exists)
    assert told.read_text() == f"{told}|two words|haikuterm: done|"


def wait_for(condition: Callable[[], object]) -> None:
    """Let a thread work until the condition holds; only a broken one takes long."""

    async def wait() -> None:
        while not condition():
            await asyncio.sleep(0.005)

    asyncio.run(asyncio.wait_for(wait(), 30))


@pytest.mark.parametrize(
    ("words", "why"),
    [(("no such program",), "did not start"), (("sh", "-c", "exit 3"), "failed with code 3")],
)
def test_a_command_that_does_not_work_is_said(words: tuple[str, ...], why: str) -> None:
    said: list[str] = []
    run_aside(words, "done", said.append)
    wait_for(lambda: said)
    assert why in said[0]
    assert "setting notify" in said[0]


def test_that_a_command_does_not_work_is_said_once() -> None:
    it = made(notify="'unfinished")
    turn(it, 99)
    turn(it, 99)
    assert len(it[3]) == 1


def test_a_way_of_the_terminal_is_no_command() -> None:
    assert command("osc9") == command("auto") == command("off") == ()
    assert command("notify-send 'a b'") == ("notify-send", "a b")
    with pytest.raises(SettingsError, match="quotes"):
        command("'")


@pytest.mark.parametrize(
    ("stop", "words"),
    [
        ("failed", "haikuterm: failed"),
        ("over_budget", "haikuterm: stopped by the budget"),
        ("cut_off", "haikuterm: cut off"),
    ],
)
def test_how_a_turn_ended_is_told_in_words(stop: str, words: str) -> None:
    outcome = Outcome()
    outcome.see(ev.TurnEnded(stop))  # type: ignore[arg-type]  # a text of the parameters
    assert outcome.words == words


async def test_the_face_signals_its_turns() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        glass = Glass()
        app.__dict__["signalling"] = Signalling(glass, Settings(notify_after=0.0), GHOSTTY, "repo", lambda _: None)
        await pilot.press("h", "i", "enter")
        await until(pilot, lambda: glass.written)
        assert glass.written == ["\x1b]9;haikuterm: done\x07"]
