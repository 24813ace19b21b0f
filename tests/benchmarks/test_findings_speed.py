"""How fast a linter's output becomes findings in groups: a thousand of them in two hundred files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import process_time

import pytest

from haikuterm.core.findings import by_path, difference
from haikuterm.core.linters.formats import FORMATS, recognise

pytestmark = pytest.mark.benchmark

FILES, EACH = 200, 5
SECONDS = 0.2  # of CPU; what issue 4 allows
TIMES = 5  # runs, of which the fastest counts: what else the machine does can only add to one
SOURCE = "import os\nimport sys\n" + 'x = "😀é"; y = nobody\n' * 300


def ruff_json() -> str:
    """What ruff says of them."""
    rows = [
        {
            "cell": None, "code": "F401", "filename": f"/repo/src/module_{file:03}.py", "message": "`os` imported",
            "location": {"row": 10 * number + 1, "column": 8}, "end_location": {"row": 10 * number + 1, "column": 10},
            "fix": {"applicability": "safe", "message": "Remove", "edits": [
                {"content": "", "location": {"row": 1, "column": 1}, "end_location": {"row": 2, "column": 1}}]},
            "name": "unused-import", "noqa_row": 1, "severity": "error", "url": "https://docs.astral.sh/ruff/rules/x",
        }
        for file in range(FILES)
        for number in range(EACH)
    ]  # fmt: skip
    return json.dumps(rows, indent=2)


def pyright_json() -> str:
    """What pyright says of them, whose columns need the text."""
    rows = [
        {
            "file": f"/repo/module_{file:03}.py", "severity": "error", "message": '"nobody" is unknown', "rule": "x",
            "range": {"start": {"line": number + 5, "character": 16}, "end": {"line": number + 5, "character": 22}},
        }
        for file in range(FILES)
        for number in range(EACH)
    ]  # fmt: skip
    return json.dumps({"version": "1", "generalDiagnostics": rows, "summary": {}}, indent=4)


def text_lines() -> str:
    """What many others say."""
    return "".join(f"module_{n % FILES:03}.py:{n}:8: F401 `os` imported but unused\n" for n in range(FILES * EACH))


def fastest(action: Callable[[], object]) -> float:
    """Seconds of CPU."""
    spent = []
    for _ in range(TIMES):
        start = process_time()
        action()
        spent.append(process_time() - start)
    return min(spent)


@pytest.mark.parametrize("said", [ruff_json, pyright_json, text_lines])
def test_a_thousand_findings_are_recognised_parsed_and_grouped_in_no_time(said: Callable[[], str]) -> None:
    text = said()
    form = recognise(text)
    assert form is not None
    found = form.parse(text, "/repo", lambda _: SOURCE)
    groups = by_path(found)

    def again() -> None:
        assert recognise(text) is form
        by_path(form.parse(text, "/repo", lambda _: SOURCE))

    taken = fastest(again)
    sys.stdout.write(f"{form.name}: {len(found)} findings in {len(groups)} files: {taken * 1000:.0f} ms\n")
    assert (len(found), len(groups)) == (FILES * EACH, FILES)
    assert taken < SECONDS


def test_two_runs_of_a_thousand_findings_are_compared_in_no_time() -> None:
    found = FORMATS["pyright"].parse(pyright_json(), "/repo", lambda _: SOURCE)
    changed = SOURCE.replace("import sys\n", "")
    after = FORMATS["pyright"].parse(pyright_json(), "/repo", lambda _: changed)
    assert not difference(found, after, lambda _: SOURCE, lambda _: changed).new
    taken = fastest(lambda: difference(found, after, lambda _: SOURCE, lambda _: changed))
    sys.stdout.write(f"difference: {taken * 1000:.0f} ms\n")
    assert taken < SECONDS
