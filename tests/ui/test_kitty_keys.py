"""The keyboard protocol that loses composed text is left alone where it does, and nowhere else."""

from __future__ import annotations

import pytest

from haikuterm.ui.kitty_keys import spares_text


@pytest.mark.parametrize(
    ("choice", "environ", "spares"),
    [
        ("auto", {}, False),
        ("auto", {"TERM_PROGRAM": "ghostty"}, False),
        ("auto", {"TERM": "xterm-kitty"}, False),
        ("auto", {"TERM_PROGRAM": "iTerm.app"}, True),
        ("auto", {"LC_TERMINAL": "iTerm2"}, True),
        ("auto", {"TERM_PROGRAM": "vscode"}, True),
        ("auto", {"TERM_PROGRAM": "WezTerm"}, True),
        ("auto", {"TERM_PROGRAM": "tmux"}, False),
        ("auto", {"TERM_PROGRAM": "vscode", "TEXTUAL_DISABLE_KITTY_KEY": "0"}, False),
        ("on", {"TERM_PROGRAM": "iTerm.app"}, False),
        ("off", {}, True),
    ],
)
def test_the_protocol_is_left_alone_where_it_loses_text(choice: str, environ: dict[str, str], spares: bool) -> None:
    assert spares_text(choice, environ) is spares
