"""What a terminal is told besides text goes only to those that understand it, and holds nothing of an attacker's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.ui.signals import MOST, WAYS, Signals, signals


@pytest.mark.parametrize(
    ("environ", "way", "progress"),
    [
        ({}, "bell", False),
        ({"TERM": "xterm-256color"}, "bell", False),
        ({"TERM_PROGRAM": "iTerm.app"}, "osc9", False),
        ({"TERM_PROGRAM": "WezTerm"}, "osc9", True),
        ({"TERM_PROGRAM": "ghostty"}, "osc9", True),
        ({"KITTY_WINDOW_ID": "1"}, "osc9", False),
        ({"WT_SESSION": "x"}, "osc9", True),
        ({"VTE_VERSION": "7600"}, "osc777", False),
        ({"TERM": "rxvt-unicode-256color"}, "osc777", False),
        ({"TERM_PROGRAM": "WezTerm", "TMUX": "/tmp/x"}, "bell", False),
        ({"WT_SESSION": "x", "TERM": "screen-256color"}, "bell", False),
    ],
)
def test_a_terminal_is_told_in_its_own_way(environ: dict[str, str], way: str, progress: bool) -> None:
    assert signals("auto", environ) == Signals(way, progress)


@pytest.mark.parametrize("way", ["bell", "osc9", "osc777", "off"])
def test_the_user_may_choose_the_way(way: str) -> None:
    assert signals(way, {"TERM_PROGRAM": "WezTerm"}).way == way


def test_a_command_of_the_users_own_needs_no_sequence() -> None:
    assert signals("notify-send haikuterm", {}).notification("done") == ""


def test_the_forms_are_those_of_the_terminals() -> None:
    assert Signals("bell").notification("done") == "\x07"
    assert Signals("osc9").notification("done") == "\x1b]9;done\x07"
    assert Signals("osc777").notification("done") == "\x1b]777;notify;haikuterm;done\x07"
    assert Signals("off").notification("done") == ""
    assert Signals().title("haikuterm: repo") == "\x1b]0;haikuterm: repo\x07"
    assert Signals(progress=True).busy(True) + Signals(progress=True).busy(False) == "\x1b]9;4;3;0\x07\x1b]9;4;0;0\x07"
    assert Signals(progress=False).busy(True) == ""


@given(st.sampled_from(WAYS), st.text())
def test_no_text_can_end_a_sequence_early(way: str, text: str) -> None:
    for sequence in (Signals(way).notification(text), Signals(way).title(text)):
        inner = sequence.removeprefix("\x1b").removesuffix("\x07")
        assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in inner)
        assert len(sequence) <= MOST + 30
