"""Findings as SARIF: the shape that readers want, and nothing lost on the way back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.findings import Finding, TextEdit
from haikuterm.core.linters import sarif
from haikuterm.core.sarif_log import OURSELVES, sarif_log

EDIT = TextEdit(1, 1, 2, 1, "")
UNUSED = Finding(
    "ruff", "F401", "warning", "a b/ü.py", 1, 8, "unused", 1, 10, "Remove it", "https://x.test/F401", (EDIT,)
)


def only(log: dict[str, Any]) -> dict[str, Any]:
    (run,) = log["runs"]
    (result,) = run["results"]
    return result


def test_a_log_names_its_version_its_tool_and_each_rule_once() -> None:
    log = sarif_log([UNUSED, UNUSED])
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"] == {"name": "ruff", "rules": [{"id": "F401", "helpUri": "https://x.test/F401"}]}
    assert [result["ruleIndex"] for result in run["results"]] == [0, 0]
    assert run["columnKind"] == "unicodeCodePoints"


def test_a_place_is_a_uri_below_the_root_and_a_region() -> None:
    place = only(sarif_log([UNUSED]))["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "a%20b/%C3%BC.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 1, "startColumn": 8, "endLine": 1, "endColumn": 10},
    }


def test_a_safe_fix_of_the_tool_goes_with_its_finding() -> None:
    (fix,) = only(sarif_log([UNUSED]))["fixes"]
    assert fix["description"] == {"text": "Remove it"}
    (change,) = fix["artifactChanges"]
    assert change["replacements"] == [
        {"deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 2, "endColumn": 1}}
    ]


def test_a_fix_that_nobody_vouches_for_does_not() -> None:
    offered = Finding("ruff", "F841", "warning", "a.py", 1, 1, "unused", offered=(EDIT,))
    assert "fixes" not in only(sarif_log([offered]))


def test_tools_have_runs_of_their_own_also_the_one_that_found_nothing() -> None:
    log = sarif_log([UNUSED], tools=("mypy", "ruff"))
    assert [(run["tool"]["driver"]["name"], len(run["results"])) for run in log["runs"]] == [("mypy", 0), ("ruff", 1)]


def test_without_a_tool_the_log_is_our_own_and_empty() -> None:
    (run,) = sarif_log([])["runs"]
    assert (run["tool"]["driver"]["name"], run["results"]) == (OURSELVES, [])


def test_a_finding_without_a_file_a_rule_or_a_line_is_still_a_result() -> None:
    result = only(sarif_log([Finding("tsc", "", "error", "", 0, 0, "no inputs")]))
    assert result == {"level": "error", "message": {"text": "no inputs"}}


@pytest.mark.parametrize(("severity", "level"), [("error", "error"), ("warning", "warning"), ("info", "note")])
def test_a_severity_has_its_level(severity: Any, level: str) -> None:
    assert only(sarif_log([Finding("x", "C", severity, "a", 1, 1, "m")]))["level"] == level


places = st.integers(1, 10_000)
edits = st.builds(TextEdit, places, places, places, places, st.text(st.characters(codec="utf-8"), max_size=9))
findings = st.builds(
    Finding,
    tool=st.just("mypy"),
    code=st.sampled_from(("misc", "attr-defined")),
    severity=st.sampled_from(("error", "warning", "info")),
    path=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="/\\\0:"), min_size=1), min_size=1)
    .map("/".join)
    .filter(lambda path: not path.startswith(".")),
    line=places,
    column=places,
    message=st.text(st.characters(codec="utf-8", exclude_characters="{}"), min_size=1),
    edits=st.lists(edits, max_size=3).map(tuple),
)


@given(st.lists(findings, max_size=4))
def test_a_reader_of_sarif_finds_what_was_written(given_: list[Finding]) -> None:
    import json

    read = sarif.parse(json.dumps(sarif_log(given_)), "/root")
    assert [(f.code, f.severity, f.path, f.line, f.column, f.message) for f in read] == [
        (f.code, f.severity, f.path, f.line, f.column, f.message) for f in given_
    ]
    assert [f.offered for f in read] == [f.edits for f in given_]
