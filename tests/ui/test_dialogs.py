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
from haikuterm.ui.tui.first_run import TOKEN, URL, Blank, Form
from haikuterm.ui.tui.key_list import KeyList
from haikuterm.ui.tui.keys import DIFF_KEYS
from haikuterm.ui.tui.keys import Key as KeyRow
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


CONSENT = Question(
    "Run it?",
    (
        Option("once", "Run it"),
        Option("session", "Run it, and any other in this session"),
        Option("always", "Run it, and this very command always"),
        Option("no", "Do not run it"),
    ),
    selected="once",
)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [("y", "once"), ("n", "no"), ("N", "no"), ("d", "no"), ("s", "session"), ("a", "always"), ("3", "always"),
     ("9", "once"), ("r r", "always"), ("n backspace ctrl+u", "no"), ("²", "once")],
)  # fmt: skip
async def test_a_letter_or_a_number_goes_to_a_row_of_a_question_and_takes_none(keys: str, answer: str) -> None:
    """Narrowed down, "n" would leave "Run it" and "y" a "yes" to all commands."""
    answers: list[object] = []
    async with running(ScriptedEngine()) as (app, pilot):
        app.push_screen(Picker(CONSENT), answers.append)
        await pilot.pause()
        for key in keys.split():
            await pilot.press(key)
        assert answers == []
        await pilot.press("enter")
        await until(pilot, lambda: answers == [answer])


async def test_a_form_on_a_small_screen_says_what_is_wrong_and_shows_the_line_that_is_written_in() -> None:
    async with running(ScriptedEngine(), size=(40, 12)) as (app, pilot):
        app.push_screen(Form("Another endpoint", (URL, TOKEN)))
        await pilot.pause()
        await pilot.press("x", "enter")
        await until(pilot, lambda: "127.0.0.1:8080" in text(app))
        await pilot.press("tab", "a", "b", "c")
        await until(pilot, lambda: "•••" in text(app))


async def test_what_a_key_does_goes_on_beneath_its_own_beginning() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        app.push_screen(KeyList((KeyRow(("a",), "", "Ctrl+J, Alt+Enter, Shift+Enter", "word " * 18),)))
        await until(pilot, lambda: "word" in text(app))
        columns = [line.index("word") for line in text(app).splitlines() if "word" in line]
        assert len(columns) > 1
        assert len({*columns}) == 1


async def test_on_a_narrow_screen_it_stands_below_the_key() -> None:
    async with running(ScriptedEngine(), size=(40, 12)) as (app, pilot):
        app.push_screen(KeyList((KeyRow(("a",), "", "Ctrl+J, Alt+Enter, Shift+Enter", "a new line"),)))
        await until(pilot, lambda: "│     a new line" in text(app))


async def test_a_long_list_is_narrowed() -> None:
    answers: list[object] = []
    async with running(ScriptedEngine()) as (app, pilot):
        rows = tuple(Option(f"o{n}", f"row {n}") for n in range(9))
        app.push_screen(Picker(Question("Which?", rows)), answers.append)
        await pilot.pause()
        await pilot.press("7", "enter")
        await until(pilot, lambda: answers == ["o7"])


THEMES = Question("Theme", tuple(Option(name, name) for name in ("dark", "ink", "light")), selected="dark", themes=True)


async def test_a_list_of_themes_is_tried_on_row_by_row_and_escape_gives_the_old_one_back() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        asked = asyncio.ensure_future(_choose(app))
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("down")
        assert app.look.name == "ink"
        await pilot.press("l")
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


async def test_a_question_is_read_whole_and_its_options_stay_in_sight() -> None:
    words = "Run in your shell: find . -name '*.py' -newer old.py -exec grep -l 'import this module' {} +"
    async with running(ScriptedEngine(), size=(40, 12)) as (app, pilot):
        app.push_screen(Picker(Question(words, (Option("yes", "Run it"), Option("no", "Do not")))))
        await until(pilot, lambda: "Run it" in text(app))
        inside = [line.partition("│")[2].rpartition("│")[0].strip() for line in text(app).split("\n")]
        assert words.replace(" ", "") in "".join(inside).replace(" ", "")


async def test_only_an_option_with_a_note_takes_a_row_for_it() -> None:
    options = tuple(Option(f"{n}", f"option {n}", ("$1",), note="dear" if n == 3 else "") for n in range(12))
    async with running(ScriptedEngine(), size=(80, 24)) as (app, pilot):
        app.push_screen(Picker(Question("Which?", options, ("name", "price"))))
        await until(pilot, lambda: "option 11" in text(app))
        before = app.screen.query_one(".box").region
        await pilot.press("end")
        assert app.screen.query_one(".box").region == before
        lines = text(app).split("\n")
        row = next(y for y, line in enumerate(lines) if "option 3" in line)
        assert "dear" in lines[row + 1]
        assert "option 4" in lines[row + 2]
        await pilot.click(offset=(before.x + 6, row + 1))
        await until(pilot, lambda: not isinstance(app.screen, Picker))


@pytest.mark.parametrize("size", [(20, 5), (30, 8), (40, 12), (80, 24)])
async def test_the_chosen_row_is_in_sight_whatever_the_size(size: tuple[int, int]) -> None:
    options = tuple(Option(f"{n}", f"row {n} is one of many", note="a note of some words" * (n % 3)) for n in range(30))
    async with running(ScriptedEngine(), size=size) as (app, pilot):
        app.push_screen(Picker(Question("A title that is longer than the edge of the box", options)))
        await pilot.pause()
        for key in ("down",) * 4 + ("pagedown",) * 2 + ("end",) + ("up",) * 3:
            await pilot.press(key)
            await until(pilot, lambda: "❯" in text(app))


async def test_a_long_text_without_columns_is_not_cut() -> None:
    address = "https://example.org/" + "a" * 80 + "/end"
    async with running(ScriptedEngine(), size=(40, 16)) as (app, pilot):
        app.push_screen(Picker(Question("Open this link?", (Option("0", address),))))
        await until(pilot, lambda: "/end" in text(app))


async def test_the_conversation_behind_a_list_of_themes_is_not_put_out() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        app.push_screen(Picker(THEMES))
        await pilot.pause()
        assert app.screen.styles.background.a == 0
