"""The line of each key of a TOML text, and one key taken out with the rest untouched."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.toml_lines import key_lines, toml, with_line, without_line

TEXT = '''# settings
theme = "dark"
"max_day_usd" = 3
note = """
fake = 1
"""  # end
[endpoints.ollama]
base_url = "x"
[ endpoints . "b-c" ]
  key_env="Y"
'''


def test_every_key_is_found_on_its_line() -> None:
    assert key_lines(TEXT) == {
        "theme": 2,
        "max_day_usd": 3,
        "note": 4,
        "endpoints.ollama": 7,
        "endpoints.ollama.base_url": 8,
        "endpoints.b-c": 9,
        "endpoints.b-c.key_env": 10,
    }


def test_dotted_keys_and_other_line_ends_are_known() -> None:
    assert key_lines('a.b = 1\r\nc."d" = 2\r\n') == {"a.b": 1, "c.d": 2}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('theme = "light"\n', ""),
        ('# a\n theme="x" # b\nmodel = 1\n', "# a\nmodel = 1\n"),
        ('model = 1\r\ntheme = "x"\r\n[t]\r\ntheme = 2\r\n', "model = 1\r\n[t]\r\ntheme = 2\r\n"),
        ("a = 1\ntheme = 2", "a = 1\n"),
        ("# theme = 1\n[t]\ntheme = 2\n", "# theme = 1\n[t]\ntheme = 2\n"),
        ('theme = """\nx"""\n', 'theme = """\nx"""\n'),
    ],
)
def test_a_line_is_taken_out_and_the_rest_stays(before: str, after: str) -> None:
    assert without_line(before, "theme") == after


VALUES = st.booleans() | st.integers(-9, 9) | st.text(max_size=8)


@given(values=st.dictionaries(st.sampled_from("abcdef"), VALUES), name=st.sampled_from("abcdef"), value=VALUES)
def test_setting_and_taking_out_change_one_key_only(values: dict[str, Any], name: str, value: Any) -> None:
    text = "".join(f"{key} = {toml(held)} # {key}\n" for key, held in values.items()) + "[t]\na = 1\n"
    put = with_line(text, name, f"{name} = {toml(value)}")
    assert tomllib.loads(put) == {**values, name: value, "t": {"a": 1}}
    gone = without_line(put, name)
    assert tomllib.loads(gone) == {**{key: held for key, held in values.items() if key != name}, "t": {"a": 1}}
