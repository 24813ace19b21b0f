"""The face without a person: what stands on stdout, what on stderr, and the truth in the exit code."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange, Proposal, Rejection
from haikuterm.core.diff import diff
from haikuterm.core.findings import CheckReport, Finding
from haikuterm.core.ports import Option, Question, Verdict
from haikuterm.core.review import accept_all, reject_all
from haikuterm.core.settings import Settings
from haikuterm.engine.engine import Engine
from haikuterm.ui import headless
from haikuterm.ui.headless import Format
from tests.scripted import ScriptedAsker, calls, rig, says
from tests.ui.scripted_events import CHANGE, NEW_FILE, PROPOSAL, ScriptedEngine, Wait, answer, charged

YES = Settings(yes=True)
DONE = ev.TurnEnded("done")
FINDING = Finding("ruff", "F401", "warning", "app.py", 1, 8, "unused import")
DIFF = "--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,1 @@\n-import os\n x = 1\n"
ROOT = Path(__file__).parents[2]


async def play(
    engine: ScriptedEngine | Engine,
    form: Format = "text",
    *,
    prompt: str = "hi",
    paths: tuple[str, ...] = (),
    stdin: str = "",
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one run."""
    out, err = io.StringIO(), io.StringIO()
    code = await headless.run(engine, prompt, paths, stdin_text=stdin, output_format=form, out=out, err=err)
    return code, out.getvalue(), err.getvalue()


def checked(*findings: Finding, before: int | None = None) -> ev.Checked:
    return ev.Checked(CheckReport("ruff", ("app.py",), findings), before)


async def test_stdout_is_the_answer_alone_and_the_cost_stands_on_stderr() -> None:
    engine = ScriptedEngine(answer("Hello", ", you."))
    assert await play(engine) == (0, "Hello, you.\n", "haiku-4.5 · 1.2k in, 85 out · $0.0016 (session $0.0016)\n")
    assert engine.closed


async def test_paths_are_attached_before_the_prompt_and_piped_text_goes_with_it() -> None:
    engine = ScriptedEngine(answer("ok"))
    await play(engine, prompt="why?", paths=("a b.py", "c.py"), stdin="</file> @x\n")
    assert engine.lines == ["/add 'a b.py'", "/add c.py", "why?"]
    assert engine.contexts == ["", "", "</file> @x\n"]


async def test_a_command_takes_no_piped_text() -> None:
    engine = ScriptedEngine([ev.Notice("**Cost**\n\n| class | n |\n|---|---:|\n| `in` | 1,200 |", markdown=True)])
    assert await play(engine, prompt="/cost", stdin="noise") == (0, "Cost\n\nclass      n\nin     1,200\n", "")
    assert engine.lines == ["/cost"]


async def test_a_path_that_cannot_be_attached_ends_the_run_before_anything_is_spent() -> None:
    engine = ScriptedEngine(answer("ok"), start=[ev.Notice("There is no file x.py.", "error")])
    assert await play(engine, paths=("x.py",)) == (1, "", "There is no file x.py.\n")
    assert engine.lines == ["/add x.py"]


async def test_answers_of_several_requests_are_set_apart() -> None:
    tool = [ev.ToolStarted("1", "read", "read app.py"), ev.ToolEnded("1", "read", True, "read app.py (2 lines)")]
    engine = ScriptedEngine([ev.TextDelta("I look."), charged(), *tool, *answer("Done.")])
    code, out, err = await play(engine)
    assert (code, out) == (0, "I look.\n\nDone.\n")
    assert "read app.py (2 lines)\n" in err


async def test_without_a_yes_the_diff_is_shown_after_the_answer_and_nothing_is_written() -> None:
    engine = ScriptedEngine([PROPOSAL, *answer("Removed.")])
    code, out, err = await play(engine)
    assert (code, out) == (0, f"Removed.\n{DIFF}")
    assert err.startswith("not written: app.py\n")
    assert err.endswith("This was a dry run; with -y the edits are written.\n")
    assert engine.verdicts[0].accepted == ()
    assert headless.DRY_RUN not in out + err


async def test_with_a_yes_every_file_is_written_and_no_diff_is_shown() -> None:
    engine = ScriptedEngine(
        [Proposal((CHANGE, NEW_FILE)), checked(before=1), *answer("Removed.")], settings=Settings(yes=True)
    )
    code, out, err = await play(engine)
    assert (code, out) == (0, "Removed.\n")
    assert "wrote app.py, new.py (/undo takes it back)\n" in err
    assert "ruff: clean (1 -> 0)\n" in err


async def test_json_is_one_object_with_everything() -> None:
    engine = ScriptedEngine([ev.TextDelta("a"), charged(), PROPOSAL, checked(FINDING), *answer("b")], settings=YES)
    code, out, err = await play(engine, "json")
    assert (code, err) == (1, "")
    assert json.loads(out) == {
        "result": "a\n\nb",
        "model": "claude-haiku-4-5",
        "usage": {
            "input": 1200, "output": 85, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0, "thinking": 0,
        },
        "cost_usd": "0.001625",
        "cost_estimated": False,
        "stop": "done",
        "reason": "",
        "edits": [{"path": "app.py", "applied": True, "diff": DIFF}],
        "findings": [
            {
                "tool": "ruff", "code": "F401", "severity": "warning", "path": "app.py", "line": 1, "column": 8,
                "message": "unused import", "end_line": 0, "end_column": 0, "fix": "",
            }
        ],
        "session_id": "s1",
    }  # fmt: skip


async def test_json_has_no_price_where_there_is_none() -> None:
    _, out, _ = await play(ScriptedEngine([charged(known=False), DONE]), "json")
    assert json.loads(out)["cost_usd"] is None


async def test_stream_json_is_every_event_in_order() -> None:
    events: list[Any] = [ev.TurnStarted("hi", "m"), ev.ThinkingDelta("hm"), *answer("ok")]
    _, out, err = await play(ScriptedEngine(events), "stream-json")
    assert [json.loads(row) for row in out.splitlines()] == [ev.to_json(event) for event in events]
    assert err == ""


@pytest.mark.parametrize(
    ("stop", "code"), [("cut_off", 1), ("refused", 1), ("failed", 3), ("over_budget", 4), ("cancelled", 130)]
)
async def test_the_exit_code_says_how_the_turn_ended(stop: ev.Stop, code: int) -> None:
    got, out, err = await play(ScriptedEngine([ev.TextDelta("half"), ev.TurnEnded(stop, "Because.")]))
    assert (got, out) == (code, "half\n")
    assert err.endswith(": Because.\n")


async def test_what_was_refused_is_no_result() -> None:
    acts = [ev.TextDelta("half"), ev.TurnEnded("refused", "What it had said is discarded.")]
    code, out, _ = await play(ScriptedEngine(acts), "json")
    assert (code, json.loads(out)["result"], json.loads(out)["stop"]) == (1, "", "refused")


EDIT = ev.ToolStarted("1", "edit", "edit app.py")
NO_MATCH = ev.ToolEnded("1", "edit", False, "no match")
REFUSED = [ev.EditsProposed(PROPOSAL), ev.EditsRefused((Rejection("app.py"),))]


@pytest.mark.parametrize(
    ("settings", "acts", "code"),
    [
        (YES, [EDIT, NO_MATCH], 1),
        (YES, [EDIT, NO_MATCH, EDIT, PROPOSAL, ev.ToolEnded("1", "edit", True, "edit: app.py")], 0),
        (YES, REFUSED, 1),
        (YES, [*REFUSED, PROPOSAL], 0),
        (YES, [checked(FINDING), PROPOSAL, checked(before=1)], 0),
        (YES, [PROPOSAL, checked(FINDING, before=1)], 1),
        (YES, [ev.Notice("The database is full.", "error")], 1),
        (YES, [ev.Notice("Not in a repository.", "warning")], 0),
        (Settings(), [EDIT, PROPOSAL, ev.ToolEnded("1", "edit", False, "edit: nothing written")], 0),
        (Settings(), [EDIT, NO_MATCH], 1),
        (Settings(), [checked(FINDING)], 1),
        (Settings(), [Question("Which?", (Option("a", "a"),))], 0),
    ],
)
async def test_what_was_not_done_is_in_the_exit_code(settings: Settings, acts: list[Any], code: int) -> None:
    engine = ScriptedEngine([*acts, *answer("ok")], settings=settings)
    assert (await play(engine, "json"))[0] == code
    assert engine.choices in ([], [None])


async def test_an_interrupted_turn_keeps_what_was_said_and_json_is_still_whole() -> None:
    wait = Wait()
    engine = ScriptedEngine([ev.TextDelta("so far"), wait])
    task = asyncio.create_task(play(engine, "json"))
    await wait.reached.wait()
    task.cancel()
    code, out, _ = await task
    assert code == 130
    assert (json.loads(out)["result"], json.loads(out)["stop"]) == ("so far", "cancelled")
    assert engine.closed


async def test_long_work_is_told_in_tenths() -> None:
    events = [ev.Progress("fetching", done * 1_000_000, 100_000_000) for done in range(101)]
    _, _, err = await play(ScriptedEngine([*events, DONE]))
    assert len(err.splitlines()) == 11


EVIL = "x\x1b]52;c;b3duZWQ=\x07\x1b[2J\x9b31m\x7f\u202e"


@pytest.mark.parametrize("form", ["text", "json", "stream-json"])
@pytest.mark.parametrize("settings", [Settings(), YES])
async def test_no_escape_sequence_reaches_the_terminal(form: Format, settings: Settings) -> None:
    proposal = Proposal((FileChange(f"{EVIL}.py", EVIL.encode(), f"{EVIL}2\n".encode()),))
    acts: list[Any] = [
        ev.TextDelta(EVIL[:2]), ev.TextDelta(EVIL[2:]), proposal, ev.Notice(EVIL), ev.Notice(EVIL, markdown=True),
        ev.ToolStarted(EVIL, EVIL, EVIL), ev.ToolEnded(EVIL, EVIL, False, EVIL, EVIL),
        ev.Checked(CheckReport(EVIL, (EVIL,), (Finding(EVIL, EVIL, "error", EVIL, 1, 1, EVIL),))),
        ev.TurnEnded("failed", EVIL),
    ]  # fmt: skip
    _, out, err = await play(ScriptedEngine(acts, settings=settings), form)
    assert out
    assert not set(out + err) & set("\x1b\x07\x9b\x7f\u202e")


async def test_the_changes_that_were_asked_for_are_a_unified_diff_on_stdout() -> None:
    shown = ev.ChangesShown("1 file changed", (CHANGE,))
    assert await play(ScriptedEngine([shown]), prompt="/diff") == (0, DIFF, "1 file changed\n")
    code, out, _ = await play(ScriptedEngine([shown]), "json", prompt="/diff")
    assert (code, json.loads(out)["result"], json.loads(out)["edits"]) == (0, DIFF.rstrip("\n"), [])
    _, out, _ = await play(ScriptedEngine([shown]), "stream-json", prompt="/diff")
    assert json.loads(out) == ev.to_json(shown)


async def test_json_tells_what_was_written_rather_than_what_was_proposed() -> None:
    written = FileChange("app.py", b"import os\nx = 1\n", b"import os\n")
    engine = ScriptedEngine([ev.EditsProposed(PROPOSAL), ev.EditsApplied("s", (written,)), DONE], settings=YES)
    code, out, _ = await play(engine, "json")
    assert code == 0
    assert json.loads(out)["edits"] == [{"path": "app.py", "applied": True, "diff": diff(written).unified()}]


@pytest.mark.parametrize(("settings", "word"), [(YES, ""), (Settings(), headless.DRY_RUN)])
async def test_a_proposal_is_decided_as_a_whole(settings: Settings, word: str) -> None:
    engine = ScriptedEngine([Proposal((CHANGE, NEW_FILE)), "a text to edit", DONE], settings=settings)
    await play(engine, "json")
    rejected = (Rejection("app.py"), Rejection("new.py"))
    assert engine.verdicts == [Verdict((), rejected, word) if word else Verdict((CHANGE, NEW_FILE))]
    assert engine.texts == [None]


async def test_a_half_done_write_is_told_before_anything_else_and_nothing_is_chosen() -> None:
    question = Question("Roll back?", (Option("back", "roll back"),), selected="back")
    engine = ScriptedEngine(answer("ok"), repairs=[question, ev.Notice("Cut short.", "warning")])
    code, _, err = await play(engine, paths=("a.py",))
    assert (code, engine.choices, engine.lines) == (0, [None], ["/add a.py", "hi"])
    assert err.startswith("Cut short.\n")


async def test_one_command_runs_as_text() -> None:
    out, err = io.StringIO(), io.StringIO()
    assert await headless.command(ScriptedEngine([ev.Undone(("app.py",))]), "/undo", out, err) == 0
    assert (out.getvalue(), err.getvalue()) == ("", "undid app.py (/redo takes it back)\n")


@pytest.mark.parametrize(("accept", "code"), [(True, 0), (False, 1)])
async def test_a_command_may_ask_a_person(accept: bool, code: int) -> None:
    asker = ScriptedAsker(accept=accept_all if accept else reject_all)
    engine = ScriptedEngine([PROPOSAL, DONE], repairs=[ev.Notice("not asked for")])
    out, err = io.StringIO(), io.StringIO()
    assert await headless.command(engine, "/undo", out, err, asker) == code
    assert asker.proposals == [PROPOSAL]
    assert (out.getvalue(), err.getvalue().startswith("wrote" if accept else "not written: app.py\n")) == ("", True)


async def test_a_merge_that_was_accepted_is_done_once_it_is_undone() -> None:
    engine = ScriptedEngine([ev.EditsProposed(PROPOSAL), ev.Undone(("app.py", "other.py"))])
    assert await headless.command(engine, "/undo", io.StringIO(), io.StringIO(), ScriptedAsker()) == 0


async def test_a_command_without_a_person_says_that_there_is_nobody_to_ask() -> None:
    out, err = io.StringIO(), io.StringIO()
    assert await headless.command(ScriptedEngine([PROPOSAL, DONE]), "/undo", out, err) == 1
    assert err.getvalue().endswith("Run it on a terminal to see the change and decide.\n")


CHILD = """
import asyncio, signal, sys
from haikuterm.core.events import TextDelta, TurnEnded
from haikuterm.engine.engine import Engine
from haikuterm.ui import headless
from tests.ui.scripted_events import ScriptedEngine, Wait

# Whatever started the tests may have it ignored, which a child inherits.
signal.signal(signal.SIGINT, signal.default_int_handler)
acts = {acts}
sys.exit(asyncio.run(headless.run(
    ScriptedEngine(acts), "hi", (), stdin_text="", output_format="{form}", out=sys.stdout, err=sys.stderr)))
"""


def child(acts: str, form: Format = "text") -> subprocess.Popen[bytes]:
    """A real process that plays the acts."""
    code = CHILD.format(acts=acts, form=form)
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one child alone")
def test_ctrl_c_stops_a_real_process_with_130_and_a_whole_json_object() -> None:
    acts = '[TextDelta("so far"), lambda: print("ready", file=sys.stderr, flush=True), Wait()]'
    with child(acts, "json") as process:
        assert process.stderr is not None
        assert process.stderr.readline().strip() == b"ready"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, b"")
    assert json.loads(out)["result"] == "so far"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no broken pipes of this kind")
def test_a_reader_that_goes_away_ends_the_run_quietly() -> None:
    with child('[TextDelta("line\\n")] * 100_000 + [TurnEnded("done")]') as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"line\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == headless.HUNG_UP


EDITS = {"edits": [{"path": "app.py", "old": "import os\n", "new": ""}]}


async def test_the_real_engine_writes_with_a_yes(repo: Path) -> None:
    settings = Settings(api_key="test", yes=True)
    engine = rig(repo, calls("edit", EDITS), says("Done."), settings=settings).engine
    code, out, err = await play(engine, prompt="fix the lint", paths=("app.py",))
    assert (code, out) == (0, "Done.\n")
    assert "ruff: clean (1 -> 0)\n" in err
    assert "import os" not in (repo / "app.py").read_text()


async def test_the_real_engine_writes_nothing_in_a_dry_run(repo: Path) -> None:
    before = (repo / "app.py").read_bytes()
    engine = rig(repo, calls("edit", EDITS), says("Only shown."), settings=Settings(api_key="test")).engine
    code, out, err = await play(engine, "json", prompt="fix the lint", paths=("app.py",))
    result = json.loads(out)
    assert (code, err) == (0, "")
    assert [(edit["path"], edit["applied"]) for edit in result["edits"]] == [("app.py", False)]
    assert "-import os\n" in result["edits"][0]["diff"]
    assert (repo / "app.py").read_bytes() == before


async def test_the_real_engine_says_which_path_is_no_file(repo: Path) -> None:
    code, out, err = await play(rig(repo).engine, paths=("nope.py",))
    assert (code, out) == (1, "")
    assert "nope.py" in err


async def test_a_command_for_the_shell_needs_a_yes_and_its_exit_code_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", "/bin/sh")
    (tmp_path / "root").mkdir()
    command = r"!printf '10%%\r\033[1mall\033[0m\n'; exit 3"
    code, out, err = await play(rig(tmp_path / "root").engine, prompt=command)
    assert (code, out) == (1, "")
    assert "--yes" in err
    yes = Settings(api_key="test", yes=True)
    code, out, err = await play(rig(tmp_path / "root", settings=yes).engine, prompt=command)
    assert (code, out) == (1, "10%\nall\n")
    assert "\n$ printf" in err
    assert "exit code 3 after" in err
    code, _, _ = await play(rig(tmp_path / "root", settings=yes).engine, prompt="!!true")
    assert code == 0


async def test_what_is_told_beside_an_unfinished_line_begins_a_line_of_its_own() -> None:
    """On a terminal stdout and stderr are one screen."""
    both = io.StringIO()
    tool = [ev.ToolStarted("1", "read", "read app.py"), ev.ToolEnded("1", "read", True, "read app.py (2 lines)")]
    engine = ScriptedEngine([ev.TextDelta("I look."), *tool, ev.TextDelta("Half"), ev.TurnEnded("failed", "It broke.")])
    await headless.run(engine, "hi", (), stdin_text="", output_format="text", out=both, err=both)
    assert both.getvalue().split("\n") == [
        "I look.", "read app.py …", "read app.py (2 lines)", "", "Half", "failed: It broke.", "",
    ]  # fmt: skip


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


async def test_on_a_terminal_long_work_is_one_line_that_is_gone_before_the_answer() -> None:
    err = Terminal()
    work = [ev.Progress("fetching", done * 1_000_000, 100_000_000) for done in range(101)]
    engine = ScriptedEngine([*work, ev.Notice("here"), DONE])
    await headless.run(engine, "hi", (), stdin_text="", output_format="text", out=io.StringIO(), err=err)
    assert err.getvalue().endswith("▏ 100% · 100 of 100 MB\r\x1b[Khere\n")
    assert err.getvalue().count("\n") == 1
