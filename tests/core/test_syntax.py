"""A file that could be parsed before must parse afterwards; of what nobody here can parse, nothing is said."""

from __future__ import annotations

import codecs

import pytest

from haikuterm.core.syntax import newly_broken


@pytest.mark.parametrize(
    ("path", "before", "after", "says"),
    [
        ("m.py", "x = 1\n", "x = (\n", "line 1: "),
        ("m.py", "x = 1\n", "x = 1\n  y = 2\n", "line 2: unexpected indent: y = 2"),
        ("m.pyi", "def f() -> int: ...\n", "def f() -> int ...\n", "line 1: "),
        ("M.PY", "x = 1\n", "x = = 1\n", "line 1: "),
        ("p.json", "[1]\n", "[1,\n]\n", "line "),
        ("p.toml", "a = 1\n", "a = 1\na = 2\n", "line 2"),
    ],
)
def test_a_file_that_does_not_parse_any_more_is_named_with_its_line(
    path: str, before: str, after: str, says: str
) -> None:
    assert says in newly_broken(path, before.encode(), after.encode())


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("m.py", "print 'two'\n", "print 'three'\n"),  # of another Python
        ("m.py", "x = (\n", "x = [\n"),
        ("tsconfig.json", "// comment\n{}\n", "// comment\n{,}\n"),
        ("p.toml", "a =\n", "a = =\n"),
        ("m.js", "let x;\n", "let let;\n"),
        ("README", "(\n", "((\n"),
    ],
)
def test_a_file_that_did_not_parse_before_is_left_alone(path: str, before: str, after: str) -> None:
    assert newly_broken(path, before.encode(), after.encode()) == ""


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("m.py", b"# coding: latin-1\nx = 1\n", b"# coding: latin-1\nx = '\xe9'\n"),
        ("m.py", codecs.BOM_UTF8 + b"x = 1\n", codecs.BOM_UTF8 + b"x = 2\n"),
        ("m.py", b"x = 1\r\n", b"if x:\r\n    y = 2\r\n"),
        ("p.json", b'{"a": 1}', b'{"a": [true, null]}'),
        ("p.json", b'{\r\n"a": 1}\r\n', b'{\r\n"a": 2}\r\n'),
        ("p.toml", b"a = 1\r\n", b"a = 1\r\n[b]\r\n"),
        ("m.py", b"x = '\\d'\n", b"x = '\\w'\n"),
    ],
)
def test_a_file_that_parses_is_fine_in_any_encoding_and_line_ending(path: str, before: bytes, after: bytes) -> None:
    assert newly_broken(path, before, after) == ""


def test_nesting_that_the_parser_cannot_follow_is_an_error_and_no_crash() -> None:
    assert newly_broken("p.json", b"[]", b"[" * 100_000) != ""
    assert newly_broken("m.py", b"x = 1\n", b"(" * 100_000) != ""


def test_a_nul_in_python_is_an_error() -> None:
    assert newly_broken("m.py", b"x = 1\n", b"x = 1\0\n") != ""
