"""The transcript widget, driven with Pilot: what it shows and where it stays."""

from __future__ import annotations

import random

import pytest

from haikuterm.core.changes import FileChange
from haikuterm.core.diff import diff
from haikuterm.ui.theme import load
from haikuterm.ui.tui.diff_rows import HunkRows
from haikuterm.ui.tui.transcript import Kind
from tests.ui.transcript_stage import (
    Stage,
    check_columns,
    everything,
    frame,
    last_reply,
    rows,
    shown,
    stage,
    unseen,
)

FAMILY = "👩‍👩‍👧‍👦"
ANSWER = f"""\
# Title

Some **bold** text with 日本語 and {FAMILY} that is long enough to be wrapped on every small screen.

- one
- two

```python
def f():
    return 1
```

| a | b |
|---|---|
| 日本 | 1 |
"""
KINDS: tuple[Kind, ...] = (
    "user",
    "reply",
    "thinking",
    "tool",
    "notice",
    "warning",
    "error",
    "diff",
    "charge",
    "document",
)
SIZES = [(20, 5), (4, 1), (6, 2), (80, 24), (33, 60)]


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_every_kind_keeps_its_columns_and_shows_no_control_on_every_screen(width: int, height: int) -> None:
    async with stage(width, height) as (transcript, pilot):
        for kind in KINDS:
            transcript.add(
                kind,
                f"a\x1b[2Jb \x9b31m \u202e日本語{FAMILY} e\u0301\t" + "wide " * 9 + "\nsecond\x07",
                "mod\x1bel\n日本",
            )
        transcript.add_diff(diff(FileChange("a\x1b.py", b"one\ntwo\n", "one\n日本\x1b[0m\n".encode())))
        transcript.open("reply")
        transcript.feed(ANSWER)
        await frame(transcript, pilot)
        for key in ("home", "pagedown", "j", "end", "pageup", "k", "G"):
            await pilot.press(key)
            await frame(transcript, pilot)
            check_columns(transcript)


async def test_each_kind_looks_like_itself() -> None:
    async with stage(40, 30) as (transcript, pilot):
        transcript.add("user", "fix it\nplease")
        transcript.add("thinking", "hm")
        transcript.add("tool", "read app.py with a path that is much too long for a row")
        transcript.add("tool", "check")
        transcript.add("reply", "**done**", "haiku")
        transcript.add("charge", "$0.01")
        transcript.add("notice", "saved")
        transcript.add("warning", "careful")
        transcript.add("error", "broken")
        await shown(transcript, pilot)
        assert rows(transcript)[:18] == [
            "❯ fix it", "  please", "", "┊ hm", "", "▸ read app.py with a path that is mu…", "▸ check", "", "haiku",
            "done", " " * 31 + "$0.01", "· saved", "", "Warning: careful", "", "Error: broken", "", "",
        ]  # fmt: skip


async def test_what_a_warning_lists_stands_further_in_where_it_is_folded_too() -> None:
    async with stage(40, 12) as (transcript, pilot):
        transcript.add("warning", "ruff: 2 findings\n  app.py:1:1: F401 `os` imported but unused\n  b.py:2:1: E711 x")
        await shown(transcript, pilot)
        assert rows(transcript)[:4] == [
            "Warning: ruff: 2 findings", "  app.py:1:1: F401 `os` imported", "    but unused", "  b.py:2:1: E711 x",
        ]  # fmt: skip


async def test_a_diff_says_with_signs_and_numbers_what_colours_say() -> None:
    async with stage(40, 12) as (transcript, pilot):
        change = diff(FileChange("app.py", b"import os\nimport sys\n\nx = 1\n", b"import sys\n\nx = 2\n"))
        index = transcript.add_diff(change)
        await shown(transcript, pilot)
        assert rows(transcript)[:6] == [
            "app.py  +1 -2",
            "1 - import os",
            "1   import sys",
            "2",
            "4 - x = 1",
            "3 + x = 2",
        ]
        assert transcript.source(index) == change.unified()


async def test_a_diff_selected_as_a_whole_is_copied_as_a_unified_diff() -> None:
    async with stage(40, 12) as (transcript, pilot):
        change = FileChange("app.py", b"import os\nx = 1\n", b"x = 1\n")
        transcript.add("notice", "1 file")
        transcript.add_diff(diff(change), change)
        await shown(transcript, pilot)
        await pilot.click(transcript, offset=(4, 4), times=2)
        assert transcript.screen.get_selected_text() == (
            "--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,1 @@\n-import os\n x = 1"
        )


async def test_of_a_diff_of_ten_thousand_lines_only_the_rows_in_sight_are_drawn() -> None:
    old = "".join(f"value_{n} = compute({n})\n" for n in range(5000)).encode()
    change = FileChange("big.py", old, old.replace(b"compute", b"calc"))
    async with stage(60, 12) as (transcript, pilot):
        transcript.add_diff(diff(change), change)
        await shown(transcript, pilot)
        lines = transcript._roll.drawn(0).lines
        assert len(lines) == 10_001
        assert rows(transcript)[-1] == "5000 + value_4999 = calc(4999)"
        assert sum(len(part._drawn) for part in lines.parts if isinstance(part, HunkRows)) < 50


@pytest.mark.parametrize("seed", range(6))
async def test_streaming_in_any_chunks_shows_what_adding_the_whole_shows(seed: int) -> None:
    chance = random.Random(seed)
    async with stage(24, 8) as (transcript, pilot):
        transcript.add("reply", ANSWER, "haiku")
        await shown(transcript, pilot)
        whole = everything(transcript)
        transcript.wipe()
        transcript.open("reply", "haiku")
        at = 0
        while at < len(ANSWER):
            size = chance.choice((1, 3, 10, 50))
            transcript.feed(ANSWER[at : at + size])
            at += size
            if chance.random() < 0.3:
                await frame(transcript, pilot)
                check_columns(transcript)
        await shown(transcript, pilot)
        assert everything(transcript) == whole
        assert rows(transcript) == whole[-8:]
        assert last_reply(transcript) == transcript.source(0) == ANSWER


async def test_streamed_text_waits_for_the_next_frame_and_no_timer_runs_when_idle() -> None:
    async with stage() as (transcript, pilot):
        transcript.open("reply")
        transcript.feed("one ")
        assert transcript.pace.due
        await frame(transcript, pilot)
        assert rows(transcript)[0] == "one"
        transcript.feed("two")
        assert rows(transcript)[0] == "one"
        await shown(transcript, pilot)
        assert rows(transcript)[0] == "one two"
        assert not transcript.pace.due
        assert not list(transcript._timers)


async def test_it_follows_the_end_until_the_reader_leaves_it_and_after_end_again() -> None:
    async with stage(40, 10) as (transcript, pilot):
        for number in range(20):
            transcript.add("tool", f"line {number}")
        await shown(transcript, pilot)
        assert transcript.following
        assert rows(transcript)[-1] == "▸ line 19"
        await pilot.press("k", "k")
        await frame(transcript, pilot)
        assert not transcript.following
        before = rows(transcript)
        assert before[-1] == "▸ line 17"
        transcript.add("tool", "new")
        transcript.open("reply")
        transcript.feed("a\n\nb")
        await shown(transcript, pilot)
        assert rows(transcript) == before
        assert unseen(pilot)[-1] == 5  # the tool, an empty row, three of the reply
        await pilot.press("end")
        await frame(transcript, pilot)
        assert transcript.following
        assert rows(transcript)[-1] == "b"
        assert unseen(pilot)[-1] == 0


async def test_scrolling_down_to_the_end_follows_again_and_says_how_much_is_left() -> None:
    async with stage(40, 10) as (transcript, pilot):
        for number in range(30):
            transcript.add("tool", f"line {number}")
        await shown(transcript, pilot)
        await pilot.press("pageup")
        for number in range(30, 45):
            transcript.add("tool", f"line {number}")
        await shown(transcript, pilot)
        assert unseen(pilot)[-1] == 15
        await pilot.press("pagedown", "pagedown")
        await frame(transcript, pilot)
        assert not transcript.following
        assert unseen(pilot)[-1] == 5
        await pilot.press("pagedown")
        await frame(transcript, pilot)
        assert transcript.following
        assert unseen(pilot)[-1] == 0


async def test_paging_up_through_what_was_never_drawn_skips_and_repeats_no_row() -> None:
    chance = random.Random(1)
    async with stage(30, 7) as (transcript, pilot):
        for number in range(10):
            transcript.add("reply", f"<{number}>\n\n" + ANSWER * chance.randint(0, 2) + "word " * chance.randint(1, 40))
        await shown(transcript, pilot)
        seen = rows(transcript)
        while transcript.scroll_y > 0:
            await pilot.press("pageup")
            await frame(transcript, pilot)
            page = rows(transcript)
            seen = (page if transcript.scroll_y > 0 else page[: transcript.virtual_size.height - len(seen)]) + seen
        assert seen == everything(transcript)


async def test_home_and_end_on_a_long_conversation() -> None:
    async with stage(30, 7) as (transcript, pilot):
        for number in range(400):
            transcript.add("user", f"message {number} " + "word " * (number % 50))
        await shown(transcript, pilot)
        drawn = len(transcript._roll._drawn)
        assert drawn < 10
        await pilot.press("g")
        await frame(transcript, pilot)
        assert rows(transcript)[0] == "❯ message 0"
        await pilot.press("G")
        await frame(transcript, pilot)
        assert rows(transcript)[-1] == everything(transcript)[-1]
        assert len(transcript._roll._drawn) <= 200


async def test_resizing_wraps_anew_and_stays_where_the_reader_was() -> None:
    async with stage(60, 10) as (transcript, pilot):
        for number in range(30):
            transcript.add("user", f"message {number} " + "word " * 20)
        await shown(transcript, pilot)
        await pilot.resize_terminal(30, 10)
        await frame(transcript, pilot)
        assert transcript.following
        check_columns(transcript)
        assert rows(transcript)[-1] == everything(transcript)[-1]
        await pilot.press("home", *["pagedown"] * 4)
        await frame(transcript, pilot)
        entry = transcript.top[0]
        for width in (20, 70, 30):
            await pilot.resize_terminal(width, 10)
            await frame(transcript, pilot)
            check_columns(transcript)
            assert transcript.top[0] == entry
        assert not transcript.following


async def test_a_live_reply_survives_resizing_and_another_theme() -> None:
    async with stage(60, 30) as (transcript, pilot):
        half = len(ANSWER) // 2
        transcript.open("reply")
        transcript.feed(ANSWER[:half])
        await frame(transcript, pilot)
        await pilot.resize_terminal(24, 30)
        transcript.set_theme(load("light"))
        transcript.feed(ANSWER[half:])
        await shown(transcript, pilot)
        streamed = everything(transcript)
        transcript.wipe()
        transcript.add("reply", ANSWER)
        await shown(transcript, pilot)
        assert everything(transcript) == streamed
        colors = {
            segment.style.color.name for segment in transcript.render_line(0) if segment.style and segment.style.color
        }
        assert load("light").colors["heading"] in colors


async def test_what_is_added_before_there_is_a_screen_is_shown_when_there_is_one() -> None:
    app = Stage()
    app.transcript.add("user", "early")
    app.transcript.open("reply")
    app.transcript.feed("still *coming*")
    async with app.run_test(size=(40, 10)) as pilot:
        await shown(app.transcript, pilot)
        assert rows(app.transcript)[:3] == ["❯ early", "", "still coming"]


async def test_an_entry_that_gets_another_text_moves_nothing_the_reader_looks_at() -> None:
    async with stage(40, 6) as (transcript, pilot):
        first = transcript.add("tool", "reading")
        for number in range(20):
            transcript.add("tool", f"line {number}")
        await shown(transcript, pilot)
        await pilot.press("k")
        await frame(transcript, pilot)
        before = rows(transcript)
        transcript.replace(first, "read\nin two lines")
        await shown(transcript, pilot)
        assert rows(transcript) == before
        assert transcript.source(first) == "read\nin two lines"
        assert everything(transcript)[:2] == ["▸ read", "  in two lines"]


async def test_a_notice_in_the_middle_of_a_reply_leaves_the_reply_alive() -> None:
    async with stage() as (transcript, pilot):
        live = transcript.open("reply")
        transcript.feed("one ")
        transcript.add("notice", "retrying")
        transcript.feed("two")
        await shown(transcript, pilot)
        assert transcript.source(live) == "one two"
        assert rows(transcript)[:3] == ["one two", "", "· retrying"]
        transcript.seal()
        assert last_reply(transcript) == "one two"


async def test_thinking_streams_too_and_text_without_an_open_entry_is_a_reply() -> None:
    async with stage() as (transcript, pilot):
        transcript.open("thinking")
        transcript.feed("a *b*\nc")
        await frame(transcript, pilot)
        assert rows(transcript)[:1] == ["┊ a *b*  +1 line"]
        transcript.seal()
        transcript.feed("a *b*")
        await shown(transcript, pilot)
        assert rows(transcript)[2] == "a b"


async def test_wiping_forgets_everything_and_starts_anew() -> None:
    async with stage() as (transcript, pilot):
        for number in range(40):
            transcript.add("tool", f"line {number}")
        transcript.open("reply")
        transcript.feed("half")
        await frame(transcript, pilot)
        await pilot.press("home")
        transcript.wipe()
        await shown(transcript, pilot)
        assert transcript.following
        assert rows(transcript) == [""] * 10
        assert last_reply(transcript) == ""
        assert transcript.add("user", "again") == 0
        await shown(transcript, pilot)
        assert rows(transcript)[0] == "❯ again"


async def test_the_wheel_moves_by_rows_and_the_scrollbar_tells_the_height() -> None:
    async with stage(40, 10) as (transcript, pilot):
        for number in range(50):
            transcript.add("tool", f"line {number}")
        await shown(transcript, pilot)
        assert transcript.vertical_scrollbar.window_virtual_size == transcript.virtual_size.height == 50
        transcript.scroll_relative(y=-3)
        await frame(transcript, pilot)
        assert rows(transcript)[-1] == "▸ line 46"
        assert transcript.scroll_y == 37
