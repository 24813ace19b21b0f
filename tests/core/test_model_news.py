"""Old prices, a model near its end and a better Haiku are each one line, and only when they are true."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from haikuterm.core.model_news import ageing, better_haiku, ending, rates_line
from haikuterm.core.models import shipped


def model(name: str):
    return shipped().resolve(name)


def test_a_price_table_says_so_when_it_is_older_than_90_days() -> None:
    assert ageing(shipped(), date(2027, 2, 18)) == ""
    assert "of 2026-11-20, 91 days old" in ageing(shipped(), date(2027, 2, 19))


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 9, 30), ""),
        (date(2026, 10, 1), "is retired on 2026-11-30, in 60 days"),
        (date(2026, 11, 29), "tomorrow"),
        (date(2026, 11, 30), "today"),
        (date(2026, 12, 1), "was retired on 2026-11-30"),
    ],
)
def test_a_model_says_so_within_60_days_of_its_end(today: date, words: str) -> None:
    line = ending(model("sonnet-4.5"), today)
    assert words in line
    assert bool(words) == bool(line)


def test_a_retired_id_says_so_and_a_model_without_a_date_says_nothing() -> None:
    assert "was retired on 2026-06-15" in ending(model("claude-opus-4-0"), date(2026, 11, 21))
    assert "is retired" in ending(model("claude-opus-4-1"), date(2026, 11, 21))
    assert ending(model("haiku-4.5"), date(2030, 1, 1)) == ""
    assert ending(model("nobody"), date(2030, 1, 1)) == ""


def test_a_newer_and_cheaper_haiku_is_named_with_both_prices() -> None:
    line = better_haiku(model("haiku-4.5"), shipped().models)
    assert line == (
        "claude-haiku-5-5 is newer and cheaper: $0.10/$0.50 (above 100,000 prompt tokens $0.50/$2.50) per million "
        "tokens in/out, against $1/$5 of claude-haiku-4-5. /model haiku-5.5 takes it; nothing switches by itself."
    )


def test_there_is_no_better_haiku_than_the_newest_and_a_sonnet_is_not_compared() -> None:
    assert better_haiku(model("haiku"), shipped().models) == ""
    assert better_haiku(model("sonnet"), shipped().models) == ""
    assert better_haiku(model("haiku-4.5"), [model("claude-haiku-4-5-20251001")]) == ""


def test_a_newer_haiku_that_nobody_prices_is_newer_and_unpriced() -> None:
    new = replace(model("nobody"), id="claude-haiku-6", alias="claude-haiku-6", family="haiku", released="2026-12-01")
    assert "claude-haiku-6 is newer: unpriced per million" in better_haiku(model("haiku"), [new])


def test_a_price_is_told_with_all_of_its_bands() -> None:
    assert rates_line(model("haiku-4.5")) == "$1/$5"
    assert rates_line(model("qwen-0.5b")) == "free"
    assert rates_line(model("mythos-5.2")) == "unpriced"
