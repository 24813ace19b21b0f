"""A model without tools fixes one line at a time, or a whole function in a fence; the same gate holds for both."""

from __future__ import annotations

from pathlib import Path

from haikuterm.core.events import Charged, Checked, EditsApplied, Notice, TextDelta, TurnEnded
from tests.scripted import ScriptedAsker, refuse, rig, says

QWEN = "qwen2.5-coder-0.5b"


def local(text: str):
    return says(text, served=QWEN)


async def test_a_finding_is_fixed_by_one_line_verified_written_and_free(repo: Path) -> None:
    r = rig(repo, local("DELETE"), model=QWEN)
    r.provider.requests.clear()
    events = await r.run("fix the lint in @app.py")
    assert (repo / "app.py").read_text().startswith("import sys\n")
    checked = next(e for e in events if isinstance(e, Checked))
    assert (checked.before, checked.report.clean) == (1, True)
    assert events[-1] == TurnEnded("done")
    assert all(e.charge.usd == 0 for e in events if isinstance(e, Charged))
    (request,) = r.provider.requests
    assert (request.tools, request.stop, bool(request.prefill)) == ((), ("\n",), True)


async def test_the_file_itself_is_not_sent_for_line_fixes(repo: Path) -> None:
    r = rig(repo, local("DELETE"), local("ok"), model=QWEN)
    await r.run("fix the lint in @app.py")
    assert "def main" not in str(r.engine.session.messages)


async def test_wrong_answers_change_nothing_and_are_said(repo: Path) -> None:
    before = (repo / "app.py").read_bytes()
    r = rig(repo, *[local("import os, json, re")] * 8, model=QWEN)
    events = await r.run("fix the lint in @app.py")
    assert (repo / "app.py").read_bytes() == before
    assert any(isinstance(e, Notice) and "nothing is changed" in e.text for e in events)
    assert events[-1] == TurnEnded("done")


async def test_a_clean_file_costs_no_request(repo: Path) -> None:
    (repo / "app.py").write_text("x = 1\n")
    r = rig(repo, model=QWEN)
    events = await r.run("fix the lint in @app.py")
    assert TextDelta("ruff has no findings in app.py.") in events
    assert r.provider.requests == []


async def test_a_file_named_without_an_at_sign_is_found(repo: Path) -> None:
    r = rig(repo, local("DELETE"), model=QWEN)
    await r.run("Remove the unused import in app.py")
    assert (repo / "app.py").read_text().startswith("import sys\n")


async def test_a_whole_function_in_a_fence_replaces_the_one_of_its_name(repo: Path) -> None:
    reply = "Sure:\n```python\ndef main() -> int:\n    return 0\n```\n"
    r = rig(repo, local(reply), model=QWEN)
    asker = ScriptedAsker()
    events = await r.run("make main in @app.py return 0", asker)
    assert (repo / "app.py").read_text() == "import os\nimport sys\n\n\ndef main() -> int:\n    return 0\n"
    assert any(isinstance(e, EditsApplied) for e in events)
    assert asker.proposals[0].paths == ("app.py",)


async def test_a_refused_function_is_not_written(repo: Path) -> None:
    before = (repo / "app.py").read_bytes()
    r = rig(repo, local("```python\ndef main() -> int:\n    return 0\n```"), model=QWEN)
    await r.run("change @app.py", refuse())
    assert (repo / "app.py").read_bytes() == before


async def test_code_that_does_not_parse_is_not_applied(repo: Path) -> None:
    before = (repo / "app.py").read_bytes()
    r = rig(repo, local("```python\ndef main() -> int:\n    return (\n```"), model=QWEN)
    events = await r.run("change @app.py")
    assert (repo / "app.py").read_bytes() == before
    assert not any(isinstance(e, EditsApplied) for e in events)


async def test_a_search_replace_block_of_a_model_without_tools_is_offered(repo: Path) -> None:
    reply = "app.py\n```python\n<<<<<<< SEARCH\nimport os\n=======\n>>>>>>> REPLACE\n```\n"
    r = rig(repo, local(reply), model=QWEN)
    await r.run("drop os from @app.py")
    assert (repo / "app.py").read_text().startswith("import sys\n")


async def test_a_new_file_of_such_a_reply_stays_inside_and_writes_over_nothing(repo: Path) -> None:
    (repo / "other.py").write_text("mine = 1\n")
    for path in ("other.py", "../out.py", ".env", ".git/hooks/x"):
        reply = f"{path}\n```python\nx = 1\n```\n"
        r = rig(repo, local(reply), model=QWEN)
        events = await r.run("change @app.py")
        assert not any(isinstance(e, EditsApplied) for e in events), path
    assert (repo / "other.py").read_text() == "mine = 1\n"
