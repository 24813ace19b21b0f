"""A report of an error holds no key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.concealing import HIDDEN, conceal

ENVIRON = {"ANTHROPIC_AUTH_TOKEN": "abcdef\n", "GATEWAY_KEY": "of-the-gateway", "HOME": "/home/me", "MONKEY": "key"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("header 'abcdef' refused", f"header '{HIDDEN}' refused"),
        ("of-the-gateway at /home/me", f"{HIDDEN} at /home/me"),
        ("x-api-key: sk-ant-api03-ab_c-d", f"x-api-key: {HIDDEN}"),
        ("a key in a monkey", "a key in a monkey"),
    ],
)
def test_keys_are_taken_out_and_the_rest_stays(text: str, shown: str) -> None:
    assert conceal(text, ENVIRON) == shown


@given(before=st.text(), after=st.text(), key=st.text("abcXYZ019-_", min_size=6))
def test_no_key_of_the_environment_is_left(before: str, after: str, key: str) -> None:
    assert key not in conceal(f"{before} {key} {after}", {"SOME_API_KEY": key}).replace(HIDDEN, "")
