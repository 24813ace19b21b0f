"""Vim's keys do what Vim 9 does; vim_cases.jsonl was recorded from it (`vim -u NONE -es`), here no vim is needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.ui.vim import Pressed, Vim, fresh, press, takes
from haikuterm.ui.vim_edits import Register
from haikuterm.ui.vim_motions import line_at, line_start

CASES = [json.loads(line) for line in (Path(__file__).parent / "vim_cases.jsonl").read_text("utf-8").splitlines()]
NAMES = {"\x1b": "escape", "\r": "enter", "\x12": "ctrl+r"}


def normal(text: str, at: int = 0) -> Pressed:
    """NORMAL, with something in the register."""
    return Pressed(text, at, Vim(mode="normal", register=Register("REG"), seen=(text, at)))


def strike(now: Pressed, keys: str) -> Pressed:
    for key in keys:
        now = press(now.text, now.cursor, now.vim, NAMES.get(key, key))
    return now


def test_it_does_what_vim_does() -> None:
    wrong: list[Any] = []
    for case in CASES:
        row, column = case["at"]
        now = normal(case["text"], line_at(case["text"], row) + column)
        for keys, after in zip(case["keys"], case["after"], strict=True):
            now = strike(now, keys)
            start = line_start(now.text, now.cursor)
            got = [now.text, now.text.count("\n", 0, now.cursor), now.cursor - start]
            wrong += [(case["text"], case["at"], case["keys"], got, after)] if got != after else []
    assert len(CASES) > 200
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "keys", "after"),
    [
        ("one two three", "wdw", "one three"),
        ("one two three", "2dw", "three"),
        ("one two three", "wciwX\x1b", "one X three"),
        ("say (a, b) now", "f,cibX\x1b", "say (X) now"),
        ('say "a b" now', 'fadi"', 'say "" now'),
        ("one\ntwo\nthree", "jddp", "one\nthree\ntwo"),
        ("a-b a-b", "ct-X\x1bw;.", "X-b X-b"),
        ("ab", "xu", "ab"),
        ("abc", "xxu\x12", "c"),
        ("one two", "vey$p", "one twoone"),
        ("one\ntwo", "Vjd", ""),
        ("x", "3ihi \x1b", "hi hi hi x"),
    ],
)
def test_what_people_do_most(text: str, keys: str, after: str) -> None:
    assert strike(normal(text), keys).text == after


def test_a_prompt_begins_in_insert_mode_where_only_escape_is_vims() -> None:
    vim = fresh(Vim())
    assert vim.shown == "INSERT"
    assert [key for key in ("a", "escape", "enter", "up", "ctrl+r") if takes(vim, key)] == ["escape"]


def test_what_was_typed_before_the_first_escape_is_undone_as_one() -> None:
    now = strike(Pressed("", 0, fresh(Vim())), "hello world\x1b")
    assert now.vim.shown == "NORMAL"
    assert strike(now, "u").text == ""
    assert strike(now, "u\x12").text == "hello world"


@pytest.mark.parametrize(
    ("text", "keys", "effects"),
    [
        ("ab", "\x1b", ("escape",)),
        ("ab", "2\x1b", ()),
        ("ab", "v\x1b", ()),
        ("ab", "\r", ("send",)),
        ("ab", "k", ("older",)),
        ("ab", "j", ("newer",)),
        ("a\nb", "j", ()),
        ("ab", "dj", ()),
    ],
)
def test_what_the_text_cannot_show_is_asked_for(text: str, keys: str, effects: tuple[str, ...]) -> None:
    assert strike(normal(text), keys).effects == effects


def test_a_change_by_somebody_else_can_be_undone_too() -> None:
    now = normal("mine")
    assert strike(Pressed("yours", 0, now.vim), "u").text == "mine"


def test_the_next_prompt_keeps_the_register() -> None:
    now = strike(normal("one two"), "dw")
    later = Pressed("", 0, fresh(now.vim))
    assert strike(later, "\x1bp").text == "one "


KEYS = [*"hjklwbeWBEdcyxXrsSDCpPuJ~iaIAoOvVfFtT;,0^$gG.123()\"'", "escape", "ctrl+r", "enter", "left", "é", "世"]


@given(st.text("ab \n(\"'é世", max_size=20), st.integers(0, 20), st.lists(st.sampled_from(KEYS), max_size=25))
def test_no_keys_break_it_and_the_cursor_stays_on_a_character(text: str, at: int, keys: list[str]) -> None:
    now = normal(text, min(at, len(text)))
    for key in keys:
        now = press(now.text, now.cursor, now.vim, key)
        assert 0 <= now.cursor <= len(now.text)
    now = strike(now, "\x1b\x1b")
    assert now.vim.mode == "normal"
    line = now.text[line_start(now.text, now.cursor) :].partition("\n")[0]
    assert now.cursor - line_start(now.text, now.cursor) <= max(0, len(line) - 1)


@given(st.text("ab \n(", max_size=12), st.lists(st.sampled_from([k for k in KEYS if k not in "u."]), max_size=12))
def test_everything_can_be_undone(text: str, keys: list[str]) -> None:
    now = normal(text)
    for key in [*keys, "escape", "escape"]:
        now = press(now.text, now.cursor, now.vim, key)
    if "ctrl+r" not in keys:
        assert strike(now, "99u").text == text
