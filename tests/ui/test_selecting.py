"""Text selected with the mouse: what is painted, what is copied, and that it stays with its text."""

from __future__ import annotations

from textual.geometry import Offset
from textual.selection import SELECT_ALL, Selection

from haikuterm.ui.theme import load
from haikuterm.ui.tui import selecting
from tests.ui.transcript_stage import rows, shown, stage


async def test_dragging_the_mouse_copies_the_text_without_gutters_and_wraps() -> None:
    async with stage(24, 10) as (transcript, pilot):
        transcript.add("user", "first prompt")
        transcript.add("reply", "> quoted words that are wrapped\n\ntail")
        await shown(transcript, pilot)
        assert rows(transcript)[2:4] == ["▎ quoted words that", "▎ are wrapped"]
        await pilot.mouse_down(transcript, offset=(3, 2))
        await pilot.hover(transcript, offset=(7, 3))
        await pilot.mouse_up(transcript, offset=(7, 3))
        assert pilot.app.screen.get_selected_text() == "quoted words that are w"
        painted = [
            segment.text
            for segment in transcript.render_line(3)
            if segment.style
            and segment.style.bgcolor
            and segment.style.bgcolor.name == load("dark").colors["selection"]
        ]
        assert "".join(painted) == "▎ are w"


async def test_a_selection_stays_with_its_text_while_more_arrives() -> None:
    async with stage(24, 6) as (transcript, pilot):
        for number in range(20):
            transcript.add("tool", f"line {number}")
        await shown(transcript, pilot)
        await pilot.mouse_down(transcript, offset=(3, 2))
        await pilot.hover(transcript, offset=(9, 2))
        await pilot.mouse_up(transcript, offset=(9, 2))
        copied = pilot.app.screen.get_selected_text()
        assert copied == "line 16"
        transcript.add("reply", "more\n\n" * 9)
        await shown(transcript, pilot)
        assert pilot.app.screen.get_selected_text() == copied


async def test_whole_entries_are_copied_as_their_source() -> None:
    async with stage(24, 10) as (transcript, pilot):
        transcript.add("user", "prompt")
        transcript.add("reply", "**bold**\n")
        transcript.add("notice", "end")
        await shown(transcript, pilot)
        assert transcript.get_selection(SELECT_ALL) == ("prompt\n\n**bold**\n\nend", "\n")
        part = Selection(Offset(2, selecting.code((0, 0))), Offset(3, selecting.code((2, 1))))
        assert transcript.get_selection(part) == ("prompt\n\n**bold**\n\ne", "\n")
        await pilot.double_click(transcript, offset=(2, 2))
        assert pilot.app.screen.get_selected_text() == "**bold**"


ANSWER = """\
A **bold** word and `code` that is wrapped.

- one *item*
- [ ] two
  - three

```python
def f():
\treturn 1
```

| a | b |
|---|---|
| 1 | **2** |
| 3 | 4 |
"""


async def selected(first: str, last: str) -> str:
    """What is copied from the beginning of the row that shows `first` to the end of that with `last`."""
    async with stage(24, 24) as (transcript, pilot):
        transcript.add("reply", ANSWER, "haiku")
        await shown(transcript, pilot)
        screen = rows(transcript)
        top = next(y for y, row in enumerate(screen) if first in row)
        end = next(y for y, row in enumerate(screen) if last in row)
        part = Selection(
            Offset(screen[top].index(first), selecting.code((0, top))),
            Offset(screen[end].index(last) + len(last), selecting.code((0, end))),
        )
        found = transcript.get_selection(part)
        assert found
        return found[0]


async def test_blocks_that_are_selected_whole_are_copied_as_their_source() -> None:
    assert await selected("A bold", "• one item") == "A **bold** word and `code` that is wrapped.\n\n- one item"
    assert await selected("A bold", "return 1") == ANSWER[: ANSWER.index("\n\n| a")]
    assert await selected("• one", "3 │ 4") == ANSWER[ANSWER.index("- one") :].strip()


async def test_code_that_is_selected_alone_goes_without_its_fence_and_with_its_tabs() -> None:
    assert await selected("def f():", "return 1") == "def f():\n\treturn 1"
    assert await selected("f():", "return") == "f():\n    return"


async def test_items_that_are_selected_keep_the_signs_of_the_source() -> None:
    assert await selected("☐ two", "◦ three") == "- [ ] two\n  - three"


async def test_rows_of_a_table_are_copied_as_lines_of_the_source() -> None:
    assert await selected("1 │ 2", "3 │ 4") == "| 1 | **2** |\n| 3 | 4 |"
    assert await selected("2", "2") == "2"


async def test_a_part_of_a_line_is_copied_as_it_is_seen() -> None:
    assert await selected("bold", "bold") == "bold"
    assert await selected("bold", "wrapped") == "bold word and code that is wrapped"
