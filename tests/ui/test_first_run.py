"""The first start without a key: three ways on, and a way out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from haikuterm.core.errors import LocalModelError, NoCredential, SettingsError
from haikuterm.core.settings import Settings
from haikuterm.ui.theme import load
from haikuterm.ui.tui.app import HaikutermApp
from tests.ui.screen import said, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine


class Builder:
    """Builds an engine once there is something to talk to; keeps the settings it was asked with."""

    def __init__(self, trouble: str = "") -> None:
        self.asked: list[Settings] = []
        self._trouble = trouble

    def __call__(self, settings: Settings) -> ScriptedEngine:
        self.asked.append(settings)
        if not settings.has_credential:
            raise NoCredential
        if self._trouble:
            trouble, self._trouble = self._trouble, ""
            raise LocalModelError(trouble)
        return ScriptedEngine(settings=settings)


@asynccontextmanager
async def first(
    build: Builder, keep_key: Callable[[str], str] | None = None, first_prompt: str = ""
) -> AsyncGenerator[tuple[HaikutermApp, Pilot[int]], None]:
    app = HaikutermApp(Settings(model="haiku"), build, load("dark"), first_prompt, keep_key)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "needs a model to talk to" in text(app))
        yield app, pilot


async def test_a_pasted_key_is_hidden_and_used_for_this_run_only() -> None:
    kept: list[str] = []
    build = Builder()
    async with first(build, lambda key: kept.append(key) or "kept") as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "Paste an Anthropic API key" in text(app) and "keep it" in text(app))
        await type_in(pilot, "sk-secret")
        assert "secret" not in text(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.engine is not None)
    assert build.asked[-1] == Settings(model="haiku", api_key="sk-secret")
    assert kept == []


async def test_a_key_is_kept_if_the_box_is_ticked_and_the_place_is_told() -> None:
    kept: list[str] = []
    async with first(Builder(), lambda key: kept.append(key) or "Kept in the settings file.") as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "[ ] keep it" in text(app))
        await type_in(pilot, "sk-1")
        await pilot.press("tab", "space")
        await until(pilot, lambda: "[x] keep it" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Kept in the settings file." in said(app))
    assert kept == ["sk-1"]


async def test_a_key_that_cannot_be_kept_is_used_all_the_same() -> None:
    def refuse(key: str) -> str:
        raise SettingsError("The settings file cannot be written.")

    async with first(Builder(), refuse) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "keep it" in text(app))
        await type_in(pilot, "sk-1")
        await pilot.press("tab", "space", "enter")
        await until(pilot, lambda: "The settings file cannot be written." in said(app))
        assert app.engine is not None


async def test_the_local_model_says_that_it_is_free_and_how_big_it_is() -> None:
    build = Builder()
    async with first(build) as (app, pilot):
        assert "free" in text(app)
        assert "0.5 GB" in text(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.engine is not None)
    assert build.asked[-1] == Settings(local=True)


@pytest.mark.parametrize(("token", "settings"), [("", Settings()), ("tok", Settings(auth_token="tok"))])
async def test_another_endpoint_needs_a_url_and_perhaps_a_token(token: str, settings: Settings) -> None:
    build = Builder()
    async with first(build) as (app, pilot):
        await pilot.press("end", "enter")
        await until(pilot, lambda: "Endpoint" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "cannot be empty" in text(app))
        await type_in(pilot, "localhost")
        await pilot.press("enter")
        await until(pilot, lambda: "begins with https:// or http://" in text(app))
        await pilot.press(
            "ctrl+u", *"http", "colon", "slash", "slash", *"127", "full_stop", "1", "down", *token, "enter"
        )
        await until(pilot, lambda: app.engine is not None)
    assert (build.asked[-1].base_url, build.asked[-1].auth_token) == ("http://127.1", settings.auth_token)


async def test_an_answer_that_does_not_work_leads_back_with_the_reason() -> None:
    build = Builder("The local model needs the extra haikuterm[local].")
    async with first(build) as (app, pilot):
        await pilot.press("down", "enter")
        await until(pilot, lambda: "needs the extra haikuterm[local]" in text(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.engine is not None)


async def test_escape_in_a_form_goes_back_and_in_the_list_leaves() -> None:
    async with first(Builder()) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "API key" in text(app) and "another endpoint" not in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: "another endpoint" in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: not app.is_running)
    assert app.return_value == 0


async def test_a_prompt_from_the_command_line_waits_for_the_choice() -> None:
    async with first(Builder(), first_prompt="hello") as (app, pilot):
        await pilot.press("down", "enter")
        await until(pilot, lambda: "echo: hello" in said(app))
