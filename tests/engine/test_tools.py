"""The model's tools answer in sentences, and whatever is wrong with a call is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from haikuterm.core.events import ToolEnded, ToolStarted
from haikuterm.engine.tools import specs, summary
from tests.scripted import calls, rig, says


async def use(repo: Path, name: str, given: dict[str, object]) -> ToolEnded:
    """What one call of a tool comes to, with app.py attached."""
    events = await rig(repo, calls(name, given), says("ok")).run("go on with @app.py")
    return next(e for e in events if isinstance(e, ToolEnded))


async def test_read_numbers_the_lines(repo: Path) -> None:
    ended = await use(repo, "read", {"path": "app.py", "start": 2, "end": 2})
    assert ended.output == "2\timport sys\n(6 lines in all)"


async def test_read_of_the_whole_file_and_beyond_its_end(repo: Path) -> None:
    assert (await use(repo, "read", {"path": "app.py"})).output.count("\n") == 5
    assert (await use(repo, "read", {"path": "app.py", "start": 99})).ok


async def test_list_and_search_see_what_git_sees(repo: Path) -> None:
    (repo / ".gitignore").write_text("hidden.py\n")
    (repo / "hidden.py").write_text("import os\n")
    assert (await use(repo, "list", {})).output == ".gitignore\nREADME.md\napp.py"
    assert (await use(repo, "list", {"glob": "*.py"})).output == "app.py"
    assert (await use(repo, "search", {"pattern": "^import"})).output == "app.py:1:import os\napp.py:2:import sys"
    assert (await use(repo, "search", {"pattern": "zzz"})).output == "(no match)"
    assert not (await use(repo, "search", {"pattern": "("})).ok


async def test_create_writes_a_new_file_and_never_over_an_old_one(repo: Path) -> None:
    assert (await use(repo, "create", {"path": "pkg/new.py", "text": "x = 1\n"})).ok
    assert (repo / "pkg/new.py").read_text() == "x = 1\n"
    ended = await use(repo, "create", {"path": "app.py", "text": ""})
    assert "exists already" in ended.output


async def test_check_reports_findings(repo: Path) -> None:
    assert "F401" in (await use(repo, "check", {"paths": ["app.py"]})).output


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("edit", {}, "edits is missing"),
        ("edit", {"edits": "not json"}, "not valid JSON"),
        ("edit", {"edits": []}, "must be a list"),
        ("edit", {"edits": [{"path": "app.py", "old": "x"}]}, "no text 'new'"),
        ("edit", {"edits": [{"path": "no.py", "old": "x", "new": "y"}]}, "there is no such file"),
        ("edit", {"edits": [{"path": "../x.py", "old": "x", "new": "y"}]}, ".."),
        ("read", {"path": "/etc/passwd"}, "leads out of"),
        ("read", {"path": ".git/config"}, ".git"),
        ("read", {"path": 3}, "must be of type string"),
        ("dance", {}, "There is no tool 'dance'"),
    ],
)
async def test_a_wrong_call_is_answered_with_the_reason(repo: Path, name: str, given: dict, why: str) -> None:
    ended = await use(repo, name, given)
    assert not ended.ok
    assert why in ended.output


@pytest.mark.parametrize(
    "given",
    [
        {"edits": {"path": "app.py", "old": "import os\n", "new": ""}},
        {"edits": json.dumps([{"path": "app.py", "old": "import os\n", "new": ""}])},
        {"edits": [{"file_path": "app.py", "old_string": "import os\n", "new_string": ""}]},
        {"edits": [{"path": "app.py", "old_str": "import os\n", "new_str": ""}]},
    ],
)
async def test_the_shapes_other_tools_use_are_understood(repo: Path, given: dict) -> None:
    assert (await use(repo, "edit", given)).ok
    assert not (repo / "app.py").read_text().startswith("import os")


async def test_what_a_call_is_about_stands_in_its_line(repo: Path) -> None:
    events = await rig(repo, calls("read", {"path": "app.py", "start": 1, "end": 3}), says("ok")).run("go")
    assert next(e for e in events if isinstance(e, ToolStarted)).summary == "read app.py 1 3"
    assert summary("rename", {"path": "a.py", "to": "b.py"}) == "rename a.py -> b.py"
    assert summary("delete", {"path": "a.py"}) == "delete a.py"
    assert summary("edit", {"edits": [{"path": "a.py"}, {"path": "b.py"}, {"path": "a.py"}]}) == "edit a.py, b.py"


def test_the_tools_are_small_and_always_in_the_same_order() -> None:
    """They stand at the front of every request: their size is paid for each time."""
    names = [spec.name for spec in specs()]
    assert names == ["read", "list", "search", "edit", "create", "rename", "delete", "check"]
    size = len(json.dumps([{"name": s.name, "description": s.description, "input_schema": s.schema} for s in specs()]))
    assert size < 1850


@pytest.mark.parametrize("edits", [5, "5", True, "true", [1], {}])
async def test_edits_of_any_other_shape_are_refused_in_a_sentence(repo: Path, edits: object) -> None:
    ended = await use(repo, "edit", {"edits": edits})
    assert not ended.ok
    assert "Nothing was written" in ended.output


async def test_items_of_a_list_are_checked_too(repo: Path) -> None:
    assert "must be of type array" in (await use(repo, "check", {"paths": [1]})).output


async def test_a_near_miss_does_not_show_what_a_secret_file_holds(repo: Path) -> None:
    (repo / ".env").write_text("PASSWORD=hunter2-very-secret\n")
    ended = await use(repo, "edit", {"edits": [{"path": ".env", "old": "PASSWORD=", "new": "X="}]})
    assert not ended.ok
    assert "hunter2" not in ended.output
    assert "for secrets" in (await use(repo, "create", {"path": "key.pem", "text": "x"})).output


async def test_a_file_of_one_endless_line_is_cut(repo: Path) -> None:
    (repo / "min.js").write_text("x" * 900_000)
    ended = await use(repo, "read", {"path": "min.js"})
    assert len(ended.output) < 61_000
    assert "cut here" in ended.output
