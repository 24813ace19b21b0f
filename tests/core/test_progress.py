"""The pace of long work: calm over noisy rates, true after a change, silent where nothing is known."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.progress import Pace, told


def paced(signs: Iterable[tuple[float, float]], total: float = 1000) -> Pace:
    """The pace after signs of life, each (when, how much is done)."""
    pace = Pace()
    for now, done in signs:
        pace = pace.after("fetching", done, total, now)
    return pace


def test_a_steady_rate_tells_the_time_that_is_left() -> None:
    pace = paced((second, second * 10) for second in range(41))
    assert pace.share == 0.4
    assert pace.left == pytest.approx(60)


def test_nothing_is_said_of_the_time_before_a_pace_is_known() -> None:
    assert paced([(0, 0)]).left is None
    assert paced([(0, 0), (0.2, 400)]).left is None
    assert paced([(0, 0), (10, 0)]).left is None, "nothing was done yet"
    assert paced([(0, 0), (10, 500)], total=0).left is None
    assert paced([(0, 0), (10, 1000)]).left is None, "nothing is left"


def test_what_an_earlier_download_fetched_says_nothing_of_the_speed() -> None:
    assert paced([(0, 900), (5, 910), (10, 920)]).left == pytest.approx(40)


def test_a_new_speed_is_believed_within_half_a_minute() -> None:
    slow = [(second, second * 1.0) for second in range(61)]
    fast = [(60 + second, 60 + second * 20.0) for second in range(1, 31)]
    left = paced([*slow, *fast], total=10_000).left
    assert left == pytest.approx((10_000 - 660) / 20, rel=0.12)


def test_bursts_do_not_make_the_time_jump() -> None:
    signs = [(half / 2, half // 2 * 10.0 + (9 if half % 2 else 0)) for half in range(120)]
    lefts = [paced(signs[:n]).left for n in range(40, 120)]
    steps = [abs(later - earlier) / earlier for earlier, later in pairwise(left for left in lefts if left is not None)]
    assert max(steps) < 0.1, "the rate of half a second swings between 2 and 18"


def test_work_that_begins_anew_starts_from_nothing() -> None:
    pace = paced([(0, 0), (5, 500), (6, 0)])
    assert (pace.seen, pace.left) == (0, None)
    assert pace.after("checking", 400, 1000, 7).left is None


@given(st.lists(st.tuples(st.floats(0, 60), st.floats(0, 1e9)), max_size=30), st.floats(0, 1e9))
def test_whatever_comes_the_share_and_the_time_are_ones(steps: list[tuple[float, float]], total: float) -> None:
    now, pace = 0.0, Pace()
    for passed, done in steps:
        now += passed
        pace = pace.after("x", done, total, now)
        assert pace.share is None or 0 <= pace.share <= 1
        assert pace.left is None or pace.left > 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.1, "1 s"), (11.2, "12 s"), (20, "20 s"), (43, "45 s"), (58, "1 min"), (61, "1 min"), (97, "1 min 40 s"),
        (599, "10 min"), (1400, "23 min"), (7500, "2 h 5 min"),
    ],
)  # fmt: skip
def test_a_time_is_told_no_finer_than_it_is_known(seconds: float, text: str) -> None:
    assert told(seconds) == text
