"""Writing a prompt in the inline face: drafts, the editor, clearing, and commands for the shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from haikuterm.adapters.drafts import DraftFiles
from haikuterm.core import events as ev
from haikuterm.core.drafts import Draft
from tests.scripted import rig, says
from tests.ui.own_editor import Install
from tests.ui.scripted_events import ScriptedEngine, answer
from tests.ui.test_repl import CTRL_D, talk

ESCAPE, CTRL_G, CTRL_P = "\x1b", "\x07", "\x10"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHELL", "/bin/sh")
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


async def test_a_command_runs_after_a_yes_and_its_output_goes_with_the_next_prompt(root: Path) -> None:
    r = rig(root, says("I see."))
    secret = "AKIAABCDEFGHIJKLMNOP"
    _, screen = await talk(
        r.engine,
        f"!echo {secret}; exit 2\r",
        ("Number (Enter takes 1", "\r"),
        ("Number (Enter takes 2", "1\r"),
        ("goes with the next", f"why?\r{CTRL_D}"),
    )
    assert f"\n{secret}\nexit code 2 after" in screen.text
    assert f"output of: echo {secret}" in str(r.provider.requests[0].messages)


async def test_a_line_that_a_command_draws_anew_is_drawn_over(root: Path) -> None:
    engine = ScriptedEngine(
        [ev.ShellStarted("x"), ev.ShellOutput("10%\r50%"), ev.ShellOutput("\r90%\n"), ev.ShellEnded("x", 0, 1.0, 1)]
    )
    _, screen = await talk(engine, f"!x\r{CTRL_D}", plain=False)
    assert "10%\r\x1b[K50%\r\x1b[K90%\r\n" in screen.getvalue().replace("\x1b[0m", "")


async def test_where_nothing_is_drawn_twice_it_is_a_line_of_its_own(root: Path) -> None:
    engine = ScriptedEngine([ev.ShellOutput("10%\r50%"), ev.ShellEnded("x", 0, 1.0, 1)])
    _, screen = await talk(engine, f"!x\r{CTRL_D}")
    assert "10%\n50%\ndone in 1.0 s\n" in screen.text


async def test_a_draft_is_kept_when_one_leaves_and_is_there_next_time(tmp_path: Path) -> None:
    engine = ScriptedEngine()
    engine.drafts = DraftFiles("/repo", tmp_path)
    before = DraftFiles("/repo", tmp_path)
    before.keep(Draft("of last time"))
    before.close()
    await talk(engine, f" and more\r{CTRL_D}")
    assert engine.lines == ["of last time and more"]
    assert DraftFiles("/repo", tmp_path).take() is None


async def test_ctrl_g_writes_the_prompt_in_the_editor(editor: Install) -> None:
    editor('sed -i s/draft/text/ "$1"; touch "$TMPDIR/edited"')
    engine = ScriptedEngine(answer("ok"))
    await talk(engine, f"my draft{CTRL_G}", ("my text", f"\r{CTRL_D}"))
    assert engine.lines == ["my text"]


async def test_a_draft_is_kept_where_there_is_no_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "/no/such/editor")
    engine = ScriptedEngine(answer("ok"))
    await talk(engine, f"my draft{CTRL_G}", ("The editor '/no/such/editor' did not start", f"\r{CTRL_D}"))
    assert engine.lines == ["my draft"]


async def test_escape_twice_clears_the_prompt_and_up_brings_it_back() -> None:
    engine = ScriptedEngine(answer("ok"))
    await talk(engine, "my draft", ("my draft", f"{ESCAPE}{ESCAPE}zq"), ("zq", f"\x7f\x7f{CTRL_P}\r{CTRL_D}"))
    assert engine.lines == ["my draft"]
