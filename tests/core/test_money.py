"""Money is exact, each class is priced once, and what is not known is never free."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.models import Model, catalogue, parse
from haikuterm.core.money import CLASSES, Charge, Prices, Rates, Total, Usage, cost, parts

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


# Written by hand from the price pages as read on 2026-11-20, not computed: what one token of each class costs, in US
# dollars (input, output, 5 min write, 1 h write, cache read), and what MIXED costs.
MIXED = Usage(input=7, output=11, cache_write_5m=13, cache_write_1h=17, cache_read=19)
SONNET_4 = ("0.000003", "0.000015", "0.00000375", "0.000006", "0.0000003", "0.00034245")
OPUS = ("0.000005", "0.000025", "0.00000625", "0.00001", "0.0000005", "0.00057075")
FABLE_5 = ("0.00001", "0.00005", "0.0000125", "0.00002", "0.000001", "0.0011415")
FABLE_5_1 = ("0.00001", "0.00005", "0.0000125", "0.00002", "0.00000025", "0.00112725")
GOLDEN = {
    "claude-haiku-5-5": ("0.0000001", "0.0000005", "0.000000125", "0.0000002", "0.00000001", "0.000011415"),
    "claude-haiku-4-5": ("0.000001", "0.000005", "0.00000125", "0.000002", "0.0000001", "0.00011415"),
    "claude-sonnet-5-5": ("0.000002", "0.00001", "0.0000025", "0.000004", "0.0000001", "0.0002264"),
    "claude-sonnet-5": ("0.000002", "0.00001", "0.0000025", "0.000004", "0.0000002", "0.0002283"),
    "claude-sonnet-4-6": SONNET_4,
    "claude-sonnet-4-5": SONNET_4,
    "claude-opus-5-5": ("0.000004", "0.00002", "0.000005", "0.000008", "0.0000002", "0.0004528"),
    "claude-opus-5": OPUS,
    "claude-opus-4-8": OPUS,
    "claude-opus-4-7": OPUS,
    "claude-opus-4-6": OPUS,
    "claude-opus-4-5": OPUS,
    "claude-fable-5-2": ("0.000008", "0.00004", "0.00001", "0.000016", "0.0000002", "0.0009018"),
    "claude-fable-5-1": FABLE_5_1,
    "claude-fable-5": FABLE_5,
    "claude-mythos-5-1": FABLE_5_1,
    "claude-mythos-5": FABLE_5,
}
# Both sides of Haiku 5.5's band, each class alone and then mixed; what is above 100,000 tokens of prompt pays the
# second band for all of it, output included.
BANDS = (
    (Usage(input=100_000), "0.01"),
    (Usage(input=100_001), "0.0500005"),
    (Usage(cache_read=100_000), "0.001"),
    (Usage(cache_read=100_001), "0.00500005"),
    (Usage(cache_write_5m=100_000), "0.0125"),
    (Usage(cache_write_5m=100_001), "0.062500625"),
    (Usage(cache_write_1h=100_000), "0.02"),
    (Usage(cache_write_1h=100_001), "0.100001"),
    (Usage(input=100_000, output=1), "0.0100005"),
    (Usage(input=100_001, output=1), "0.050003"),
    (Usage(output=1_000_000), "0.5"),
    (Usage(99_951, 11, 19, 13, 17), "0.010005815"),
    (Usage(99_952, 11, 19, 13, 17), "0.050029575"),
)
UNPRICED = {"claude-mythos-5-2", "claude-mythos-preview"}
RATES = st.decimals(min_value=0, max_value=1000, places=4)
BANDED = st.lists(st.builds(Rates, RATES, RATES, RATES, RATES, RATES), min_size=1, max_size=3)


def test_every_model_of_the_catalogue_is_in_the_golden_table_or_known_to_be_unpriced() -> None:
    ids = {known.id for known in catalogue().models if not known.local}
    assert ids == {*GOLDEN, *UNPRICED}
    assert {known.id for known in catalogue().models if known.prices is None} == UNPRICED


@pytest.mark.parametrize("name", GOLDEN)
def test_every_class_of_every_model_costs_what_the_price_page_says(name: str) -> None:
    prices, row = model(name).prices, GOLDEN[name]
    classes = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
    assert [cost(Usage(**{each: 1}), prices) for each in classes] == [Decimal(usd) for usd in row[:5]]
    assert cost(MIXED, prices) == Decimal(row[5])


@pytest.mark.parametrize("name", [name for name in GOLDEN if name != "claude-haiku-5-5"])
def test_a_model_of_one_band_costs_the_same_for_a_long_prompt(name: str) -> None:
    million = Usage(*(count * 1_000_000 for count in (7, 11, 19, 13, 17)))
    assert cost(million, model(name).prices) == Decimal(GOLDEN[name][5]) * 1_000_000


@pytest.mark.parametrize(("usage", "usd"), BANDS)
def test_both_sides_of_a_band_to_the_last_digit(usage: Usage, usd: str) -> None:
    assert cost(usage, model("claude-haiku-5-5").prices) == Decimal(usd)


@given(USAGES, BANDED)
def test_the_parts_of_a_bill_sum_to_its_total(usage: Usage, bands: list[Rates]) -> None:
    """Also against whole numbers: money in units of 10^-10 dollars."""
    made = [replace(rates, up_to=(at + 1) * 10**6 if at + 1 < len(bands) else None) for at, rates in enumerate(bands)]
    prices = Prices(tuple(made), "", "")
    rates = prices.rates(usage.prompt)
    whole = sum(getattr(usage, name) * int(getattr(rates, name) * 10_000) for name in CLASSES)
    assert sum(part.usd for part in parts(usage, rates)) == cost(usage, prices) == Decimal(whole).scaleb(-10)
