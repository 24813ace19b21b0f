"""Every event has a JSON form that says the same."""

from __future__ import annotations

import json
from decimal import Decimal

from haikuterm.core import events as ev
from haikuterm.core.changes import Edit, FileChange, Proposal
from haikuterm.core.findings import CheckReport, Finding
from haikuterm.core.money import Charge, Total, Usage


def test_money_is_text_and_bytes_are_text_or_base64() -> None:
    change = FileChange("a", b"x", b"\xff")
    data = ev.to_json(ev.EditsProposed(Proposal((change,), (Edit("a", "x", "y"),))))
    assert data["type"] == "edits_proposed"
    assert data["proposal"]["files"] == [{"path": "a", "before": "x", "after": {"base64": "/w=="}, "mode": None}]
    charge = Charge("m", "m", Usage(1, 2), Decimal("1E-7"))
    assert ev.to_json(ev.Charged(charge, Total(), Total()))["charge"]["usd"] == "0.0000001"


def test_every_event_is_serialisable_and_named() -> None:
    report = CheckReport("ruff", ("a",), (Finding("ruff", "F401", "error", "a", 1, 1, "unused"),))
    events = [
        ev.TurnStarted("p", "m"), ev.TextDelta("x"), ev.ThinkingDelta("x"), ev.ToolStarted("i", "n", "s"),
        ev.ToolEnded("i", "n", True, "s"), ev.EditsApplied("1", ("a",)), ev.EditsRefused(("a",)), ev.Undone(("a",)),
        ev.Checked(report, 2), ev.Retrying("r", 1.5, 2, 5), ev.Escalated("m", "r"), ev.ModelChanged("a", "b"),
        ev.AttachmentsChanged(("a",), 3), ev.Progress("w", 1, 2), ev.Notice("n"), ev.Cleared(), ev.ThemeChanged("t"),
        ev.VimChanged(True), ev.QuitAsked(), ev.TurnEnded("done"), ev.Compacted("summary", 9, 3, Decimal("0.1"), "s"),
        ev.Drafted("t"),
    ]  # fmt: skip
    names = [json.loads(json.dumps(ev.to_json(event)))["type"] for event in events]
    assert names[0] == "turn_started"
    assert len(names) == len(set(names))
