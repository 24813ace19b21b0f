"""`haikuterm doctor` as its user runs it."""

# ruff: noqa: F811 - the fixture is imported, and asked for by its name

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from haikuterm.adapters import surroundings
from haikuterm.adapters.store import SqliteStore
from haikuterm.cli import main
from haikuterm.core.models import adopt
from tests.messages_api import MessagesApi, Say, api  # noqa: F401 - holds a fixture
from tests.stranger import Stranger


@pytest.fixture(autouse=True)
def shipped_again() -> Any:
    """The catalogue is the shipped one after each test."""
    yield
    adopt(None)


def checks(said: str) -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in json.loads(said)["checks"]}


def test_all_is_asked_with_one_free_request(
    repo: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    assert main(["doctor", "--json"]) == 0
    said = capsys.readouterr().out
    found = checks(said)
    assert found["endpoint"]["said"] == f"{api.url} answered (one free request: the list of models)"
    assert found["clock"]["said"] == "agrees with the server's"
    assert found["identity"]["said"] == "Test <test@example.invalid>"
    assert found["repository"]["said"] == str(repo)
    assert found["ruff"]["level"] == "ok"
    assert "ANTHROPIC_API_KEY" in found["key"]["said"]
    assert "sk-secret" not in said
    assert api.requests == api.counts == []


def test_a_refused_key_is_a_problem_and_ends_with_1(
    repo: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "bad")
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "PROBLEM  endpoint" in said
    assert "The API key was refused" in said
    assert "1 problem" in said


def test_offline_sends_nothing(
    repo: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key")
    assert main(["doctor", "--offline", "--json"]) == 0
    assert checks(capsys.readouterr().out)["endpoint"]["said"] == "not asked"


def test_an_endpoint_that_is_not_there_is_a_problem(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    assert main(["doctor", "--json"]) == 1
    assert "Cannot reach http://127.0.0.1:9" in checks(capsys.readouterr().out)["endpoint"]["advice"]


def named(isolated: Path, url: str) -> None:
    """The user's settings file names an endpoint."""
    file = isolated / "config" / "haikuterm" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f'[endpoints.ours]\nbase_url = "{url}"\nmodel = "claude-haiku-4-5"\nkey_env = "OUR_KEY"\n')


def test_a_probe_is_renewed_by_request_and_stands_on_the_ledger(
    repo: Path,
    isolated: Path,
    api: MessagesApi,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    named(isolated, api.url)
    monkeypatch.setenv("OUR_KEY", "key")
    api.answer(Say("", tools=(("ping", {}),)), Say("Magenta"))
    assert main(["doctor", "--probe", "ours/claude-haiku-4-5"]) == 0
    assert "ours/claude-haiku-4-5: tools, pictures, token counts." in capsys.readouterr().out
    assert [request["model"] for request in api.requests] == ["claude-haiku-4-5"] * 2
    state = isolated / "state" / "haikuterm"
    rows = SqliteStore(state / "sessions.db").attempts()
    assert [row.charge.purpose for row in rows] == ["probe", "probe"]
    assert json.loads((state / "probes.json").read_text())[0]["tools"] is True


def test_a_probe_is_not_sent_offline(
    repo: Path,
    isolated: Path,
    api: MessagesApi,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    named(isolated, api.url)
    assert main(["doctor", "--offline", "--probe", "ours"]) == 3
    assert "nothing was sent" in capsys.readouterr().err
    assert api.log == []


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (200, {"content-type": "text/html"}, "shows a page for people"),
        (307, {"location": "http://other.invalid/"}, "sends on to http://other.invalid/ (307)"),
    ],
)
def test_an_endpoint_that_is_none_is_a_problem(
    repo: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    status: int,
    headers: dict[str, str],
    said: str,
) -> None:
    with Stranger(status, headers) as stranger:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://gateway.invalid")
        monkeypatch.setenv("HTTP_PROXY", stranger.url)
        assert main(["doctor", "--json"]) == 1
    found = checks(capsys.readouterr().out)["endpoint"]
    assert (found["level"], found["said"]) == ("problem", "no answer of an API")
    assert said in found["advice"]
    assert stranger.asked == ["http://gateway.invalid/v1/models?limit=1"]


def test_only_models_of_endpoints_are_probed(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key")
    assert main(["doctor", "--probe", "haiku"]) == 2
    assert "is no model of a named endpoint" in capsys.readouterr().err


def test_the_folder_that_a_new_one_would_stand_in_must_be_writable(tmp_path: Path) -> None:
    assert surroundings.unwritable(tmp_path / "new" / "newer") == ""
    (tmp_path / "file").write_text("")
    assert surroundings.unwritable(tmp_path / "file" / "inner") == f"{tmp_path / 'file'} is no folder"


def test_a_repository_that_git_does_not_take_is_not_called_none(repo: Path) -> None:
    (repo / ".git" / "config").write_text("[core\n")
    assert "bad config line 1" in surroundings.git(repo).trouble


def test_where_there_is_no_repository_nothing_is_wrong_with_it(tmp_path: Path) -> None:
    found = surroundings.git(tmp_path)
    assert (found.root, found.trouble) == ("", "")
