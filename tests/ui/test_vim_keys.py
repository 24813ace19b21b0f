"""The composer with vim's keys: modes in its frame, one edit for one key, and the way back to the app's keys."""

from __future__ import annotations

from haikuterm.core.events import Notice, VimChanged
from haikuterm.core.settings import Settings
from tests.ui.screen import running, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine

ON = Settings(vim=True)


async def test_a_prompt_begins_in_insert_mode_and_the_frame_says_which() -> None:
    async with running(ScriptedEngine(), ON) as (app, pilot):
        assert app.composer.border_title == "INSERT"
        await type_in(pilot, "one two")
        await pilot.press("escape")
        assert app.composer.border_title == "NORMAL"
        assert app.composer.cursor_location == (0, 6)
        await pilot.press("2", "d")
        assert app.composer.border_title == "NORMAL 2d"
        await pilot.press("b")
        assert (app.composer.text, app.composer.border_title) == ("o", "NORMAL")


async def test_enter_sends_in_normal_mode_and_the_next_prompt_is_typed() -> None:
    engine = ScriptedEngine()
    async with running(engine, ON) as (app, pilot):
        await type_in(pilot, "one")
        await pilot.press("escape", "x", "enter")
        await until(pilot, lambda: engine.lines == ["on"])
        assert app.composer.border_title == "INSERT"
        await type_in(pilot, "two")
        assert app.composer.text == "two"


async def test_keys_in_one_burst_are_taken_in_order() -> None:
    async with running(ScriptedEngine(), ON) as (app, pilot):
        await pilot.press(*"one two", "escape", *"bcwthree", "escape", "0", "d", "w")
        assert app.composer.text == "three"


async def test_escape_and_a_letter_that_come_as_alt_are_escape_and_the_letter() -> None:
    async with running(ScriptedEngine(), ON) as (app, pilot):
        await pilot.press(*"one two", "alt+b", "D", "A", "x", "alt+full_stop")
        assert (app.composer.text, app.composer.border_title) == ("one xx", "NORMAL")
        await pilot.press("2", "alt+x")
        assert app.composer.text == "one x", "the count was given up"


async def test_the_users_own_alt_keys_are_theirs_in_vim_too() -> None:
    own = Settings(vim=True, keys=(("alt+k", "clear_draft"),))
    async with running(ScriptedEngine(), own) as (app, pilot):
        await pilot.press(*"one", "alt+k", "x")
        assert (app.composer.text, app.composer.border_title) == ("x", "INSERT")


async def test_undo_of_vim_and_of_the_composer_know_the_same_text() -> None:
    async with running(ScriptedEngine(), ON) as (app, pilot):
        await pilot.press(*"one two", "escape", "d", "d")
        assert app.composer.text == ""
        await pilot.press("u")
        assert app.composer.text == "one two"
        await pilot.press("ctrl+r")
        assert app.composer.text == ""
        await pilot.press("ctrl+underscore")
        assert app.composer.text == "one two"


async def test_what_is_selected_is_seen_and_taken() -> None:
    async with running(ScriptedEngine(), ON) as (app, pilot):
        await pilot.press(*"one two", "escape", "0", "v", "e")
        assert app.composer.border_title == "VISUAL"
        assert app.composer.selection.start == (0, 0)
        assert app.composer.selection.end == (0, 2), "the cursor's own cell belongs to it"
        await pilot.press("d")
        assert app.composer.text == " two"
        await pilot.press("V", "y", "p")
        assert app.composer.text == " two\n two"


async def test_j_and_k_at_the_edges_go_through_the_history() -> None:
    async with running(ScriptedEngine(past=("one", "two\nlines")), ON) as (app, pilot):
        await pilot.press("d", "escape", "k")
        assert app.composer.text == "two\nlines"
        assert app.composer.cursor_location == (1, 4), "outside of insert mode it stands on a character"
        await pilot.press("k", "k")
        assert app.composer.text == "one"
        await pilot.press("j", "j", "j")
        assert app.composer.text == "d"


async def test_a_folded_paste_goes_as_a_whole() -> None:
    async with running(ScriptedEngine(), ON) as (app, pilot):
        app.composer.put("")
        app.composer.insert(app.composer.chips.add("line\n" * 40))
        await pilot.press("a", "escape", "h", "x")
        assert app.composer.draft == "a"
        await pilot.press("u")
        assert app.composer.draft == "line\n" * 40 + "a"


async def test_a_question_mark_shows_the_keys_in_every_mode() -> None:
    async with running(ScriptedEngine(), ON) as (app, pilot):
        await pilot.press("escape", "question_mark")
        await until(pilot, lambda: "type to search" in text(app))


async def test_the_command_turns_it_on_and_off() -> None:
    engine = ScriptedEngine({"/vim": [VimChanged(True), Notice("kept")], "/vim off": [VimChanged(False)]})
    async with running(engine) as (app, pilot):
        assert not app.composer.border_title
        await type_in(pilot, "/vim")
        await pilot.press("escape", "enter")
        await until(pilot, lambda: app.composer.border_title == "INSERT")
        await type_in(pilot, "/vim off")
        await pilot.press("escape", "enter")
        await until(pilot, lambda: not app.composer.border_title)


async def test_escape_closes_the_suggestions_too() -> None:
    async with running(ScriptedEngine(commands={"/model": "another model"}), ON) as (app, pilot):
        await pilot.press("slash")
        await until(pilot, lambda: app.popup.display)
        await pilot.press("escape")
        assert not app.popup.display
        assert app.composer.border_title == "NORMAL"
