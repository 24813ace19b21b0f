"""What is written to the terminal: never more than differs, and in the end always what a whole frame would give."""

from __future__ import annotations

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from haikuterm.ui.tui.picture import Picture

WIDTH, HEIGHT, BAR = 24, 10, 1
STYLES = [
    Style.parse(text) for text in ("", "#d9dce3 on #14161c", "bold #8fd3d6", "reverse #5b6375", "italic underline")
]
Rows = list[list[Strip]]  # of each row its strips from left to right


class Shown:
    """A terminal that gets differences, and what it should look like."""

    def __init__(self, rows: Rows) -> None:
        self._screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.Stream(self._screen)
        self._picture = Picture(ColorSystem.TRUECOLOR)
        self.written = ""
        self._rows = rows
        self._tell(self._picture.whole(rows))

    def update(self, rows: Rows, spans: list[tuple[int, int, int]] | None = None) -> None:
        """Draw other rows; spans: where they differ, by default everywhere."""
        self._rows = rows
        starts = [_starts(row) for row in rows]
        chops = [dict(zip(at[:-1], row, strict=True)) for at, row in zip(starts, rows, strict=True)]
        everywhere = [(y, 0, WIDTH) for y in range(HEIGHT)]
        self._tell(self._picture.part(chops, [at[1:] for at in starts], spans or everywhere))

    def check(self) -> None:
        """The terminal shows what it would if all had been written anew."""
        fresh = pyte.Screen(WIDTH, HEIGHT)
        pyte.Stream(fresh).feed(Picture(ColorSystem.TRUECOLOR).whole(self._rows))
        for y in range(HEIGHT):
            assert [self._screen.buffer[y][x] for x in range(WIDTH)] == [fresh.buffer[y][x] for x in range(WIDTH)], y

    def _tell(self, data: str) -> None:
        self.written = data
        self._stream.feed(data)


def _starts(row: list[Strip]) -> list[int]:
    at = [0]
    for strip in row:
        at.append(at[-1] + strip.cell_length)
    return at


def strip(text: str, style: Style = STYLES[1], width: int = WIDTH - BAR) -> Strip:
    """The text as a strip of this many cells."""
    return Strip([Segment(text, style)] if text else []).adjust_cell_length(width, STYLES[1])


def screen(texts: list[str]) -> Rows:
    """The texts under each other, the bar at their right."""
    bar = strip("", width=BAR)
    return [[strip(text), bar] for text in texts]


NUMBERED = [f"row {n} of the text" for n in range(40)]
TEXT = st.text(alphabet="abc  é─漢🙂", max_size=WIDTH + 4)
PART = st.builds(lambda text, style: Segment(text, style), TEXT, st.sampled_from(STYLES))


def _strip(parts: list[Segment], width: int) -> Strip:
    return Strip([part for part in parts if part.text]).adjust_cell_length(width, STYLES[1])


LINE = st.builds(_strip, st.lists(PART, max_size=2), st.just(WIDTH - BAR))
CELL = st.builds(_strip, st.lists(PART, max_size=1), st.just(BAR))


@st.composite
def changes(draw: st.DrawFn) -> list[Rows]:
    """Frames as a conversation has them: lines grow, all moves up or down, something stands over it for a while."""
    rows = [[draw(LINE), draw(CELL)] for _ in range(HEIGHT)]
    frames = [rows]
    for _ in range(draw(st.integers(1, 6))):
        match draw(st.sampled_from(("up", "down", "grow", "over", "bar"))):
            case "up":
                step = draw(st.integers(1, HEIGHT))
                rows = [*rows[step:-2], *([draw(LINE), draw(CELL)] for _ in rows[:step]), *rows[-2:]][:HEIGHT]
                rows += frames[0][len(rows) :]
            case "down":
                step = draw(st.integers(1, HEIGHT))
                rows = [*([draw(LINE), draw(CELL)] for _ in range(step)), *rows][:HEIGHT]
            case "grow":
                y = draw(st.integers(0, HEIGHT - 1))
                rows = [*rows[:y], [draw(LINE), *rows[y][1:]][:2], *rows[y + 1 :]]
                rows[y] = [rows[y][0], draw(CELL)]
            case "over":
                y = draw(st.integers(0, HEIGHT - 1))
                left = draw(st.integers(1, WIDTH - 2))
                over = [_strip([draw(PART)], left), _strip([draw(PART)], WIDTH - left)]
                rows = [*rows[:y], over, *rows[y + 1 :]]
            case _:
                rows = [[*row[:-1], draw(CELL)] if row[-1].cell_length == BAR else row for row in rows]
        frames.append(rows)
    return frames


@settings(max_examples=150)
@given(changes())
def test_differences_end_in_what_a_whole_frame_would_have_shown(frames: list[Rows]) -> None:
    shown = Shown(frames[0])
    for rows in frames[1:]:
        shown.update(rows)
        shown.check()


def test_a_frame_that_changes_nothing_writes_nothing() -> None:
    shown = Shown(screen(NUMBERED[:HEIGHT]))
    shown.update(screen(NUMBERED[:HEIGHT]))
    assert shown.written == ""


def test_a_word_more_at_the_end_of_a_line_is_all_that_is_written() -> None:
    texts = NUMBERED[:HEIGHT]
    shown = Shown(screen(texts))
    shown.update(screen([*texts[:4], texts[4] + " more", *texts[5:]]))
    shown.check()
    assert "more" in shown.written
    assert "row" not in shown.written
    assert len(shown.written) < 70


def test_a_text_that_moves_up_is_scrolled_by_the_terminal() -> None:
    shown = Shown(screen(NUMBERED[:HEIGHT]))
    shown.update(screen(NUMBERED[3 : HEIGHT + 3]))
    shown.check()
    assert shown.written.startswith(f"\x1b[1;{HEIGHT}r\x1b[1;1H\x1b[3M\x1b[r")
    assert f"row {HEIGHT + 2} " in shown.written
    assert f"row {HEIGHT - 1} " not in shown.written


def test_a_text_that_moves_down_is_scrolled_by_the_terminal() -> None:
    shown = Shown(screen(NUMBERED[3 : HEIGHT + 3]))
    shown.update(screen(NUMBERED[:HEIGHT]))
    shown.check()
    assert "\x1b[3L" in shown.written


def test_what_stands_beneath_the_text_does_not_scroll_with_it() -> None:
    desk = [[strip("─" * WIDTH, width=WIDTH)], [strip("prompt", width=WIDTH)]]
    shown = Shown([*screen(NUMBERED[: HEIGHT - 2]), *desk])
    shown.update([*screen(NUMBERED[1 : HEIGHT - 1]), *desk])
    shown.check()
    assert f"\x1b[1;{HEIGHT - 2}r" in shown.written
    assert "prompt" not in shown.written


def test_a_line_with_a_character_of_doubtful_width_is_written_as_a_whole() -> None:
    texts = [*NUMBERED[: HEIGHT - 1], "wide 漢 and"]
    shown = Shown(screen(texts))
    shown.update(screen([*texts[:-1], "wide 漢 and more"]))
    shown.check()
    assert "wide 漢 and more" in shown.written


def test_only_the_spans_that_were_asked_for_are_drawn() -> None:
    texts = NUMBERED[:HEIGHT]
    shown = Shown(screen(texts))
    changed = [text.replace("row", "ROW").replace("text", "TEXT") for text in texts]
    shown.update(screen(changed), [(2, 0, 5)])
    assert "ROW" in shown.written
    assert "TEXT" not in shown.written


def test_links_are_closed_where_they_end() -> None:
    link = STYLES[1] + Style(link="https://example.com")
    shown = Shown(screen(NUMBERED[:HEIGHT]))
    rows = screen(NUMBERED[:HEIGHT])
    rows[3][0] = Strip([Segment("go to ", STYLES[1]), Segment("here", link), Segment(" now" + " " * 9, STYLES[1])], 23)
    shown.update(rows)
    assert shown.written.count("\x1b]8;") == 2
    assert shown.written.index("here") < shown.written.index("\x1b]8;;\x1b\\") < shown.written.index("now")
