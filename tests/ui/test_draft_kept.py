"""What was typed is never lost on the way through the history, the suggestions and the conversation."""

from __future__ import annotations

from haikuterm.core.models import catalogue
from haikuterm.engine.suggesting import Outlook
from haikuterm.ui.tui.welcome import Welcome
from tests.ui.screen import running, type_in, until
from tests.ui.scripted_engine import ScriptedEngine


async def test_a_recalled_prompt_that_was_changed_stands_behind_the_one_it_came_from() -> None:
    async with running(ScriptedEngine(past=("first", "second"))) as (app, pilot):
        await pilot.press("up")
        await type_in(pilot, "ary")
        await pilot.press("up")
        assert app.composer.draft == "second"
        await pilot.press("down")
        assert app.composer.draft == "secondary"
        await pilot.press("down")
        assert app.composer.draft == ""


async def test_a_draft_that_was_set_aside_outlives_the_prompt_that_is_sent_before_it() -> None:
    engine = ScriptedEngine(past=("first",))
    async with running(engine) as (app, pilot):
        await type_in(pilot, "draft")
        await pilot.press("up", "enter")
        await until(pilot, lambda: engine.lines == ["first"])
        await pilot.press("up", "up")
        assert app.composer.draft == "draft"


async def test_a_click_on_a_suggestion_puts_the_draft_away() -> None:
    engine = ScriptedEngine()
    engine.outlooks = (Outlook(catalogue().resolve("haiku-4.5"), "repo", files=("app.py",)),)
    async with running(engine) as (app, pilot):
        await until(pilot, lambda: app.query(Welcome))
        await type_in(pilot, "draft")
        app.query_one(Welcome).post_message(Welcome.Chosen("try this"))
        await until(pilot, lambda: app.composer.draft == "try this")
        await pilot.press("up")
        assert app.composer.draft == "draft"


async def test_a_key_that_nobody_knows_does_not_go_round_while_the_conversation_is_read() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await pilot.press("ctrl+t")
        await until(pilot, lambda: app.focused is not app.composer)
        await pilot.press("f9")
        await pilot.press("a", "b")
        await until(pilot, lambda: app.composer.draft == "ab")
