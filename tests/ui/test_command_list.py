"""All commands and actions in one list, and the list of keys: typing narrows them."""

from __future__ import annotations

from haikuterm.core.settings import Settings
from haikuterm.engine.commands import COMMANDS
from haikuterm.ui.tui.command_list import CommandList
from haikuterm.ui.tui.key_list import KeyList
from tests.ui.screen import running, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine


async def test_f2_lists_the_commands_and_enter_runs_the_chosen_one() -> None:
    engine = ScriptedEngine()
    async with running(engine) as (app, pilot):
        await type_in(pilot, "draft")
        await pilot.press("f2")
        await until(pilot, lambda: "/help" in text(app) and COMMANDS["help"].summary in text(app))
        await type_in(pilot, "contex")
        await until(pilot, lambda: "/help" not in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: engine.lines == ["/context"])
        assert app.composer.text == "draft"


async def test_a_command_that_needs_an_argument_is_put_into_the_input() -> None:
    engine = ScriptedEngine()
    async with running(engine) as (app, pilot):
        await pilot.press("alt+x")
        await until(pilot, lambda: isinstance(app.screen, CommandList))
        await type_in(pilot, "/add")
        await pilot.press("enter")
        await until(pilot, lambda: app.composer.text == "/add ")
        assert engine.lines == []


async def test_an_action_is_listed_with_its_keys_and_done() -> None:
    own = Settings(keys=(("f9", "clear_draft"),))
    async with running(ScriptedEngine(), own) as (app, pilot):
        await type_in(pilot, "draft")
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, CommandList))
        await type_in(pilot, "draft away")
        await until(pilot, lambda: "F9" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.composer.text == "" and not isinstance(app.screen, CommandList))


async def test_escape_leaves_it_and_nothing_happens() -> None:
    engine = ScriptedEngine()
    async with running(engine) as (app, pilot):
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, CommandList))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, CommandList))
        assert (engine.lines, app.composer.text) == ([], "")


async def test_the_list_of_keys_is_searched_by_typing() -> None:
    own = Settings(keys=(("f9", "/lint"),))
    async with running(ScriptedEngine(), own) as (app, pilot):
        await pilot.press("f1")
        await until(pilot, lambda: "Writing" in text(app))
        await type_in(pilot, "prompts search")
        await until(pilot, lambda: "Ctrl+R" in text(app) and "Ctrl+J" not in text(app))
        await pilot.press("ctrl+u")
        await type_in(pilot, "f9")
        await until(pilot, lambda: "/lint" in text(app))
        await type_in(pilot, "zz")
        await until(pilot, lambda: "nothing like that" in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, KeyList))


async def test_a_key_of_the_users_runs_a_command_or_begins_with_it() -> None:
    engine = ScriptedEngine()
    own = Settings(keys=(("f5", "/lint"), ("f6", "/add "), ("ctrl+k", "")))
    async with running(engine, own) as (app, pilot):
        await type_in(pilot, "x y")
        await pilot.press("home", "ctrl+k")
        assert app.composer.text == "x y"
        await pilot.press("f5")
        await until(pilot, lambda: engine.lines == ["/lint"])
        assert app.composer.text == "x y"
        await pilot.press("f6")
        assert app.composer.text == "/add "
        await pilot.press("ctrl+u", "up")
        assert app.composer.text == "x y"


async def test_on_a_narrow_screen_what_a_command_does_is_still_read() -> None:
    async with running(ScriptedEngine(), size=(40, 12)) as (app, pilot):
        await pilot.press("f2")
        await until(pilot, lambda: COMMANDS["help"].summary in text(app))


async def test_the_key_of_the_model_picker_asks_for_the_list() -> None:
    engine = ScriptedEngine()
    async with running(engine) as (_, pilot):
        await pilot.press("alt+p")
        await until(pilot, lambda: engine.lines == ["/model"])
