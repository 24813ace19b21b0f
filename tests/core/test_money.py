"""Money is exact, each class is priced once, and what is not known is never free."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.models import Model, catalogue, parse
from haikuterm.core.money import Charge, Total, Usage, cost

TABLE = (  # model, input, output, 5 min write, 1 h write, read: US dollars per million (facts of 2026-11-20)
    ("claude-haiku-4-5", "1", "5", "1.25", "2", "0.10"),
    ("claude-haiku-5-5", "0.10", "0.50", "0.125", "0.20", "0.01"),
    ("claude-sonnet-5-5", "2", "10", "2.50", "4", "0.10"),
    ("claude-sonnet-5", "2", "10", "2.50", "4", "0.20"),
    ("claude-sonnet-4-6", "3", "15", "3.75", "6", "0.30"),
    ("claude-opus-5-5", "4", "20", "5", "8", "0.20"),
    ("claude-opus-5", "5", "25", "6.25", "10", "0.50"),
    ("claude-opus-4-8", "5", "25", "6.25", "10", "0.50"),
    ("claude-fable-5-2", "8", "40", "10", "16", "0.20"),
    ("claude-fable-5-1", "10", "50", "12.50", "20", "0.25"),
)
COUNTS = st.integers(min_value=0, max_value=10**7)
USAGES = st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)


def model(name: str) -> Model:
    return catalogue().resolve(name)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_each_class_is_priced_at_its_own_rate(row: tuple[str, ...]) -> None:
    prices = model(row[0]).prices
    million = 1_000_000
    if row[0] == "claude-haiku-5-5":  # a million tokens of prompt would pay its second band
        million = 100_000
    names = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
    for name, rate in zip(names, row[1:], strict=True):
        assert cost(Usage(**{name: million}), prices) == Decimal(rate) * million / 1_000_000


def test_a_long_prompt_pays_the_second_band_for_everything() -> None:
    prices = model("claude-haiku-5-5").prices
    just = Usage(input=50_000, cache_read=50_000, output=1000)
    over = Usage(input=50_001, cache_read=50_000, output=1000)
    assert cost(just, prices) == Decimal("0.005") + Decimal("0.0005") + Decimal("0.0005")
    assert cost(over, prices) == Decimal("0.0250005") + Decimal("0.0025") + Decimal("0.0025")


def test_a_batch_costs_half() -> None:
    usage = Usage(input=1000, output=1000)
    assert cost(usage, model("haiku-4.5").prices, batch=True) == Decimal("0.003")


def test_an_unknown_model_is_unpriced_and_never_free() -> None:
    assert cost(Usage(input=1), model("claude-nobody-9").prices) is None
    assert cost(Usage(input=1), model("claude-mythos-5-2").prices) is None


def test_a_local_model_costs_nothing() -> None:
    assert cost(Usage(input=10**9, output=10**9), model("qwen2.5-coder-0.5b").prices) == 0


@given(USAGES, USAGES)
def test_cost_is_exact_and_adds_up(one: Usage, two: Usage) -> None:
    prices = model("claude-opus-5").prices
    parts = [cost(usage, prices) or Decimal(0) for usage in (one, two)]
    assert cost(one + two, prices) == sum(parts)


def test_a_total_counts_unpriced_requests_apart() -> None:
    priced = Charge("a", "a", Usage(input=1), Decimal("0.25"))
    unpriced = Charge("b", "b", Usage(input=1), None)
    total = Total().plus(priced).plus(unpriced)
    assert total == Total(Decimal("0.25"), Usage(input=2), 2, 1, False)


def test_the_prompt_is_the_sum_of_the_disjoint_classes() -> None:
    assert Usage(1, 2, 3, 4, 5, 6).prompt == 1 + 3 + 4 + 5


def test_bands_and_rates_are_read_as_exact_text() -> None:
    text = """
        version = "1"
        source = "a test"
        [[model]]
        id = "m"
        alias = "m"
        family = "f"
        context = 1
        max_output = 1
        prices = [{ input = "0.1", output = "0.2", cache_write_5m = "0", cache_write_1h = "0", cache_read = "0" }]
    """
    assert cost(Usage(input=3), parse(text).models[0].prices) == Decimal("0.0000003")
