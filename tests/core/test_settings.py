"""Settings are layered and checked; a wrong one is said by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from haikuterm.core.errors import SettingsError
from haikuterm.core.settings import Settings
from haikuterm.core.settings_layers import merge


def test_layers_lie_on_top_of_each_other_and_none_means_not_given() -> None:
    settings = merge(
        merge(Settings(), {"model": "sonnet", "theme": "light"}, "a"), {"model": "opus", "theme": None}, "b"
    )
    assert (settings.model, settings.theme) == ("opus", "light")


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        ({"modle": "x"}, "unknown setting 'modle'"),
        ({"model": 3}, "model must be a text"),
        ({"check": "yes"}, "check must be true or false"),
        ({"max_tokens": True}, "max_tokens must be a whole number"),
        ({"max_tokens": -1}, "must not be negative"),
        ({"effort": "huge"}, "effort must be one of low"),
        ({"base_url": "http://[bad"}, "base_url must be a web address"),
        ({"base_url": "localhost:80"}, "base_url must be a web address"),
        ({"max_budget_usd": "lots"}, "an amount in US dollars"),
        ({"max_budget_usd": -1}, "an amount in US dollars"),
        ({"max_budget_usd": "NaN"}, "an amount in US dollars"),
        ({"base_url": "http://local host:80"}, "base_url must be a web address"),
        ({"base_url": "http://localhost\n:80"}, "base_url must be a web address"),
        ({"notify_after": float("nan")}, "notify_after must be a number of seconds"),
        ({"timeout": 0}, "timeout must be a number of seconds above 0"),
        ({"timeout": float("nan")}, "timeout must be a number of seconds above 0"),
        ({"timeout": float("inf")}, "timeout must be a number of seconds above 0"),
        ({"retries": 21}, "retries must be 0 to 20"),
        ({"endpoints": {"Sonnet": {"base_url": "http://a.example"}}}, "'Sonnet' is the name of a model"),
    ],
)
def test_a_wrong_setting_is_named_with_its_place(layer: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingsError, match=f"(?s)the file.*{why}"):
        merge(Settings(), layer, "the file")


def test_money_stays_exact() -> None:
    assert merge(Settings(), {"max_budget_usd": 0.1}, "x").max_budget_usd == Decimal("0.1")


def test_a_key_is_never_printed() -> None:
    assert "sk-ant" not in repr(merge(Settings(), {"api_key": "sk-ant-1", "auth_token": "sk-ant-2"}, "x"))


@pytest.mark.parametrize("url", ["https://me:hunter2@a.example", "https://hunter2@a.example/v1"])
def test_a_password_in_an_address_is_refused_and_not_said(url: str) -> None:
    with pytest.raises(SettingsError, match="holds a user name or a password") as refused:
        merge(Settings(), {"base_url": url}, "x")
    assert "hunter2" not in str(refused.value)


def test_local_chooses_the_embedded_model_and_a_model_wins() -> None:
    assert Settings().model_name == "claude-haiku-4-5"
    assert Settings(local=True).model_name == "qwen2.5-coder-0.5b"
    assert Settings(local=True, model="qwen-1.5b").model_name == "qwen-1.5b"


def test_the_line_end_that_a_file_leaves_on_a_value_is_no_part_of_it() -> None:
    given = {"api_key": "sk-ant-1\r\n", "auth_token": " t\n", "base_url": "http://localhost:8080\n"}
    settings = merge(Settings(), given, "x")
    assert (settings.api_key, settings.auth_token, settings.base_url) == ("sk-ant-1", "t", "http://localhost:8080")


@pytest.mark.parametrize("name", ["api_key", "auth_token"])
@pytest.mark.parametrize("key", ["sk-ant SECRET", "sk-ant\nSECRET", "sk-SECRET-\xe9", "\x00SECRET", ["SECRET"]])
def test_what_cannot_be_a_key_is_refused_and_not_quoted(name: str, key: Any) -> None:
    with pytest.raises(SettingsError, match=f"The environment: {name} must be one word") as caught:
        merge(Settings(), {name: key}, "The environment")
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/"])
def test_the_address_of_anthropic_is_no_credential(end: str) -> None:
    settings = merge(Settings(), {"base_url": f"https://api.anthropic.com{end}"}, "x")
    assert settings.at_anthropic
    assert not settings.has_credential
    assert Settings(base_url="https://api.anthropic.com.example").has_credential


def test_thinking_is_one_of_its_words() -> None:
    assert merge(Settings(), {"thinking": "show"}, "Here").thinking == "show"
    with pytest.raises(SettingsError, match="thinking must be one of on, off, show"):
        merge(Settings(), {"thinking": "loud"}, "Here")
