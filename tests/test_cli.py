"""The program as a whole, as a child process: arguments in, files written, exit code out."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from haikuterm import cli
from haikuterm.adapters.config import state_folder
from haikuterm.adapters.store import SqliteStore
from tests.messages_answers import Break, Fail, Pause, Say
from tests.messages_api import MessagesApi
from tests.ui.terminal import Terminal
from tests.warm_python import WarmPython

EDIT = {"edits": [{"path": "app.py", "old": "import os\nimport sys\n", "new": "import sys\n"}]}
ASK = "Remove the unused import in @app.py"


def haikuterm(*words: str, stdin: str | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program in the working directory; without stdin it has none."""
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
def ask(repo: Path, api: MessagesApi, warm: WarmPython):
    """Runs the program against the local server."""

    def run(*words: str, stdin: str | None = None, key: str = "test") -> subprocess.CompletedProcess[str]:
        return warm.run(*words, stdin=stdin, ANTHROPIC_BASE_URL=api.url, ANTHROPIC_API_KEY=key)

    return run


def test_the_main_job_in_one_line(api: MessagesApi, repo: Path) -> None:
    api.answer(Say("", tools=[("edit", EDIT)]), Say("Removed."))
    server = {"ANTHROPIC_BASE_URL": api.url, "ANTHROPIC_API_KEY": "test"}
    done = haikuterm("-p", ASK, "--yes", "--output-format", "json", **server)
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


@pytest.mark.parametrize(
    "words",
    [
        ("--effort", "huge", "-p", "x"),
        ("--base-url", "x", "-p", "x"),
        ("--nonsense",),
        ("--max-budget-usd", "abc", "-p", "x"),
        ("--max-budget-usd", "NaN", "-p", "x"),
        ("--max-budget-usd", "-1", "-p", "x"),
        ("--local", "-m", "sonnet", "-p", "x"),
    ],
)
def test_wrong_usage_ends_with_2(repo: Path, words: tuple[str, ...]) -> None:
    done = haikuterm(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_wrong_key_ends_with_3_and_says_which(ask) -> None:
    done = ask("-p", "hi", key="bad")
    assert done.returncode == 3
    assert "ANTHROPIC_API_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unreachable_server_ends_with_3(repo: Path, warm: WarmPython) -> None:
    nowhere = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_API_KEY": "x"}
    (Path.home() / "config" / "haikuterm").mkdir(parents=True)
    (Path.home() / "config" / "haikuterm" / "config.toml").write_text("retries = 0\n")
    done = warm.run("-p", "hi", **nowhere)
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


@pytest.mark.parametrize("words", [("-p", "hi"), ("undo",)])
def test_a_folder_that_is_gone_ends_with_2_and_a_sentence(
    ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    done = ask(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("haikuterm: The folder you are in cannot be used")


def test_a_state_folder_that_cannot_be_used_is_said_and_the_answer_given(
    ask, api: MessagesApi, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.answer(Say("Still here."))
    monkeypatch.setenv("XDG_STATE_HOME", str(repo / ("x" * 300)))
    done = ask("-p", "hi")
    assert "Still here." in done.stdout
    assert "The undo journal cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_crash_whose_details_cannot_be_written_is_said_without_a_traceback(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(repo / "app.py"))
    assert cli._crashed(RuntimeError("a mistake")) == 1
    said = capsys.readouterr().err
    assert "RuntimeError: a mistake" in said
    assert "HAIKUTERM_DEBUG=1" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(("name", "value"), [("ALL_PROXY", "socks5://127.0.0.1:9"), ("SSL_CERT_FILE", "/nope")])
def test_a_variable_of_the_network_that_cannot_be_used_ends_with_3(
    repo: Path, warm: WarmPython, name: str, value: str
) -> None:
    (Path.home() / "config" / "haikuterm").mkdir(parents=True)
    (Path.home() / "config" / "haikuterm" / "config.toml").write_text("retries = 0\n")
    done = warm.run("-p", "hi", ANTHROPIC_BASE_URL="http://somewhere.invalid", **{name: value})
    assert done.returncode == 3
    assert name in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_key_with_the_line_end_of_its_file_works(ask, api: MessagesApi, end: str) -> None:
    done = ask("-p", "hi", key=f"sk-ant-1{end}")
    assert (done.returncode, api.headers[0]["authorization"]) == (0, "Bearer sk-ant-1")


def test_a_key_that_cannot_be_one_is_not_shown(ask) -> None:
    done = ask("-p", "hi", key="sk-ant\nSECRET")
    assert done.returncode == 2
    assert "SECRET" not in done.stderr


def test_piped_text_is_never_a_command(ask, api: MessagesApi) -> None:
    api.answer(Say("It leaves."))
    done = ask("-p", stdin="/quit is what?")
    assert (done.returncode, done.stdout) == (0, "It leaves.\n")
    assert "/quit is what?" in json.dumps(api.requests[0]["messages"])


def test_piped_text_alone_is_the_prompt_as_it_is(ask, api: MessagesApi) -> None:
    ask("-p", stdin="say hi\n")
    assert api.requests[0]["messages"][0]["content"][-1]["text"] == "say hi"


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP], ids=["terminated", "hung up"])
def test_an_end_from_outside_keeps_what_was_said(repo: Path, api: MessagesApi, sign: signal.Signals) -> None:
    pause = Pause(after=16)
    api.answer(Say("Half an answer, and the rest of it.", pause=pause))
    environ = {**os.environ, "ANTHROPIC_BASE_URL": api.url, "ANTHROPIC_API_KEY": "test"}
    command = [sys.executable, "-m", "haikuterm", "-p", "hi"]
    with subprocess.Popen(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # nohup may have started the tests
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.read(4) == "Half"
        process.send_signal(sign)
        assert process.wait(60) == 143
    kept = SqliteStore(state_folder() / "sessions.db").last(str(repo))
    assert kept is not None
    assert kept.messages[-1].role == "assistant"
    assert kept.messages[-1].text.startswith("Half")
    assert [charge.estimated for charge in kept.charges] == [True]


@pytest.mark.parametrize("when", ["in the answer", "at the prompt"])
def test_sigterm_ends_the_inline_face_and_restores_the_terminal(
    repo: Path, tmp_path: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
    api.answer(Say("Half an answer, and the rest of it.", pause=Pause(after=16)))
    terminal = Terminal(tmp_path / "unused", command=("-m", "haikuterm", "--inline"), folder=repo)
    try:
        terminal.until(lambda: b"haiku-4.5" in terminal.output)
        if when == "in the answer":
            terminal.write(b"hi\r")
            terminal.until(lambda: b"answer" in terminal.output)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.ended() == 143
        assert b"Traceback" not in terminal.output
    finally:
        terminal.close()
    kept = SqliteStore(state_folder() / "sessions.db").last(str(repo))
    said = kept.messages[-1].text if kept else ""
    assert said.startswith("Half an answer") == (when == "in the answer")


def test_two_that_go_on_with_one_conversation_lose_nothing(ask, api: MessagesApi, repo: Path) -> None:
    """One waits in the middle of an answer while the other goes on and ends."""
    api.answer(Say("First."))
    ask("-p", "one")
    pause = Pause()
    api.answer(Say("Slow.", pause=pause), Say("Quick."))
    environ = {**os.environ, "ANTHROPIC_BASE_URL": api.url, "ANTHROPIC_API_KEY": "test"}
    slow = subprocess.Popen(
        [sys.executable, "-m", "haikuterm", "-p", "two", "-c"], env=environ, stdin=subprocess.DEVNULL
    )
    assert pause.reached.wait(60)
    ask("-p", "three", "-c")
    pause.go.set()
    assert slow.wait(60) == 0
    database = state_folder() / "sessions.db"
    last = SqliteStore(database).last(str(repo))
    assert last is not None
    assert [m.text for m in last.messages] == ["one", "First.", "two", "Slow."]
    with closing(sqlite3.connect(database)) as db:
        everything = str(db.execute("SELECT wire FROM messages").fetchall())
    assert "three" in everything
    assert "Quick." in everything


def test_help_and_version_are_quick_words(repo: Path) -> None:
    assert "exit codes" in " ".join(haikuterm("--help").stdout.split())
    assert haikuterm("--version").stdout.startswith("haikuterm ")
