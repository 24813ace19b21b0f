"""The lint ladder: free first, then the model, verified; given back, tried again, escalated with the price shown."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from haikuterm.adapters.linters import Linters
from haikuterm.core.events import Charged, Checked, EditsApplied, Escalated, Event, LintFixed, Notice, Progress, Tries
from haikuterm.core.findings import CheckReport, Fixed
from haikuterm.core.messages import ToolResult
from haikuterm.core.settings import Settings
from haikuterm.engine.fix import Order
from haikuterm.engine.fix_progress import MANY
from tests.scripted import Answer, Rig, ScriptedAsker, calls, refuse, rig, says

RULES = '[lint]\nselect = ["E", "F", "B", "SIM"]\n'
# F401 is ruff's own to fix; B006 and E741 are not.
SOURCE = "import os\n\n\ndef f(a=[]):\n    return a\n\n\ndef g(l):\n    return l\n"
FREE = SOURCE.removeprefix("import os\n")
B006 = {"path": "a.py", "old": "def f(a=[]):\n    return a\n", "new": "def f(a=None):\n    return a or []\n"}
E741 = {"path": "a.py", "old": "def g(l):\n    return l\n", "new": "def g(many):\n    return many\n"}
WORSE = {"path": "a.py", "old": "def f(a=[]):\n", "new": "def f(a=None, b=nothing):\n"}
SILENT = {"path": "a.py", "old": "def f(a=[]):\n", "new": "def f(a=[]):  # noqa: B006\n"}
BROKEN = {"path": "a.py", "old": "def f(a=[]):\n", "new": "def f(a=None:\n"}
NEIGHBOUR = {"path": "a.py", "old": "return l\n", "new": "return [*l]\n"}
DONE = FREE.replace(B006["old"], B006["new"]).replace(E741["old"], E741["new"])


@pytest.fixture
def project(repo: Path) -> Path:
    (repo / "ruff.toml").write_text(RULES)
    (repo / "a.py").write_text(SOURCE)
    return repo


def edits(*rows: dict[str, str], id: str = "t1") -> Answer:  # noqa: A002 - as in the API
    return calls("edit", {"edits": list(rows)}, id=id)


def end(events: list[Event]) -> LintFixed:
    last = events[-1]
    assert isinstance(last, LintFixed)
    return last


def codes(findings: tuple) -> list[str]:
    return [finding.code for finding in findings]


async def fixed(
    project: Path, *answers: Answer, asker: ScriptedAsker | None = None, **settings
) -> tuple[Rig, list[Event]]:
    r = rig(project, *answers, settings=Settings(api_key="test", retries=0, **settings))
    return r, await r.run("/fix a.py", asker)


async def test_free_first_then_one_request_then_verified_and_one_undo(project: Path) -> None:
    r, events = await fixed(project, edits(B006, E741))
    assert (project / "a.py").read_text() == DONE
    assert end(events).free == 1
    assert end(events).tries == (Tries("claude-haiku-4-5", fixed=2, jobs=1, first=1),)
    assert (end(events).found, end(events).left) == (3, ())
    assert len(r.provider.requests) == len([e for e in events if isinstance(e, Charged)]) == 1
    assert [(e.before, e.report.clean) for e in events if isinstance(e, Checked)] == [(None, False), (3, True)]
    await r.run("/undo")
    assert (project / "a.py").read_text() == SOURCE


@pytest.mark.parametrize(
    ("model", "asked", "effort"),
    [("claude-haiku-4-5", "", ""), ("claude-haiku-5-5", "", "low"), ("claude-haiku-5-5", "high", "high")],
)
async def test_a_fix_is_reasoned_over_briefly_unless_the_user_wants_more(
    project: Path, model: str, asked: str, effort: str
) -> None:
    r = rig(project, edits(B006, E741), model=model)
    r.engine.session.effort = asked
    await r.run("/fix a.py")
    (request,) = r.provider.requests
    assert (request.model.id, request.effort) == (model, effort)
    assert request.max_tokens == (16_384 if request.model.thinks else 8_192)


async def test_the_model_sees_only_the_findings_their_rules_and_their_functions(project: Path) -> None:
    (project / "a.py").write_text(SOURCE + "".join(f"\n\ndef far{n}():\n    return {n}\n" for n in range(30)))
    r, _ = await fixed(project, edits(B006, E741))
    (request,) = r.provider.requests
    asked = request.messages[0].text
    assert "3:9 B006" in asked
    assert "F401" not in asked
    assert "Checks for uses of mutable objects as function argument defaults." in asked
    assert "far" not in asked
    assert [tool.name for tool in request.tools] == ["edit"]
    assert r.engine.session.messages == []


async def test_a_file_that_only_ruff_can_fix_makes_no_request(project: Path) -> None:
    (project / "a.py").write_text("import os\nx = 1\n")
    r, events = await fixed(project)
    assert (project / "a.py").read_text() == "x = 1\n"
    assert (end(events).free, end(events).usd, r.provider.requests) == (1, 0, [])


async def test_a_clean_file_ends_at_once(project: Path) -> None:
    (project / "a.py").write_text("x = 1\n")
    _, events = await fixed(project)
    assert [type(event) for event in events] == [Checked]


async def test_a_first_answer_with_a_new_finding_is_given_back_and_the_second_counts(project: Path) -> None:
    r, events = await fixed(project, edits(WORSE), edits(B006, E741, id="t2"))
    assert (project / "a.py").read_text() == DONE
    assert len(r.provider.requests) == 2
    told = r.provider.requests[1].messages[-1].parts[0]
    assert isinstance(told, ToolResult)
    assert "NEW a.py:3:17: F821" in told.text
    assert "STILL THERE a.py:7:7: E741" in told.text
    assert end(events).tries == (Tries("claude-haiku-4-5", fixed=2, jobs=1, first=0),)
    assert Notice("a.py: The change brings new findings.", "warning") in events


async def test_what_is_better_counts_and_only_the_rest_is_asked_for_again(project: Path) -> None:
    r, events = await fixed(project, edits(B006), edits(E741, id="t2"))
    assert (project / "a.py").read_text() == DONE
    told = r.provider.requests[1].messages[-1].parts[0]
    assert isinstance(told, ToolResult)
    assert "E741" in told.text
    assert "B006" not in told.text
    assert end(events).left == ()


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (SILENT, "The change silences a checker instead of fixing: line 3: def f(a=[]):  # noqa: B006."),
        (BROKEN, "would not parse"),
        (NEIGHBOUR, "The findings are still there."),
        (WORSE, "The change brings new findings."),
        ({"path": "a.py", "old": "nowhere", "new": "x"}, "Edit 1 of 1 (a.py)"),
        ({"path": "app.py", "old": "import os\n", "new": ""}, "There was no edit for a.py."),
    ],
)
async def test_two_bad_answers_end_without_a_trace_where_escalation_is_declined(
    project: Path, bad: dict[str, str], why: str
) -> None:
    asker = ScriptedAsker(choice="no")
    other = {**bad, "new": bad["new"] + "\n"} if bad["new"] else bad
    r, events = await fixed(project, edits(bad), edits(other, id="t2"), asker=asker)
    assert (project / "a.py").read_text() == FREE, "what was free is kept"
    assert len(r.provider.requests) == 2
    assert codes(end(events).left) == ["B006", "E741"]
    assert any(isinstance(e, Notice) and why in e.text for e in events)
    assert "sonnet-5.5" in asker.questions[0].title
    assert "2 findings left, about $0.0" in asker.questions[0].title
    assert (project / "app.py").read_text().startswith("import os")


async def test_the_same_bad_change_twice_stops_and_says_why(project: Path) -> None:
    r, events = await fixed(project, edits(WORSE), edits(WORSE, id="t2"), asker=ScriptedAsker(choice="no"))
    assert Notice("The same change as before came back; stopped asking.", "warning") in events
    assert len(r.provider.requests) == 2


async def test_an_escalation_that_is_accepted_is_one_request_to_the_next_model_up(project: Path) -> None:
    answers = (edits(WORSE), edits(NEIGHBOUR, id="t2"), edits(B006, E741, id="t3"))
    r, events = await fixed(project, *answers, asker=ScriptedAsker(choice="yes"))
    assert (project / "a.py").read_text() == DONE
    assert [request.model.alias for request in r.provider.requests] == ["haiku-4.5", "haiku-4.5", "sonnet-5.5"]
    (escalated,) = [event for event in events if isinstance(event, Escalated)]
    assert escalated.model == "claude-sonnet-5-5"
    asked = r.provider.requests[-1].messages[0].text
    assert "did not pass the linter" in asked
    assert "STILL THERE a.py:3:9: B006" in asked, "the bigger model is told what spoke against the last try"
    assert end(events).tries[1] == Tries("claude-sonnet-5-5", fixed=2, jobs=1, first=1)


async def test_an_escalation_that_fails_too_changes_nothing_and_lists_what_is_left(project: Path) -> None:
    answers = (edits(WORSE), edits(NEIGHBOUR, id="t2"), edits(SILENT, id="t3"))
    _, events = await fixed(project, *answers, asker=ScriptedAsker(choice="yes"))
    assert (project / "a.py").read_text() == FREE
    assert codes(end(events).left) == ["B006", "E741"]


@pytest.mark.parametrize(("how", "requests"), [("auto", 3), ("never", 2)])
async def test_escalation_can_be_settled_beforehand(project: Path, how: str, requests: int) -> None:
    answers = (edits(WORSE), edits(NEIGHBOUR, id="t2"), edits(B006, E741, id="t3"))
    asker = ScriptedAsker()
    r, _ = await fixed(project, *answers, asker=asker, escalate=how)
    assert len(r.provider.requests) == requests
    assert asker.questions == []


async def test_a_budget_that_ends_keeps_what_is_fixed_so_far(project: Path) -> None:
    from decimal import Decimal

    r, events = await fixed(project, max_budget_usd=Decimal("0.000001"))
    assert (project / "a.py").read_text() == FREE
    assert r.provider.requests == []
    assert any(isinstance(e, Notice) and "budget" in e.text for e in events)


@pytest.mark.parametrize(("answer", "requests", "source"), [("stop", 0, FREE), ("send", 1, DONE)])
async def test_what_would_cost_more_than_the_user_set_is_asked_first_and_what_is_free_stays(
    project: Path, answer: str, requests: int, source: str
) -> None:
    asker = ScriptedAsker(choice=answer)
    r, events = await fixed(project, edits(B006, E741), asker=asker, confirm_usd=Decimal("0.0001"))
    assert asker.questions[0].title.endswith("on haiku-4.5 for 2 findings: ask it?")
    assert len(r.provider.requests) == requests
    assert (project / "a.py").read_text() == source
    said = [e.text for e in events if isinstance(e, Notice) and e.level == "warning"]
    assert any(text.startswith("No model was asked: it would probably have cost ~$") for text in said) == (not requests)


async def test_an_escalation_that_was_settled_is_asked_for_all_the_same_where_it_is_dear(project: Path) -> None:
    bad = [edits(BROKEN, id="t1"), edits(SILENT, id="t2")]
    asker = ScriptedAsker(choice="send")
    r, _ = await fixed(project, *bad, asker=asker, escalate="auto", confirm_usd=Decimal("0.0001"))
    assert asker.questions[1].title.startswith("Ask sonnet")
    assert len(r.provider.requests) == 2


async def test_nothing_is_written_where_the_diff_is_declined(project: Path) -> None:
    _, events = await fixed(project, edits(B006, E741), asker=refuse())
    assert (project / "a.py").read_text() == SOURCE
    assert not [event for event in events if isinstance(event, EditsApplied)]


async def test_findings_in_several_files_are_asked_for_file_by_file(project: Path) -> None:
    (project / "b.py").write_text("def h(x={}):\n    return x\n")
    b = {"path": "b.py", "old": "def h(x={}):\n    return x\n", "new": "def h(x=None):\n    return x or {}\n"}
    r = rig(project, edits(B006, E741), edits(b, id="t2"))
    events = await r.run("/fix a.py b.py please")
    assert [request.messages[0].text.count("Fix these findings in") for request in r.provider.requests] == [1, 1]
    assert all(request.messages[0].text.endswith("please") for request in r.provider.requests)
    assert end(events).left == ()
    await r.run("/undo")
    assert (project / "a.py").read_text() == SOURCE
    assert (project / "b.py").read_text().startswith("def h(x={})")


async def test_without_a_path_only_what_differs_from_the_last_commit_is_looked_at(project: Path) -> None:
    r = rig(project, edits(B006, E741))
    events = await r.run("/fix")
    checked = next(e for e in events if isinstance(e, Checked))
    assert checked.report.paths == ("a.py",)
    assert (project / "app.py").read_text().startswith("import os")
    every = await rig(project).run("/lint --all")
    assert {f.path for f in every[0].report.findings} == {"app.py"}


async def test_a_free_fix_that_brings_findings_of_another_rule_is_left_out_alone(project: Path) -> None:
    (project / "ruff.toml").write_text('[lint]\nselect = ["E501", "F401", "F541", "UP032"]\n')
    long = "    return " + '"{}' + "x" * 56 + '".format(\n        a_name.which_is.long\n    )\n'
    (project / "a.py").write_text(f"import os\nprint(f'no')\n\n\ndef f(a_name):\n{long}")
    _, events = await fixed(project, says("no"), says("no"), asker=ScriptedAsker(choice="no"))
    text = (project / "a.py").read_text()
    assert "import os" not in text
    assert "print('no')" in text
    assert ".format(" in text
    assert end(events).free == 2


async def test_a_bigger_model_that_comes_with_a_refused_change_ends_the_run(project: Path) -> None:
    answers = (edits(WORSE), edits(NEIGHBOUR, id="t2"), edits(WORSE, id="t3"))
    _, events = await fixed(project, *answers, asker=ScriptedAsker(choice="yes"))
    assert Notice("The same change as before came back; stopped asking.", "warning") in events
    assert (project / "a.py").read_text() == FREE


class Counted(Linters):
    """The real linters, and how often they were asked for what."""

    asked: tuple[str, ...] = ()

    async def reports(self, *given: Any, **more: Any) -> tuple[CheckReport, ...]:
        self.asked += ("reports",)
        return await super().reports(*given, **more)

    async def fix(self, *given: Any, **more: Any) -> Fixed:
        self.asked += ("fix, told what was found",) if more["reports"] else ("fix",)
        return await super().fix(*given, **more)


async def test_no_linter_runs_more_often_than_needed(project: Path) -> None:
    """To look, to repair, to see what that did, to judge the model's change, and to verify what was written."""
    r = rig(project, edits(B006, E741))
    linters = Counted(project, cache=project.parent / "cache")
    r.engine.ports = replace(r.engine.ports, linters=linters)
    await r.run("/fix a.py")
    assert (project / "a.py").read_text() == DONE
    assert linters.asked == ("reports", "fix, told what was found", *["reports"] * 3)


async def test_several_files_are_told_as_they_are_done_with_what_is_left_and_spent(project: Path) -> None:
    for name in ("b.py", "c.py"):
        (project / name).write_text("def f(a=[]):\n    return a\n")
    done = [edits({"path": p, "old": "a=[]", "new": "a=()"}) for p in ("b.py", "c.py")]
    r = rig(project, *done, settings=Settings(api_key="test", retries=0, escalate="never"))
    events = await r.run("/fix b.py c.py")
    told = [event for event in events if isinstance(event, Progress)]
    spent = [event.note.rpartition(", ")[2] for event in told[1:]]
    assert [(e.what, e.done, e.total, e.unit) for e in told] == [("fixing", n, 2, "files") for n in range(3)]
    assert [event.note.partition(",")[0] for event in told] == ["2 findings left", "1 finding left", "0 findings left"]
    assert spent == [f"${event.session.usd:.4f}" for event in events if isinstance(event, Charged)]


async def test_the_tests_that_follow_an_answer_are_told(project: Path) -> None:
    for name in ("b.py", "c.py"):
        (project / name).write_text("def f(a=[]):\n    return a\n")
    done = [edits({"path": p, "old": "a=[]", "new": "a=()"}) for p in ("b.py", "c.py")]
    r = rig(project, *done, settings=Settings(api_key="test", retries=0, escalate="never"))
    told = []
    async for event in r.engine.fix(Order(("b.py", "c.py"), test="true"), ScriptedAsker()):
        told += [event] if isinstance(event, Progress) else []
    assert told[0].what == "running true"
    assert [event.note.partition(",")[0] for event in told if event.note.startswith("running")] == ["running true"] * 2


async def test_a_look_at_many_files_is_told_before_it_begins(project: Path) -> None:
    for number in range(MANY):
        (project / f"m{number}.py").write_text("import os\n")
    r = rig(project, settings=Settings(api_key="test", retries=0))
    events = await r.run("/fix m*.py")
    told = [event for event in events if isinstance(event, Progress)]
    assert events[0] == Progress(f"looking through {MANY} files", 0, 0, "files")
    assert told[1] == Progress(f"fixing free in {MANY} files", 0, 0, "files", f"{MANY} findings")


async def test_a_file_that_cannot_be_written_is_left_before_a_model_is_asked_and_the_others_are_fixed(
    project: Path,
) -> None:
    (project / "r.py").write_text(SOURCE)
    (project / "r.py").chmod(0o444)
    r = rig(project, edits(B006, E741), settings=Settings(api_key="test", retries=0, escalate="never"))
    events = await r.run("/fix a.py r.py")
    assert (project / "a.py").read_text() == DONE
    assert (project / "r.py").read_text() == SOURCE
    assert {finding.path for finding in end(events).left} == {"r.py"}
    assert len(r.provider.requests) == 1


async def test_an_answer_that_takes_a_function_away_does_not_count(project: Path) -> None:
    gone = {"path": "a.py", "old": B006["old"] + "\n\n", "new": ""}
    r, events = await fixed(project, edits(E741, gone), edits(B006, E741, id="t2"))
    assert Notice("a.py: The change takes away `f` instead of mending it.", "warning") in events
    assert (project / "a.py").read_text() == DONE
    assert len(r.provider.requests) == 2
