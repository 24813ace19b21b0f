"""The terminal's answer about its ground never costs a key, wherever it comes and however it is cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.ui.ground import Answers, few_colours, is_dark, parsed, told

ANSWERS = [
    b"\x1b]11;rgb:1414/1616/1c1c\x07",
    b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
    b"\x1b]11;rgba:0000/0000/0000/ffff\x1b\\",
    b"\x1b]11;#ffffff\x07",
]
KEYS = st.lists(
    st.sampled_from([b"a", b"\x1b", b"\x1b[A", b"\x1bOP", b"]", b"11;", b"\x1b]", b"\r", "ü".encode(), b"\x1b[200~x"])
).map(b"".join)


def cut(data: bytes, at: list[int]) -> list[bytes]:
    ends = sorted({0, len(data), *(n % (len(data) + 1) for n in at)})
    return [data[a:b] for a, b in pairwise(ends)]


@given(KEYS, st.sampled_from(ANSWERS), st.sampled_from([b"", b"a", b"\r", b"\x1b[B", b"]"]), st.lists(st.integers(0)))
def test_an_answer_among_keys_is_taken_out_and_every_key_stays_in_order(
    before: bytes, answer: bytes, after: bytes, cuts: list[int]
) -> None:
    answers = Answers()
    answers.asked = True
    keys = b"".join(map(answers.feed, cut(before + answer + after, cuts))) + answers.flush()
    assert keys == before + after
    assert answers.rgb == parsed(answer[5:].strip(b"\x07\x1b\\").decode())


@given(KEYS, st.lists(st.integers(0)), st.booleans())
def test_without_an_answer_every_byte_comes_through(keys: bytes, cuts: list[int], asked: bool) -> None:
    answers = Answers()
    answers.asked = asked
    assert b"".join(map(answers.feed, cut(keys, cuts))) + answers.flush() in (keys, keys.partition(b"\x1b]11;")[0])
    if b"\x1b]11;" not in keys:
        assert answers.rgb is None


def test_a_lone_escape_is_held_only_while_an_answer_is_expected() -> None:
    answers = Answers()
    assert answers.feed(b"\x1b") == b"\x1b"
    answers.asked = True
    assert answers.feed(b"\x1b") == b""
    assert answers.waits
    assert answers.flush() == b"\x1b"
    assert answers.feed(ANSWERS[0] + b"\x1b") == b"\x1b"


def test_an_answer_cut_by_a_slow_line_is_held_until_it_is_whole() -> None:
    answers = Answers()
    answers.asked = True
    assert answers.feed(b"x\x1b]11;rgb:ff") == b"x"
    assert answers.flush() == b""
    assert answers.feed(b"ff/ffff/ffff\x07y") == b"y"
    assert answers.rgb == (1, 1, 1)


def test_a_second_answer_that_comes_late_is_swallowed_too() -> None:
    answers = Answers()
    assert answers.feed(b"a" + ANSWERS[0] + b"b" + ANSWERS[1] + b"c") == b"abc"


@pytest.mark.parametrize(
    ("color", "rgb"),
    [
        ("rgb:ffff/0000/0000", (1, 0, 0)),
        ("rgb:ff/00/ff", (1, 0, 1)),
        ("rgb:f/0/f", (1, 0, 1)),
        ("rgba:ffff/ffff/ffff/0000", (1, 1, 1)),
        ("#fff", (1, 1, 1)),
        ("#ffff00000000", (1, 0, 0)),
        ("rgb:ff/ff", None),
        ("rgb://", None),
        ("hsl:1/1/1", None),
        ("", None),
        ("#ff", None),
    ],
)
def test_a_colour_is_read_in_the_forms_of_x(color: str, rgb: tuple[float, ...] | None) -> None:
    assert parsed(color) == rgb


@given(st.text(max_size=30))
def test_no_answer_of_a_terminal_raises(color: str) -> None:
    parsed(color)


@pytest.mark.parametrize(
    ("color", "dark"),
    [
        ("#000000", True),
        ("#14161c", True),
        ("#002b36", True),
        ("#ffffff", False),
        ("#fdf6e3", False),
        ("#808080", False),
    ],
)
def test_a_ground_is_dark_where_light_text_is_read_better_on_it(color: str, dark: bool) -> None:
    rgb = parsed(color)
    assert rgb is not None
    assert is_dark(rgb) == dark


@pytest.mark.parametrize(
    ("value", "dark"),
    [("15;0", True), ("0;15", False), ("0;default;15", False), ("12;8", True), ("0;7", False), ("15;default", None),
     ("", None), ("x", None), ("0;99", None)],
)  # fmt: skip
def test_colorfgbg_tells_the_ground_where_it_names_one(value: str, dark: bool | None) -> None:
    assert told({"COLORFGBG": value}) is dark


@pytest.mark.parametrize(
    ("environ", "few"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "linux"}, True),
        ({"TERM": "xterm-16color"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty"}, False),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, False),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, False),
        ({}, False),
    ],
)
def test_a_terminal_of_few_colours_is_known_by_its_name(environ: dict[str, str], few: bool) -> None:
    assert few_colours(environ) is few
