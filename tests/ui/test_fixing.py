"""The face of `haikuterm fix`: what stands on stdout, what on stderr, and an exit code that CI can trust."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest

from haikuterm.core.changes import FileChange
from haikuterm.core.errors import ProviderError
from haikuterm.core.review import accept_all, reject_all
from haikuterm.core.settings import Settings
from haikuterm.engine.fix import Order
from haikuterm.ui import fixing
from haikuterm.ui.fixing import Format
from tests.scripted import Answer, Rig, ScriptedAsker, calls, refuse, rig, says

SOURCE = "import os\n\n\ndef f(a=[]):\n    return a\n"
B006 = {"path": "a.py", "old": "def f(a=[]):\n    return a\n", "new": "def f(a=None):\n    return a or []\n"}
DONE = "\n\ndef f(a=None):\n    return a or []\n"
QWEN = "qwen2.5-coder-0.5b"
A = Order(("a.py",))


@pytest.fixture
def project(repo: Path) -> Path:
    (repo / "ruff.toml").write_text('[lint]\nselect = ["E7", "F", "B"]\n')
    (repo / "a.py").write_text(SOURCE)
    return repo


def edits(*rows: dict[str, str]) -> Answer:
    return calls("edit", {"edits": list(rows)})


async def play(
    r: Rig, form: Format = "text", order: Order = A, asker: ScriptedAsker | None = None
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one run."""
    out, err = io.StringIO(), io.StringIO()
    code = await fixing.run(r.engine, order, output_format=form, out=out, err=err, asker=asker)
    return code, out.getvalue(), err.getvalue()


def yes(project: Path, *answers: Answer, model: str = "claude-haiku-4-5") -> Rig:
    return rig(project, *answers, model=model, settings=Settings(api_key="test", yes=True, retries=0))


async def test_all_fixed_and_written_ends_with_0_and_the_bill(project: Path) -> None:
    code, out, err = await play(yes(project, edits(B006)))
    assert (code, out, (project / "a.py").read_text()) == (0, "", DONE)
    assert "ruff: 2 findings\n" in err
    assert "wrote a.py" in err
    assert "2 findings: 1 by the linters free, 1 by haiku-4.5 $0.0015, 0 left. $0.0015 each.\n" in err
    assert err.endswith("right at the first try: haiku-4.5 1 of 1\n")


async def test_without_a_yes_the_diff_stands_on_stdout_alone_and_applies(project: Path) -> None:
    code, out, err = await play(rig(project, edits(B006)))
    assert (code, (project / "a.py").read_text()) == (1, SOURCE)
    assert out.startswith("--- a/a.py\n+++ b/a.py\n")
    assert "-import os\n" in out
    assert err.endswith("This was a dry run; with -y the edits are written.\n")
    assert "not written" not in err


async def test_check_lists_the_findings_asks_nobody_and_ends_with_1(project: Path) -> None:
    r = yes(project)
    code, out, err = await play(r, order=Order(("a.py",), dry=True))
    assert (code, r.provider.requests, (project / "a.py").read_text()) == (1, [], SOURCE)
    assert [row.split(" ")[:2] for row in out.splitlines()] == [["a.py:1:8:", "F401"], ["a.py:4:9:", "B006"]]
    assert err == "ruff: 2 findings\n1 could be fixed free, 1 needs a model. Nothing was changed.\n"


async def test_check_of_a_clean_file_ends_with_0(project: Path) -> None:
    (project / "a.py").write_text("x = 1\n")
    assert await play(yes(project), order=Order(("a.py",), dry=True)) == (0, "", "ruff: clean\n")


async def test_no_model_writes_what_is_free_and_leaves_the_rest(project: Path) -> None:
    r = yes(project)
    code, _, err = await play(r, order=Order(("a.py",), free=True))
    assert (code, r.provider.requests, (project / "a.py").read_text()) == (1, [], SOURCE.removeprefix("import os\n"))
    assert "2 findings: 1 by the linters free, 1 left. $0.\n  a.py:3:9: B006" in err


async def test_without_a_key_what_is_free_is_done_and_the_rest_is_said(project: Path) -> None:
    r = rig(project, settings=Settings(yes=True))
    code, _, err = await play(r)
    assert (code, r.provider.requests) == (1, [])
    assert "1 finding needs a model; set a key (ANTHROPIC_API_KEY) or use --local, which is free." in err


async def test_sarif_tells_of_what_is_on_disk_where_it_stands(project: Path) -> None:
    _, dry, _ = await play(rig(project, settings=Settings()), "sarif")
    results = json.loads(dry)["runs"][0]["results"]
    lines = [row["locations"][0]["physicalLocation"]["region"]["startLine"] for row in results]
    assert lines == [1, 4], "nothing was written, so the lines are those of before"
    assert ["fixes" in row for row in results] == [True, False]
    code, out, err = await play(rig(project, settings=Settings(yes=True)), "sarif")
    (result,) = json.loads(out)["runs"][0]["results"]
    assert (code, result["ruleId"]) == (1, "B006")
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    assert "wrote a.py" in err


async def test_json_is_one_object_and_money_is_text(project: Path) -> None:
    code, out, err = await play(yes(project, edits(B006)), "json")
    said = json.loads(out)
    assert (code, err) == (0, "")
    assert (said["found"], said["free"], said["left"], said["findings"]) == (2, 1, [], [])
    assert said["tries"] == [{"model": "claude-haiku-4-5", "fixed": 1, "jobs": 1, "first": 1}]
    assert (said["cost_usd"], said["stop"], said["edits"][0]["applied"]) == ("0.0015", "done", True)


async def test_json_of_a_dry_run_tells_what_would_be_left_and_what_is_there(project: Path) -> None:
    code, out, _ = await play(rig(project, edits(B006)), "json")
    said = json.loads(out)
    assert (code, said["left"], [f["code"] for f in said["findings"]]) == (1, [], ["F401", "B006"])
    assert said["edits"][0]["applied"] is False


async def test_stream_json_is_one_event_a_line(project: Path) -> None:
    _, out, _ = await play(yes(project, edits(B006)), "stream-json")
    kinds = [json.loads(row)["type"] for row in out.splitlines()]
    assert (kinds[0], kinds[-1]) == ("checked", "lint_fixed")
    assert "charged" in kinds


async def test_a_person_who_accepts_only_a_part_ends_with_1(project: Path) -> None:
    (project / "b.py").write_text("import os\n")
    asker = ScriptedAsker(accept=lambda proposal: accept_all(type(proposal)(proposal.files[:1])))
    order = Order(("a.py", "b.py"), free=True)
    code, out, err = await play(rig(project), order=order, asker=asker)
    assert (code, out) == (1, "")
    assert "wrote a.py" in err
    assert "not written: b.py" in err
    assert (project / "b.py").read_text() == "import os\n"


async def test_a_hunk_that_was_declined_leaves_what_it_would_have_fixed(project: Path) -> None:
    def half(proposal):
        (change,) = proposal.files
        part = FileChange(change.path, change.before, SOURCE.removeprefix("import os\n").encode())
        return type(reject_all(proposal))(accepted=(part,))

    code, out, _ = await play(rig(project, edits(B006)), "json", asker=ScriptedAsker(accept=half))
    assert (code, [f["code"] for f in json.loads(out)["findings"]]) == (1, ["B006"])


async def test_a_person_who_declines_changes_nothing(project: Path) -> None:
    code, _, err = await play(rig(project, edits(B006)), asker=refuse())
    assert (code, (project / "a.py").read_text()) == (1, SOURCE)
    assert "not written: a.py" in err


async def test_a_name_that_is_none_ends_with_2(project: Path) -> None:
    code, out, err = await play(rig(project), "sarif", Order(("nosuch.py",)))
    assert (code, out) == (2, "")
    assert "'nosuch.py' names no file" in err


async def test_an_api_that_fails_ends_with_3_and_keeps_what_was_free(project: Path) -> None:
    code, _, err = await play(yes(project, [ProviderError("It is down.", "server")]))
    assert (code, (project / "a.py").read_text()) == (3, SOURCE.removeprefix("import os\n"))
    assert "It is down.\n" in err


async def test_nothing_that_was_piped_in_is_nothing_to_fix(project: Path) -> None:
    assert await play(rig(project), order=Order(findings=())) == (0, "", "Nothing to fix.\n")
    code, out, _ = await play(rig(project), "sarif", Order(findings=()))
    assert (code, len(json.loads(out)["runs"])) == (0, 1)


async def test_a_cancelled_run_writes_nothing_and_returns_130(project: Path) -> None:
    waits = asyncio.Event()
    r = yes(project, [waits])
    work = asyncio.create_task(play(r))
    while not r.provider.requests:
        await asyncio.sleep(0)
    work.cancel()
    code, out, err = await work
    assert (code, out, (project / "a.py").read_text()) == (130, "", SOURCE)
    assert err.endswith("stopped: nothing was written\n")


async def test_local_fixes_line_by_line_at_no_cost(project: Path) -> None:
    (project / "a.py").write_text("def f(x):\n    return x == None\n")
    r = rig(
        project,
        says("```python\n    return x is None", served=QWEN),
        model=QWEN,
        settings=Settings(local=True, yes=True),
    )
    code, out, err = await play(r)
    assert (code, out, (project / "a.py").read_text()) == (0, "", "def f(x):\n    return x is None\n")
    assert "1 finding: 1 by qwen-0.5b $0, 0 left.\nright at the first try: qwen-0.5b 1 of 1\n" in err


async def test_a_linter_that_cannot_run_ends_with_1(project: Path) -> None:
    (project / "ruff.toml").write_text("nonsense = 1\n")
    code, _, err = await play(yes(project))
    assert code == 1
    assert "ruff could not run: " in err


async def test_escapes_in_what_a_file_makes_a_linter_say_are_seen_not_obeyed(project: Path) -> None:
    (project / "a.py").write_text("import os as \x1b[2J\n", encoding="utf-8")
    (project / "b.py").write_text("from x import a as é\u202eb\n")
    for order in (Order(("a.py", "b.py"), dry=True), Order(("a.py", "b.py"), free=True)):
        for form in ("text", "sarif"):
            _, out, err = await play(rig(project), form, order)
            assert not {"\x1b", "\u202e"} & {*out, *err}
