"""Bytes in, bytes out: decoding loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.errors import EditRefused
from haikuterm.core.textfile import decode, decode_both, is_binary


@given(st.binary())
def test_any_bytes_come_back_as_they_were(data: bytes) -> None:
    file = decode(data)
    assert file.encode(file.text) == data


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_unicode_with_a_mark_is_read_as_what_it_is(codec: str) -> None:
    data = "größe\n".encode(codec)
    if codec == "utf-16-le":
        data = b"\xff\xfe" + data
    file = decode(data)
    assert file.text == "größe\n"
    assert file.encode(file.text) == data
    assert not is_binary(data)


def test_a_declared_encoding_is_used() -> None:
    file = decode("# coding: cp1251\nx = 'привет'\n".encode("cp1251"))
    assert "привет" in file.text


@pytest.mark.parametrize("data", [b"", "größe\n".encode(), "größe\n".encode("utf-8-sig"), "größe".encode("utf-16")])
def test_half_a_character_is_written_to_no_file(data: bytes) -> None:
    file = decode(data)
    with pytest.raises(EditRefused, match=r"which has no .*udcff"):
        file.encode(file.text + "\udcff")


@given(st.none() | st.binary(max_size=6), st.none() | st.binary(max_size=6))
def test_both_sides_of_a_change_come_back_as_they_were(before: bytes | None, after: bytes | None) -> None:
    file, old, new = decode_both(before, after)
    assert file.text.encode(file.encoding) == ((after if before is None else before) or b"").removeprefix(file.bom)
    assert [text.encode(file.encoding) for text in (old, new)] == [
        (data or b"").removeprefix(file.bom) for data in (before, after)
    ]


def test_a_nul_makes_it_binary() -> None:
    assert is_binary(b"\x7fELF\0")


@pytest.mark.parametrize(("data", "crlf"), [(b"a\r\nb\r\n", True), (b"a\r\nb\n", False), (b"a", False), (b"", False)])
def test_only_a_file_of_crlf_alone_counts_as_crlf(data: bytes, crlf: bool) -> None:
    assert decode(data).crlf is crlf
