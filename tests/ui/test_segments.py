"""The status line says who answers, about what and for how much; what matters least goes first where room is short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.budget import Limit, Period, Standing
from haikuterm.core.models import catalogue
from haikuterm.core.ports import RepoFacts
from haikuterm.engine.status import Status
from haikuterm.ui.present import cells
from haikuterm.ui.segments import Segment, fit, next_change, remaining, segments, shown
from tests.ui.scripted_events import ScriptedEngine, charged

FRESH = ScriptedEngine().status
FULL = replace(
    FRESH,
    turn=charged().turn,
    session=charged().session,
    today=Decimal("0.42"),
    attached=("a.py", "b.py"),
    attached_tokens=1200,
    context_tokens=12_000,
    context_known=True,
    cache_until=1252.0,
)


def texts(status: Status, now: float = 1000.0) -> list[str]:
    return [piece.text for piece in shown(segments(status), now)]


def near(period: Period, spent: str, cap: str = "0.50") -> Standing:
    return Standing(Limit(period, Decimal(cap)), Decimal(spent))


def test_all_there_is_to_say_in_its_order() -> None:
    assert texts(FULL) == [
        "haiku-4.5", "→ claude-haiku-4-5-20251001", "main*", "2 files ~1.2k", "12k/200k 6%", "turn $0.0016",
        "session $0.0016", "today $0.42", "cache 4:10",
    ]  # fmt: skip


def test_before_anything_was_asked_there_is_no_turn_no_day_and_no_cache() -> None:
    assert texts(FRESH) == ["haiku-4.5", "→ claude-haiku-4-5-20251001", "main*", "~0/200k 0%", "session $0"]


def test_a_local_model_costs_nothing_but_what_was_paid_stays_in_sight() -> None:
    local = replace(FRESH, model=catalogue().resolve("qwen2.5-coder-0.5b"), repo=RepoFacts(False))
    assert texts(local)[0] == "qwen-0.5b"
    assert texts(local)[2:] == ["local: $0"]
    assert texts(replace(local, session=charged().session))[2:] == ["local: $0", "session $0.0016"]


def test_a_model_that_answers_in_place_of_the_one_asked_is_named() -> None:
    for served, name in (("claude-sonnet-5-5", "sonnet-5.5"), ("x\x1b[2J", "x␛[2J")):
        found = next(piece for piece in segments(replace(FULL, served=served)) if "→" in piece.text)
        assert (found.text, found.role) == (f"→ {name} answers", "warning")


def test_offline_is_said_and_kept_where_room_is_short() -> None:
    pieces = segments(replace(FULL, offline=True))
    assert [piece.text for piece in fit(pieces, 18)] == ["haiku-4.5", "offline"]


@pytest.mark.parametrize(("used", "role"), [(1000, "muted"), (160_000, "warning"), (190_000, "error")])
def test_the_gauge_warns_when_the_context_fills(used: int, role: str) -> None:
    gauge = next(s for s in segments(replace(FRESH, context_tokens=used)) if "/200k" in s.text)
    assert (gauge.text[0], gauge.role) == ("~", role)


@pytest.mark.parametrize(
    ("budget", "text", "role"),
    [
        (near("session", "0.0016"), "session $0.0016 of $0.50", "text"),
        (near("day", "0.39"), "today $0.42 of $0.50", "text"),
        (near("day", "0.42"), "today $0.42 of $0.50 84%", "warning"),
        (near("month", "8", "10"), "month $8.00 of $10.00 80%", "warning"),
        (near("month", "10", "10"), "month $10.00 of $10.00 reached", "error"),
        (near("session", "0", "0"), "session $0.0016 of $0 reached", "error"),
    ],
)
def test_the_nearest_budget_stands_beside_what_it_limits(budget: Standing, text: str, role: str) -> None:
    found = [piece for piece in segments(replace(FULL, budget=budget)) if " of $" in piece.text]
    assert [(piece.text, piece.role) for piece in found] == [(text, role)]


def test_a_budget_that_ended_the_turn_is_not_called_reached_where_less_is_spent() -> None:
    status = replace(FULL, budget=near("day", "0.30"), stopped=True)
    found = next(piece for piece in segments(status) if "too little left" in piece.text)
    assert found.role == "error"


def test_a_budget_that_is_nearly_gone_outlasts_what_merely_informs() -> None:
    pieces = segments(replace(FULL, budget=near("day", "0.42")))
    kept = {width: [piece.text for piece in fit(shown(pieces, 0.0), width)] for width in (58, 38, 32)}
    assert kept[58] == ["haiku-4.5", "session $0.0016", "today $0.42 of $0.50 84%"]
    assert kept[38] == ["haiku-4.5", "today $0.42 of $0.50 84%"]
    assert kept[32] == ["haiku-4.5", "$0.42 of $0.50 84%"]


@pytest.mark.parametrize(
    ("width", "kept"),
    [
        (158, ["haiku-4.5", "→ claude-haiku-4-5-20251001", "main*", "2 files ~1.2k", "12k/200k 6%", "turn $0.0016",
               "session $0.0016", "today $0.42", "cache 4:10"]),
        (98, ["haiku-4.5", "main*", "2 files ~1.2k", "12k/200k 6%", "turn $0.0016", "session $0.0016", "cache 4:10"]),
        (78, ["haiku-4.5", "2 files ~1.2k", "12k/200k 6%", "session $0.0016", "cache 4:10"]),
        (58, ["haiku-4.5", "12k/200k 6%", "session $0.0016", "cache 4:10"]),
        (38, ["haiku-4.5", "6% full", "session $0.0016"]),
        (18, ["haiku-4.5", "$0.0016"]),
        (17, ["haiku-4.5"]),
        (8, []),
    ],
)  # fmt: skip
def test_a_narrow_terminal_drops_the_least_important_first(width: int, kept: list[str]) -> None:
    assert [piece.text for piece in fit(shown(segments(FULL), 1000.0), width)] == kept


def test_a_long_branch_loses_its_end_and_keeps_its_mark() -> None:
    status = replace(FRESH, repo=RepoFacts(True, "feature/漢字-" + "long-" * 9, True))
    branch = texts(status)[2]
    assert branch.endswith("…*")
    assert cells(branch) <= 25


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (300.0, "5:00"), (299.9, "4:50"), (70.0, "1:10"), (69.9, "1:00"), (60.0, "1:00"), (59.9, "0:55"),
        (14.9, "0:10"), (9.9, "0:09"), (0.5, "0:00"),
    ],
)  # fmt: skip
def test_a_countdown_goes_by_tens_then_by_fives_and_in_the_end_by_seconds(left: float, text: str) -> None:
    assert remaining(500.0 + left, 500.0) == text


def test_a_countdown_that_is_over_is_gone() -> None:
    assert "cache 0:00" in texts(FULL, 1251.5)
    assert not [text for text in texts(FULL, 1252.0) if "cache" in text]
    assert next_change(segments(FULL), 1252.0) is None
    assert next_change(segments(FRESH), 0.0) is None


@given(st.floats(0.01, 300.0))
def test_a_countdown_is_drawn_again_just_when_it_says_something_else(left: float) -> None:
    piece = Segment("cache {}", 0, "muted", 1000.0)
    wait = next_change((piece,), 1000.0 - left)
    assert wait is not None
    assert 0 <= wait <= 10
    before = [shown((piece,), 1000.0 - left + part * wait)[:1] for part in (0.0, 0.5)]
    assert before[0] == before[1]


@given(st.floats(1.0, 300.0))
def test_a_whole_countdown_takes_few_looks(start: float) -> None:
    now, looks = 0.0, 0
    while (wait := next_change((Segment("{}", 0, "muted", start),), now)) is not None:
        now, looks = now + wait + 0.02, looks + 1
    assert looks <= 24 + 10 + 11


pieces = st.lists(
    st.builds(Segment, st.text(st.sampled_from("ab 漢́"), min_size=1, max_size=12), st.integers(0, 6), st.just("x"))
)


@given(pieces, st.integers(0, 60), st.integers(0, 3))
def test_what_is_kept_fits_in_order_and_nothing_more_important_was_dropped(
    given_: Sequence[Segment], width: int, gap: int
) -> None:
    kept = fit(given_, width, gap)
    assert sum(cells(s.text) for s in kept) + gap * max(0, len(kept) - 1) <= width or not kept
    rest = iter(given_)
    assert all(any(s is other for other in rest) for s in kept)
    dropped = [s for s in given_ if not any(s is k for k in kept)]
    if kept and dropped:
        assert min(s.rank for s in dropped) >= max(s.rank for s in kept)
