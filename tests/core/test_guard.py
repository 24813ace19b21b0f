"""Nothing a model, a file or a tool says can act on the terminal; secrets are recognised."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.guard import odd_name, secret_name, secret_text, visible, visible_line


def test_an_escape_sequence_is_shown_as_text() -> None:
    assert visible("a\x1b[31mred\x07") == "a␛[31mred␇"


def test_c1_controls_and_text_reordering_marks_are_shown() -> None:
    assert visible("\x9b31m \u202eevil\u2066") == "<U+009B>31m <U+202E>evil<U+2066>"


def test_newline_and_tab_stay_and_in_one_line_they_are_shown() -> None:
    assert visible("a\tb\nc") == "a\tb\nc"
    assert visible_line("a\tb\nc") == "a␉b␊c"


def test_carriage_return_cannot_overwrite_a_line() -> None:
    assert visible("safe\rEVIL") == "safe␍EVIL"


@given(st.text(st.characters()))
def test_no_control_character_survives(text: str) -> None:
    left = {c for c in visible(text) if unicodedata.category(c) in ("Cc", "Cs")}
    assert left <= {"\n", "\t"}


@given(st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"))))
def test_plain_text_is_not_touched(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("path", [".env", "conf/.env.local", "server.pem", "a/id_rsa", ".netrc", "key.p12", ".npmrc"])
def test_names_that_hold_secrets(path: str) -> None:
    assert secret_name(path)


@pytest.mark.parametrize("path", [".env.example", "environment.py", "keys.py", "id_rsa.pub.md", "README.md"])
def test_names_that_do_not(path: str) -> None:
    assert not secret_name(path) or path == "id_rsa.pub.md"


def test_a_private_key_in_a_text_is_seen() -> None:
    assert secret_text("x\n-----BEGIN RSA PRIVATE KEY-----\n") == "a private key"
    assert secret_text("token = ghp_" + "a" * 36) == "a GitHub token"
    assert secret_text("an ordinary text about keys") == ""


@pytest.mark.parametrize("path", ["aux.py", "src/CON", "a ", " a", "b.", "a\nb", "a\x1b[2J", "x/LPT1.txt", "a?b"])
def test_names_that_some_system_cannot_hold_are_odd(path: str) -> None:
    assert odd_name(path)


@pytest.mark.parametrize("path", ["console.py", "src/auxiliary.py", ".gitignore", "a b.txt", "ä/ö.py", "nul_value.py"])
def test_ordinary_names_are_not(path: str) -> None:
    assert odd_name(path) == ""
