"""/cost says what it was, and what it would have been."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from haikuterm.core.ledger import Attempt
from haikuterm.core.models import Model, catalogue
from haikuterm.core.money import Charge, Usage, cost
from haikuterm.engine import bill
from haikuterm.engine.session import Session

HAIKU = catalogue().resolve("haiku-4.5")


def row(usage: Usage, model: str = "claude-haiku-4-5") -> Attempt:
    """A row of the ledger."""
    prices = catalogue().resolve(model).prices
    charge = Charge(model, model, usage, cost(usage, prices))
    rates = prices.rates(usage.prompt) if prices else None
    return Attempt("id", "s1", "/a", 1, 0.0, charge, "said", "2026-11-20", rates, charge.usd)


def told(*rows: Attempt, model: Model = HAIKU) -> str:
    """What /cost says of a session with these rows."""
    session = Session("/a", model)
    for each in rows:
        session.charge(each.charge)
    return bill.session(session, rows).partition("\n\n")[2]


def test_it_says_what_the_same_would_have_cost_without_the_cache_and_on_bigger_models() -> None:
    assert told(row(Usage(input=1000, output=100, cache_read=9000))) == (
        "**$0.0024** for 1 request. Without cache: $0.0105. "
        "The same texts on sonnet-5.5: ~$0.0051 (its tokenizer makes ~1.30 times the tokens). "
        "The same texts on opus-5.5: ~$0.0101 (its tokenizer makes ~1.30 times the tokens)."
    )


def test_a_model_is_not_compared_with_itself_and_a_tokenizer_that_is_the_same_is_not_spoken_of() -> None:
    said = told(row(Usage(input=1000, output=100), "claude-sonnet-5-5"))
    assert "sonnet" not in said
    assert said.endswith("The same texts on opus-5.5: ~$0.0060.")


def test_what_was_estimated_is_marked_here_too() -> None:
    begun = row(Usage(input=1000))
    begun = replace(begun, known="begun", charge=replace(begun.charge, estimated=True))
    said = told(begun)
    assert "Without cache: ~$0.0010." in said
    assert said.startswith("**~$0.0010** for 1 request. Some answers were cut short")


def test_a_clouds_own_prices_are_not_taken_for_answers_that_were_cut_short() -> None:
    whole = row(Usage(input=1000))
    whole = replace(whole, charge=replace(whole.charge, estimated=True))
    said = told(whole, model=replace(HAIKU, list_price=True))
    assert said.startswith("**~$0.0010** for 1 request. At Anthropic's list prices; this cloud sets its own.")
    assert "cut short" not in said


def test_requests_of_which_too_little_is_known_are_left_out_and_counted() -> None:
    old = replace(row(Usage(input=1000)), rates=None)
    assert "Without cache: $0.0000 (without 1 request of which too little is known)." in told(old)
    nobody = row(Usage(input=5), "nobody-9")
    said = told(nobody, row(Usage(input=1_000_000)))
    assert "on sonnet-5.5: ~$2.6000 (without 1 request of which too little is known)" in said


def test_without_rows_it_says_what_the_session_knows() -> None:
    session = Session("/a", HAIKU)
    session.charge(Charge("m", "m", Usage(input=1), Decimal("0.5")))
    assert bill.session(session).endswith("**$0.5000** for 1 request.")
    assert bill.otherwise([]) == []
