"""Budgets: when they begin, what fits, and that the worst case is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.budget import (
    Limit,
    Measured,
    Period,
    Standing,
    limits,
    most,
    prompt_most,
    raise_by,
    worst_case,
)
from haikuterm.core.errors import SettingsError
from haikuterm.core.messages import Image, Message, Text
from haikuterm.core.models import catalogue
from haikuterm.core.money import Prices, Rates, Usage, cost
from haikuterm.core.request import Request, ToolSpec
from haikuterm.core.settings import Settings
from haikuterm.core.settings_layers import merge

HAIKU = catalogue().resolve("haiku-4.5")
NOW = datetime(2026, 11, 20, 23, 59, 59)
RATES = st.decimals(min_value=0, max_value=100, places=3)
BANDS = st.lists(st.builds(Rates, RATES, RATES, RATES, RATES, RATES), min_size=1, max_size=3)
COUNTS = st.integers(min_value=0, max_value=300_000)


def ask(*texts: str, model: str = "haiku-4.5", cached: bool = True) -> Request:
    messages = tuple(Message("user" if at % 2 == 0 else "assistant", (Text(t),)) for at, t in enumerate(texts))
    at = (len(messages) - 1,) if cached else ()
    return Request(catalogue().resolve(model), "Be brief.", messages, max_tokens=1000, cache_at=at)


def test_a_day_begins_at_midnight_and_a_month_on_its_first() -> None:
    caps: dict[Period, Decimal] = {"month": Decimal(9), "day": Decimal(2), "session": Decimal(1)}
    assert limits(caps, "s1", NOW) == (
        Limit("session", Decimal(1), 0.0, "s1"),
        Limit("day", Decimal(2), datetime(2026, 11, 20).timestamp()),
        Limit("month", Decimal(9), datetime(2026, 11, 1).timestamp()),
    )
    assert limits({}, "s1", NOW) == ()


def test_what_is_held_counts_like_what_is_spent() -> None:
    standing = Standing(Limit("day", Decimal(1)), spent=Decimal("0.5"), held=Decimal("0.4"))
    assert standing.short(Decimal("0.1")) == 0
    assert standing.short(Decimal("0.1001")) == Decimal("0.0001")


def test_a_budget_is_soft_from_four_fifths_on_and_not_before_anything_is_spent() -> None:
    limit = Limit("day", Decimal(1))
    assert [Standing(limit, Decimal(s)).soft for s in ("0.79", "0.8", "2")] == [False, True, True]
    assert not Standing(Limit("day", Decimal(0))).soft


def test_a_raise_is_what_is_missing_in_two_figures_upwards() -> None:
    limit = Limit("day", Decimal(1))
    assert raise_by((Standing(limit, Decimal("0.9")),), Decimal("0.12345")) == Decimal("0.024")
    assert raise_by((Standing(limit, Decimal(3)),), Decimal("10.01")) == 13
    assert raise_by((Standing(limit),), Decimal(1)) == 0


@given(BANDS, st.booleans(), st.tuples(COUNTS, COUNTS, COUNTS), st.integers(0, 5000))
def test_no_way_to_bill_a_request_is_dearer_than_its_worst_case(
    bands: list[Rates], cached: bool, classes: tuple[int, int, int], output: int
) -> None:
    """Any prices, also such as fall with length; the prompt may also turn out shorter than was feared."""
    made = tuple(replace(b, up_to=(at + 1) * 100_000 if at + 1 < len(bands) else None) for at, b in enumerate(bands))
    model = replace(HAIKU, prices=Prices(made, "", ""))
    fresh, read, written = classes if cached else (sum(classes), 0, 0)
    usage = Usage(input=fresh, cache_read=read, cache_write_5m=written, output=output)
    request = replace(ask("x", cached=cached), model=model)
    for feared in (usage.prompt, usage.prompt + 50_000):
        worst, billed = most(request, feared, 5000), cost(usage, model.prices)
        assert worst is not None
        assert billed is not None
        assert billed <= worst


@given(st.text(max_size=300))
def test_a_prompt_has_no_more_tokens_than_bytes(text: str) -> None:
    assert prompt_most(ask(text)) >= len(text.encode("utf-8", "replace"))


def test_an_unpriced_model_has_no_worst_case_and_a_local_one_costs_nothing() -> None:
    assert worst_case(ask("x", model="claude-nobody-9")) is None
    assert worst_case(ask("x", model="qwen2.5-coder-0.5b")) == 0


def test_what_the_server_counted_stands_for_the_beginning_of_the_same_conversation() -> None:
    begun = ask("word " * 10_000)
    goes_on = ask("word " * 10_000, "Yes.", "And?")
    measured = Measured(begun, 10_010)
    assert prompt_most(goes_on) > 50_000
    assert 10_010 < prompt_most(goes_on, measured) < 12_000
    for other in (ask("another " * 9000, "Yes.", "And?"), replace(goes_on, model=catalogue().resolve("opus"))):
        assert prompt_most(other, measured) == prompt_most(other)
    tools = (ToolSpec("read", "Read.", {}),)
    assert prompt_most(replace(goes_on, tools=tools), measured) == prompt_most(replace(goes_on, tools=tools))


def test_a_picture_counts_as_a_picture_and_not_as_its_base64() -> None:
    picture = replace(ask("x"), messages=(Message("user", (Image("image/png", b"\0" * 1_000_000),)),))
    assert 5_000 < prompt_most(picture) < 7_000


@pytest.mark.parametrize("name", ["max_budget_usd", "max_day_usd", "max_month_usd"])
def test_each_budget_is_a_setting(name: str) -> None:
    assert getattr(merge(Settings(), {name: "2.50"}, "here"), name) == Decimal("2.50")
    assert getattr(Settings(), name) is None
    for wrong in ("-1", "much", "NaN", True):
        with pytest.raises(SettingsError, match=rf"here: {name} must be an amount"):
            merge(Settings(), {name: wrong}, "here")
