"""Findings are compared by what they say; completion ranks what a person means first."""

from __future__ import annotations

from haikuterm.core.findings import Finding, new_findings
from haikuterm.core.fuzzy import rank


def finding(code: str, line: int) -> Finding:
    return Finding("ruff", code, "warning", "a.py", line, 1, f"{code} here")


def test_a_finding_that_only_moved_is_not_new() -> None:
    assert new_findings([finding("F401", 1)], [finding("F401", 9)]) == ()


def test_a_second_one_of_the_same_kind_is_new() -> None:
    assert new_findings([finding("F401", 1)], [finding("F401", 1), finding("F401", 5)]) == (finding("F401", 5),)


def test_names_rank_before_paths_and_scattered_letters() -> None:
    paths = ["src/config/app.py", "src/conf.py", "docs/c_o_n_f.txt", "lib/other.py"]
    assert rank("conf", paths) == ["src/conf.py", "src/config/app.py", "docs/c_o_n_f.txt"]


def test_case_does_not_matter_and_an_empty_query_takes_all() -> None:
    assert rank("READ", ["README.md"]) == ["README.md"]
    assert rank("", ["a", "b"], 1) == ["a"]
