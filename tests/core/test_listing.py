"""Files and their folders as completion sees them, and what a half-typed mention is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.listing import Listing, listing
from haikuterm.core.mention import at_cursor, written

PATHS = st.lists(st.text("ab/", min_size=1, max_size=8).filter(lambda p: "//" not in p and p.strip("/") == p))
FILES = PATHS.map(lambda paths: tuple(sorted(set(paths))))


@given(FILES)
def test_going_down_its_folders_comes_by_every_file_once(files: tuple[str, ...]) -> None:
    known, seen, left = Listing(files), [], [""]
    while left:
        found = known.like(left.pop(), limit=1000)
        left += [path for path in found if path.endswith("/")]
        seen += [path for path in found if not path.endswith("/")]
    assert sorted(seen) == sorted(files)


@given(FILES)
def test_a_folder_counts_the_files_in_it(files: tuple[str, ...]) -> None:
    known = Listing(files)
    for folder in known.folders:
        assert known.count(folder) == sum(path.startswith(folder) for path in files) > 0


def test_the_same_files_are_listed_once_and_others_anew() -> None:
    files = ("a.py", "b.py")
    assert listing(files) is listing(files)
    assert listing(("c.py",)).like("c") == ["c.py"]


@pytest.mark.parametrize(
    ("text", "start", "path", "quoted", "code"),
    [
        ("@", 0, "", False, False),
        ("see @src/a", 4, "src/a", False, False),
        ('see @"a b', 4, "a b", True, False),
        ('see @"', 4, "", True, False),
        ("x = 1\n  @prop", 8, "prop", False, True),
        ('x\n@"a b', 2, "a b", True, False),
        ("x\nsee @a", 6, "a", False, False),
    ],
)
def test_a_mention_at_the_cursor_is_seen(text: str, start: int, path: str, quoted: bool, code: bool) -> None:
    found = at_cursor(text)
    assert found is not None
    assert (found.start, found.path, found.quoted, found.code) == (start, path, quoted, code)


@pytest.mark.parametrize("text", ["", "me@a", "@a b", '@"a b" ', '@"a"b', "@a\n", '@"a\nb'])
def test_where_no_mention_is_open_there_is_none(text: str) -> None:
    assert at_cursor(text) is None


@given(st.text("ab /.", min_size=1).filter(str.strip), st.booleans())
def test_a_written_mention_that_stays_open_reads_as_its_path(path: str, quoted: bool) -> None:
    found = at_cursor(written(path, open_end=True, quoted=quoted))
    assert found is not None
    assert found.path == path
