"""The program as a child process: settings of a repository, keys that are never seen, `haikuterm config`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from haikuterm import cli
from haikuterm.adapters.config import key_file, settings_file, state_folder
from haikuterm.adapters.withheld import withhold
from haikuterm.core.settings import Settings
from tests.messages_answers import Say
from tests.messages_api import MessagesApi
from tests.warm_python import WarmPython

KEY = "sk-ant-api03-neverseen"


def haikuterm(*words: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program in the working directory, with an end of its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "haikuterm", *words],
        input=stdin,
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        check=False,
        timeout=60,
    )


def test_a_headless_run_says_once_what_was_left_out_and_does_not_do_it(
    repo: Path, api: MessagesApi, warm: WarmPython
) -> None:
    api.answer(Say("Hello."))
    (repo / ".haikuterm.toml").write_text('model = "opus"\nbase_url = "http://127.0.0.1:9"\n')
    done = warm.run("-p", "hi", ANTHROPIC_BASE_URL=api.url, ANTHROPIC_API_KEY=KEY)
    assert (done.returncode, done.stdout.strip()) == (0, "Hello.")
    assert done.stderr.count("also sets model, base_url;") == 1
    assert api.requests[0]["model"] == "claude-haiku-4-5"
    assert haikuterm("config", "trust").returncode == 0
    api.answer(Say("Hello."))
    done = warm.run("-p", "hi", ANTHROPIC_BASE_URL=api.url, ANTHROPIC_API_KEY=KEY)
    assert "haikuterm config trust" not in done.stderr
    assert api.requests[1]["model"].startswith("claude-opus")


@pytest.mark.parametrize("variable", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_no_key_goes_over_the_wire_to_an_endpoint_that_the_repository_chose(
    repo: Path, api: MessagesApi, warm: WarmPython, variable: str
) -> None:
    (repo / ".haikuterm.toml").write_text(f'base_url = "{api.url}"\nretries = 0\n')
    haikuterm("config", "trust")
    done = warm.run("-p", "hi", **{variable: KEY})
    assert "it gets no key of yours" in done.stderr
    assert api.headers
    assert KEY not in str(api.headers)


def test_a_variable_of_an_endpoint_goes_to_that_endpoint_only(repo: Path, api: MessagesApi, warm: WarmPython) -> None:
    config = f'[endpoints.gate]\nbase_url = "{api.url}"\nkey_env = "GATE"\nheader = "x-api-key"\n'
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text(config)
    done = warm.run("-p", "hi", "-m", "gate/claude-haiku-4-5", ANTHROPIC_API_KEY=KEY, GATE="of-the-gate")
    assert done.returncode == 0, done.stderr
    assert {sent.get("x-api-key") for sent in api.headers} == {"of-the-gate"}
    assert KEY not in str(api.headers)
    warm.run("-p", "hi", ANTHROPIC_BASE_URL=api.url, ANTHROPIC_API_KEY=KEY, GATE="of-the-gate")
    assert "of-the-gate" not in str(api.headers[-1])


def test_a_variable_of_an_endpoint_goes_to_no_program_of_ours(repo: Path) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text('[endpoints.gate]\nbase_url = "http://127.0.0.1:9"\nkey_env = "GATE"\n')
    tests = 'test "$MINE" && ! env | grep of-the-gate'
    done = haikuterm("fix", "app.py", "--no-model", "-y", "--test", tests, GATE="of-the-gate", MINE="kept")
    assert done.returncode == 0, done.stderr
    assert "fails" not in done.stderr


@pytest.mark.parametrize("words", [("config", "trust"), ("config",), ("-p", "hi")])
def test_what_the_encoding_cannot_say_is_written_all_the_same(
    words: tuple[str, ...], repo: Path, api: MessagesApi
) -> None:
    api.answer(Say("na\xefve"))
    (repo / ".haikuterm.toml").write_text('theme_dark = "na\xefve"\n', "utf-8")
    done = haikuterm(*words, PYTHONIOENCODING="ascii", ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL=api.url)
    assert done.returncode == 0, done.stderr
    assert "na\\xefve" in done.stdout


def test_the_file_counts_from_a_folder_below_too(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / ".haikuterm.toml").write_text("retries = 1\noffline = true\n")
    (repo / "deep").mkdir()
    monkeypatch.chdir(repo / "deep")
    assert "repository file:2" in haikuterm("config").stdout


def test_a_key_that_is_piped_in_is_kept_and_shown_nowhere(repo: Path) -> None:
    done = haikuterm("config", "set", "api_key", stdin=f"{KEY}\n")
    assert done.returncode == 0, done.stderr
    assert KEY in key_file().read_text()
    shown = haikuterm("config")
    assert "key file" in shown.stdout
    assert KEY not in done.stdout + done.stderr + shown.stdout + haikuterm("config", "--json").stdout


def test_a_key_on_the_command_line_is_refused(repo: Path) -> None:
    done = haikuterm("config", "set", "api_key", KEY)
    assert done.returncode == 2
    assert KEY not in done.stderr
    assert "--api-key" not in haikuterm("--help").stdout


@pytest.mark.parametrize("debug", ["", "1"])
def test_an_error_of_ours_shows_no_key_on_the_screen_nor_in_the_report(
    debug: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HAIKUTERM_DEBUG", debug)
    monkeypatch.setenv("GATEWAY_KEY" if debug else "GATEWAY", "of-the-gateway")
    withhold(["GATEWAY"])
    with pytest.raises(ValueError, match="Illegal header") as failed:
        failing(Settings(api_key=KEY))
    assert cli._crashed(failed.value) == 1
    said = capsys.readouterr().err
    report = said if debug else (state_folder() / "crash.log").read_text()
    assert "ValueError: Illegal header value [a key] or [a key]" in said
    assert "def failing" not in report
    assert 'in failing\n    raise ValueError(f"Illegal' in report
    assert KEY not in said + report
    assert "of-the-gateway" not in said + report


def failing(settings: Settings) -> None:
    """Fails as a network library does that quotes what it was given."""
    raise ValueError(f"Illegal header value {settings.api_key} or of-the-gateway")


def test_two_clouds_of_habit_are_one_too_many(repo: Path) -> None:
    done = haikuterm("config", CLAUDE_CODE_USE_BEDROCK="1", CLAUDE_CODE_USE_VERTEX="true")
    assert done.returncode == 2
    assert "CLAUDE_CODE_USE_BEDROCK and CLAUDE_CODE_USE_VERTEX" in done.stderr


@pytest.mark.parametrize(
    ("variable", "provider"),
    [
        ("CLAUDE_CODE_USE_BEDROCK", "bedrock"),
        ("CLAUDE_CODE_USE_VERTEX", "vertex"),
        ("CLAUDE_CODE_USE_FOUNDRY", "foundry"),
    ],
)
def test_the_habits_of_claude_code_name_the_cloud(repo: Path, variable: str, provider: str) -> None:
    said = haikuterm("config", **{variable: "1"}).stdout
    line = next(line for line in said.splitlines() if line.startswith("provider"))
    assert line.split()[1:3] == [provider, variable]
