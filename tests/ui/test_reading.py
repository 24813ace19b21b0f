"""The reading mode of the full-screen face: its cursor, search, folds, what it copies, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from rich.style import Style
from textual.pilot import Pilot

from haikuterm.core import events as ev
from haikuterm.ui.tui.app import HaikutermApp
from haikuterm.ui.tui.selecting import entry
from tests.ui.screen import running, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine, Step
from tests.ui.scripted_events import charged

ANSWER = """The *loop* hangs, see [the docs](https://example.org/long) and [app](app.py).

```python
def f():
\treturn 1
```

1. first

   ```sh
   ls -l
   ```
"""
READ = "\n".join(f"line {n} of the file" for n in range(1, 31))


def turn(prompt: str, answer: str = ANSWER) -> Sequence[Step]:
    return (
        ev.TurnStarted(prompt, "claude-haiku-4-5"), ev.ThinkingDelta("hm\nand hm\nzebra again"),
        ev.ToolStarted("1", "read", "read app.py"), ev.ToolEnded("1", "read", True, "read app.py", READ),
        ev.TextDelta(answer), charged(), ev.TurnEnded("done"),
    )  # fmt: skip


ENGINE = {"why": turn("why"), "again": turn("again", "Nothing but **words** here.\n")}


async def say(app: HaikutermApp, pilot: Pilot[int], *lines: str) -> None:
    for line in lines:
        await type_in(pilot, line)
        await pilot.press("enter")
        await until(pilot, lambda: not app.turns.running and not app.transcript.pace.due)


async def read(app: HaikutermApp, pilot: Pilot[int], *keys: str) -> None:
    await pilot.press("ctrl+t")
    await until(pilot, lambda: app.focused is app.reading)
    await pilot.press(*keys)
    await settled(app, pilot)


async def find(app: HaikutermApp, pilot: Pilot[int], *keys: str) -> None:
    await pilot.press("f3")
    await until(pilot, lambda: app.focused is app.reading)
    await pilot.press(*keys)


async def settled(app: HaikutermApp, pilot: Pilot[int]) -> None:
    await pilot.pause()
    await until(pilot, lambda: not app.transcript.pace.due and not app.screen._dirty_widgets)


async def test_what_was_thought_and_what_tools_said_is_folded_until_asked_for() -> None:
    async with running(ScriptedEngine(ENGINE), size=(80, 60)) as (app, pilot):
        await say(app, pilot, "why")
        assert "┊ hm  +2 lines" in text(app)
        assert "▸ read app.py  +30 lines" in text(app)
        await pilot.press("ctrl+o")
        await settled(app, pilot)
        assert "┊ zebra again" in text(app)
        assert "line 30 of the file" in text(app)
        await pilot.press("ctrl+o")
        await settled(app, pilot)
        assert "+30 lines" in text(app)


async def test_one_entry_unfolds_with_enter_or_a_click_and_what_is_read_stays() -> None:
    async with running(ScriptedEngine(ENGINE), size=(80, 20)) as (app, pilot):
        await say(app, pilot, "why", "again")
        await read(app, pilot, "g", "j", "j", "k")
        first = text(app).split("\n")[0]
        await pilot.press("enter")
        await settled(app, pilot)
        assert text(app).split("\n")[0] == first == "❯ why"
        assert "┊ zebra again" in text(app)
        await pilot.click(app.transcript, offset=(4, 6))
        await settled(app, pilot)
        assert "line 3 of the file" in text(app)
        assert text(app).split("\n")[0] == first


async def test_the_message_under_the_cursor_is_copied_as_it_was_written() -> None:
    engine = ScriptedEngine(ENGINE)
    async with running(engine) as (app, pilot):
        await say(app, pilot, "why")
        await read(app, pilot, "y")
        assert app.clipboard == ANSWER.strip("\n")
        await until(pilot, lambda: engine.copied)
        assert engine.copied == (app.clipboard,)
        assert "copied reply, 12 lines" in text(app)


async def test_what_is_selected_is_copied_by_ctrl_c_to_both_clipboards_whatever_letters_it_has() -> None:
    engine = ScriptedEngine(ENGINE)
    async with running(engine) as (app, pilot):
        app.transcript.add("tool", "read n\udce4me.py")
        await settled(app, pilot)
        assert "n<U+DCE4>me.py" in text(app)
        app.screen.selections = {app.transcript: entry(0)}
        await pilot.press("ctrl+c")
        await until(pilot, lambda: engine.copied)
        assert engine.copied == (app.clipboard,) == ("read n?me.py",)


async def test_of_several_blocks_of_code_one_is_chosen_and_is_flush_left() -> None:
    async with running(ScriptedEngine(ENGINE), size=(100, 30)) as (app, pilot):
        await say(app, pilot, "why")
        await read(app, pilot, "c")
        await until(pilot, lambda: "Copy which code?" in text(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.clipboard)
        assert app.clipboard == "ls -l\n"


async def test_words_are_found_counted_and_marked_also_in_what_is_folded() -> None:
    async with running(ScriptedEngine(ENGINE), size=(80, 30)) as (app, pilot):
        await say(app, pilot, "why", "again")
        await find(app, pilot, *"zebra again", "enter")
        await until(pilot, lambda: "/zebra again  2 of 2" in text(app))
        assert "┊ zebra again" in text(app)
        await pilot.press("n")
        await until(pilot, lambda: "1 of 2" in text(app))
        await pilot.press("N")
        await until(pilot, lambda: "2 of 2" in text(app))
        rows = [app.transcript.row(y) for y in range(app.transcript.size.height)]
        assert [s.text for row in rows for s in row if s.style and s.style.reverse] == ["zebra again"]


async def test_words_are_found_across_marks_and_wrapped_rows() -> None:
    async with running(ScriptedEngine({"q": turn("q", "one **two** " + "filler " * 20 + "end")}), size=(40, 20)) as (
        app,
        pilot,
    ):
        await say(app, pilot, "q")
        await find(app, pilot, *"ONE", "ctrl+u", *"one two filler", "enter")
        await until(pilot, lambda: "1 of 1" in text(app))


async def test_what_comes_while_one_searches_is_found_and_marked_too() -> None:
    async with running(ScriptedEngine(ENGINE), size=(60, 20)) as (app, pilot):
        await say(app, pilot, "again")
        await find(app, pilot, *"words", "enter")
        await until(pilot, lambda: "1 of 1" in text(app))
        app.transcript.open("reply")
        app.transcript.feed("more words, " + "and " * 20 + "wor")
        await settled(app, pilot)
        app.transcript.feed("ds")
        app.transcript.action_scroll_end()
        await settled(app, pilot)
        await pilot.press("n")
        await until(pilot, lambda: "2 of 3" in text(app))
        rows = [app.transcript.row(y) for y in range(app.transcript.size.height)]
        bold = Style(underline=True, bold=True)
        assert [s.text for row in rows for s in row if s.style and (s.style.reverse or s.style + bold == s.style)] == [
            "words", "words", "words",
        ]  # fmt: skip


async def test_a_search_outlives_a_conversation_that_is_cleared() -> None:
    async with running(ScriptedEngine(ENGINE), size=(60, 20)) as (app, pilot):
        await say(app, pilot, "again", "again")
        await find(app, pilot, *"words", "enter")
        await until(pilot, lambda: "2 of 2" in text(app))
        app.scene.draw(ev.Cleared())  # as /clear does that waited in the queue
        await settled(app, pilot)
        await pilot.press("n")
        await until(pilot, lambda: "not found" in text(app))
        app.transcript.add("notice", "in other words")
        await pilot.press("n")
        await until(pilot, lambda: "1 of 1" in text(app))


async def test_a_place_that_is_found_off_the_screen_is_shown_with_what_is_around_it() -> None:
    answer = "".join(f"line {n}\n\n" for n in range(60))
    async with running(ScriptedEngine({"q": turn("q", answer)}), size=(60, 24)) as (app, pilot):
        await say(app, pilot, "q")
        await find(app, pilot, *"line 30", "enter")
        await until(pilot, lambda: "2 of 2" in text(app))
        shown = text(app)
        assert "line 28" in shown
        assert "line 33" in shown


async def test_escape_ends_the_search_then_the_reading() -> None:
    async with running(ScriptedEngine(ENGINE)) as (app, pilot):
        await say(app, pilot, "why")
        await find(app, pilot, *"nosuch")
        await until(pilot, lambda: "not found" in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.reading.search is None)
        assert app.focused is app.reading
        await pilot.press("escape")
        await until(pilot, lambda: app.focused is app.composer)
        assert not app.reading.display


async def test_a_letter_that_is_no_key_is_typed_into_the_input_with_what_follows() -> None:
    async with running(ScriptedEngine(ENGINE)) as (app, pilot):
        await say(app, pilot, "why")
        await read(app, pilot, *"hello")
        await until(pilot, lambda: app.composer.text == "hello")
        assert app.focused is app.composer


async def test_brackets_jump_from_prompt_to_prompt() -> None:
    async with running(ScriptedEngine(ENGINE), size=(80, 14)) as (app, pilot):
        await say(app, pilot, "why", "again", "why", "again")
        await read(app, pilot, "g", "right_square_bracket")
        assert text(app).split("\n")[0] == "❯ again"
        await pilot.press("right_square_bracket", "left_square_bracket", "left_square_bracket")
        await settled(app, pilot)
        assert text(app).split("\n")[0] == "❯ why"


async def test_times_and_costs_are_shown_on_demand() -> None:
    async with running(ScriptedEngine(ENGINE), size=(80, 40)) as (app, pilot):
        await say(app, pilot, "why")
        before = text(app).split("\n")[1]
        await read(app, pilot, "t")
        stamp = text(app).split("\n")[1]
        assert stamp.endswith("s · $0.0016")
        assert stamp[2:4] == "20"
        await pilot.press("t")
        await settled(app, pilot)
        assert text(app).split("\n")[1] == before == ""


async def test_a_link_is_shown_in_full_before_it_is_opened() -> None:
    opened: list[str] = []
    async with running(ScriptedEngine(ENGINE)) as (app, pilot):
        await say(app, pilot, "why")
        app.reading._taking = type(app.reading._taking)(app, app._choose, lambda: "", lambda to: not opened.append(to))
        await read(app, pilot, "o")
        await until(pilot, lambda: "Open this link?" in text(app))
        assert "https://example.org/long" in text(app)
        assert opened == []
        await pilot.press("enter")
        await until(pilot, lambda: opened == ["https://example.org/long"])


async def test_the_end_key_of_an_input_that_is_at_its_end_goes_to_the_end_of_the_conversation() -> None:
    async with running(ScriptedEngine(ENGINE), size=(80, 14)) as (app, pilot):
        await say(app, pilot, "why", "again")
        await pilot.press("pageup", "a", "left")
        await settled(app, pilot)
        await pilot.press("end")
        await settled(app, pilot)
        assert not app.transcript.following
        await pilot.press("end")
        await until(pilot, lambda: app.transcript.following)


async def test_commands_copy_and_find() -> None:
    script: dict[str, Sequence[Step]] = {
        "/copy": [ev.CopyAsked("an answer", "the last answer")],
        "/find loop": [ev.FindAsked("loop")],
    }
    async with running(ScriptedEngine(ENGINE | script), size=(80, 30)) as (app, pilot):
        await say(app, pilot, "why", "/copy")
        await until(pilot, lambda: app.clipboard == "an answer")
        await say(app, pilot, "/find loop")
        await until(pilot, lambda: "1 of 2" in text(app) or "2 of 2" in text(app) or "1 of 1" in text(app))
        assert app.focused is app.reading


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (160, 50)])
async def test_reading_does_on_every_screen(size: tuple[int, int]) -> None:
    keys = [
        "j",
        "k",
        "G",
        "g",
        "J",
        "K",
        "enter",
        "t",
        "pagedown",
        "pageup",
        "slash",
        "z",
        "enter",
        "n",
        "question_mark",
    ]
    async with running(ScriptedEngine(ENGINE), size=size) as (app, pilot):
        await read(app, pilot, *keys, "escape", "escape", "escape")
        await until(pilot, lambda: app.focused is app.composer)
        await say(app, pilot, "why")
        await read(app, pilot, *keys)
        await pilot.press("escape")
