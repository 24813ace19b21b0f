"""What a model is shown of findings, and when its change counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haikuterm.core.findings import Finding, Severity, TextEdit
from haikuterm.core.fixing import MOST_FINDINGS, Job, excerpt, gist, jobs, judge, question

TEXT = "import os\n\n\n@cache\ndef f(a):\n    x = a\n    return a\n\n\ny = 1\n"


def finding(line: int, code: str = "F841", path: str = "a.py", severity: Severity = "warning") -> Finding:
    return Finding("ruff", code, severity, path, line, 5, f"{code} is wrong")


def test_a_whole_function_with_its_decorator_is_shown_and_nothing_else_of_it() -> None:
    assert excerpt(TEXT, [finding(6)]) == "...\n4\t@cache\n5\tdef f(a):\n6\t    x = a\n7\t    return a"


def test_outside_of_functions_the_neighbourhood_is_shown() -> None:
    text = "".join(f"v{n} = {n}\n" for n in range(1, 41))
    rows = excerpt(text, [finding(20), finding(22)]).split("\n")
    assert (rows[0], rows[1], rows[-1]) == ("...", "14\tv14 = 14", "28\tv28 = 28")


@pytest.mark.parametrize("text", ["def broken(:\n    pass\n", "function f() {\n  return 1\n}\n", ""])
def test_what_is_no_python_is_shown_by_lines(text: str) -> None:
    assert excerpt(text, [finding(1)]).startswith("1\t")


def test_findings_go_file_by_file_and_so_many_at_once() -> None:
    text = "x = 1\n" * 60
    many = [finding(n) for n in range(1, MOST_FINDINGS + 3)]
    portions = list(jobs([*many, finding(1, path="b.py"), finding(1, path="gone.py")], {"a.py": text, "b.py": "y\n"}))
    assert [(job.path, len(job.findings)) for job in portions] == [("a.py", MOST_FINDINGS), ("a.py", 2), ("b.py", 1)]


def test_the_question_has_each_rule_once_and_the_linters_own_suggestion() -> None:
    hinted = replace(finding(10), offered=(TextEdit(10, 1, 10, 6, "y = 2"),))
    asked = question(Job("a.py", TEXT, (finding(6), hinted)), {"F841": "Checks for names nobody uses."})
    assert asked.count("Checks for names") == 1
    assert "6:5 F841 F841 is wrong\n" in asked
    assert "ruff suggests, unverified, for lines 10 to 10: 'y = 2'" in asked


def test_the_gist_of_a_rule_is_its_first_paragraph_without_headings() -> None:
    assert gist("## What it does\nChecks this\nand that.\n\n## Why\nBecause.") == "Checks this and that."
    assert gist("") == ""
    assert len(gist("word " * 200)) < 310


def judged(after: str, found: list[Finding], before: str = TEXT, targets: tuple[Finding, ...] = (finding(6),)):
    return judge(Job("a.py", before, targets), before.encode(), after.encode(), targets, found)


BETTER = TEXT.replace("    x = a\n", "")


def test_a_change_counts_if_a_target_is_gone_and_nothing_else_came() -> None:
    outcome = judged(BETTER, [])
    assert outcome.accepted
    assert (outcome.fixed, outcome.left) == ((finding(6),), ())


@pytest.mark.parametrize(
    ("after", "found", "why"),
    [
        (TEXT, [finding(6)], "Nothing was changed."),
        (TEXT.replace("y = 1", "y = 2"), [finding(6)], "The findings are still there."),
        (BETTER, [finding(9, "E711")], "The change brings new findings."),
        (BETTER.replace("return a", "return (a"), [], "would not parse any more, line"),
        (TEXT.replace("x = a", "x = a  # noqa"), [], "silences a checker"),
        (BETTER + "z = 1\n" * 80, [], "far bigger than the findings need: +80 -1"),
    ],
)
def test_else_it_is_given_back_with_the_reason(after: str, found: list[Finding], why: str) -> None:
    outcome = judged(after, found)
    assert not outcome.accepted
    assert why in outcome.why
    assert outcome.left == (finding(6),)
    assert "STILL THERE a.py:6:5" in outcome.evidence


def test_a_change_that_takes_a_test_away_does_not_count() -> None:
    before = "def test_a():\n    x = 1\n    assert f() == 2\n"
    outcome = judged("def test_a():\n    f()\n", [], before, (finding(2),))
    assert outcome.why == "The change takes a test or an assertion away."


def test_a_new_finding_that_weighs_less_than_the_targets_does_not_count_against_it() -> None:
    target = finding(6, severity="error")
    assert judged(BETTER, [finding(9, "W1", severity="info")], targets=(target,)).accepted
    assert not judged(BETTER, [finding(9, "W1")], targets=(finding(6),)).accepted
