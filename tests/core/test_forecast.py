"""A forecast is the price of the prompt, with what the cache has of it, and of a typical answer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.context import build
from haikuterm.core.forecast import Ahead, Calibration, ahead, calibrate, forecast
from haikuterm.core.ledger import Sample
from haikuterm.core.messages import Message, Text
from haikuterm.core.models import catalogue
from haikuterm.core.money import Usage
from haikuterm.core.prefix import CacheLook, prefix_of

NEW, OLD = catalogue().resolve("haiku-5.5"), catalogue().resolve("haiku-4.5")
TALK = (Message("user", (Text("one " * 50),)), Message("assistant", (Text("two"),)))
ASKED = TALK[:1]


def test_what_is_not_in_the_cache_is_written_to_it_and_the_answer_is_in_the_price() -> None:
    found = forecast(OLD, 10_000, 500, warm=8_000, before=9_000)
    assert found.expected == Decimal("0.0008") + Decimal("0.0025") + Decimal("0.0025")
    assert found.cached == Decimal("0.0009") + Decimal("0.00125") + Decimal("0.0025")
    assert found.uncached == Decimal("0.0125") + Decimal("0.0025")


def test_each_side_of_a_band_pays_its_own_price_for_the_answer_too() -> None:
    assert forecast(NEW, 100_000, 1_000).expected == Decimal("0.0125") + Decimal("0.0005")
    assert forecast(NEW, 100_001, 1_000).expected == Decimal("0.062500625") + Decimal("0.0025")


def test_a_prompt_too_short_to_be_cached_is_plain_input() -> None:
    found = forecast(OLD, 4_095, 0, warm=4_000, before=4_000)
    assert (found.warm, found.expected, found.cached, found.uncached) == (0, *[Decimal("0.004095")] * 3)
    assert forecast(OLD, 4_096, 0).uncached == Decimal("0.00512")


def test_a_model_without_a_price_has_none_and_a_local_one_is_free() -> None:
    assert forecast(catalogue().resolve("nobody-9"), 10, 10).expected is None
    assert forecast(catalogue().resolve("qwen-0.5b"), 10, 10).expected == 0


def test_a_prompt_as_long_as_the_window_does_not_fit() -> None:
    assert forecast(OLD, 199_999, 0).fits
    assert not forecast(OLD, 200_000, 0).fits


@given(st.sampled_from(catalogue().models), st.integers(0, 2_000_000), st.integers(0, 2_000_000), st.integers(0, 9_000))
def test_the_cache_never_makes_a_prompt_dearer(model, tokens, warm, answer) -> None:  # type: ignore[no-untyped-def] # drawn
    found = forecast(model, tokens, answer, warm=warm, before=warm)
    if found.expected is not None and found.cached is not None and found.uncached is not None:
        assert 0 <= found.cached <= found.expected <= found.uncached


def test_the_ledger_teaches_the_factor_and_the_answer_by_their_middle() -> None:
    rows = [Sample(1_000, 1_200, 100), Sample(500, 600, 300), Sample(10, 100, 9_000), Sample(100, 120, 200)]
    assert calibrate(rows) == Calibration(1.2, None, 500, 4)
    more = calibrate([*rows, Sample(100, 120, 250)])
    assert (more.factor, more.answer, more.rows) == (1.2, 250, 5)
    assert more.off == 0
    assert more.tokens(1_000) == 1_200


def test_an_empty_ledger_leaves_the_estimate_as_it_is() -> None:
    assert calibrate([]) == calibrate([Sample(0, 9, 9)]) == Calibration()


@given(st.lists(st.builds(Sample, *[st.integers(0, 10**6)] * 3)))
def test_a_calibration_stays_sane_whatever_the_ledger_says(rows: list[Sample]) -> None:
    assert 0.4 <= calibrate(rows).factor <= 2.5


def looked(usage: Usage) -> CacheLook:
    """What the cache did for the first request of the talk."""
    return CacheLook(prefix_of(build(OLD, ASKED)), usage, 0.0)


def test_what_the_server_said_of_the_beginning_stands_for_it() -> None:
    whole, first = prefix_of(build(OLD, TALK)), prefix_of(build(OLD, ASKED))
    now = ahead(whole, looked(Usage(input=10, cache_write_5m=5_000)), Calibration(2.0))
    assert now == Ahead(5_010 + 2 * (whole.tokens - first.tokens), 5_000)


def test_what_was_never_sent_is_estimated() -> None:
    whole = prefix_of(build(OLD, TALK))
    assert ahead(whole, None, Calibration(2.0)) == Ahead(2 * whole.tokens, 0)


def test_nothing_is_in_the_cache_after_the_conversation_was_cleared() -> None:
    assert ahead(prefix_of(build(OLD, ())), looked(Usage(cache_write_5m=5_000)), Calibration()).warm == 0


def test_each_model_has_a_cache_of_its_own() -> None:
    assert ahead(prefix_of(build(NEW, TALK)), looked(Usage(cache_write_5m=5_000)), Calibration()).warm == 0


def test_of_a_history_that_was_cut_only_what_is_left_of_it_can_be_read() -> None:
    last = CacheLook(prefix_of(build(OLD, (*TALK, Message("user", (Text("gone"),))))), Usage(cache_read=50_000), 0.0)
    now = ahead(prefix_of(build(OLD, (*TALK, Message("user", (Text("new"),))))), last, Calibration())
    assert now.warm == prefix_of(build(OLD, TALK)).tokens
    assert replace(now, warm=0) == Ahead(prefix_of(build(OLD, (*TALK, Message("user", (Text("new"),))))).tokens, 0)
