"""The ledger's rows add up, prove their price, and say what would have been."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from haikuterm.core.ledger import Attempt, Known, grouped, on_model, prove, without_cache
from haikuterm.core.models import catalogue
from haikuterm.core.money import Charge, Usage, cost


def row(model: str = "claude-haiku-4-5", known: Known = "said", **more: object) -> Attempt:
    """A row of 1,000 tokens in, 4,000 read, 200 written, 100 out; more: fields of the row or of its charge."""
    usage = more.pop("usage", Usage(input=1000, output=100, cache_read=4000, cache_write_5m=200))
    assert isinstance(usage, Usage)
    prices = catalogue().resolve(model).prices
    charge = Charge(model, str(more.pop("served", model)), usage, cost(usage, prices), str(more.pop("purpose", "turn")))
    at = datetime(2026, 11, 20, 12).timestamp()
    rates = prices.rates(usage.prompt) if prices else None
    given = Attempt("id", "s1", "/a", 1, at, charge, known, "2026-11-20", rates, charge.usd)
    return replace(given, **more)  # type: ignore[arg-type] # a test's own fields


def test_rows_are_grouped_by_day_in_order_and_by_all_else_with_the_dearest_first() -> None:
    later = datetime(2026, 11, 21).timestamp()
    rows = [row("claude-opus-5", at=later, root="/b", session="s2", purpose="fix"), row(), row(), row(known="nothing")]
    assert [g.key for g in grouped(rows, "day")] == ["2026-11-20", "2026-11-21"]
    assert [g.key for g in grouped(rows, "model")] == ["claude-opus-5", "claude-haiku-4-5"]
    assert [g.key for g in grouped(rows, "repo")] == ["/b", "/a"]
    assert [g.key for g in grouped(rows, "session")] == ["s2", "s1"]
    assert [(g.key, g.total.requests, g.refused) for g in grouped(rows, "purpose")] == [("fix", 1, 0), ("turn", 2, 1)]
    assert grouped([], "day") == ()


def test_a_request_is_counted_under_the_model_that_answered() -> None:
    assert [g.key for g in grouped([row(served="claude-sonnet-5")], "model")] == ["claude-sonnet-5"]
    assert [g.key for g in grouped([row(served="", known="unknown")], "model")] == ["claude-haiku-4-5"]


def test_what_is_under_way_is_not_counted_yet() -> None:
    assert grouped([row(known="open")], "day") == ()


def test_a_proof_is_every_class_times_its_rate() -> None:
    proof = prove(row())
    assert [(share.name, share.tokens, share.rate, share.usd) for share in proof.shares] == [
        ("input", 1000, Decimal(1), Decimal("0.001")),
        ("cache_read", 4000, Decimal("0.10"), Decimal("0.0004")),
        ("cache_write_5m", 200, Decimal("1.25"), Decimal("0.00025")),
        ("output", 100, Decimal(5), Decimal("0.0005")),
    ]
    assert proof.derived == proof.usd == Decimal("0.00215")
    assert proof.difference == 0


def test_a_price_that_is_not_its_parts_is_found_out() -> None:
    wrong = row()
    wrong = replace(wrong, charge=replace(wrong.charge, usd=Decimal("0.00216")))
    assert prove(wrong).difference == Decimal("0.00001")


def test_what_has_no_rates_cannot_be_compared() -> None:
    assert prove(replace(row(), rates=None)).difference == 0
    assert prove(row("claude-nobody-9")).shares == ()


def test_without_the_cache_every_token_of_the_prompt_is_plain_input() -> None:
    assert without_cache([row(), row(known="nothing")]).usd == Decimal("0.0052") + Decimal("0.0005")
    assert without_cache([row(), replace(row(), rates=None)]).left_out == 1


def test_without_the_cache_the_band_stays_that_of_the_same_prompt() -> None:
    long = row("claude-haiku-5-5", usage=Usage(input=1, cache_read=100_000))
    assert without_cache([long]).usd == Decimal("0.0500005")


def test_another_model_is_reckoned_in_the_tokens_of_its_own_tokenizer() -> None:
    usage = Usage(input=1000, output=100)
    same = on_model([row("claude-opus-5", usage=usage)], catalogue().resolve("claude-sonnet-5"))
    assert same.usd == Decimal("0.003"), "the same tokenizer: 1,000 in at $2 and 100 out at $10"
    more = on_model([row(usage=usage)], catalogue().resolve("claude-sonnet-5"))
    assert more.usd == Decimal("0.0039"), "1,300 in and 130 out"
    unpriced = on_model([row()], catalogue().resolve("claude-mythos-5-2"))
    assert (unpriced.usd, unpriced.left_out) == (Decimal(0), 1)
