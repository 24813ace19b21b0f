"""The lint ladder with linters whose word on a file hangs on others: a fix here that breaks a file there is none."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from haikuterm.adapters.linter_table import TOOLS, Tool
from haikuterm.adapters.linters import Linters
from haikuterm.core.events import Event, LintFixed, Notice
from haikuterm.core.messages import ToolResult
from haikuterm.core.settings import Settings
from tests.scripted import Answer, Rig, calls, rig

# Names that are used must be made: in a.py and nowhere else. A number is no text.
TYPES = f"""#!{sys.executable}
import os, sys
made = open("a.py").read()
for path in sys.argv[1:]:
    for number, line in enumerate(open(path), 1):
        if "wrong" in line:
            print(f"{{path}}:{{number}}:1: error: X001 wrong")
        if "use " in line and line.split()[-1] not in made:
            print(f"{{path}}:{{number}}:1: error: X002 no " + line.split()[-1])
"""
ACROSS = Tool("types", "types", (".py",), "lines", check=("{paths}",), across=True)


@pytest.fixture
def project(repo: Path) -> Path:
    (repo / "ruff.toml").write_text('[lint]\nselect = ["F401"]\n')
    (repo / "a.py").write_text("thing = 1  # wrong\n")
    (repo / "b.py").write_text("# use thing\n")
    return repo


def edits(old: str, new: str, path: str = "a.py", id: str = "t1") -> Answer:  # noqa: A002 - as in the API
    return calls("edit", {"edits": [{"path": path, "old": old, "new": new}]}, id=id)


async def run(project: Path, *answers: Answer, line: str = "/fix a.py b.py") -> tuple[Rig, list[Event], LintFixed]:
    program = project.parent / "types"
    program.write_text(TYPES)
    program.chmod(0o755)
    r = rig(project, *answers, settings=Settings(api_key="test", retries=0, escalate="never"))
    linters = Linters(project, tools=[TOOLS[0], ACROSS], programs={"types": str(program)})
    r.engine.ports = replace(r.engine.ports, linters=linters)
    events = await r.run(line)
    last = events[-1]
    assert isinstance(last, LintFixed)
    return r, events, last


async def test_a_fix_that_breaks_another_file_is_given_back_with_what_it_broke(project: Path) -> None:
    bad, good = edits("thing = 1  # wrong", "renamed = 1"), edits("  # wrong", "", id="t2")
    r, _, end = await run(project, bad, good)
    told = r.provider.requests[1].messages[-1].parts[0]
    assert isinstance(told, ToolResult)
    assert "NEW b.py:1:1: X002 no thing" in told.text
    assert (project / "a.py").read_text() == "thing = 1\n"
    assert end.left == ()


async def test_a_free_fix_that_breaks_another_file_is_left_out_and_the_others_count(project: Path) -> None:
    (project / "a.py").write_text("import os\n")
    (project / "b.py").write_text("# use os\nimport sys\n")
    same = edits("import os", "import os  # kept")
    _, events, end = await run(project, same, same)
    assert (project / "a.py").read_text() == "import os\n"
    assert (project / "b.py").read_text() == "# use os\n"
    assert (end.free, [f.code for f in end.left]) == (1, ["F401"])
    assert Notice("a.py: the linter's own fix does not count. The change brings new findings.", "warning") in events


async def test_a_finding_that_goes_with_a_change_elsewhere_is_not_asked_for(project: Path) -> None:
    (project / "b.py").write_text("# use other\n")
    r, _, end = await run(project, edits("thing = 1  # wrong", "other = 1"))
    assert len(r.provider.requests) == 1
    assert (end.found, end.left) == (2, ())
