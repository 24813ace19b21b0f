"""Lines side by side: every line once, in order, beside the one it is most like."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.changes import FileChange
from haikuterm.core.diff import Hunk, diff
from haikuterm.core.sides import Row, side_rows

LINES = st.lists(st.sampled_from(("a = 1", "b = 2", "call(a, b)", "", "x")), max_size=12)


def hunk(before: str, after: str) -> Hunk:
    return diff(FileChange("a.py", before.encode(), after.encode())).hunks[0]


def texts(before: str, after: str) -> list[tuple[str | None, str | None]]:
    """Both columns, as one reads them."""
    found = hunk(before, after)
    pick = [None if n is None else found.lines[n].text for row in side_rows(found) for n in (row.left, row.right)]
    return list(zip(pick[::2], pick[1::2], strict=True))


def test_unchanged_lines_stand_on_both_sides_and_changed_ones_beside_each_other() -> None:
    assert texts("a\nb\nc\n", "a\nx\nc\n") == [("a", "a"), ("b", "x"), ("c", "c")]


def test_a_new_line_has_an_empty_place_at_its_left() -> None:
    assert texts("a\n", "a\nnew\n") == [("a", "a"), (None, "new")]


def test_a_removed_line_has_an_empty_place_at_its_right() -> None:
    assert texts("a\ngone\n", "a\n") == [("a", "a"), ("gone", None)]


def test_a_line_stands_beside_the_one_it_shares_most_words_with() -> None:
    assert texts("total = price\n", "import math\nlimit = 3\ntotal = price * 2\n") == [
        (None, "import math"),
        (None, "limit = 3"),
        ("total = price", "total = price * 2"),
    ]


def test_lines_that_share_nothing_pair_up_from_the_top() -> None:
    assert texts("one\n", "two\nthree\n") == [("one", "two"), (None, "three")]


def test_a_change_of_very_many_lines_pairs_up_in_order() -> None:
    old, new = ("".join(f"{word}{n}\n" for n in range(count)) for word, count in (("a", 900), ("b", 1000)))
    rows = side_rows(hunk(old, new))
    assert rows[0] == Row(0, 900)
    assert (rows[-1].left, len(rows)) == (None, 1000)


@given(LINES, LINES)
def test_every_line_stands_on_its_side_once_and_in_order(before: list[str], after: list[str]) -> None:
    for found in diff(FileChange("a", "\n".join(before).encode(), "\n".join(after).encode())).hunks:
        rows = side_rows(found)
        for side, mark in (("left", "+"), ("right", "-")):
            shown = [getattr(row, side) for row in rows if getattr(row, side) is not None]
            assert shown == [n for n, line in enumerate(found.lines) if line.mark != mark]
        assert all(row.left is not None or row.right is not None for row in rows)
