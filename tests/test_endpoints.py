"""Named endpoints from the settings file to the server: which one is asked, with which key, and what is said."""

# ruff: noqa: F811 - the fixture is imported, and asked for by its name

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path

import pytest

from haikuterm.adapters.claude_clients import installed
from haikuterm.cli import main
from haikuterm.core.errors import SettingsError
from haikuterm.core.events import Charged, Event, Notice
from haikuterm.core.ledger import Attempt
from haikuterm.core.models import adopt
from haikuterm.core.settings import Endpoint, Settings
from haikuterm.engine.standing import LIST_PRICE
from haikuterm.wiring import build, ledger
from tests.adapters.cloud_server import CloudServer, cloud  # noqa: F401 - holds a fixture
from tests.messages_api import Fail, MessagesApi, Say, api  # noqa: F401 - holds a fixture
from tests.scripted import ScriptedAsker

PINGS = Say("", tools=(("ping", {}),))


@pytest.fixture(autouse=True)
def shipped_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is piped in, and the catalogue is the shipped one after each test."""
    monkeypatch.setattr("sys.stdin", io.StringIO())
    yield
    adopt(None)


@pytest.fixture
def config(isolated: Path) -> Path:
    """The user's settings file, not written yet."""
    file = isolated / "config" / "haikuterm" / "config.toml"
    file.parent.mkdir(parents=True)
    return file


def test_a_prompt_goes_to_the_endpoint_of_its_model(
    repo: Path, config: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OUR_KEY", "our-key")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "the-key-of-anthropic")
    config.write_text(f'[endpoints.ours]\nbase_url = "{api.url}"\nmodel = "qwen3:8b"\nkey_env = "OUR_KEY"\n')
    api.answer(PINGS, Say("I see nothing."), Say("Hello."), Say("Again."))
    assert main(["-p", "Hi", "-m", "ours"]) == 0
    told = capsys.readouterr()
    assert told.out.strip() == "Hello."
    assert "Asking ours/qwen3:8b what it can do" in told.err
    assert main(["-p", "And?", "-c"]) == 0
    assert [request["model"] for request in api.requests] == ["qwen3:8b"] * 4
    assert [bool(request.get("tools")) for request in api.requests] == [True, False, True, True]
    assert {headers["authorization"] for headers in api.headers} == {"Bearer our-key"}


def test_a_key_goes_into_the_header_that_the_endpoint_wants(
    repo: Path, config: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUR_KEY", "our-key")
    table = f'[endpoints.ours]\nbase_url = "{api.url}/v1"\nkey_env = "OUR_KEY"\nheader = "x-api-key"\n'
    config.write_text(table)
    api.answer(PINGS, Say("magenta"), Say("Hello."))
    assert main(["-p", "Hi", "-m", "ours/some/model"]) == 0
    assert {headers["x-api-key"] for headers in api.headers} == {"our-key"}
    assert not any("authorization" in headers for headers in api.headers)
    assert api.requests[-1]["model"] == "some/model"


def test_a_model_without_tools_is_found_out_and_asked_without(
    repo: Path, config: Path, api: MessagesApi, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(f'[endpoints.ours]\nbase_url = "{api.url}"\nmodel = "tiny"\n')
    no_tools = Fail(400, "registry.ollama.ai/library/tiny does not support tools")
    api.answer(no_tools, Say("OK."), Say("I cannot see."), Say("Hello."))
    assert main(["-p", "Hi", "-m", "ours"]) == 0
    assert "ours/tiny: token counts; no tools, no pictures." in capsys.readouterr().err
    assert "tools" not in api.requests[-1]


def test_a_refused_key_is_looked_for_where_it_was_given(
    repo: Path, config: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OUR_KEY", "bad")
    config.write_text(f'[endpoints.ours]\nbase_url = "{api.url}"\nmodel = "tiny"\nkey_env = "OUR_KEY"\n')
    assert main(["-p", "Hi", "-m", "ours"]) != 0
    assert "The API key was refused (401). Check OUR_KEY." in capsys.readouterr().err


def test_an_endpoint_that_is_gone_names_its_table(repo: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text('[endpoints.ours]\nbase_url = "http://127.0.0.1:9"\nmodel = "tiny"\n')
    assert main(["-p", "Hi", "-m", "ours"]) != 0
    assert "the address given with base_url of [endpoints.ours]" in capsys.readouterr().err


def test_what_was_said_at_an_endpoint_that_is_gone_does_not_go_to_anthropic(
    repo: Path, config: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(f'[endpoints.ours]\nbase_url = "{api.url}"\nmodel = "tiny"\n')
    assert main(["-p", "Hi", "-m", "ours"]) == 0
    config.unlink()
    adopt(None)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "the-key-of-anthropic")
    assert main(["-p", "And?", "-c"]) != 0
    assert "there is no endpoint 'ours' in the settings. Nothing was sent." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("provider", "said"),
    [("vertex", "CLOUD_ML_REGION"), ("foundry", "ANTHROPIC_FOUNDRY_API_KEY"), ("bedrock", "AWS_REGION")],
)
def test_a_cloud_says_what_is_missing_before_anything_is_sent(
    repo: Path, monkeypatch: pytest.MonkeyPatch, provider: str, said: str
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "CLOUD_ML_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError, match=f"{said}|pip install 'haikuterm"):
        build(Settings(provider=provider))


async def test_what_a_partner_bills_is_marked_as_about_and_said_once(
    repo: Path, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_FOUNDRY_API_KEY", "key")
    monkeypatch.setenv("ANTHROPIC_FOUNDRY_BASE_URL", cloud.url)
    engine = build(Settings(provider="foundry", model="haiku-4.5", max_budget_usd=Decimal(1)))
    told: list[Event] = []
    for line in ("Hi", "And?"):
        async with aclosing(engine.submit(line, ScriptedAsker())) as events:
            told += [event async for event in events]
    await engine.close()
    charges = [event.charge for event in told if isinstance(event, Charged)]
    assert [(charge.usd, charge.estimated) for charge in charges] == [(Decimal("0.000017"), True)] * 2
    assert [event.text for event in told if isinstance(event, Notice)].count(LIST_PRICE) == 1


@pytest.mark.skipif(not installed("boto3"), reason="needs the extra bedrock, which CI installs")
async def test_on_bedrock_each_model_is_asked_where_it_is_served(
    repo: Path, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("AWS_ACCESS_KEY_ID", "AKIATEST"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_REGION", "us-east-1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ANTHROPIC_BEDROCK_BASE_URL", cloud.url)
    monkeypatch.setenv("ANTHROPIC_BEDROCK_MANTLE_BASE_URL", cloud.url)
    engine = build(Settings(provider="bedrock", model="haiku-4.5"))
    for line in ("Hi", "/model haiku-5.5", "And?"):
        async with aclosing(engine.submit(line, ScriptedAsker())) as events:
            _ = [event async for event in events]
    await engine.close()
    old, new = "us.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-5-5"
    asked = [(path, body.get("model")) for _, path, _, body in cloud.seen]
    assert asked == [(f"/model/{old}/invoke-with-response-stream", None), ("/v1/messages", new)]
    assert {row.charge.model for row in engine_rows()} == {"claude-haiku-4-5", "claude-haiku-5-5"}


def engine_rows() -> tuple[Attempt, ...]:
    """The rows of the ledger."""
    books, _ = ledger()
    return books.attempts()


async def test_a_cloud_needs_no_key_of_anthropic(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_FOUNDRY_API_KEY", "key")
    monkeypatch.setenv("ANTHROPIC_FOUNDRY_RESOURCE", "ours")
    engine = build(Settings(provider="foundry"))
    assert engine.session.model.list_price
    await engine.close()


async def test_commands_without_a_model_need_nothing_of_the_cloud(repo: Path) -> None:
    await build(Settings(provider="foundry"), talk=False).close()


async def test_the_first_model_may_be_an_endpoints_without_any_other_key(repo: Path) -> None:
    ours = Endpoint("ours", "http://127.0.0.1:9", model="tiny")
    engine = build(Settings(model="ours", endpoints=(ours,)))
    assert engine.session.model.id == "ours/tiny"
    await engine.close()
