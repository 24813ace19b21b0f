"""The small screens: they answer once, and nothing that a model, a file or a tool wrote steers the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from textual.events import Key
from textual.screen import ModalScreen

from haikuterm.core.ports import Option, Question
from haikuterm.ui.tui.app import HaikutermApp
from haikuterm.ui.tui.dialogs import Picker
from haikuterm.ui.tui.first_run import Blank, Form
from haikuterm.ui.tui.key_list import KeyList
from haikuterm.ui.tui.keys import DIFF_KEYS
from tests.ui.screen import running, text, until
from tests.ui.scripted_engine import ScriptedEngine

EVIL = "Add \x1b]0;owned\x07\x1b[2J\x9b31mx"
SHOWN = "Add ␛]0;owned␇␛[2J<U+009B>31mx"


@pytest.mark.parametrize(
    "screen",
    [
        Picker(Question(EVIL, (Option("yes", "Yes"),))),
        Picker(Question("Commit?", (Option("yes", EVIL),))),
        Picker(Question("Commit?", (Option("yes", "Yes", (EVIL,)),), ("", EVIL))),
        Picker(Question("Commit?", (Option("yes", "Yes", note=EVIL),))),
        Picker(Question("Commit?", (Option("yes", "Yes"),)), EVIL),
        Form(EVIL, (Blank("Key"),)),
        Form("A form", (Blank(EVIL),)),
    ],
    ids=["title", "label", "cell", "note", "trouble", "form", "blank"],
)
async def test_escapes_are_shown_as_text(screen: ModalScreen[object]) -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        app.push_screen(screen)
        await until(pilot, lambda: SHOWN in text(app))
        assert not set(text(app)) & set("\x1b\x07\x9b")


@pytest.mark.parametrize("keys", ["escape escape", "enter enter", "enter escape"])
@pytest.mark.parametrize(
    "make",
    [
        lambda: Picker(Question("Which?", (Option("a", "A"),))),
        lambda: KeyList(DIFF_KEYS),
        lambda: Form("A form", (Blank("Key", needed=False),)),
    ],
    ids=["picker", "keys", "form"],
)
async def test_what_is_struck_after_the_answer_does_nothing(keys: str, make: Callable[[], ModalScreen[object]]) -> None:
    answers: list[object] = []
    async with running(ScriptedEngine()) as (app, pilot):
        app.push_screen(make(), answers.append)
        await pilot.pause()
        for key in keys.split():
            app.post_message(Key(key, None))
        await until(pilot, lambda: answers)
        await pilot.pause()
        assert len(answers) == 1


THEMES = Question("Theme", tuple(Option(name, name) for name in ("dark", "ink", "light")), selected="dark", themes=True)


async def test_a_list_of_themes_is_tried_on_row_by_row_and_escape_gives_the_old_one_back() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        asked = asyncio.ensure_future(_choose(app))
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("down")
        assert app.look.name == "ink"
        await pilot.press("l", "i")
        assert app.look.name == "light"
        assert app.theme == "haikuterm-light"
        await pilot.press("escape")
        assert await asked is None
        assert app.look.name == "dark"


async def test_the_theme_that_was_tried_on_stays_where_it_is_taken() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        asked = asyncio.ensure_future(_choose(app))
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("end", "enter")
        assert await asked == "light"
        assert app.look.name == "light"


async def _choose(app: HaikutermApp) -> str | None:
    """The answer to the list of themes, asked in a worker as the engine does."""
    answers: list[str | None] = []

    async def ask() -> None:
        answers.append(await app.asker.choose(THEMES))

    await app.run_worker(ask()).wait()
    return answers[0]
