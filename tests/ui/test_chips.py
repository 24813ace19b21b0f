"""Chips: a big paste is one unit of the draft, and whole again when it is sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.pilot import Pilot

from haikuterm.ui.chips import MOST, Chips, big, drawn, plain
from haikuterm.ui.tui.app import HaikutermApp
from tests.ui.screen import running, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine

LONG = "".join(f"line {n}\n" for n in range(132))
OTHER = "y" * 3_000
SHOWN = "[pasted 132 lines]"


@asynccontextmanager
async def pasted(
    engine: ScriptedEngine | None = None, before: str = "see ", after: str = " now"
) -> AsyncGenerator[tuple[HaikutermApp, Pilot[int]], None]:
    """The face with a draft that has one chip in it; the cursor right behind that."""
    async with running(engine or ScriptedEngine()) as (app, pilot):
        await type_in(pilot, before)
        await paste(app, pilot, LONG)
        await type_in(pilot, after)
        await pilot.press(*["left"] * len(after))
        yield app, pilot


async def paste(app: HaikutermApp, pilot: Pilot[int], what: str) -> None:
    before = app.composer.text
    app.post_message(events.Paste(what))
    await until(pilot, lambda: app.composer.text != before)


def shown(app: HaikutermApp) -> str:
    return "\n".join(map(drawn, app.composer.document.lines))


async def test_a_big_paste_is_folded_and_whole_again_when_it_is_sent() -> None:
    engine = ScriptedEngine()
    async with pasted(engine) as (app, pilot):
        assert shown(app) == f"see {SHOWN} now"
        await until(pilot, lambda: SHOWN in text(app))
        assert app.composer.draft == f"see {LONG} now"
        await pilot.press("enter")
        await until(pilot, lambda: engine.lines == [f"see {LONG} now"])


async def test_the_cursor_passes_it_in_one_step_and_backspace_takes_all_of_it() -> None:
    async with pasted() as (app, pilot):
        await pilot.press("left", "a", "right", "b")
        assert shown(app) == f"see a{SHOWN}b now"
        await pilot.press("backspace", "backspace")
        assert shown(app) == "see a now"
        assert app.composer.draft == "see a now"


async def test_delete_and_the_keys_for_words_take_all_of_it_too() -> None:
    async with pasted() as (app, pilot):
        await pilot.press("ctrl+w")
        assert shown(app) == "see  now"
        await pilot.press("ctrl+underscore", "left", "delete")
        assert shown(app) == "see  now"


async def test_undo_brings_it_back() -> None:
    async with pasted() as (app, pilot):
        await pilot.press("backspace", "ctrl+underscore")
        assert shown(app) == f"see {SHOWN} now"
        assert app.composer.draft == f"see {LONG} now"


async def test_what_is_typed_by_hand_is_no_chip() -> None:
    async with pasted(before="", after="") as (app, pilot):
        app.composer.insert(SHOWN)
        assert app.composer.draft == LONG + SHOWN
        await pilot.press("backspace")
        assert app.composer.draft == LONG + SHOWN[:-1]


async def test_two_chips_are_told_apart() -> None:
    async with pasted() as (app, pilot):
        await paste(app, pilot, OTHER)
        assert shown(app) == f"see {SHOWN}[pasted 3,000 characters] now"
        assert app.composer.draft == f"see {LONG}{OTHER} now"
        await pilot.press("backspace")
        assert app.composer.draft == f"see {LONG} now"


async def test_the_same_paste_again_opens_it_and_so_does_tab() -> None:
    async with pasted() as (app, pilot):
        await paste(app, pilot, LONG)
        assert app.composer.text == f"see {LONG} now"
        await pilot.press("ctrl+underscore")
        assert shown(app) == f"see {SHOWN} now"
        await pilot.press("tab")
        assert app.composer.text == f"see {LONG} now"


async def test_the_history_keeps_the_whole_text_and_shows_it_folded() -> None:
    engine = ScriptedEngine()
    async with pasted(engine) as (app, pilot):
        await pilot.press("enter", "up")
        assert app.composer.past[-1] == f"see {LONG} now"
        assert shown(app) == f"see {SHOWN} now"
        assert app.composer.draft == f"see {LONG} now"


async def test_copying_a_chip_copies_its_text() -> None:
    async with pasted() as (app, pilot):
        await pilot.press("shift+left", "ctrl+c")
        assert app.clipboard == LONG


async def test_a_click_into_a_chip_puts_the_cursor_beside_it() -> None:
    async with pasted() as (app, pilot):
        await pilot.click("#composer", offset=(2 + 4 + 3, 1))
        await pilot.press("a")
        assert shown(app) == f"see a{SHOWN} now"


async def test_a_short_paste_is_not_folded() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await paste(app, pilot, "a\nb\nc")
        assert app.composer.text == "a\nb\nc"


def test_what_is_more_than_the_composer_shows_is_big() -> None:
    assert not big("x\n" * 11)
    assert big("x\n" * 12)
    assert big("x" * 1_201)


def test_signs_of_others_that_would_begin_a_chip_become_plain() -> None:
    chips = Chips()
    mark = chips.add(LONG)
    assert chips.whole(plain(mark)) == plain(mark) != mark


@given(st.lists(st.sampled_from(["a ", "\n", LONG, OTHER]), max_size=6))
def test_folding_and_unfolding_lose_nothing(parts: list[str]) -> None:
    chips = Chips()
    marked = "".join(chips.add(part) if big(part) else part for part in parts)
    assert chips.whole(marked) == "".join(parts)
    assert chips.whole(chips.fold("".join(parts))) == "".join(parts)


def test_the_oldest_of_very_many_chips_is_given_up() -> None:
    chips = Chips()
    first = chips.add("first" * 300)
    for number in range(MOST):
        chips.add(f"{number} " * 700)
    assert chips.whole(first) == first
