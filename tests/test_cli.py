"""The program as a whole, as a child process: arguments in, files written, exit code out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.messages_answers import Break, Fail, Say
from tests.messages_api import MessagesApi

EDIT = {"edits": [{"path": "app.py", "old": "import os\nimport sys\n", "new": "import sys\n"}]}
ASK = "Remove the unused import in app.py"


def haikuterm(*words: str, stdin: str | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program in the working directory; without stdin it has none."""
    import os

    return subprocess.run(
        [sys.executable, "-m", "haikuterm", *words],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        check=False,
        timeout=60,
    )


@pytest.fixture
def ask(repo: Path, api: MessagesApi):
    """Runs the program against the local server."""

    def run(*words: str, stdin: str | None = None, key: str = "test") -> subprocess.CompletedProcess[str]:
        return haikuterm(*words, stdin=stdin, ANTHROPIC_BASE_URL=api.url, ANTHROPIC_API_KEY=key)

    return run


def test_the_main_job_in_one_line(ask, api: MessagesApi, repo: Path) -> None:
    api.answer(Say("", tools=[("edit", EDIT)]), Say("Removed."))
    done = ask("-p", ASK, "--yes", "--output-format", "json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["result"], said["stop"], said["edits"][0]["applied"]) == ("Removed.", "done", True)
    assert (repo / "app.py").read_text().startswith("import sys")
    usage, price = said["usage"], {"input": 1, "output": 5, "cache_read": 0.1, "cache_write_5m": 1.25}
    assert float(said["cost_usd"]) == pytest.approx(sum(usage[k] * v for k, v in price.items()) / 1e6)
    before = (repo / "app.py").read_bytes()
    assert haikuterm("undo").returncode == 0
    assert (repo / "app.py").read_text().startswith("import os")
    assert haikuterm("redo").returncode == 0
    assert (repo / "app.py").read_bytes() == before


def test_the_first_request_is_small(ask, api: MessagesApi) -> None:
    """The whole body of the first request of a quick fix in a repository of two files stays under 6 kB."""
    ask("-p", ASK)
    body = json.dumps(api.requests[0])
    assert len(body.encode()) < 6_000
    assert "temperature" not in body


def test_without_yes_it_is_a_dry_run(ask, api: MessagesApi, repo: Path) -> None:
    api.answer(Say(tools=[("edit", EDIT)]), Say("Proposed."))
    done = ask("-p", ASK)
    assert done.returncode == 0
    assert "-import os" in done.stdout
    assert (repo / "app.py").read_text().startswith("import os")


def test_stdin_is_context_and_a_path_is_attached(ask, api: MessagesApi) -> None:
    done = ask("-p", "explain", "app.py", stdin="some diff\n")
    assert done.returncode == 0
    text = json.dumps(api.requests[0]["messages"])
    assert "some diff" in text
    assert "import os" in text


def test_stream_json_is_one_event_a_line(ask, api: MessagesApi) -> None:
    api.answer(Say("Hello."))
    lines = [json.loads(line) for line in ask("-p", "hi", "--output-format", "stream-json").stdout.splitlines()]
    assert lines[0]["type"] == "turn_started"
    assert lines[-1] == {"type": "turn_ended", "stop": "done", "reason": ""}


def test_no_credential_ends_with_2_and_names_the_three_ways(repo: Path) -> None:
    done = haikuterm("-p", "hi")
    assert done.returncode == 2
    for way in ("ANTHROPIC_API_KEY", "--local", "--base-url"):
        assert way in done.stderr


def test_no_terminal_ends_with_2_and_says_what_to_do(ask) -> None:
    done = ask()
    assert done.returncode == 2
    assert "-p" in done.stderr


@pytest.mark.parametrize("words", [("--effort", "huge", "-p", "x"), ("--base-url", "x", "-p", "x"), ("--nonsense",)])
def test_wrong_usage_ends_with_2(repo: Path, words: tuple[str, ...]) -> None:
    assert haikuterm(*words).returncode == 2


def test_a_wrong_key_ends_with_3_and_says_which(ask) -> None:
    done = ask("-p", "hi", key="bad")
    assert done.returncode == 3
    assert "ANTHROPIC_API_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unreachable_server_ends_with_3(repo: Path) -> None:
    nowhere = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_API_KEY": "x"}
    (Path.home() / "config" / "haikuterm").mkdir(parents=True)
    (Path.home() / "config" / "haikuterm" / "config.toml").write_text("retries = 0\n")
    done = haikuterm("-p", "hi", **nowhere)
    assert done.returncode == 3
    assert "127.0.0.1:9" in done.stderr


def test_429_is_retried_in_sight(ask, api: MessagesApi) -> None:
    api.answer(Fail(429, "slow down", retry_after=0), Say("Now."))
    done = ask("-p", "hi")
    assert (done.returncode, done.stdout.strip()) == (0, "Now.")
    assert "again in" in done.stderr


def test_a_reset_in_the_middle_keeps_what_was_said(ask, api: MessagesApi) -> None:
    api.answer(Break("Half an answer"))
    done = ask("-p", "hi")
    assert done.returncode == 1
    assert "Half an answer" in done.stdout


def test_the_budget_ends_with_4_before_anything_is_sent(ask, api: MessagesApi) -> None:
    done = ask("-p", "hi", "--max-budget-usd", "0.001")
    assert done.returncode == 4
    assert api.requests == []


def test_continue_goes_on_with_the_last_conversation(ask, api: MessagesApi) -> None:
    api.answer(Say("First."), Say("Second."))
    ask("-p", "one")
    ask("-p", "two", "-c")
    assert [m["role"] for m in api.requests[1]["messages"]] == ["user", "assistant", "user"]


def test_help_and_version_are_quick_words(repo: Path) -> None:
    assert "exit codes" in haikuterm("--help").stdout
    assert haikuterm("--version").stdout.startswith("haikuterm ")
