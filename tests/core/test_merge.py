"""A three-way merge keeps what both sides changed, and the current lines where they clash."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.merge import Merged, merge

BASE = b"a\nb\nc\nd\ne\nf\n"


def test_changes_far_apart_are_both_kept() -> None:
    assert merge(BASE, BASE.replace(b"a", b"A"), BASE.replace(b"f", b"F")) == Merged(b"A\nb\nc\nd\ne\nF\n")


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    both = BASE.replace(b"c", b"C")
    assert merge(BASE, both, both) == Merged(both)


def test_the_current_lines_stay_where_both_sides_changed_the_same() -> None:
    assert merge(BASE, BASE.replace(b"c", b"mine"), BASE.replace(b"c", b"theirs")) == Merged(
        BASE.replace(b"c", b"mine"), (3,)
    )


def test_changes_of_neighbouring_lines_are_a_conflict() -> None:
    found = merge(BASE, BASE.replace(b"c", b"C"), BASE.replace(b"d", b"D"))
    assert found == Merged(BASE.replace(b"c", b"C"), (3,))


def test_lines_put_in_at_the_same_place_are_a_conflict() -> None:
    found = merge(BASE, BASE.replace(b"c\n", b"c\nmine\n"), BASE.replace(b"c\n", b"c\ntheirs\n"))
    assert found == Merged(BASE.replace(b"c\n", b"c\nmine\n"), (4,))


def test_what_is_no_text_or_in_another_encoding_is_not_merged() -> None:
    assert merge(b"\0a", b"\0b", b"\0c") is None
    assert merge("é\n".encode(), "é\nx\n".encode("latin-1"), "é\ny\n".encode()) is None


def test_bytes_of_kept_lines_stay() -> None:
    base = b"a\r\nb\n\x0cc\nd\ne\nf"
    assert merge(base, base.replace(b"a", b"A"), base + b"\n") == Merged(base.replace(b"a", b"A") + b"\n")


texts = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "z"]), max_size=10).map(
    lambda rows: "".join(rows).encode()
)


@given(texts, texts)
def test_one_side_alone_always_wins(base: bytes, other: bytes) -> None:
    assert merge(base, base, other) == Merged(other)
    assert merge(base, other, base) == Merged(other)


@given(texts, texts, texts)
def test_without_conflicts_the_sides_can_be_swapped(base: bytes, one: bytes, other: bytes) -> None:
    here, there = merge(base, one, other), merge(base, other, one)
    assert here is not None
    assert there is not None
    assert bool(here.conflicts) == bool(there.conflicts)
    if not here.conflicts:
        assert here.data == there.data
