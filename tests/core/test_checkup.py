"""What the checkup makes of what it finds: how bad it is, and what to do."""

from __future__ import annotations

from datetime import date
from email.utils import formatdate

import pytest

from haikuterm.core.checkup import (
    Check,
    Git,
    Terminal,
    clock,
    credential,
    embedded,
    endpoint,
    folders,
    git,
    linters,
    models,
    terminal,
)
from haikuterm.core.errors import ProviderError
from haikuterm.core.findings import Linter
from haikuterm.core.models import catalogue, shipped
from haikuterm.core.places import situated
from haikuterm.core.reach import Reached
from haikuterm.core.settings import Endpoint, Settings

HAIKU = catalogue().resolve("haiku-4.5")
NOW = 1_790_000_000.0
GOOD = Terminal("xterm-256color", "truecolor", "kitty", 120, 40)


def answered(seconds_off: float) -> Reached:
    return Reached("the list of models", "https://x", formatdate(NOW - seconds_off, usegmt=True))


def worst(checks: list[Check]) -> list[tuple[str, str]]:
    return [(check.name, check.level) for check in checks if check.level != "ok"]


@pytest.mark.parametrize(
    ("off", "level", "said"),
    [
        (0, "ok", "agrees with the server's"),
        (299, "ok", "299 s off"),
        (-299, "ok", "299 s off"),
        (301, "problem", "5 minutes ahead of the server's"),
        (-7200, "problem", "120 minutes behind the server's"),
    ],
)
def test_a_clock_may_be_five_minutes_off(off: float, level: str, said: str) -> None:
    found = clock(answered(off), NOW)
    assert (found.level, found.said) == (level, said)


@pytest.mark.parametrize("found", [None, Reached("x", "https://x"), ProviderError("gone", "unreachable")])
def test_a_clock_that_nobody_can_compare_is_said_to_be_that(found: Reached | ProviderError | None) -> None:
    assert clock(found, NOW).said == "not compared: nobody told the time"


def test_a_key_is_never_shown() -> None:
    found = credential(Settings(api_key="sk-secret"), HAIKU, {}, "")
    assert found.level == "ok"
    assert "sk-secret" not in str(found)


def test_no_key_is_a_problem_and_another_endpoint_or_a_local_model_none() -> None:
    assert credential(Settings(), HAIKU, {}, "").level == "problem"
    assert credential(Settings(base_url="http://localhost:1"), HAIKU, {}, "").level == "ok"
    assert credential(Settings(), catalogue().resolve("qwen-0.5b"), {}, "").level == "ok"


def test_the_key_of_an_endpoint_is_looked_for_where_it_says() -> None:
    settings = Settings(endpoints=(Endpoint("router", "https://x", "ROUTER_KEY", model="m"),))
    model = situated(shipped(), settings, {}).resolve("router")
    assert credential(settings, model, {}, "").said == "ROUTER_KEY is not set"
    assert credential(settings, model, {"ROUTER_KEY": "k"}, "").level == "ok"


def test_a_cloud_says_what_is_missing() -> None:
    settings = Settings(provider="vertex")
    assert credential(settings, HAIKU, {}, "Set X.") == Check(
        "key", "problem", "Google Vertex AI cannot be asked", "Set X."
    )
    assert credential(settings, HAIKU, {}, "").level == "ok"


@pytest.mark.parametrize(
    ("kind", "level"),
    [("authentication", "problem"), ("billing", "problem"), ("rejected", "ok"), ("rate_limited", "warning")],
)
def test_an_endpoint_that_answers_with_an_error_is_there(kind: str, level: str) -> None:
    found = endpoint(Reached("a token count", "https://x", "", ProviderError("No.", kind)))  # type: ignore[arg-type] # of FailureKind
    assert found.level == level


def test_what_was_asked_of_the_endpoint_is_said() -> None:
    assert "one free request: the list of models" in endpoint(answered(0)).said
    assert endpoint(ProviderError("Cannot reach it.", "unreachable")).advice == "Cannot reach it."


def test_git_is_wanted_and_so_is_a_name() -> None:
    assert worst(git(Git())) == [("git", "warning")]
    assert worst(git(Git("git version 2", "", "", "/r"))) == [("identity", "warning")]
    assert worst(git(Git("git version 2", "A", "a@b", ""))) == [("repository", "warning")]
    assert worst(git(Git("git version 2", "A", "a@b", "/r"))) == []


def test_a_linter_that_is_not_installed_is_a_warning() -> None:
    found = (Linter("ruff", ("a.py",), "/bin/ruff"), Linter("mypy", ("a.py",), ""))
    assert worst(linters(found)) == [("mypy", "warning")]
    assert linters(())[0].level == "ok"


def test_the_local_model_is_needed_only_where_it_is_used() -> None:
    assert embedded(installed=False, names=(), wanted=False).level == "ok"
    assert embedded(installed=False, names=(), wanted=True).advice == "pip install 'haikuterm[local]'"
    assert embedded(installed=True, names=(), wanted=True).level == "problem"
    assert embedded(installed=True, names=("qwen",), wanted=True).said == "qwen"


@pytest.mark.parametrize(
    ("found", "bad"),
    [
        (GOOD, []),
        (Terminal(interactive=False), []),
        (Terminal("dumb", "", "", 80, 24), [("terminal", "warning"), ("colors", "warning")]),
        (Terminal("xterm-256color", "", "", 50, 24), [("size", "warning")]),
        (Terminal("xterm-256color", tmux=True), [("terminal", "warning")]),
        (Terminal("tmux-256color", tmux=True, ssh=True), []),
        (Terminal("xterm-256color", encoding="ascii"), [("encoding", "problem")]),
        (Terminal("xterm-256color", program="vscode"), []),
        (Terminal("xterm-256color", program="vscode", language="ja_JP.UTF-8"), [("keys", "warning")]),
        (Terminal("xterm-256color", program="vscode", language="ja_JP.UTF-8", kitty=False), []),
    ],
)
def test_a_terminal_is_judged_by_what_it_says(found: Terminal, bad: list[tuple[str, str]]) -> None:
    assert worst(terminal(found)) == bad


def test_a_folder_that_cannot_be_written_is_a_problem() -> None:
    assert worst(folders([("state", "/s", ""), ("settings", "/c", "/c cannot be written to")])) == [
        ("settings", "problem")
    ]


def test_old_prices_and_a_model_near_its_end_are_warnings() -> None:
    assert worst(models(shipped(), HAIKU, date(2026, 11, 21))) == []
    old = models(shipped(), shipped().resolve("sonnet-4.5"), date(2027, 11, 21))
    assert worst(old) == [("model", "warning"), ("prices", "warning")]
    assert all(check.advice for check in old)
