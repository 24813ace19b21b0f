"""What was spent, as a person reads it: tables, bars, and every price proved."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from haikuterm.core.ledger import Attempt, Known
from haikuterm.core.models import catalogue
from haikuterm.core.money import Charge, Usage, cost
from haikuterm.ui.accounts import audit, bar, chosen, run, spending, spending_json

EVIL = "\x1b]0;owned\x07"


def row(usage: Usage, known: Known = "said", model: str = "claude-haiku-4-5", **more: object) -> Attempt:
    """A row of noon on 2026-11-20; more: fields of the row."""
    prices = catalogue().resolve(model).prices
    usd = cost(usage, prices)
    charge = Charge(model, model, usage, usd, "turn", "req_1", estimated=known in ("begun", "unknown"))
    rates = prices.rates(usage.prompt) if prices else None
    at = datetime(2026, 11, 20, 12).timestamp()
    made = Attempt("id", "s1", "/a", 1, at, charge, known, "2026-11-20", rates, usd, stop="end_turn")
    return replace(made, **more)  # type: ignore[arg-type] # a test's own fields


LARGE, SMALL = row(Usage(input=300_000)), row(Usage(input=100_000, output=1000), model="claude-haiku-5-5")
TWO = (LARGE, SMALL)


def test_the_longest_bar_is_the_dearest_and_the_sum_is_exact() -> None:
    assert spending(TWO, "model", plain=False).splitlines() == [
        "haiku-4.5    $0.30  " + "█" * 24 + "  97%  1 request, 300k in, 0 out",
        "haiku-5.5  $0.0105  " + "▉" + " " * 23 + "   3%  1 request, 100k in, 1.0k out",
        "all: $0.3105 for 2 requests",
    ]


def test_without_colour_or_on_a_dumb_terminal_there_are_digits_only() -> None:
    text = spending(TWO, "model", plain=True)
    assert text.isascii()
    assert text.splitlines()[0] == "haiku-4.5    $0.30   97%  1 request, 300k in, 0 out"


@pytest.mark.parametrize(
    ("share", "drawn"), [("0", ""), ("0.000001", "▏"), ("0.5", "█" * 12), ("0.51", "█" * 12 + "▎"), ("1", "█" * 24)]
)
def test_a_bar_is_true_to_an_eighth_and_never_empty_for_something(share: str, drawn: str) -> None:
    assert bar(Decimal(share)) == drawn


def test_estimates_unpriced_and_refused_requests_are_told_apart() -> None:
    rows = (row(Usage(input=1000), "begun"), row(Usage(input=5), model="nobody-9"), row(Usage(), "nothing"))
    lines = spending(rows, "session", plain=True).splitlines()
    assert lines[0] == "s1  ~$0.0010 +1 unpriced  100%  2 requests, 1 refused, 1.0k in, 0 out"
    assert lines[1] == "all: ~$0.001 for 2 requests, 1 unpriced and not in it"


def test_an_empty_ledger_says_so() -> None:
    assert spending((), "day", plain=False) == "Nothing is in the ledger yet.\n"
    assert audit(()) == ("Nothing is in the ledger yet.\n", True)
    assert json.loads(spending_json((), "day")) == []


def test_for_programs_money_is_exact_text() -> None:
    found = json.loads(spending_json(TWO, "day"))
    assert found[0]["day"] == "2026-11-20"
    assert (found[0]["usd"], found[0]["requests"], found[0]["usage"]["output"]) == ("0.3105", 2, 1000)


def test_names_are_made_visible() -> None:
    evil = row(Usage(input=1), root=EVIL, session=EVIL, refusal=EVIL, prices=EVIL)
    evil = replace(evil, charge=replace(evil.charge, model=EVIL, served=EVIL + "2", purpose=EVIL, request_id=EVIL))
    for text in (
        *(spending((evil,), by, plain=False) for by in ("repo", "session", "model", "purpose")),
        audit((evil,))[0],
    ):
        assert "\x1b" not in text
        assert "\x07" not in text


def test_every_request_is_proved_class_by_class() -> None:
    text, sound = audit((row(Usage(1000, 100, 4000, 200, 0)), row(Usage(), "nothing", error="overloaded", stop="")))
    assert sound
    assert text.splitlines() == [
        "1. 2026-11-20 12:00:00 claude-haiku-4-5, turn, end_turn, prices of 2026-11-20, req_1",
        "     input              1,000 x $1 / 1M = $0.001",
        "     cache read         4,000 x $0.10 / 1M = $0.0004",
        "     cache write, 5 min 200 x $1.25 / 1M = $0.00025",
        "     output             100 x $5 / 1M = $0.0005",
        "     sum                $0.00215",
        "2. 2026-11-20 12:00:00 claude-haiku-4-5, turn, overloaded, nothing billed, prices of 2026-11-20, req_1",
        "",
        "ledger   $0.00215",
        "derived  $0.00215",
        "differ   $0",
        "every price is its tokens times its rates",
    ]


def test_a_price_that_does_not_hold_is_named() -> None:
    wrong = replace(LARGE, charge=replace(LARGE.charge, usd=Decimal("0.31")))
    text, sound = audit((SMALL, wrong))
    assert not sound
    assert "     sum                $0.31, but its parts make $0.3" in text
    assert "differ   $0.01" in text
    assert text.endswith("wrong: request 2\n")


def test_what_the_server_never_said_is_marked() -> None:
    text, sound = audit((row(Usage(1000, 10), "begun", error="cancelled"), row(Usage(10), "unknown", error="killed")))
    assert sound
    assert "cancelled, output estimated" in text
    assert "input              1,000 x" in text
    assert "output             ~10 x" in text
    assert "killed, usage unknown: it may have been billed or not, input estimated" in text
    assert "input              ~10 x" in text
    assert "~ marks numbers that the server never said" in text


def test_a_list_price_is_about_right_and_the_tokens_under_it_are_exact() -> None:
    at_list = replace(SMALL, charge=replace(SMALL.charge, estimated=True))
    text, sound = audit((at_list,))
    assert sound
    assert "output             1,000 x" in text
    assert "sum                ~$" in text
    assert "~$ alone marks Anthropic's list prices" in text
    assert "the server never said" not in text


def test_what_cannot_be_compared_is_said_and_not_hidden() -> None:
    text, sound = audit((replace(SMALL, rates=None), row(Usage(5), model="nobody-9")))
    assert sound
    assert "1 more, $0.0105: their rates were not kept, so there is nothing to compare" in text
    assert "1 more went to a model without a known price" in text


def test_an_audit_is_of_the_session_named_or_of_the_last_one_here() -> None:
    rows = tuple(replace(LARGE, session=s, root=r) for s, r in (("ab1", "/a"), ("ab2", "/a"), ("c", "/b")))
    assert [r.session for r in chosen(rows, "", "/a")] == ["ab2"]
    assert [r.session for r in chosen(rows, "", "/elsewhere")] == ["c"]
    assert [r.session for r in chosen(rows, "ab1", "/b")] == ["ab1"]
    assert chosen(rows, "zz", "/a") == chosen((), "", "/a") == ()


class Kept:
    """A ledger of these rows; it is only read."""

    def __init__(self, *rows: Attempt) -> None:
        self.rows = rows

    def attempts(self, session: str = "") -> tuple[Attempt, ...]:
        return self.rows


def command(*words: str, rows: tuple[Attempt, ...] = TWO) -> tuple[int, str]:
    """Exit code and output of a command line."""
    out = io.StringIO()
    return run(words, Kept(*rows), "/a", out, plain=True), out.getvalue()  # type: ignore[arg-type] # it only reads


def test_the_command_line_groups_by_day_unless_told_otherwise() -> None:
    assert command("cost") == (0, spending(TWO, "day", plain=True))
    assert command("cost", "--by", "model") == (0, spending(TWO, "model", plain=True))
    assert command("cost", "--by", "repo", "--json") == (0, spending_json(TWO, "repo"))


def test_the_command_line_audits_a_session_and_fails_where_a_price_does_not_hold() -> None:
    assert command("audit") == (0, audit(TWO)[0])
    assert command("audit", "s") == (0, audit(TWO)[0])
    assert command("audit", "zz") == (1, "No session begins with zz. `haikuterm cost --by session` lists them.\n")
    wrong = replace(LARGE, charge=replace(LARGE.charge, usd=Decimal("0.31")))
    assert command("audit", rows=(wrong,))[0] == 1


def test_a_group_that_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command("cost", "--by", "weather")
    assert "'weather' is nothing for --by: choose from 'day'" in capsys.readouterr().err
