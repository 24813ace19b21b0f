"""Completion finds the same, however a query came to be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.fuzzy import Search, rank

NAMES = st.lists(st.text(alphabet="abcAB/_", min_size=1, max_size=8), unique=True, max_size=30).map(tuple)
QUERY = st.text(alphabet="abc/", min_size=1, max_size=5)


def holds(name: str, query: str) -> bool:
    """Whether the letters stand in the name, in this order."""
    rest = iter(name.lower())
    return all(letter in rest for letter in query)


@given(NAMES, QUERY)
def test_a_query_typed_letter_by_letter_finds_what_it_finds_at_once(names: tuple[str, ...], query: str) -> None:
    search = Search(names)
    for end in range(1, len(query) + 1):
        typed = search.best(query[:end], 5)
    assert typed == Search(names).best(query, 5)


@given(NAMES, QUERY, QUERY)
def test_a_query_that_does_not_go_on_from_the_last_one_is_searched_for_anew(
    names: tuple[str, ...], before: str, query: str
) -> None:
    search = Search(names)
    search.best(before, 5)
    assert search.best(query, 5) == Search(names).best(query, 5)


@given(NAMES, QUERY)
def test_every_name_that_holds_the_letters_is_found_once(names: tuple[str, ...], query: str) -> None:
    found = rank(query, names, len(names))
    assert sorted(found) == sorted(name for name in names if holds(name, query))


def test_names_that_differ_in_case_only_are_found_both() -> None:
    assert sorted(rank("read", ("README.md", "readme.md"))) == ["README.md", "readme.md"]


def test_shorter_names_come_first_among_equally_good_ones() -> None:
    assert rank("app", ("app_of_many.py", "b/app.py", "app.py")) == ["app.py", "b/app.py", "app_of_many.py"]


def test_signs_whose_lower_case_is_longer_disturb_nothing() -> None:
    assert rank("b", ("İb", "ÉB.py", "x\u1e9eb")) == ["İb", "x\u1e9eb", "ÉB.py"]


def test_what_many_names_hold_is_found_in_the_short_ones_first() -> None:
    names = tuple(sorted(f"src/{n:05}/core.py" for n in range(9_000)))
    search = Search((*names, "core.py", "src/core/"))
    assert search.best("core", 3) == ["core.py", "src/core/", "src/00000/core.py"]
    assert search.best("core.py", 2) == ["core.py", "src/00000/core.py"]
    assert search.best("s8999cp", 2) == ["src/08999/core.py"]
