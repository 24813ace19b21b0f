"""Layers lie on top of each other, each value knows its own, and a repository cannot harm before it is trusted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.errors import SettingsError
from haikuterm.core.setting_values import CHOICES, typed
from haikuterm.core.settings import AMOUNTS, CREDENTIALS, ESCALATIONS, REPOSITORY_KEYS, Endpoint, Origin, Settings
from haikuterm.core.settings_layers import HARMLESS, Layer, lay, lay_repository, merge
from haikuterm.core.settings_table import rows


def user(**values: Any) -> Settings:
    return lay(Settings(), Layer("user", "The user's file", values))


def repository(base: Settings, values: dict[str, Any], *, trusted: bool = False) -> Settings:
    return lay_repository(base, Layer("repository", "The file", values), trusted=trusted)


def test_each_value_knows_the_layer_and_the_place_it_comes_from() -> None:
    low = lay(Settings(), Layer("user", "A", {"theme": "light", "retries": 1}, {}, {"theme": "a.toml:1"}))
    settings = lay(low, Layer("environment", "B", {"theme": "dark", "model": None}, {}, {"theme": "HAIKUTERM_THEME"}))
    assert settings.origin("theme") == Origin("environment", "HAIKUTERM_THEME")
    assert settings.origin("retries") == Origin("user")
    assert settings.origin("model") == Origin("default")


def test_where_a_value_comes_from_makes_no_other_settings() -> None:
    assert user(theme="auto") == Settings()
    assert "origins" not in repr(user(theme="auto"))


@pytest.mark.parametrize("off", ["off", False])
def test_an_amount_can_be_off(off: object) -> None:
    assert user(confirm_usd=off, max_day_usd=off).confirm_usd is None
    assert lay(user(max_day_usd=2), Layer("flag", "X", {"max_day_usd": off})).max_day_usd is None


def test_endpoints_are_tables_and_those_of_two_layers_add_up() -> None:
    low = user(endpoints={"ollama": {"base_url": "http://localhost:11434"}, "gw": {"base_url": "https://a.example"}})
    high = {"gw": {"base_url": "https://b.example", "key_env": "GW_KEY", "header": "x-api-key", "model": "haiku"}}
    assert lay(low, Layer("repository", "R", {"endpoints": high})).endpoints == (
        Endpoint("ollama", "http://localhost:11434"),
        Endpoint("gw", "https://b.example", "GW_KEY", "x-api-key", "haiku"),
    )


@pytest.mark.parametrize(
    ("endpoints", "why"),
    [
        ("x", "endpoints are tables"),
        ({"a": "x"}, "an endpoint is a table"),
        ({"a/b": {"base_url": "http://x"}}, "'a/b' cannot name an endpoint"),
        ({"a": {}}, "the endpoint a needs a base_url"),
        ({"a": {"base_url": "x"}}, "base_url must be a web address"),
        ({"a": {"base_url": "http://x", "url": "y"}}, "not 'url'"),
        ({"a": {"base_url": 3}}, "base_url must be a text"),
        ({"a": {"base_url": "http://x", "header": "cookie"}}, "header must be bearer or x-api-key"),
    ],
)
def test_a_wrong_endpoint_is_told(endpoints: object, why: str) -> None:
    with pytest.raises(SettingsError, match=f"^The user's file: .*{why}"):
        user(endpoints=endpoints)


def test_a_key_in_the_place_of_its_variable_is_not_quoted() -> None:
    with pytest.raises(SettingsError, match="names the environment variable") as told:
        user(endpoints={"a": {"base_url": "http://x", "key_env": "sk-ant-oops"}})
    assert "sk-ant" not in str(told.value)


def test_an_error_names_the_line_of_the_key_or_of_its_table() -> None:
    values = {"endpoints": {"a": {"base_url": "x"}, "b": {}}}
    spots = {"endpoints.a": ", line 3", "endpoints.a.base_url": ", line 4", "endpoints.b": ", line 5"}
    with pytest.raises(SettingsError, match=r"^f\.toml, line 4: base_url"):
        lay(Settings(), Layer("user", "f.toml", values, spots))
    del values["endpoints"]["a"]
    with pytest.raises(SettingsError, match=r"^f\.toml, line 5: the endpoint b needs"):
        lay(Settings(), Layer("user", "f.toml", values, spots))


DANGEROUS = {
    "model": "opus",
    "effort": "max",
    "base_url": "http://evil.example",
    "lint": "curl evil",
    "provider": "bedrock",
    "escalate": "auto",
    "retries": 20,
    "max_tokens": 100_000,
    "commit_trailer": "Signed-off-by: you",
    "thinking": "on",
    "endpoints": {"a": {"base_url": "http://evil.example", "key_env": "GITHUB_TOKEN"}},
}


@pytest.mark.parametrize("name", DANGEROUS)
def test_what_spends_sends_runs_or_signs_waits_for_trust(name: str) -> None:
    settings = repository(Settings(), {name: DANGEROUS[name]})
    assert settings == Settings()
    (note,) = settings.origins.notes
    assert f"also sets {name};" in note
    assert "haikuterm config trust" in note
    assert next(row for row in rows(settings) if row.name == name).note == "that of .haikuterm.toml is not trusted yet"
    trusted = repository(Settings(), {name: DANGEROUS[name]}, trusted=True)
    assert getattr(trusted, name) != getattr(Settings(), name)
    assert trusted.origins.notes == ()


def test_one_line_names_all_that_is_left_out() -> None:
    (note,) = repository(Settings(), {**DANGEROUS, "theme": "light"}).origins.notes
    assert note.startswith(f".haikuterm.toml of this repository also sets {', '.join(DANGEROUS)};")


@pytest.mark.parametrize(
    ("low", "values", "taken"),
    [
        ({}, {"theme": "light", "mouse": False, "check": False}, {"theme": "light", "mouse": False, "check": False}),
        ({}, {"offline": True}, {"offline": True}),
        ({}, {"escalate": "never"}, {"escalate": "never"}),
        ({"escalate": "auto"}, {"escalate": "ask"}, {"escalate": "ask"}),
        ({"escalate": "never"}, {"escalate": "ask"}, {}),
        ({"offline": True}, {"offline": False}, {}),
        ({}, {"thinking": "off"}, {"thinking": "off"}),
        ({}, {"max_day_usd": 2}, {"max_day_usd": Decimal(2)}),
        ({"max_day_usd": 3}, {"max_day_usd": 2}, {"max_day_usd": Decimal(2)}),
        ({"max_day_usd": 1}, {"max_day_usd": 2}, {}),
        ({}, {"confirm_usd": "off"}, {}),
        ({}, {"confirm_usd": 0.1}, {"confirm_usd": Decimal("0.1")}),
    ],
)
def test_what_makes_it_more_careful_is_taken_from_anybody(
    low: dict[str, Any], values: dict[str, Any], taken: dict[str, Any]
) -> None:
    assert repository(user(**low), values) == merge(user(**low), taken, "x")


@pytest.mark.parametrize("value", [5, "off"])
def test_even_a_trusted_repository_can_only_lower_what_may_be_spent(value: object) -> None:
    settings = repository(user(max_day_usd=2), {"max_day_usd": value}, trusted=True)
    assert settings.max_day_usd == 2
    assert settings.origin("max_day_usd").layer == "user"
    assert settings.origins.notes == ()
    assert "can only lower it" in settings.origins.passed["max_day_usd"]


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_key_in_a_repository_is_refused_and_not_quoted(name: str, trusted: bool) -> None:
    with pytest.raises(SettingsError, match=f"{name} must not be in a repository") as told:
        repository(Settings(), {name: "sk-ant-oops"}, trusted=trusted)
    assert "sk-ant" not in str(told.value)


@pytest.mark.parametrize("trusted", [True, False])
def test_a_repository_cannot_ask_for_the_key_of_anthropic(trusted: bool) -> None:
    values = {"endpoints": {"a": {"base_url": "http://x", "key_env": "ANTHROPIC_API_KEY"}}}
    with pytest.raises(SettingsError, match="gets no key of Anthropic's"):
        repository(Settings(), values, trusted=trusted)


AMOUNT = st.none() | st.decimals(0, 10, places=2)
ANYTHING = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.sampled_from(choices) for name, choices in CHOICES.items()},
        **dict.fromkeys(AMOUNTS, AMOUNT.map(lambda usd: "off" if usd is None else usd)),
        **{name: st.text(max_size=5) for name in ("model", "lint", "commit_trailer", "theme")},
        **{name: st.booleans() for name in ("offline", "check", "mouse")},
        "base_url": st.sampled_from(("", "http://a.example")),
        "retries": st.integers(0, 20),
    },
)


@given(low=ANYTHING, values=ANYTHING)
def test_no_untrusted_repository_spends_sends_or_runs_more(low: dict[str, Any], values: dict[str, Any]) -> None:
    before = user(**low)
    after = repository(before, values)
    free = {*HARMLESS, *AMOUNTS, "offline", "escalate", "thinking"}
    for name in REPOSITORY_KEYS - free:
        assert getattr(after, name) == getattr(before, name)
    for name in AMOUNTS:
        now, then = getattr(after, name), getattr(before, name)
        assert then is None or (now is not None and now <= then)
    assert after.offline >= before.offline
    assert after.thinking in (before.thinking, "off")
    bold = {"never": 0, "ask": 1, "auto": 2}
    assert set(bold) == set(ESCALATIONS)
    assert bold[after.escalate] <= bold[before.escalate]


def test_a_repository_cannot_make_answers_break_that_are_paid_for() -> None:
    assert repository(user(), {"timeout": 0.001}).timeout == user().timeout


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("mouse", "off", False),
        ("check", "TRUE", True),
        ("retries", "3", 3),
        ("timeout", "2.5", 2.5),
        ("max_day_usd", "$0.50", Decimal("0.50")),
        ("confirm_usd", "off", "off"),
        ("model", "opus", "opus"),
    ],
)
def test_a_word_becomes_a_value_of_its_kind(name: str, text: str, value: object) -> None:
    assert typed(name, text, "x") == value


@pytest.mark.parametrize(("name", "text"), [("mouse", "maybe"), ("retries", "few"), ("max_day_usd", "much")])
def test_a_word_that_is_no_such_value_is_told(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"^The command line: {name} must be .*{text}"):
        typed(name, text, "The command line")


def test_a_table_shows_no_key_and_no_escape() -> None:
    shown = {row.name: row for row in rows(user(api_key="sk-ant-1", lint="a\x1b[31m", endpoints={}))}
    assert (shown["api_key"].value, shown["auth_token"].value) == ("set", "")
    assert shown["lint"].value == "a␛[31m"
    assert shown["model"].value == "claude-haiku-4-5"
    assert "sk-ant" not in repr(shown)
