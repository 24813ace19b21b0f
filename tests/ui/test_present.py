"""Numbers and lines mean what they say, and carry no escape sequence."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange, Rejection
from haikuterm.core.findings import CheckReport, Finding
from haikuterm.core.models import catalogue
from haikuterm.core.money import Charge, Total, Usage
from haikuterm.ui.present import Line, charge_text, line, tokens, total, usd
from tests.ui.scripted_events import CHANGE, charged

EVIL = "a\x1b]0;owned\x07\x1b[2J\u202eb\nc"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0"), ("0.0021", "$0.0021"), ("0.002", "$0.0020"), ("0.001625", "$0.0016"), ("0.00004567", "$0.000046"),
        ("0.0213", "$0.0213"), ("0.5", "$0.50"), ("0.123", "$0.123"), ("1.24", "$1.24"), ("1.005", "$1.01"),
        ("0.99999", "$1.00"), ("0.00999999", "$0.0100"), ("1234.5", "$1,234.50"), ("-0.0021", "-$0.0021"),
    ],
)  # fmt: skip
def test_an_amount_has_the_digits_that_matter(amount: str, shown: str) -> None:
    assert usd(Decimal(amount)) == shown


def test_an_estimate_is_marked_and_no_price_is_no_zero() -> None:
    assert usd(Decimal("0.5"), estimated=True) == "~$0.50"
    assert usd(None) == "unpriced"


@given(st.decimals(min_value=Decimal("1e-9"), max_value=Decimal("1e6"), allow_nan=False))
def test_an_amount_is_true_to_two_figures(amount: Decimal) -> None:
    shown = Decimal(usd(amount).removeprefix("$").replace(",", ""))
    assert abs(shown - amount) <= amount * Decimal("0.05")
    assert len(usd(amount).partition(".")[2]) >= (4 if amount < Decimal("0.01") else 2)


def test_a_sum_counts_what_has_no_price() -> None:
    priced, unpriced = charged().charge, charged(known=False).charge
    assert total(Total()) == "$0"
    assert total(Total().plus(priced).plus(unpriced)) == "$0.0016 +1 unpriced"
    assert total(Total().plus(unpriced)) == "unpriced"
    assert total(Total().plus(replace(priced, estimated=True))) == "~$0.0016"


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0"), (950, "950"), (1000, "1.0k"), (1234, "1.2k"), (9960, "10k"), (12345, "12k"), (999_499, "999k"),
     (999_500, "1.0M"), (1_000_000, "1.0M"), (12_000_000, "12M")],
)  # fmt: skip
def test_tokens_are_short(count: int, shown: str) -> None:
    assert tokens(count) == shown


def finding(message: str = "unused import") -> Finding:
    return Finding("ruff", "F401", "warning", "app.py", 1, 8, message)


def checked(count: int, before: int | None) -> ev.Checked:
    return ev.Checked(CheckReport("ruff", ("app.py",), (finding(),) * count), before)


@pytest.mark.parametrize(
    ("event", "role", "text"),
    [
        (ev.ToolStarted("1", "read", "read app.py"), "muted", "read app.py …"),
        (ev.ToolEnded("1", "read", True, "read app.py (6 lines)"), "muted", "read app.py (6 lines)"),
        (ev.ToolEnded("1", "edit", False, "edit: no match"), "warning", "failed: edit: no match"),
        (ev.EditsApplied("7", (CHANGE,)), "success", "wrote app.py (/undo takes it back)"),
        (ev.EditsApplied("", (CHANGE,)), "muted", "would write app.py"),
        (ev.EditsRefused((Rejection("app.py"),), "keep it"), "warning", "not written: app.py: keep it"),
        (ev.EditsRefused((Rejection("a"), Rejection("b"))), "warning", "not written: a, b"),
        (
            ev.EditsRefused((Rejection("b", "@@", "no"), Rejection("a", word="no"), Rejection("b", "@@", "why")), "so"),
            "warning",
            "not written: a; 2 parts of b: no; why; so",
        ),
        (ev.ChangesShown("2 files changed", (CHANGE,)), "heading", "2 files changed"),
        (ev.Undone(("app.py",)), "success", "undid app.py (/redo takes it back)"),
        (ev.Undone(("app.py",), redo=True), "success", "redid app.py (/undo takes it back)"),
        (checked(0, 1), "success", "ruff: clean (1 -> 0)"),
        (checked(0, None), "success", "ruff: clean"),
        (ev.Checked(CheckReport("ruff", (), broke="not found")), "error", "ruff could not run: not found"),
        (charged(), "muted", "haiku-4.5 · 1.2k in, 85 out · $0.0016 (session $0.0016)"),
        (
            ev.Retrying("Too many requests (429). Wait a moment.", 2.98, 2, 5),
            "warning",
            "Too many requests (429): again in 3 s (attempt 2 of 5, Esc stops)",
        ),
        (ev.Escalated("claude-sonnet-5-5", "red twice"), "warning", "now asking sonnet-5.5: red twice"),
        (
            ev.ModelChanged("claude-haiku-4-5", "claude-opus-5-5", ("the cache is lost",)),
            "accent",
            "haiku-4.5 -> opus-5.5 · the cache is lost",
        ),
        (ev.AttachmentsChanged(("a.py", "b.py"), 1200), "muted", "attached: a.py, b.py (~1.2k tokens)"),
        (ev.AttachmentsChanged(("a",), 120, Decimal("0.00012")), "muted", "attached: a (~120 tokens, ~$0.00012)"),
        (ev.AttachmentsChanged(("a",), 120, None), "muted", "attached: a (~120 tokens, unpriced)"),
        (ev.AttachmentsChanged((), 0), "muted", "no files attached"),
        (ev.Notice("so it is"), "text", "so it is"),
        (ev.Notice("oh", "error"), "error", "oh"),
        (ev.Progress("fetching qwen", 12_000_000, 400_000_000), "muted", "fetching qwen: 12 of 400 MB (3%)"),
        (ev.Progress("reading", 3, 0, "files"), "muted", "reading: 3 files"),
        (ev.Cleared(), "muted", "conversation cleared; files stay attached"),
        (
            ev.Compacted("summary", 48_000, 9_100, Decimal("0.0123")),
            "success",
            "conversation shortened: ~48k -> ~9.1k tokens, $0.0123 (/compact undo puts it back)",
        ),
        (
            ev.Compacted("shortened", 48_000, 12_000),
            "success",
            "conversation shortened: ~48k -> ~12k tokens, free (/compact undo puts it back)",
        ),
        (ev.Compacted("restored", 9_000, 48_000), "success", "conversation put back as it was: ~9.0k -> ~48k tokens"),
        (ev.TurnEnded("cancelled"), "muted", "stopped"),
        (ev.TurnEnded("over_budget", "It could cost $1."), "warning", "over budget: It could cost $1."),
        (ev.TurnEnded("failed", "No connection."), "error", "failed: No connection."),
    ],
)
def test_an_event_has_one_line_in_all_faces(event: ev.Event, role: str, text: str) -> None:
    assert line(event) == Line(role, text)


@pytest.mark.parametrize("event", [ev.TextDelta("x"), ev.TurnEnded("done"), ev.TurnStarted("hi", "m"), ev.QuitAsked()])
def test_what_a_face_draws_itself_has_no_line(event: ev.Event) -> None:
    assert line(event) is None


def test_findings_are_counted_and_the_first_ones_shown() -> None:
    shown = line(checked(7, 9))
    assert shown is not None
    rows = shown.text.split("\n")
    assert rows[0] == "ruff: 7 findings (9 -> 7)"
    assert rows[1] == "  app.py:1:8: F401 unused import"
    assert rows[-1] == "  and 2 more"


def test_a_charge_names_each_class_of_tokens_and_who_answered() -> None:
    usage = Usage(10, 20, cache_read=3000, cache_write_5m=400, cache_write_1h=50, thinking=5)
    charge = Charge("claude-haiku-4-5", "claude-sonnet-5-5", usage, Decimal(1), purpose="fix")
    assert charge_text(charge) == (
        "haiku-4.5, served by claude-sonnet-5-5 · fix · "
        "10 in, 3.0k cache read, 400 cache write 5m, 50 cache write 1h, 20 out (5 thinking) · $1.00"
    )


def test_the_dated_snapshot_of_the_model_is_no_other_model() -> None:
    charge = Charge("claude-haiku-4-5", "claude-haiku-4-5-20251001", Usage(1, 1), Decimal("0.000006"))
    assert charge_text(charge) == "haiku-4.5 · 1 in, 1 out · $0.0000060"


def test_the_local_model_is_free_and_an_unknown_one_unpriced() -> None:
    assert "free, on this machine" in charge_text(charged(model="qwen2.5-coder-0.5b").charge)
    assert charge_text(charged(model="someone/else").charge).endswith("unpriced")


@pytest.mark.parametrize(
    "event",
    [
        ev.ToolStarted(EVIL, EVIL, EVIL),
        ev.ToolEnded(EVIL, EVIL, False, EVIL),
        ev.EditsApplied("1", (FileChange(EVIL, None, b""),)),
        ev.EditsRefused((Rejection(EVIL), Rejection(EVIL, EVIL, EVIL)), EVIL),
        ev.ChangesShown(EVIL, ()),
        ev.Undone((EVIL,)),
        ev.Checked(CheckReport(EVIL, (), (finding(EVIL),))),
        ev.Checked(CheckReport(EVIL, (), broke=EVIL)),
        ev.Charged(Charge(EVIL, EVIL + "2", Usage(), None, EVIL), Total(), Total()),
        ev.Retrying(EVIL, 1, 1, 2),
        ev.Escalated(EVIL, EVIL),
        ev.ModelChanged(EVIL, EVIL, (EVIL,)),
        ev.AttachmentsChanged((EVIL,), 1),
        ev.Notice(EVIL),
        ev.Progress(EVIL, 1, 2, EVIL),
        ev.TurnEnded("failed", EVIL),
    ],
)
def test_no_escape_sequence_passes(event: ev.Event) -> None:
    shown = line(event)
    assert shown is not None
    assert not set(shown.text) & set("\x1b\x07\u202e")


LEFT = tuple(Finding("ruff", "E741", "warning", "a.py", n, 7, "Ambiguous") for n in range(1, 24))
HAIKU, SONNET, QWEN = (
    ev.Tries(name, 2, 2, 2) for name in ("claude-haiku-4-5", "claude-sonnet-5-5", "qwen2.5-coder-0.5b")
)


@pytest.mark.parametrize(
    ("event", "first"),
    [
        (ev.LintFixed(14, 11, (HAIKU,), LEFT[:1], Decimal("0.0021")),
         "14 findings: 11 by the linters free, 2 by haiku-4.5 $0.0021, 1 left. $0.0011 each."),
        (ev.LintFixed(1, 1, (), (), Decimal(0)), "1 finding: 1 by the linters free, 0 left. $0."),
        (ev.LintFixed(3, 1, (QWEN,), (), Decimal(0)),
         f"3 findings: 1 by the linters free, 2 by {catalogue().resolve(QWEN.model).alias} $0, 0 left."),
        (ev.LintFixed(4, 0, (HAIKU, SONNET), (), Decimal("0.02")),
         "4 findings: 2 by haiku-4.5, 2 by sonnet-5.5, 0 left. $0.02 in all. $0.0050 each."),
        (ev.LintFixed(2, 0, (replace(HAIKU, fixed=0, first=0),), LEFT[:2], Decimal("0.01")),
         "2 findings: 0 by haiku-4.5 $0.01, 2 left."),
        (ev.LintFixed(2, 0, (HAIKU,), (), None), "2 findings: 2 by haiku-4.5 unpriced, 0 left."),
    ],
)  # fmt: skip
def test_a_lint_run_ends_on_its_unit_economics(event: ev.LintFixed, first: str) -> None:
    shown = line(event)
    assert shown is not None
    assert shown.text.split("\n")[0] == first
    assert shown.role == ("warning" if event.left else "success")


def test_a_lint_run_tells_how_often_the_first_answer_was_right_and_lists_what_is_left() -> None:
    shown = line(ev.LintFixed(30, 0, (HAIKU, replace(SONNET, first=1)), LEFT, Decimal("0.1")))
    assert shown is not None
    rows = shown.text.split("\n")
    assert rows[1] == "right at the first try: haiku-4.5 2 of 2, sonnet-5.5 1 of 2"
    assert rows[2] == "  a.py:1:7: E741 Ambiguous"
    assert (len(rows), rows[-1]) == (2 + 20 + 1, "  and 3 more")


def test_a_lint_run_shows_no_escape_of_a_finding() -> None:
    evil = replace(LEFT[0], path=EVIL, message=EVIL, code=EVIL)
    shown = line(ev.LintFixed(1, 0, (ev.Tries(EVIL, 1, 1, 1),), (evil,), Decimal(0)))
    assert shown is not None
    assert not {"\x1b", "\x07", "\u202e"} & {*shown.text}
    assert len(shown.text.split("\n")) == 3


def test_a_check_in_which_one_linter_broke_still_lists_what_the_others_found() -> None:
    shown = line(ev.Checked(CheckReport("mypy, ruff", ("a.py",), LEFT[:1], "mypy could not work: no.")))
    assert shown == Line(
        "warning",
        "mypy could not work: no.\nmypy, ruff: 1 finding\n  a.py:1:7: E741 Ambiguous",
    )
