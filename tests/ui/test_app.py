"""The full-screen face on a stand-in engine: what it shows of a turn, and what its keys do."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal

import pytest
from textual.message_pump import MessagePump

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.findings import CheckReport
from haikuterm.core.money import Charge, Total, Usage
from haikuterm.core.ports import Asker, Option, Question
from haikuterm.core.settings import Settings
from haikuterm.ui.theme import load, names
from haikuterm.ui.tui.app import HaikutermApp
from haikuterm.ui.tui.keys import KEYS
from tests.ui.screen import running, said, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine, forever

STARTED = ev.TurnStarted("hi", "claude-haiku-4-5")
DONE = ev.TurnEnded("done")
CHANGE = FileChange("app.py", b"import os\nimport sys\n", b"import sys\n")


async def send(pilot, line: str) -> None:
    await type_in(pilot, line)
    await pilot.press("enter")


async def test_a_prompt_is_shown_answered_and_leaves_an_empty_input() -> None:
    engine = ScriptedEngine()
    async with running(engine) as (app, pilot):
        await send(pilot, "hi there")
        await until(pilot, lambda: "echo: hi there" in said(app))
        assert said(app) == ["hi there", "echo: hi there"]
        assert engine.lines == ["hi there"]
        assert app.composer.text == ""
        await until(pilot, lambda: "haiku-4.5\necho: hi there" in text(app))


async def test_thoughts_tools_edits_checks_and_charges_are_shown_in_their_order() -> None:
    charge = Charge("claude-haiku-4-5", "claude-haiku-4-5", Usage(1000, 100), Decimal("0.0015"))
    steps = [
        STARTED,
        ev.ThinkingDelta("hm"),
        ev.ToolStarted("1", "read", "read app.py"),
        ev.ToolStarted("2", "list", "list ."),
        ev.ToolEnded("1", "read", True, "read app.py 1-2"),
        ev.ToolEnded("2", "list", False, "no such folder"),
        ev.TextDelta("Removed "),
        ev.TextDelta("it."),
        ev.EditsProposed(Proposal((CHANGE,))),
        ev.EditsApplied("s1", (CHANGE,)),
        ev.Checked(CheckReport("ruff", ("app.py",)), before=1),
        ev.Charged(charge, Total().plus(charge), Total().plus(charge)),
        DONE,
    ]
    async with running(ScriptedEngine({"hi": steps})) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: "0.0015" in said(app)[-1])
        shown = said(app)
        assert shown[:3] == ["hi", "hm", "read app.py 1-2"]
        assert "no such folder" in shown[3], "each tool keeps its one line"
        assert shown[4] == "Removed it."
        assert "-import os" in shown[5]
        assert shown[6].startswith("wrote app.py")
        assert shown[7] == "ruff: clean (1 -> 0)"
        await until(pilot, lambda: "session $0.0015" in text(app))


async def test_escape_stops_the_turn_keeps_what_was_said_and_gives_waiting_prompts_back() -> None:
    engine = ScriptedEngine({"hi": [STARTED, ev.TextDelta("half an ans"), forever]})
    async with running(engine) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: "half an ans" in said(app))
        await send(pilot, "second")
        await until(pilot, lambda: "next: second" in text(app))
        await type_in(pilot, "dra")
        await pilot.press("escape")
        await until(pilot, lambda: engine.stopped)
        await until(pilot, lambda: said(app)[-1] == "stopped")
        assert said(app) == ["hi", "half an ans", "stopped"]
        assert app.composer.text == "second\ndra"
        assert engine.lines == ["hi"]


async def test_a_turn_stopped_before_it_began_leaves_the_next_one_free() -> None:
    engine = ScriptedEngine()
    async with running(engine) as (app, pilot):
        app.composer.put("hi")
        app.composer.action_send()
        app.composer.action_escape()
        await until(pilot, lambda: said(app)[-1:] == ["stopped"] or engine.lines == ["hi"])
        await send(pilot, "two")
        await until(pilot, lambda: "echo: two" in said(app))
        assert "Esc stops" not in text(app)


async def test_prompts_sent_while_a_turn_runs_wait_and_go_in_their_order() -> None:
    async def release(asker: Asker) -> Sequence[ev.Event]:
        await asker.choose(Question("go?", (Option("y", "yes"),)))
        return ()

    engine = ScriptedEngine({"hi": [STARTED, release, DONE]})
    async with running(engine) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: "go?" in text(app))
        for line in ("two", "three"):
            app.composer.put(line)
            app.composer.action_send()
        await until(pilot, lambda: app.composer.queued == 2)
        await pilot.press("enter")
        await until(pilot, lambda: engine.lines == ["hi", "two", "three"])
        await until(pilot, lambda: not app.waiting.display)


async def test_up_in_an_empty_input_takes_a_waiting_prompt_back() -> None:
    async with running(ScriptedEngine({"hi": [STARTED, forever]})) as (app, pilot):
        await send(pilot, "hi")
        await send(pilot, "two")
        await until(pilot, lambda: app.waiting.display)
        await pilot.press("up")
        await until(pilot, lambda: app.composer.text == "two")
        assert not app.waiting.display


async def test_ctrl_c_stops_then_clears_then_asks_then_quits() -> None:
    engine = ScriptedEngine({"hi": [STARTED, forever]})
    async with running(engine) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: engine.lines)
        await type_in(pilot, "draft")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: engine.stopped)
        assert app.composer.text == "draft"
        await until(pilot, lambda: said(app)[-1] == "stopped")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: app.composer.text == "")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "Ctrl+C again quits" in text(app))
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app.is_running)
    assert app.return_value == 0


async def test_a_key_between_two_ctrl_c_means_stay() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("ctrl+c", "x", "ctrl+c", "ctrl+c")
        await until(pilot, lambda: "Ctrl+C again quits" in text(app))
        assert app.is_running


async def test_ctrl_d_deletes_in_a_draft_and_quits_on_an_empty_input() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("a", "b", "home", "ctrl+d")
        assert app.composer.text == "b"
        await pilot.press("ctrl+d", "ctrl+d")
        await until(pilot, lambda: not app.is_running)
    assert app.return_value == 0


async def test_ctrl_c_copies_a_selection_of_the_conversation_and_stops_nothing() -> None:
    engine = ScriptedEngine({"hi": [STARTED, ev.TextDelta("copy me"), forever]})
    async with running(engine) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: "copy me" in text(app))
        app.screen.text_select_all()
        await until(pilot, lambda: app.screen.get_selected_text())
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "copy me" in app.clipboard)
        assert engine.stopped == []
        assert not app.screen.get_selected_text()


async def test_a_click_on_the_conversation_leaves_the_keys_with_the_composer() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: "echo: hi" in text(app))
        await pilot.click(app.transcript, offset=(2, 2))
        await pilot.press("j", "k")
        assert app.composer.text == "jk"


async def test_a_system_that_ends_the_program_ends_a_question_too() -> None:
    engine = ScriptedEngine({"hi": [STARTED, lambda asker: asker.approve(Proposal((CHANGE,)))]})
    async with running(engine) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: "hunk 1 of 1" in text(app))
        app.call_later(app.leave, 143)
        await until(pilot, lambda: not app.is_running)
    assert engine.stopped == ["hi"]
    assert app.return_code == 143


async def test_a_quit_command_leaves() -> None:
    async with running(ScriptedEngine({"/quit": [ev.QuitAsked()]})) as (app, pilot):
        await send(pilot, "/quit")
        await until(pilot, lambda: not app.is_running)
    assert app.return_value == 0


async def test_the_key_list_has_every_row_of_the_table_and_escape_closes_it() -> None:
    async with running(ScriptedEngine(), size=(110, 60)) as (app, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: KEYS[-1].does in text(app))
        assert all(key.shown in text(app) and key.does in text(app) for key in KEYS)
        await pilot.press("escape")
        await until(pilot, lambda: KEYS[-1].does not in text(app))
        assert app.composer.text == ""
        await type_in(pilot, "why?")
        assert app.composer.text == "why?"


async def test_a_retry_counts_down_on_the_status_line() -> None:
    steps = [STARTED, ev.Retrying("The API is overloaded", 8.0, 1, 4), forever]
    async with running(ScriptedEngine({"hi": steps})) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: "s · Esc stops" in text(app))
        assert "The API is overloaded" in said(app)[-1]
        await pilot.press("escape")
        await until(pilot, lambda: said(app)[-1] == "stopped")
        assert "again in" not in app.status.activity


async def test_waits_that_follow_each_other_are_one_line_and_those_after_an_answer_another() -> None:
    waits = [ev.Retrying("The API is overloaded", float(n), n, 4) for n in (1, 2, 3)]
    steps = [STARTED, *waits, ev.TextDelta("Half of it"), waits[0], ev.TurnEnded("done")]
    async with running(ScriptedEngine({"hi": steps})) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: len(said(app)) == 4)
        assert ["attempt 3" in said(app)[1], said(app)[2], "attempt 1" in said(app)[3]] == [True, "Half of it", True]


async def test_a_download_is_seen_on_the_status_line_only() -> None:
    steps = [ev.Progress("qwen", 120_000_000, 480_000_000), forever]
    async with running(ScriptedEngine({"hi": steps})) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: "qwen ▕███▎         ▏ 25% · 120 of 480 MB" in text(app))
        assert said(app) == ["hi"]


async def test_a_bar_makes_room_for_the_status_and_goes_when_its_work_is_over() -> None:
    wait = asyncio.Event()

    async def until_told(asker: Asker) -> Sequence[ev.Event]:
        await wait.wait()
        return ()

    steps = [ev.Progress("qwen", 479_000_000, 480_000_000), until_told, ev.Progress("qwen", 480_000_000, 480_000_000),
             STARTED, forever]  # fmt: skip
    async with running(ScriptedEngine({"hi": steps}), size=(50, 12)) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: "haiku-4.5" in text(app) and "▏ 100%" in text(app))
        wait.set()
        await until(pilot, lambda: app.status.activity == "asking haiku-4.5 · Esc stops")


async def test_a_turn_that_fails_says_why() -> None:
    async with running(ScriptedEngine({"hi": [STARTED, ev.TurnEnded("failed", "No connection.")]})) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: said(app)[-1] == "failed: No connection.")


async def test_clear_wipes_the_screen_and_a_document_is_drawn_as_one() -> None:
    engine = ScriptedEngine({"/help": [ev.Notice("# Commands", markdown=True)], "/clear": [ev.Cleared()]})
    async with running(engine) as (app, pilot):
        await send(pilot, "/help")
        await until(pilot, lambda: said(app) == ["/help", "# Commands"])
        await send(pilot, "/clear")
        await until(pilot, lambda: said(app) == ["conversation cleared; files stay attached"])


async def test_what_was_written_is_shown_and_not_what_was_proposed() -> None:
    part = FileChange("app.py", CHANGE.before, b"import os\nimport re\n")
    steps = [STARTED, ev.EditsProposed(Proposal((CHANGE,))), ev.EditsApplied("s1", (part,)), DONE]
    async with running(ScriptedEngine({"hi": steps})) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: said(app)[-1].startswith("wrote app.py"))
        assert "+import re" in said(app)[1]
        assert "-import os" not in said(app)[1]


async def test_changes_are_shown_beneath_their_title_with_the_colours_of_code() -> None:
    shown = ev.ChangesShown("1 file changed since the last commit", (CHANGE, FileChange("b.py", None, b"x = None\n")))
    async with running(ScriptedEngine({"/diff": [shown]})) as (app, pilot):
        await send(pilot, "/diff")
        await until(pilot, lambda: len(said(app)) == 4)
        assert said(app)[1] == "1 file changed since the last commit"
        assert said(app)[2] == "--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,1 @@\n-import os\n import sys\n"
        keyword = app.look.syntax["Keyword"].split()[-1]
        strips = app.screen._compositor.render_strips
        await until(
            pilot, lambda: any(s.text == "None" and keyword in str(s.style) for strip in strips() for s in strip)
        )


async def test_a_write_that_was_cut_short_is_asked_about_before_the_first_prompt_begins() -> None:
    answers: list[str | None] = []

    async def ask(asker: Asker) -> Sequence[ev.Event]:
        answers.append(await asker.choose(Question("Cut short", (Option("back", "roll it back"),))))
        return (ev.Notice("rolled back"),)

    engine = ScriptedEngine(first=(ev.Notice("welcome"),), repair=(ask,))
    app = HaikutermApp(Settings(), lambda settings: engine, load("dark"), "hello")
    async with app.run_test() as pilot:
        await until(pilot, lambda: "Cut short" in text(app))
        assert (engine.lines, said(app)) == ([], ["welcome"])
        await pilot.press("enter")
        await until(pilot, lambda: engine.lines == ["hello"])
        assert answers == ["back"]
        assert said(app)[:3] == ["welcome", "rolled back", "hello"]


async def test_a_text_cannot_be_edited_where_there_is_no_terminal_and_that_is_said() -> None:
    answers: list[str | None] = []

    async def ask(asker: Asker) -> Sequence[ev.Event]:
        answers.append(await asker.edit("Fix it", "message.txt"))
        return ()

    async with running(ScriptedEngine({"hi": [STARTED, ask, DONE]})) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: "An editor cannot be opened here." in said(app)[-1])
        assert answers == [None]


async def test_another_theme_colours_everything() -> None:
    async with running(ScriptedEngine({"/theme light": [ev.ThemeChanged("light")]})) as (app, pilot):
        await send(pilot, "/theme light")
        await until(pilot, lambda: app.look.name == "light")
        assert app.theme == "haikuterm-light"
        background = load("light").colors["background"]
        await until(pilot, lambda: app.screen.styles.background.hex.lower() == background)


@pytest.mark.parametrize("name", names())
async def test_every_theme_dresses_every_screen(name: str) -> None:
    engine = ScriptedEngine({"hi": [lambda asker: asker.approve(Proposal((CHANGE,)))]}, commands={"/help": "commands"})
    async with running(engine, theme=name) as (app, pilot):
        await pilot.press("slash")
        await until(pilot, lambda: app.popup.display)
        await pilot.press("escape", "backspace", "f1")
        await until(pilot, lambda: "new line" in text(app))
        await pilot.press("escape", "ctrl+r")
        await until(pilot, lambda: "Earlier prompts" in text(app))
        await pilot.press("escape")
        await send(pilot, "hi")
        await until(pilot, lambda: "import os" in text(app))


async def test_a_first_prompt_from_the_command_line_is_sent() -> None:
    engine = ScriptedEngine(first=(ev.Notice("Not a git repository."),))
    async with running(engine, first_prompt="hello") as (app, pilot):
        await until(pilot, lambda: engine.lines == ["hello"])
        assert said(app)[:2] == ["Not a git repository.", "hello"]


async def test_an_approved_proposal_gives_its_verdict_to_the_engine() -> None:
    verdicts: list[object] = []

    async def propose(asker: Asker) -> Sequence[ev.Event]:
        verdicts.append(await asker.approve(Proposal((CHANGE,))))
        return ()

    async with running(ScriptedEngine({"hi": [STARTED, propose, DONE]})) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: "hunk 1 of 1" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: verdicts)
    assert verdicts[0].accepted == (CHANGE,)


async def test_a_choice_is_narrowed_by_typing_and_taken_with_enter() -> None:
    answers: list[object] = []
    options = tuple(Option(name, name, (price, "200k")) for name, price in (("haiku", "$1"), ("sonnet", "$3")))

    async def ask(asker: Asker) -> Sequence[ev.Event]:
        answers.append(await asker.choose(Question("Which model?", options, ("model", "in", "context"), "sonnet")))
        return ()

    async with running(ScriptedEngine({"a": [ask], "b": [ask], "c": [ask]})) as (app, pilot):
        for line, keys in (("a", ["enter"]), ("b", ["h", "k", "enter"]), ("c", ["escape"])):
            await send(pilot, line)
            await until(pilot, lambda: "Which model?" in text(app))
            await pilot.press(*keys)
            await until(pilot, lambda line=line: len(answers) == "abc".index(line) + 1)
    assert answers == ["sonnet", "haiku", None]


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (4, 8), (8, 3), (200, 60)])
async def test_no_size_of_the_terminal_breaks_it(size: tuple[int, int]) -> None:
    engine = ScriptedEngine(commands={"/help": "commands"})
    async with running(engine, size=size) as (app, pilot):
        await pilot.press("slash")
        await until(pilot, lambda: app.popup.display)
        await pilot.press("escape", "ctrl+c", "f1", "escape")
        await send(pilot, "hi")
        await until(pilot, lambda: engine.lines == ["hi"])
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: "echo: hi" in text(app))


async def test_nothing_ticks_while_nothing_happens() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await send(pilot, "hi")
        await until(pilot, lambda: "echo: hi" in text(app))
        await pilot.press("x", "slash")
        pumps: list[MessagePump] = [app, app.screen, *app.screen.walk_children()]
        await until(pilot, lambda: not [timer for pump in pumps for timer in pump._timers if timer._active.is_set()])


async def test_a_build_that_fails_ends_with_its_sentence_and_code() -> None:
    from haikuterm.core.errors import LocalModelError

    def build(settings: Settings) -> ScriptedEngine:
        raise LocalModelError("The local model needs haikuterm[local].")

    app = HaikutermApp(Settings(), build, load("dark"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: not app.is_running)
    assert (app.return_value, app.return_code) == (3, 3)


def test_starting_the_face_leaves_the_slow_libraries_alone() -> None:
    """The face is on the screen before anyone imports the SDK, git, or a widget that only a dialog needs."""
    code = "import sys, haikuterm.ui.tui.app; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    late = ("anthropic", "git", "httpx2", "textual.widgets._markdown", "textual.widgets._footer")
    late += ("textual.widgets._rich_log", "textual.widgets._checkbox", "sqlite3", "markdown_it", "pygments")
    assert [name for name in late if name in modules] == []
