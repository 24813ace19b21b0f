"""Findings that are piped in: recognised, kept to the project, fixed alone, and verified as far as somebody can."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.adapters.linter_programs import find_ruff
from haikuterm.adapters.repo import RepoWorkspace
from haikuterm.core.errors import SettingsError
from haikuterm.core.events import Checked, Event, LintFixed, Notice
from haikuterm.core.findings import Finding
from haikuterm.core.settings import Settings
from haikuterm.engine import piped
from haikuterm.engine.fix import Order
from tests.scripted import Answer, Rig, ScriptedAsker, calls, rig

PYTEST = f"{sys.executable} -m pytest -q -p no:cacheprovider"
CALC = "def half(n):\n    return n * 2\n\n\ndef double(n):\n    return n + n\n"
TESTS = (
    "from calc import double, half\n\n\ndef test_half():\n    assert half(4) == 2\n\n\n"
    "def test_double():\n    assert double(2) == 4\n"
)
MEND = {"path": "calc.py", "old": "return n * 2", "new": "return n // 2"}
RAISES = "def half(n):\n    raise ValueError(n)\n"


@pytest.fixture
def project(repo: Path) -> Path:
    (repo / "ruff.toml").write_text('[lint]\nselect = ["E", "F", "B"]\n')
    (repo / "calc.py").write_text(CALC)
    (repo / "test_calc.py").write_text(TESTS)
    return repo


def edits(*rows: dict[str, str], id: str = "t1") -> Answer:  # noqa: A002 - as in the API
    return calls("edit", {"edits": list(rows)}, id=id)


def ruff(folder: Path, *words: str) -> str:
    command = [find_ruff(), "check", "--no-cache", *words, "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def failed(folder: Path) -> str:
    command = [*PYTEST.split(), "--color=no"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def read(text: str, folder: Path) -> piped.Piped:
    return piped.read(text, RepoWorkspace(folder))


async def fixed(
    folder: Path, text: str, *answers: Answer, test: str = "", asker: ScriptedAsker | None = None, model: str = ""
) -> tuple[Rig, list[Event]]:
    r = rig(folder, *answers, settings=Settings(api_key="test", retries=0), **({"model": model} if model else {}))
    given_ = piped.read(text, r.engine.ports.workspace)
    order = Order(findings=given_.findings, evidence=given_.evidence, test=test)
    async with aclosing(r.engine.fix(order, asker or ScriptedAsker())) as events:
        return r, [event async for event in events]


def end(events: list[Event]) -> LintFixed:
    last = events[-1]
    assert isinstance(last, LintFixed)
    return last


def said(events: list[Event]) -> str:
    return "\n".join(event.text for event in events if isinstance(event, Notice))


@pytest.mark.parametrize(
    "text",
    ["", " \n", "[]", "All checks passed!\n", "Success: no issues found in 3 source files\n",
     "...\n3 passed in 0.01s\n", "==== 3 passed, 1 warning in 0.01s ====\n"],
)  # fmt: skip
def test_nothing_and_what_a_content_tool_says_are_no_findings(repo: Path, text: str) -> None:
    assert read(text, repo).findings == ()


@pytest.mark.parametrize("text", ["hello", "{}", '{"a": 1}', "1 failed, 3 passed in 1s", "\0\x1b[31m"])
def test_what_is_not_understood_is_said_with_what_would_be(repo: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="SARIF"):
        read(text, repo)


def test_findings_are_those_of_the_tool_under_their_own_paths(project: Path) -> None:
    (project / "sub").mkdir()
    (project / "sub" / "b.py").write_text("import os\n")
    for form in ("json", "sarif", "concise"):
        found = read(ruff(project, "--output-format", form), project).findings
        assert [(f.path, f.code) for f in found] == [("app.py", "F401"), ("sub/b.py", "F401")]


ESLINT = (
    '[{"filePath": "ROOT/app.py", "messages": '
    '[{"ruleId": "no-var", "severity": 2, "message": "m", "line": 1, "column": 1}]}]'
)
PYRIGHT = (
    '{"version": "1", "generalDiagnostics": [{"file": "ROOT/app.py", "severity": "error", "message": "m", '
    '"rule": "reportX", "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 2}}}]}'
)
RDJSON = (
    '{"source": {"name": "x"}, "diagnostics": [{"message": "m", '
    '"location": {"path": "app.py", "range": {"start": {"line": 1, "column": 1}}}}]}'
)
MYPY = '{"file": "app.py", "line": 1, "column": 0, "message": "m", "hint": null, "code": "c", "severity": "error"}'


@pytest.mark.parametrize(
    ("text", "tool"),
    [(ESLINT, "eslint"), (PYRIGHT, "pyright"), (RDJSON, "x"), (MYPY, "mypy"), ("app.py(1,1): error TS1: m", "tsc")],
)
def test_each_format_is_known_by_its_content_alone(repo: Path, text: str, tool: str) -> None:
    (finding,) = read(text.replace("ROOT", str(repo)), repo).findings
    assert (finding.tool, finding.path, finding.line, finding.column) == (tool, "app.py", 1, 1)


HERE = RepoWorkspace(Path(__file__).parent)


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(
    st.sampled_from(("runs", "results", "filename", "location", "code", "message", "file", "line", "severity")), x
)).map(json.dumps))  # fmt: skip
def test_no_text_is_worse_than_not_understood(text: str) -> None:
    with suppress(SettingsError):
        piped.read(text, HERE)


def test_what_lies_outside_or_is_not_there_is_said_and_left_out(project: Path, tmp_path: Path) -> None:
    (tmp_path / "out.py").write_text("x\n")
    text = f"{tmp_path}/out.py:1:1: F401 x\n../out.py:1:1: F401 x\ngone.py:1:1: F401 x\napp.py:1:8: F401 x\n"
    given_ = read(text, project)
    assert [f.path for f in given_.findings] == ["app.py"]
    assert given_.notes == (
        f"Left out: 3 findings in what is no file of this project: {tmp_path}/out.py, ../out.py, gone.py.",
    )


def test_a_failed_test_is_mended_where_the_error_arose_and_its_traceback_is_the_evidence(project: Path) -> None:
    (project / "calc.py").write_text(RAISES + CALC[CALC.index("\n\n\n") :])
    given_ = read(failed(project), project)
    (finding,) = given_.findings
    assert (finding.path, finding.line, finding.code) == ("calc.py", 2, "FAILED")
    assert finding.message == "test_calc.py::test_half: ValueError: 4"
    assert "raise ValueError(n)" in given_.evidence["calc.py"]
    assert "assert half(4) == 2" in given_.evidence["calc.py"]
    assert given_.tests


def test_a_failed_test_that_calls_nothing_of_the_project_is_looked_at_itself(project: Path) -> None:
    (project / "test_calc.py").write_text("import os\n\n\ndef test_half():\n    assert os.sep == 2\n")
    (finding,) = read(failed(project), project).findings
    assert (finding.path, finding.line) == ("test_calc.py", 5)


@pytest.mark.parametrize(
    ("said_", "count"),
    [("", 0), ("===== 2 failed, 3 passed in 1s =====\nIt ended with code 1.", 2), ("1 failed, 2 errors in 1s", 3),
     ("boom", None), ("0 errors", None), ("1 failed\n3 failed\nIt ended with code 1.", 3)],
)  # fmt: skip
def test_how_many_tests_failed_is_read_from_what_was_said_last(said_: str, count: int | None) -> None:
    assert piped.failures(said_) == count


def test_given_findings_are_found_again_by_rule_and_nearest_line() -> None:
    one, two = (Finding("ruff", "F401", "warning", "a.py", line, 1, "m") for line in (3, 9))
    given = [replace(two, line=8), replace(one, tool="text", message="other"), replace(one, tool="mypy")]
    assert piped.match(given, [one, two]) == ((two, one), (given[2],))


async def test_an_edit_of_a_piped_finding_that_is_not_found_again_is_never_applied_unseen(project: Path) -> None:
    (project / "calc.py").write_text("import os\n" + CALC)
    text = ruff(project, "--output-format", "json", "--exclude", "app.py")
    (project / "calc.py").write_text(CALC)
    r = rig(project, settings=Settings())
    order = Order(findings=piped.read(text, r.engine.ports.workspace).findings)
    async with aclosing(r.engine.fix(order, ScriptedAsker())) as events:
        assert len(end([event async for event in events]).left) == 1
    assert (project / "calc.py").read_text() == CALC


@pytest.mark.parametrize(
    "tail", [">       assert half(4) == 2\nE       assert 8 == 2\n\ntests/test_calc.py:5: Assert", ""]
)
@pytest.mark.parametrize("place", ["calc.py", "src/calc.py", "src/calc/core.py"])
def test_a_failing_assertion_is_to_be_mended_in_what_the_test_calls(project: Path, place: str, tail: str) -> None:
    (project / "calc.py").unlink()
    (project / place).parent.mkdir(parents=True, exist_ok=True)
    (project / place).write_text("def double(n):\n    return n\n\n\ndef half(n):\n    return n * 2\n")
    (project / "tests").mkdir(exist_ok=True)
    (project / "tests" / "test_calc.py").write_text(
        "from calc import double, half\n\n\ndef test_half():\n    assert half(4) == 2\n"
    )
    summary = "=== short test summary info ===\nFAILED tests/test_calc.py::test_half - assert 8 == 2\n"
    text = f"____ test_half ____\n{tail}\n{summary}"
    (finding,) = read(text, project).findings
    assert (finding.path, finding.line) == (place, 5)


async def test_of_several_findings_that_nobody_looks_at_again_only_those_on_changed_lines_count(project: Path) -> None:
    (project / "a.txt").write_text("one\ntwo\nthree\n")
    done = edits({"path": "a.txt", "old": "one", "new": "1"})
    text = "a.txt:1: error: no words\na.txt:3: error: no words\n"
    _, events = await fixed(project, text, done, done)
    assert [finding.line for finding in end(events).left] == [3]


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[1ma.py\x1b[0m\x1b[36m:\x1b[0m1\x1b[36m:\x1b[0m8: \x1b[31mF401\x1b[0m `os` imported but unused\n",
        "\x1b[91mF401\x1b[0m `os` imported but unused\n \x1b[94m--> \x1b[0ma.py:1:8\n",
        "a.py:1: [F401] `os` imported but unused\n",
    ],
)
async def test_colours_and_brackets_around_a_finding_do_no_harm(project: Path, text: str) -> None:
    (project / "a.py").write_text("import os\n")
    _, events = await fixed(project, text)
    assert (end(events).free, end(events).left) == (1, ())


def test_findings_in_notebooks_are_left_out_for_their_lines_are_those_of_a_cell(project: Path) -> None:
    (project / "n.ipynb").write_text("{}")
    row = {"filename": str(project / "n.ipynb"), "location": {"row": 1, "column": 8}, "message": "m", "code": "F401"}
    found = read(json.dumps([{**row, "cell": 1}]), project)
    assert found.findings == ()
    assert "a notebook or no file of this project: n.ipynb." in found.notes[0]


def test_failures_are_counted_through_colours() -> None:
    assert piped.failures("\x1b[31m\x1b[1m2 failed\x1b[0m, \x1b[32m1 passed\x1b[0m") == 2


async def test_only_what_was_piped_in_is_fixed(project: Path) -> None:
    (project / "a.py").write_text("import os\nimport sys\n\n\ndef f(a=[]):\n    return a\n")
    found = json.loads(ruff(project, "--output-format", "json"))
    given_ = json.dumps([row for row in found if row["filename"].endswith("/a.py") and "sys" in row["message"]])
    r, events = await fixed(project, given_)
    assert (project / "a.py").read_text() == "import os\n\n\ndef f(a=[]):\n    return a\n"
    assert (end(events).found, end(events).free, end(events).left, r.provider.requests) == (1, 1, (), [])
    await r.run("/undo")
    assert (project / "a.py").read_text().startswith("import os\nimport sys\n")


async def test_rules_that_the_project_does_not_turn_on_are_fixed_without_being_verified_and_that_is_said(
    project: Path,
) -> None:
    (project / "a.py").write_text('x = 1\nif x == 1:\n    y = "a"\nelse:\n    y = "b"\n')
    text = ruff(project, "--select", "SIM108", "--output-format", "json", "--exclude", "app.py")
    change = {
        "path": "a.py",
        "old": 'if x == 1:\n    y = "a"\nelse:\n    y = "b"\n',
        "new": 'y = "a" if x == 1 else "b"\n',
    }
    _, events = await fixed(project, text, edits(change))
    assert (project / "a.py").read_text() == 'x = 1\ny = "a" if x == 1 else "b"\n'
    assert "1 of the findings (ruff) cannot be looked at again here." in said(events)
    assert end(events).left == ()


async def test_a_change_that_cannot_be_verified_still_must_parse_and_bring_no_new_finding(project: Path) -> None:
    text = "calc.py:2: error: Unsupported operand types  [operator]\n"
    bad = {"path": "calc.py", "old": "return n * 2", "new": "return m * 2"}
    broken = {"path": "calc.py", "old": "return n * 2", "new": "return n * ("}
    _, events = await fixed(project, text, edits(bad), edits(broken, id="t2"), asker=ScriptedAsker(choice="no"))
    assert (project / "calc.py").read_text() == CALC
    assert [f.code for f in end(events).left] == ["operator"]


async def test_lines_that_move_take_unverifiable_findings_with_them(project: Path) -> None:
    (project / "calc.py").write_text("import os\nimport sys\n" + CALC)
    text = "calc.py:1:8: F401 os\ncalc.py:2:8: F401 sys\ncalc.py:4:1: odd [odd]\n"
    r, events = await fixed(project, text, edits(MEND))
    assert (project / "calc.py").read_text() == CALC.replace("n * 2", "n // 2")
    assert "2:1 odd odd" in r.provider.requests[0].messages[0].text
    assert (end(events).free, end(events).left) == (2, ())


async def test_a_model_without_tools_leaves_what_it_could_not_verify(project: Path) -> None:
    r, events = await fixed(project, "calc.py:2: error: odd  [odd]\n", model="qwen2.5-coder-0.5b")
    assert r.provider.requests == []
    assert "calc.py: 1 left" in said(events)
    assert len(end(events).left) == 1


async def test_a_red_test_becomes_green_and_then_the_fix_counts(project: Path) -> None:
    (project / "test_calc.py").write_text(TESTS.replace("assert half(4) == 2", "half(4) / 0"))
    (project / "calc.py").write_text(RAISES + CALC[CALC.index("\n\n\n") :])
    text = failed(project)
    (project / "test_calc.py").write_text(TESTS)
    wrong = {"path": "calc.py", "old": "    raise ValueError(n)", "new": "    return n"}
    right = {"path": "calc.py", "old": "    raise ValueError(n)", "new": "    return n // 2"}
    r, events = await fixed(project, text, edits(wrong), edits(right, id="t2"), test=PYTEST)
    assert (project / "calc.py").read_text() == "def half(n):\n    return n // 2\n" + CALC[CALC.index("\n\n\n") :]
    assert '<file path="traceback">' in r.provider.requests[0].messages[0].text
    assert "assert 4 == 2" in str(r.provider.requests[1].messages[-1].parts[0])
    assert end(events).left == ()
    assert "fails before anything is changed. A fix counts if it passes" in said(events)
    assert (events[0].report.tool if isinstance(events[0], Checked) else "") == "pytest"


async def test_a_fix_of_one_of_two_failures_counts_for_that_one(project: Path) -> None:
    (project / "calc.py").write_text(
        "def half(n):\n    raise ValueError(n)\n\n\ndef double(n):\n    raise KeyError(n)\n"
    )
    half = {"path": "calc.py", "old": "raise ValueError(n)", "new": "return n // 2"}
    worse = {"path": "calc.py", "old": "raise KeyError(n)", "new": "raise OSError(n)"}
    asker = ScriptedAsker(choice="no")
    _, events = await fixed(project, failed(project), edits(half), edits(worse, id="t2"), test=PYTEST, asker=asker)
    assert [f.message for f in end(events).left] == ["test_calc.py::test_double: KeyError: 2"]
    assert "return n // 2" in (project / "calc.py").read_text()
    assert "KeyError" in (project / "calc.py").read_text()


async def test_failures_that_are_gone_meanwhile_cost_nothing(project: Path) -> None:
    text = failed(project)
    (project / "calc.py").write_text(CALC.replace("n * 2", "n // 2"))
    r, events = await fixed(project, text, test=PYTEST)
    assert r.provider.requests == []
    assert "1 of the failures do not come with" in said(events)


async def test_a_lint_fix_counts_only_if_the_tests_still_pass(project: Path) -> None:
    (project / "calc.py").write_text(
        CALC.replace("n * 2", "n // 2").replace("def half", "def half(l):\n    return l // 2\n\n\ndef other")
    )
    bad = {"path": "calc.py", "old": "def half(l):\n    return l // 2", "new": "def half(n):\n    return n ** 2"}
    good = {"path": "calc.py", "old": "def half(l):\n    return l // 2", "new": "def half(n):\n    return n // 2"}
    text = ruff(project, "--output-format", "json", "--select", "E741")
    _, events = await fixed(project, text, edits(bad), edits(good, id="t2"), test=PYTEST)
    assert "def half(n):\n    return n // 2" in (project / "calc.py").read_text()
    assert "calc.py: The test command fails with it:" in said(events)


async def test_free_fixes_of_many_files_are_tried_together_first(project: Path, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (project / f"{name}.py").write_text("import os\n")
    r = rig(project)
    order = Order(("a.py", "b.py", "c.py"), test=f"echo run >> {tmp_path / 'runs'}")
    async with aclosing(r.engine.fix(order, ScriptedAsker())) as events:
        assert end([event async for event in events]).left == ()
    assert (tmp_path / "runs").read_text() == "run\n" * 2, "once before, once for all three"


async def test_of_free_fixes_that_fail_together_the_good_ones_are_kept(project: Path) -> None:
    for name in ("a", "b"):
        (project / f"{name}.py").write_text("import os\n")
    r = rig(project)
    order = Order(("a.py", "b.py"), test="grep -q import b.py", free=True)
    async with aclosing(r.engine.fix(order, ScriptedAsker())) as events:
        heard = [event async for event in events]
    assert [f.path for f in end(heard).left] == ["b.py"]
    assert "b.py: the linter's own fix does not count. The test command fails with it:" in said(heard)
    assert ((project / "a.py").read_text(), (project / "b.py").read_text()) == ("", "import os\n")


async def test_a_test_command_that_never_passed_does_not_count_and_that_is_said(project: Path) -> None:
    r = rig(project)
    async with aclosing(r.engine.fix(Order(("app.py",), test="echo no such thing; exit 9"), ScriptedAsker())) as events:
        heard = [event async for event in events]
    assert end(heard).left == ()
    assert "fails before anything is changed, so it cannot tell" in said(heard)
    assert "no such thing" in said(heard)
