"""The composer: newlines, history, completions, and what Enter means."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from textual import events

from haikuterm.core.drafts import Draft
from haikuterm.core.events import Drafted, Event
from haikuterm.core.ports import Asker
from haikuterm.engine.status import Completion, Completions
from tests.ui.screen import running, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine, forever

COMMANDS = {"/help": "lists the commands", "/model ": "another model", "/models": "all models"}


async def test_enter_sends_and_the_newline_keys_break_the_line() -> None:
    engine = ScriptedEngine()
    async with running(engine) as (_, pilot):
        await pilot.press("a", "ctrl+j", "b", "shift+enter", "c", "alt+enter", "d", "enter")
        await until(pilot, lambda: engine.lines == ["a\nb\nc\nd"])


async def test_a_backslash_at_the_end_makes_enter_break_the_line() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("a", "backslash", "enter", "b")
        assert app.composer.text == "a\nb"


async def test_blanks_are_not_sent() -> None:
    engine = ScriptedEngine()
    async with running(engine) as (_, pilot):
        await pilot.press("space", "enter", "x", "enter")
        await until(pilot, lambda: engine.lines == [" x"])


async def test_up_and_down_walk_through_the_history_and_come_back_to_the_draft() -> None:
    async with running(ScriptedEngine(past=("one", "two\nlines"))) as (app, pilot):
        await pilot.press("d", "up")
        assert app.composer.text == "two\nlines"
        await pilot.press("up")
        assert app.composer.text == "two\nlines", "Up moves inside a prompt of two lines first"
        await pilot.press("up")
        assert app.composer.text == "one"
        await pilot.press("up", "down", "down", "down")
        assert app.composer.text == "d"


async def test_what_was_sent_is_the_newest_history() -> None:
    engine = ScriptedEngine(past=("one",))
    async with running(engine) as (app, pilot):
        await pilot.press("x", "enter")
        await until(pilot, lambda: engine.lines == ["x"])
        await pilot.press("up")
        assert app.composer.text == "x"


async def test_the_history_can_be_searched() -> None:
    async with running(ScriptedEngine(past=("fix the lint", "explain this"))) as (app, pilot):
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "Earlier prompts" in text(app))
        await pilot.press("l", "i", "n", "enter")
        await until(pilot, lambda: app.composer.text == "fix the lint")


async def test_the_input_grows_with_its_lines_up_to_eight() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        heights = []
        for lines in (1, 4, 30):
            app.composer.put("\n".join("x" * lines))
            await pilot.pause()
            heights.append(app.composer.content_size.height)
        assert heights == [1, 4, 8]


async def test_commands_are_offered_with_their_descriptions_and_tab_takes_one() -> None:
    async with running(ScriptedEngine(commands=COMMANDS)) as (app, pilot):
        await pilot.press("slash")
        await until(pilot, lambda: "lists the commands" in text(app))
        await pilot.press("down", "tab")
        assert app.composer.text == "/model "
        await until(pilot, lambda: not app.popup.display)


async def test_enter_runs_the_chosen_command_at_once_as_other_programs_do() -> None:
    engine = ScriptedEngine(commands=COMMANDS)
    async with running(engine) as (app, pilot):
        await type_in(pilot, "/he")
        await until(pilot, lambda: app.composer.offer_is_fresh)
        await pilot.press("enter")
        await until(pilot, lambda: engine.lines == ["/help"])
        assert not app.composer.text
        await type_in(pilot, "/")
        await until(pilot, lambda: app.composer.offer_is_fresh)
        await pilot.press("up", "enter")
        await until(pilot, lambda: engine.lines == ["/help", "/models"])
        await type_in(pilot, "/model")
        await until(pilot, lambda: app.popup.display)
        await pilot.press("enter")
        await until(pilot, lambda: engine.lines == ["/help", "/models", "/model"])


async def test_enter_fills_in_a_command_that_needs_an_argument_and_tab_any() -> None:
    engine = ScriptedEngine(commands=COMMANDS)
    async with running(engine) as (app, pilot):
        await type_in(pilot, "/mo")
        await until(pilot, lambda: app.composer.offer_is_fresh)
        await pilot.press("enter")
        assert app.composer.text == "/model "
        app.composer.put("/he")
        await until(pilot, lambda: app.composer.offer_is_fresh)
        await pilot.press("tab")
        assert app.composer.text == "/help"
        assert engine.lines == []


async def test_a_typo_does_not_run_the_command_that_is_like_it() -> None:
    engine = ScriptedEngine()
    async with running(engine) as (app, pilot):
        app.composer.put("/hlep")
        app.composer.offer("/hlep", 5, Completions(0, (Completion("/help", "/help"),)))
        app.composer.action_send()
        await pilot.pause()
        assert (app.composer.text, engine.lines) == ("/help", [])


async def test_shift_tab_switches_whether_edits_are_asked_for_and_the_status_line_says_so() -> None:
    engine = ScriptedEngine({"x": [forever]})
    async with running(engine) as (app, pilot):
        await pilot.press("d", "shift+tab")
        await until(pilot, lambda: "edits unasked" in text(app))
        await pilot.press("shift+tab")
        await until(pilot, lambda: "edits unasked" not in text(app))
        app.composer.put("x")
        await pilot.press("enter", "e")
        await until(pilot, lambda: engine.lines == ["x"])
        await pilot.press("shift+tab")
        await until(pilot, lambda: "edits unasked" in text(app))
        assert app.composer.text == "e", "what is being written stays, and so does the turn"
        assert app.turns.running


async def test_a_text_that_comes_from_a_command_goes_into_the_input_before_the_draft() -> None:
    typed = asyncio.Event()

    async def edit(_: Asker) -> Sequence[Event]:
        await typed.wait()
        return [Drafted("from the editor")]

    async with running(ScriptedEngine({"/editor": [edit]})) as (app, pilot):
        await type_in(pilot, "/editor")
        await pilot.press("enter", "d")
        typed.set()
        await until(pilot, lambda: app.composer.text == "from the editor\nd")


async def test_readlines_keys_move_by_characters_and_ctrl_delete_deletes_a_word() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await type_in(pilot, "ab cd")
        await pilot.press("ctrl+b", "ctrl+b", "ctrl+b", "x", "ctrl+f", "y")
        assert app.composer.text == "abx ycd"
        await pilot.press("ctrl+delete")
        assert app.composer.text == "abx y"


async def test_a_path_is_offered_after_an_at_sign_in_the_middle_of_a_text() -> None:
    engine = ScriptedEngine()
    async with running(engine) as (app, pilot):
        await type_in(pilot, "fix\nthe @a")
        await until(pilot, lambda: app.composer.offer_is_fresh)
        await pilot.press("tab")
        assert app.composer.text == "fix\nthe @app.py "
        assert app.composer.cursor_index == len(app.composer.text)


async def test_escape_closes_the_list_until_more_is_typed() -> None:
    async with running(ScriptedEngine(commands=COMMANDS)) as (app, pilot):
        await pilot.press("slash")
        await until(pilot, lambda: app.popup.display)
        await pilot.press("escape")
        assert not app.popup.display
        assert app.composer.text == "/"
        await pilot.press("m")
        await until(pilot, lambda: app.popup.display)


async def test_a_list_that_is_older_than_the_text_takes_no_enter_and_no_tab() -> None:
    """Keys may be quicker than the look for suggestions: what was typed is sent then, not what the old list says."""
    engine = ScriptedEngine(commands=COMMANDS)
    async with running(engine) as (app, pilot):
        await pilot.press("slash")
        await until(pilot, lambda: app.popup.display)
        app.composer.insert("model sonnet")
        assert app.popup.display
        app.composer.action_accept()
        assert app.composer.text == "/model sonnet"
        app.composer.action_send()
        await until(pilot, lambda: engine.lines == ["/model sonnet"])


async def test_a_late_answer_for_an_earlier_text_is_not_shown() -> None:
    async with running(ScriptedEngine(commands=COMMANDS)) as (app, _):
        found = ScriptedEngine(commands=COMMANDS).complete("/", 1)
        app.composer.put("/mo now")
        app.composer.offer("/", 1, found)
        assert not app.popup.display


async def test_a_click_on_a_row_takes_it() -> None:
    async with running(ScriptedEngine(commands=COMMANDS)) as (app, pilot):
        await pilot.press("slash")
        await until(pilot, lambda: app.popup.display)
        await pilot.click("#popup", offset=(3, 1))
        await until(pilot, lambda: app.composer.text == "/model ")


async def test_pasted_line_ends_and_controls_become_plain_text() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        app.post_message(events.Paste("a\r\nb\rc\x07"))
        await until(pilot, lambda: app.composer.text == "a\nb\nc␇")


async def test_page_keys_scroll_the_conversation_and_leave_the_draft() -> None:
    async with running(ScriptedEngine({"hi": []})) as (app, pilot):
        app.transcript.add("notice", "\n".join(f"line {n}" for n in range(100)))
        await until(pilot, lambda: "line 99" in text(app))
        await pilot.press("x", "pageup")
        await until(pilot, lambda: "line 99" not in text(app))
        app.transcript.add("notice", "something new")
        await until(pilot, lambda: "new line" in text(app))
        await pilot.press("ctrl+end")
        await until(pilot, lambda: "something new" in text(app))
        await until(pilot, lambda: not app.unseen.display)
        assert app.composer.text == "x"


async def test_a_picture_that_is_dragged_here_becomes_a_mention(tmp_path: Path) -> None:
    shot = tmp_path / "my shot.png"
    shot.write_bytes(b"")
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("s", "e", "e")
        app.post_message(events.Paste(str(shot).replace(" ", "\\ ") + " "))
        await until(pilot, lambda: app.composer.text == f'see @"{shot}" ')


async def test_ctrl_v_asks_for_the_clipboards_picture_and_keeps_the_draft() -> None:
    engine = ScriptedEngine()
    async with running(engine) as (app, pilot):
        await pilot.press("x", "ctrl+v")
        await until(pilot, lambda: engine.lines == ["/paste"])
        assert app.composer.text == "x"


async def test_a_paste_of_more_lines_than_are_shown_can_be_undone() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        app.post_message(events.Paste("x\n" * 11))
        await until(pilot, lambda: app.composer.text == "x\n" * 11)
        await pilot.pause()
        await pilot.press("ctrl+underscore")
        assert app.composer.text == ""
        await pilot.press("ctrl+y")
        assert app.composer.text == "x\n" * 11


async def test_escape_twice_clears_the_draft_and_up_brings_it_back() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("a", "b", "escape")
        await until(pilot, lambda: "Esc again clears" in text(app))
        assert app.composer.text == "ab"
        await pilot.press("escape")
        await until(pilot, lambda: not app.composer.text)
        await pilot.press("up")
        assert app.composer.text == "ab"


async def test_what_escape_would_do_is_no_longer_said_once_the_draft_is_another() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("a", "escape")
        await until(pilot, lambda: "Esc again clears" in text(app))
        await pilot.press("b")
        await until(pilot, lambda: "Esc again clears" not in text(app))


async def test_three_ctrl_c_in_one_burst_clear_the_draft_and_quit() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("a")
        for _ in range(3):
            app.composer.action_interrupt()
        await until(pilot, lambda: app.return_code == 0)


async def test_ctrl_c_and_ctrl_d_in_one_burst_clear_the_draft_and_quit() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("a", "b")
        app.composer.action_interrupt()
        app.composer.action_leave()
        await until(pilot, lambda: app.return_code == 0)


async def test_ctrl_d_after_a_ctrl_c_that_stopped_a_turn_deletes_to_the_right() -> None:
    engine = ScriptedEngine({"x": [forever]})
    async with running(engine) as (app, pilot):
        await pilot.press("x", "enter")
        await until(pilot, lambda: engine.lines)
        await pilot.press("a", "b", "home", "ctrl+c")
        await until(pilot, lambda: not app.turns.running)
        await pilot.press("ctrl+d")
        await until(pilot, lambda: app.composer.text == "b")


async def test_a_key_between_two_escapes_means_that_the_draft_stays() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("a", "escape", "b", "escape")
        await until(pilot, lambda: "Esc again clears" in text(app))
        assert app.composer.text == "ab"


async def test_ctrl_c_clears_the_draft_and_up_brings_it_back() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("a", "ctrl+c")
        await until(pilot, lambda: not app.composer.text)
        await pilot.press("up")
        assert app.composer.text == "a"


async def test_what_is_typed_right_behind_ctrl_c_stays() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("a", "b")
        app.composer.action_interrupt()
        app.composer.insert("next")
        await until(pilot, lambda: app.composer.text == "next")


async def test_a_command_for_the_shell_is_seen_as_one_and_enter_runs_it_while_paths_are_offered() -> None:
    """Its words are the shell's: Tab takes a path, Enter runs what stands there."""
    engine = ScriptedEngine(commands=COMMANDS)
    async with running(engine) as (app, pilot):
        await type_in(pilot, "!cat a")
        await until(pilot, lambda: "run in your shell" in text(app))
        await until(pilot, lambda: app.composer.offer_is_fresh)
        await pilot.press("enter")
        await until(pilot, lambda: engine.lines == ["!cat a"])
        await type_in(pilot, "!cat a")
        await until(pilot, lambda: app.composer.offer_is_fresh)
        await pilot.press("tab")
        assert app.composer.text == "!cat app.py "
        await pilot.press("home", "delete")
        await until(pilot, lambda: "run in your shell" not in text(app))


async def test_ctrl_x_alone_does_nothing_and_cuts_a_selection() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("a", "b", "ctrl+x", "c")
        assert app.composer.text == "abc"
        await pilot.press("shift+left", "ctrl+x")
        assert app.composer.text == "ab"
        assert app.clipboard == "c"


async def test_the_draft_of_last_time_is_back_with_its_pastes_folded() -> None:
    long = "line\n" * 50
    async with running(ScriptedEngine(drafts=Left(Draft(f"see {long}", (long,))))) as (app, pilot):
        await until(pilot, lambda: app.composer.draft == f"see {long}")
        await until(pilot, lambda: "see [pasted 50 lines]" in text(app))
        await until(pilot, lambda: "draft of last time" in text(app))


async def test_what_is_typed_before_the_last_draft_comes_is_kept_and_up_brings_the_draft() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("x")
        assert not app.composer.recover(Draft("old"))
        assert app.composer.text == "x"
        await pilot.press("up")
        assert app.composer.text == "old"
        await pilot.press("down")
        assert app.composer.text == "x"


async def test_what_was_sent_is_no_draft_any_more_and_what_stands_there_is_one_at_the_end() -> None:
    drafts = Left(None)
    async with running(ScriptedEngine(drafts=drafts)) as (app, pilot):
        await pilot.press("a")
        app.composer.keeping.now()
        await until(pilot, lambda: drafts.kept == [Draft("a")])
        await pilot.press("enter")
        await until(pilot, lambda: drafts.kept[-1] == Draft(""))
        await pilot.press("b")
        await app.composer.keeping.close()
        assert drafts.kept[-1] == Draft("b")
        assert drafts.closed


class Left:
    """Where drafts are kept, in memory."""

    def __init__(self, found: Draft | None) -> None:
        self.found, self.kept, self.closed = found, list[Draft](), False

    def take(self) -> Draft | None:
        return self.found

    def keep(self, draft: Draft) -> None:
        self.kept.append(draft)

    def close(self) -> None:
        self.closed = True


async def test_a_question_waits_for_a_pause_in_writing() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await app.composer.paused()
        await pilot.press("d")
        waiting = asyncio.create_task(app.composer.paused())
        await pilot.pause()
        assert not waiting.done()
        waiting.cancel()
        app.composer.changed_at -= 10
        await app.composer.paused()


async def test_what_waits_is_counted_whole_and_up_takes_the_last_of_it_back() -> None:
    async with running(ScriptedEngine({"x": [forever]}), size=(60, 20)) as (app, pilot):
        for prompt in ("x", *(f"ahead {n}, {'long ' * 20}" for n in range(5))):
            app.composer.put(prompt)
            app.composer.action_send()
        await until(pilot, lambda: "and 3 more; Up takes the last one back" in text(app))
        assert ("next: ahead 1" in text(app), "next: ahead 2" in text(app)) == (True, False)
        await pilot.press("up")
        await until(pilot, lambda: app.composer.text.startswith("ahead 4") and "and 2 more" in text(app))


async def test_a_row_that_fits_is_not_cut_and_says_no_more_than_it_has() -> None:
    for width in (40, 80):
        async with running(ScriptedEngine(commands={"/help": "", "/hello": ""}), size=(width, 12)) as (app, pilot):
            await type_in(pilot, "/h")
            await until(pilot, lambda: "/hello" in text(app))
            assert "…" not in text(app)


async def test_a_list_that_is_longer_than_its_rows_says_how_many_more_there_are() -> None:
    many = {f"/c{n:02}": "one of many" for n in range(20)}
    async with running(ScriptedEngine(commands=many)) as (app, pilot):
        await type_in(pilot, "/c")
        await until(pilot, lambda: "… 13 more" in text(app))
        assert ("/c06" in text(app), "/c07" in text(app)) == (True, False)
        await pilot.press("up")
        await until(pilot, lambda: "/c19" in text(app) and "… 13 more" in text(app))
