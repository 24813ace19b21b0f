"""`haikuterm fix` as a child process: real linters, a scripted Messages API, files written, exit code out."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from haikuterm.adapters.linter_programs import find_ruff
from tests.messages_answers import Fail, Pause, Say
from tests.messages_api import MessagesApi
from tests.test_cli import haikuterm
from tests.ui.terminal import Terminal
from tests.warm_python import WarmPython

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SOURCE = "import os\n\n\ndef f(a=[]):\n    return a\n\n\ndef g(l):\n    return l\n"
FREE = SOURCE.removeprefix("import os\n")
B006 = {"path": "a.py", "old": "def f(a=[]):\n    return a\n", "new": "def f(a=None):\n    return a or []\n"}
E741 = {"path": "a.py", "old": "def g(l):\n    return l\n", "new": "def g(many):\n    return many\n"}
DONE = FREE.replace(B006["old"], B006["new"]).replace(E741["old"], E741["new"])
WORSE = {"path": "a.py", "old": "def f(a=[]):\n", "new": "def f(a=None, b=nothing):\n"}
PYTEST = f"{sys.executable} -m pytest -q -p no:cacheprovider --color=no"


def edits(*rows: dict[str, str]) -> Say:
    return Say("", tools=[("edit", {"edits": list(rows)})])


@pytest.fixture
def project(repo: Path) -> Path:
    (repo / "ruff.toml").write_text('[lint]\nselect = ["E", "F", "B"]\n')
    (repo / "a.py").write_text(SOURCE)
    return repo


@pytest.fixture
def fix(project: Path, api: MessagesApi, warm: WarmPython) -> Run:
    """Runs `haikuterm fix` against the local server."""

    def run(*words: str, stdin: str | None = None, key: str = "test") -> subprocess.CompletedProcess[str]:
        return warm.run("fix", *words, stdin=stdin, ANTHROPIC_BASE_URL=api.url, ANTHROPIC_API_KEY=key)

    return run


def ruff(folder: Path, *words: str) -> str:
    command = [find_ruff(), "check", "--no-cache", "--output-format", "json", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_the_main_job_in_one_line_with_every_request_in_sight(fix: Run, api: MessagesApi, project: Path) -> None:
    api.answer(edits(WORSE), edits(B006, E741))
    done = fix("a.py", "-y", "-M", "keep the names short")
    assert (done.returncode, done.stdout, (project / "a.py").read_text()) == (0, "", DONE), done.stderr
    first, second = api.requests
    assert first["model"] == "claude-haiku-4-5"
    assert [tool["name"] for tool in first["tools"]] == ["edit"]
    asked = json.dumps(first["messages"])
    assert "3:9 B006" in asked
    assert "F401" not in asked
    assert "keep the names short" in asked
    assert len(json.dumps(first).encode()) < 6_000
    assert "NEW a.py:3:17: F821" in json.dumps(second["messages"])
    assert done.stderr.count("haiku-4.5 · fix · ") == 2
    assert "1 of 3 fixed by the linter itself, free." in done.stderr
    assert "3 findings: 1 by the linters free, 2 by haiku-4.5 $" in done.stderr
    assert "right at the first try: haiku-4.5 0 of 1\n" in done.stderr
    assert haikuterm("undo").returncode == 0
    assert (project / "a.py").read_text() == SOURCE


@pytest.mark.slow
def test_the_price_of_each_finding_is_what_the_server_charged_by_their_number(fix: Run, api: MessagesApi) -> None:
    api.answer(edits(B006, E741))
    done = fix("a.py", "-y", "--output-format", "json")
    said = json.loads(done.stdout)
    price = {"input": Decimal(1), "output": Decimal(5), "cache_read": Decimal("0.1"), "cache_write_5m": Decimal("1.25")}
    spent = sum(said["usage"][name] * each for name, each in price.items()) / 1_000_000
    assert Decimal(said["cost_usd"]) == spent
    assert (done.returncode, said["found"], said["free"], len(said["left"])) == (0, 3, 1, 0)


@pytest.mark.slow
def test_what_differs_from_the_last_commit_is_meant_and_with_all_everything(fix: Run, project: Path) -> None:
    assert "app.py" not in fix("--check").stdout
    assert "app.py:1:8: F401" in fix("--check", "--all").stdout


def test_check_sends_nothing_and_writes_nothing(fix: Run, api: MessagesApi, project: Path) -> None:
    done = fix("--check")
    assert (done.returncode, api.requests, (project / "a.py").read_text()) == (1, [], SOURCE)
    assert len(done.stdout.splitlines()) == 3
    assert "1 could be fixed free, 2 need a model. Nothing was changed." in done.stderr
    (project / "a.py").write_text("x = 1\n")
    assert fix("--check", "a.py").returncode == 0
    status = subprocess.run(["git", "status", "--short"], capture_output=True, text=True, check=True).stdout
    assert status == "?? a.py\n?? ruff.toml\n"


def test_check_as_sarif_is_one_log_on_stdout(fix: Run, api: MessagesApi) -> None:
    done = fix("--check", "--output-format", "sarif")
    log = json.loads(done.stdout)
    assert (done.returncode, api.requests, log["version"]) == (1, [], "2.1.0")
    (run,) = log["runs"]
    assert run["tool"]["driver"]["name"] == "ruff"
    assert [(row["ruleId"], "fixes" in row) for row in run["results"]] == [
        ("F401", True), ("B006", False), ("E741", False),
    ]  # fmt: skip
    for row in run["results"]:
        place = row["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "a.py", "uriBaseId": "%SRCROOT%"}
        assert place["region"]["startLine"] > 0
        assert run["tool"]["driver"]["rules"][row["ruleIndex"]]["id"] == row["ruleId"]


@pytest.mark.slow
def test_without_a_terminal_and_a_yes_the_diff_applies_with_git(fix: Run, api: MessagesApi, project: Path) -> None:
    api.answer(edits(B006, E741))
    done = fix("a.py")
    assert (done.returncode, (project / "a.py").read_text()) == (1, SOURCE)
    subprocess.run(["git", "apply", "-"], input=done.stdout, text=True, cwd=project, check=True)
    assert (project / "a.py").read_text() == DONE


def test_without_a_key_what_is_free_is_done(project: Path) -> None:
    done = haikuterm("fix", "a.py", "-y")
    assert (done.returncode, (project / "a.py").read_text()) == (1, FREE)
    assert "2 findings need a model; set a key (ANTHROPIC_API_KEY) or use --local, which is free." in done.stderr
    assert "3 findings: 1 by the linters free, 2 left. $0.\n" in done.stderr


@pytest.mark.slow
def test_without_a_key_a_run_that_needs_no_model_ends_with_0(project: Path) -> None:
    (project / "a.py").write_text("import os\n")
    done = haikuterm("fix", "a.py", "-y")
    assert (done.returncode, (project / "a.py").read_text()) == (0, "")


def test_the_budget_ends_with_4_before_anything_is_sent(fix: Run, api: MessagesApi, project: Path) -> None:
    done = fix("a.py", "-y", "--max-budget-usd", "0.0001")
    assert (done.returncode, api.requests, (project / "a.py").read_text()) == (4, [], FREE)
    assert "--max-budget-usd" in done.stderr


def test_a_key_that_is_refused_ends_with_3(fix: Run, project: Path) -> None:
    done = fix("a.py", "-y", key="bad")
    assert done.returncode == 3
    assert "ANTHROPIC_API_KEY" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("escalate", "models", "left"),
    [("auto", ["claude-haiku-4-5"] * 2 + ["claude-sonnet-5-5"], 0), ("never", ["claude-haiku-4-5"] * 2, 1)],
)
def test_escalation_is_one_request_or_none(
    fix: Run, api: MessagesApi, escalate: str, models: list[str], left: int
) -> None:
    silent = {"path": "a.py", "old": "def f(a=[]):\n", "new": "def f(a=[]):  # noqa: B006\n"}
    api.answer(edits(WORSE), edits(silent), edits(B006, E741))
    assert fix("a.py", "-y", "--escalate", escalate).returncode == left
    assert [request["model"] for request in api.requests] == models


# A background job of a shell that is not interactive ignores SIGINT, and hands that on: not to this one.
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from haikuterm.cli import main
raise SystemExit(main())
"""


@pytest.mark.parametrize("how", ["an interrupt", "a hang-up of the server"])
def test_a_run_that_is_broken_off_writes_nothing_of_the_model(
    project: Path, fix: Run, api: MessagesApi, how: str
) -> None:
    if how != "an interrupt":
        api.answer(Fail(500, "broken"))
        (Path.home() / "config" / "haikuterm").mkdir(parents=True)
        (Path.home() / "config" / "haikuterm" / "config.toml").write_text("retries = 0\n")
        done = fix("a.py", "-y")
        assert (done.returncode, (project / "a.py").read_text()) == (3, FREE)
        return
    pause = Pause(after=4)
    api.answer(Say("Well, let me see.", tools=[("edit", {"edits": [B006, E741]})], pause=pause))
    environ = {**os.environ, "ANTHROPIC_BASE_URL": api.url, "ANTHROPIC_API_KEY": "test"}
    command = [sys.executable, "-c", INTERRUPTIBLE, "fix", "a.py", "-y"]
    with subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert pause.reached.wait(60)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, (project / "a.py").read_text()) == (130, SOURCE)
    assert "stopped: nothing was written" in said
    assert "Traceback" not in said


def test_the_json_of_ruff_is_fixed_and_nothing_else(fix: Run, api: MessagesApi, project: Path) -> None:
    api.answer(edits(B006))
    done = fix("-", "-y", stdin=ruff(project, "--select", "B", "a.py"))
    assert (done.returncode, (project / "a.py").read_text()) == (0, SOURCE.replace(B006["old"], B006["new"]))
    assert "1 finding: 1 by haiku-4.5 $" in done.stderr


@pytest.mark.slow
def test_what_is_piped_from_a_folder_below_is_found(fix: Run, api: MessagesApi, project: Path) -> None:
    (project / "sub").mkdir()
    (project / "sub" / "b.py").write_text("import os\n")
    text = "b.py:1:8: F401 [*] `os` imported but unused\n"
    environ = {**os.environ, "ANTHROPIC_BASE_URL": api.url, "ANTHROPIC_API_KEY": "test"}
    command = [sys.executable, "-m", "haikuterm", "fix", "-", "-y"]
    done = subprocess.run(
        command, input=text, text=True, cwd=project / "sub", env=environ, capture_output=True, check=False
    )
    assert (done.returncode, (project / "sub" / "b.py").read_text()) == (0, ""), done.stderr


@pytest.mark.slow
def test_the_text_of_mypy_is_fixed_and_verified_by_mypy(
    fix: Run, api: MessagesApi, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mypy", reason="mypy is of the extra [lint]")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    (project / "mypy.ini").write_text("[mypy]\n")
    (project / "a.py").write_text("def f(a: int) -> str:\n    return a\n")
    text = subprocess.run(
        [sys.executable, "-m", "mypy", "a.py"], cwd=project, capture_output=True, text=True, check=False
    ).stdout
    wrong = {"path": "a.py", "old": "return a", "new": "return a + 1"}
    right = {"path": "a.py", "old": "return a", "new": "return str(a)"}
    api.answer(edits(wrong), edits(right))
    done = fix("-", "-y", stdin=text)
    assert (done.returncode, (project / "a.py").read_text()) == (0, "def f(a: int) -> str:\n    return str(a)\n")
    assert "mypy: 1 finding\n" in done.stderr
    assert "cannot be looked at again" not in done.stderr
    assert "STILL THERE a.py:2:12: return-value" in json.dumps(api.requests[1]["messages"])


@pytest.mark.slow
def test_a_red_test_turns_green_by_a_fix_of_the_code(fix: Run, api: MessagesApi, project: Path) -> None:
    (project / "a.py").write_text("def half(n):\n    return n / 0\n")
    (project / "test_a.py").write_text("from a import half\n\n\ndef test_half():\n    assert half(4) == 2\n")
    red = subprocess.run(PYTEST.split(), cwd=project, capture_output=True, text=True, check=False).stdout
    assert "short test summary info" in red
    api.answer(
        edits({"path": "a.py", "old": "n / 0", "new": "n"}), edits({"path": "a.py", "old": "n / 0", "new": "n // 2"})
    )
    done = fix("-", "-y", "--test", PYTEST, stdin=red)
    assert (done.returncode, (project / "a.py").read_text()) == (0, "def half(n):\n    return n // 2\n"), done.stderr
    assert "ZeroDivisionError" in json.dumps(api.requests[0]["messages"])
    assert "assert 4 == 2" in json.dumps(api.requests[1]["messages"])
    assert len(api.requests) == 2


def test_failures_of_tests_need_a_command_that_verifies(fix: Run, api: MessagesApi) -> None:
    text = "=== short test summary info ===\nFAILED a.py::test_x - assert 1 == 2\n=== 1 failed in 0.1s ===\n"
    done = fix("-", "-y", stdin=text)
    assert (done.returncode, api.requests) == (2, [])
    assert "--test" in done.stderr
    checked = fix("-", "--check", stdin=text)
    assert (checked.returncode, checked.stdout) == (1, "a.py:1:1: FAILED a.py::test_x: assert 1 == 2\n")


def test_what_is_not_understood_ends_with_2_and_says_what_is(fix: Run, api: MessagesApi) -> None:
    done = fix("-", stdin="hello\n")
    assert (done.returncode, done.stdout, api.requests) == (2, "", [])
    assert "SARIF" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", "[]", "All checks passed!\n"])
def test_nothing_is_nothing_to_fix(fix: Run, text: str) -> None:
    done = fix("-", stdin=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Nothing to fix.\n")


@pytest.mark.parametrize(
    "words", [("a.py", "-"), ("--all", "a.py"), ("--check", "-y"), ("--escalate", "often"), ("nosuch.py",), ("-x",)]
)
def test_wrong_usage_ends_with_2(fix: Run, words: tuple[str, ...]) -> None:
    done = fix(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_escapes_in_piped_findings_are_shown(fix: Run) -> None:
    done = fix("-", "--check", stdin="a.py:1:1: E1 \x1b[2J\x1b]0;owned\x07 \u202e\nx\x1b[31m.py:1:1: E2 y\n")
    assert done.returncode == 1
    assert not {"\x1b", "\x07", "\u202e"} & {*done.stdout, *done.stderr}
    assert "owned" in done.stdout


@pytest.mark.slow
def test_the_hooks_for_pre_commit_are_lines_that_the_program_takes(project: Path) -> None:
    text = (Path(__file__).parent.parent / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    lines = re.findall(r"^  entry: haikuterm (.+)$", text, re.MULTILINE)
    assert [haikuterm(*line.split(), "a.py").returncode for line in lines] == [1, 1]
    assert (project / "a.py").read_text() == FREE
    (project / "a.py").write_text("x = 1\n")
    assert [haikuterm(*line.split(), "a.py").returncode for line in lines] == [0, 0]


@pytest.mark.slow
def test_a_hook_of_pre_commit_does_not_run_pre_commit(project: Path) -> None:
    (project / ".pre-commit-config.yaml").write_text("repos: []\n")
    assert "pre-commit" in haikuterm("fix", "--check").stderr
    assert "pre-commit" not in haikuterm("fix", "--check", PRE_COMMIT="1").stderr


def on_terminal(
    project: Path, tmp_path: Path, api: MessagesApi, words: str, monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A shell line on a terminal that controls it, as in a window of a person's."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
    take = (
        "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
        "os.execvp('sh', ['sh', '-c', sys.argv[1]])"
    )
    return Terminal(tmp_path / "unused", command=("-c", take, words), folder=project)


@pytest.mark.slow
@pytest.mark.parametrize("piped", [False, True])
def test_on_a_terminal_each_hunk_is_asked_for_also_where_findings_are_piped_in(
    project: Path, tmp_path: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch, piped: bool
) -> None:
    api.answer(edits(B006, E741))
    program = f"{sys.executable} -m haikuterm fix"
    line = f"cat found.json | {program} -" if piped else f"{program} a.py"
    (project / "found.json").write_text(ruff(project, "a.py"))
    terminal = on_terminal(project, tmp_path, api, line, monkeypatch)
    try:
        terminal.until(lambda: b"Write this hunk (1 of 2)" in terminal.output or b"Write a.py?" in terminal.output)
        terminal.write(b"all\n")
        assert terminal.ended() == 0
        assert b"0 left." in terminal.output
        assert (project / "a.py").read_text() == DONE
    finally:
        terminal.close()


def test_a_command_of_the_users_own_is_a_linter_like_the_others(fix: Run, project: Path, api: MessagesApi) -> None:
    lint = project.parent / "ourlint"
    lint.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "for name in sys.argv[1:]:\n"
        "    for n, line in enumerate(open(name), 1):\n"
        "        if 'TODO' in line: print(f'{name}:{n}:1: OUR1 somebody has to do this')\n"
    )
    lint.chmod(0o755)
    (Path.home() / "config" / "haikuterm").mkdir(parents=True)
    (Path.home() / "config" / "haikuterm" / "config.toml").write_text(f'lint = "{lint} {{paths}}"\n')
    (project / "notes.txt").write_text("TODO write\nkeep\n")
    api.answer(Say("", tools=[("edit", {"edits": [{"path": "notes.txt", "old": "TODO write\n", "new": "written\n"}]})]))
    done = fix("notes.txt", "-y")
    assert (done.returncode, (project / "notes.txt").read_text()) == (0, "written\nkeep\n")
    assert "ourlint: clean (1 -> 0)" in done.stderr
    (Path.home() / "config" / "haikuterm" / "config.toml").write_text('lint = "ourlint \'open"\n')
    assert "lint is no command" in haikuterm("fix", "notes.txt", "--check").stderr


# The trial ends before anything is written: by its command somebody else changes files while the run goes on.


@pytest.mark.slow
def test_a_file_that_changed_meanwhile_elsewhere_is_written_whole_and_the_code_says_so(fix: Run, project: Path) -> None:
    (project / "a.py").write_text("import os\nx = 1\n\n\n\n\n\ny = 2\n")
    done = fix("a.py", "--no-model", "-y", "--test", f"echo 'y = 2' >> {project}/a.py")
    assert (project / "a.py").read_text().startswith("x = 1\n\n\n\n\n\ny = 2\ny = 2\n")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_file_that_changed_meanwhile_in_the_same_lines_is_left_out_and_the_others_are_written(
    fix: Run, project: Path
) -> None:
    for name in ("a.py", "b.py"):
        (project / name).write_text("import os\nx = 1\n")
    done = fix("a.py", "b.py", "--no-model", "-y", "--test", f"echo 'import os, sys' > {project}/b.py")
    assert (project / "a.py").read_text() == "x = 1\n"
    assert (project / "b.py").read_text() == "import os, sys\n"
    assert done.returncode == 1
    assert "b.py changed on disk meanwhile, in the same lines. What was fixed in it is left out." in done.stderr
    assert "2 findings: 1 by the linters free, 1 left." in done.stderr
