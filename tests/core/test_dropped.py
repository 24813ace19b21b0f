"""A picture that is dragged into a terminal is mentioned, whichever terminal pastes its path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.dropped import mentions

THERE = {
    "/tmp/a.png", "/Users/me/My Shot (1).png", "/home/me/it's.png", "/home/me/My Shot.png", "/tmp/spec.pdf",
    "C:\\Users\\me\\a.png", "C:\\Users\\me\\My Shot.png", "C:/Users/me/My Shot.png", "/tmp/app.py", "/tmp/50%.png",
    "/Users/me/Screenshot at 9.41.00\u202fAM.png", "/tmp/a#1.png", '/tmp/"q".png',
}  # fmt: skip


def there(path: str) -> bool:
    return path in THERE


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("/tmp/a.png", '@"/tmp/a.png" '),  # kitty, WezTerm, Alacritty
        ("/Users/me/My\\ Shot\\ \\(1\\).png ", '@"/Users/me/My Shot (1).png" '),  # iTerm2, Terminal.app
        ("/tmp/a.png /Users/me/My\\ Shot\\ \\(1\\).png ", '@"/tmp/a.png" @"/Users/me/My Shot (1).png" '),
        ("/Users/me/Screenshot\\ at\\ 9.41.00\u202fAM.png", '@"/Users/me/Screenshot at 9.41.00\u202fAM.png" '),
        ("'/home/me/My Shot.png' ", '@"/home/me/My Shot.png" '),  # GNOME Terminal
        ("'/home/me/it'\\''s.png' '/tmp/spec.pdf' ", '@"/home/me/it\'s.png" @"/tmp/spec.pdf" '),
        ("file:///home/me/My%20Shot.png\r\nfile:///tmp/spec.pdf\r\n", '@"/home/me/My Shot.png" @"/tmp/spec.pdf" '),
        ("file://localhost/tmp/a.png", '@"/tmp/a.png" '),
        ("file:///C:/Users/me/My%20Shot.png", '@"C:/Users/me/My Shot.png" '),
        ("file:///tmp/a#1.png", '@"/tmp/a#1.png" '),
        ("/home/me/My Shot.png", '@"/home/me/My Shot.png" '),  # one that nobody quoted
        ("/home/me/My Shot.png\n/tmp/a.png\n", '@"/home/me/My Shot.png" @"/tmp/a.png" '),
        ("C:\\Users\\me\\a.png", '@"C:\\Users\\me\\a.png" '),  # Windows Terminal
        ('"C:\\Users\\me\\My Shot.png" C:\\Users\\me\\a.png', '@"C:\\Users\\me\\My Shot.png" @"C:\\Users\\me\\a.png" '),
        ("/tmp/50%.png", '@"/tmp/50%.png" '),
    ],
)
def test_each_terminals_form_becomes_mentions(pasted: str, expected: str) -> None:
    assert mentions(pasted, there) == expected


@pytest.mark.parametrize(
    "pasted",
    ["", "  ", "hello", "/tmp/a.png is odd", "/tmp/app.py", "/tmp/gone.png", "it's /tmp/a.png", "a\n/tmp/a.png",
     '/tmp/"q".png', "file://[", "'", "/tmp/a.png\0", "x" * 30_000],
)  # fmt: skip
def test_any_other_paste_stays_text(pasted: str) -> None:
    assert mentions(pasted, there) == ""


@given(st.text(max_size=80))
def test_no_paste_breaks_it(pasted: str) -> None:
    mentions(pasted, lambda path: True)
