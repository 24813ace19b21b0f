"""A model's answer becomes a commit message that is safe to keep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.commit_message import commit_message
from haikuterm.core.guard import visible


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("Add a title\n\nIt was missing.\n", "Add a title\n\nIt was missing."),
        ("```text\nAdd a title\n```", "Add a title"),
        ("`Add a title`", "Add a title"),
        ("Add \x1b]0;owned\x07\x1b[2Jx", "Add ]0;owned[2Jx"),
        ("\x1b```\nAdd\ta title\r\n```\x00", "Add\ta title"),
        ("Add \u202etitle\x9b\ud800", "Add title"),
        ("\x1b\x07", ""),
    ],
)
def test_the_message_is_the_answers_text_without_wrapping_and_control_characters(answer: str, message: str) -> None:
    assert commit_message(answer) == message


def test_the_trailer_is_the_last_line_of_a_message_and_alone_is_none() -> None:
    assert commit_message("Add a title", "Made-with: haikuterm") == "Add a title\n\nMade-with: haikuterm"
    assert commit_message(" ", "Made-with: haikuterm") == ""


@given(st.text(st.characters()))
def test_no_message_holds_what_a_terminal_would_obey(answer: str) -> None:
    message = commit_message(answer)
    assert visible(message) == message
    assert message.encode().decode() == message
