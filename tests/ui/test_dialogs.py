"""The small screens: they answer once, and nothing that a model, a file or a tool wrote steers the terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.events import Key
from textual.screen import ModalScreen

from haikuterm.core.ports import Option, Question
from haikuterm.ui.tui.dialogs import KeyList, Picker
from haikuterm.ui.tui.first_run import Blank, Form
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
        KeyList,
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
