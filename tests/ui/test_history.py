"""The search through earlier prompts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import events

from haikuterm.ui.tui.history import Search, row
from tests.ui.screen import running, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine

PAST = ("fix the lint", "explain\nthe Parser", "run the tests", "fix the parser")


def order(shown: str, *words: str) -> bool:
    """Whether the words stand there from the top down."""
    places = [shown.find(word) for word in words]
    return -1 not in places and places == sorted(places)


async def test_the_newest_comes_first_and_typing_narrows() -> None:
    async with running(ScriptedEngine(past=PAST)) as (app, pilot):
        await pilot.press("ctrl+r")
        await until(pilot, lambda: order(text(app), "4 earlier prompts", "fix the parser", "run the tests", "explain"))
        await type_in(pilot, "parser the")
        await until(pilot, lambda: "2 earlier prompts" in text(app))
        assert order(text(app), "❯ fix the parser", "the Parser  +1 line")
        await pilot.press("ctrl+r", "enter")
        await until(pilot, lambda: app.composer.text == "explain\nthe Parser")


async def test_what_is_taken_is_not_sent_and_the_draft_comes_back_with_down() -> None:
    engine = ScriptedEngine(past=PAST)
    async with running(engine) as (app, pilot):
        await pilot.press("d", "ctrl+r")
        await until(pilot, lambda: "Earlier prompts" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.composer.text == "fix the parser")
        await pilot.press("down")
        assert app.composer.text == "d"
        assert engine.lines == []


async def test_escape_leaves_the_draft_alone_and_nothing_found_takes_no_enter() -> None:
    async with running(ScriptedEngine(past=PAST)) as (app, pilot):
        await pilot.press("d", "ctrl+r")
        await until(pilot, lambda: "Earlier prompts" in text(app))
        await type_in(pilot, "zzz")
        await until(pilot, lambda: "nothing like that" in text(app))
        await pilot.press("enter", "escape")
        await until(pilot, lambda: "Earlier prompts" not in text(app))
        assert app.composer.text == "d"


async def test_prompts_of_another_process_are_there_when_asked_anew() -> None:
    engine = ScriptedEngine(past=PAST)
    async with running(engine) as (app, pilot):
        engine.past = (*PAST, "from the other window")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "from the other window" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.composer.text == "from the other window")


async def test_a_paste_is_searched_for() -> None:
    async with running(ScriptedEngine(past=PAST)) as (app, pilot):
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "Earlier prompts" in text(app))
        app.screen.post_message(events.Paste("run\nthe"))
        await until(pilot, lambda: "1 earlier prompt" in text(app) and "run the tests" in text(app))


async def test_what_was_typed_in_this_session_is_there_once() -> None:
    async with running(ScriptedEngine(past=PAST)) as (app, pilot):
        await type_in(pilot, "run the tests")
        await pilot.press("enter", "ctrl+r")
        await until(pilot, lambda: "4 earlier prompts" in text(app))


@given(st.lists(st.text(alphabet="abAB ", max_size=8)), st.text(alphabet="abA ", max_size=4))
def test_a_query_that_goes_on_finds_the_same_as_one_that_is_asked_at_once(prompts: list[str], query: str) -> None:
    going_on = Search(prompts)
    for end in range(len(query) + 1):
        found = going_on.find(query[:end])
    assert found == Search(prompts).find(query)


def test_capitals_count_once_the_query_has_one() -> None:
    assert Search(PAST).find("parser") == ["explain\nthe Parser", "fix the parser"]
    assert Search(PAST).find("Parser") == ["explain\nthe Parser"]


@given(st.text(max_size=60), st.text(max_size=5), st.integers(8, 40))
def test_a_row_is_one_line_and_has_room(prompt: str, query: str, width: int) -> None:
    shown = row(prompt, query, width).plain
    assert "\n" not in shown
    assert cell_len(shown) <= max(width, 14)


def test_a_match_far_to_the_right_is_in_sight_and_marked() -> None:
    shown = row("x" * 100 + " needle", "needle", 30)
    assert "needle" in shown.plain
    assert [shown.plain[span.start : span.end] for span in shown.spans if "bold" in str(span.style)] == ["needle"]
