"""What each cloud is sent: address, signature, id and body, and how its answer comes back."""

# ruff: noqa: F811 - the fixtures are imported, and asked for by their names

from __future__ import annotations

import os

import pytest

from haikuterm.adapters.claude import ClaudeProvider
from haikuterm.adapters.claude_clients import INVOKE_VERSION, installed
from haikuterm.core.clouds import CLOUDS, moved
from haikuterm.core.errors import ProviderError
from haikuterm.core.models import Model, shipped
from haikuterm.core.request import Request
from tests.adapters.asking_claude import READ, ask, failure_of, reply_of
from tests.adapters.cloud_server import CloudServer, cloud  # noqa: F401 - holds a fixture

aws = pytest.mark.skipif(not installed("boto3"), reason="needs the extra bedrock, which CI installs")
google = pytest.mark.skipif(not installed("google.auth"), reason="needs the extra vertex, which CI installs")
TOKEN = {"ANTHROPIC_CUSTOM_HEADERS": "Authorization: Bearer a-token"}  # the SDK's way around Google's own login
KEYS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}


def on(name: str, model: str) -> Model:
    """The model as it is on that cloud."""
    return moved(shipped(), CLOUDS[name], os.environ).resolve(model)


def asked(model: Model) -> Request:
    return ask(model=model, tools=(READ,), cache_at=(0,))


BODY = {
    "max_tokens": 8192,
    "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}]}],
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "tools": [{"name": READ.name, "description": READ.description, "input_schema": READ.schema}],
}


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch, cloud: CloudServer) -> None:
    """Every cloud's address is the local server's."""
    for name in ("MANTLE_BASE_URL", "BASE_URL"):
        monkeypatch.setenv(f"ANTHROPIC_BEDROCK_{name}", cloud.url)
    for name in ("VERTEX", "FOUNDRY", "AWS", "GOOGLE_CLOUD"):
        monkeypatch.setenv(f"ANTHROPIC_{name}_BASE_URL", cloud.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "the-key-of-anthropic")


def given(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


async def said(cloud_name: str, model: Model) -> str:
    """The id that the provider says has answered."""
    provider = ClaudeProvider(cloud=cloud_name, timeout=20)
    try:
        reply = await reply_of(provider, asked(model))
        assert reply.message.text == "OK."
        return reply.served
    finally:
        await provider.close()


@aws
async def test_bedrock_takes_new_models_by_messages_and_signs(
    env: None, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, KEYS)
    cloud.served = "anthropic.claude-haiku-5-5"
    assert await said("bedrock", on("bedrock", "haiku-5.5")) == "claude-haiku-5-5"
    assert cloud.path == "/v1/messages"
    assert cloud.body == {**BODY, "model": "anthropic.claude-haiku-5-5", "stream": True}
    assert cloud.headers["anthropic-version"] == "2026-10-21"
    signature = cloud.headers["authorization"]
    assert signature.startswith("AWS4-HMAC-SHA256 Credential=AKIATEST/")
    assert "/eu-west-1/bedrock-mantle/aws4_request" in signature


async def test_bedrock_takes_a_key_of_its_own(env: None, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, {"AWS_REGION": "us-east-1", "AWS_BEARER_TOKEN_BEDROCK": "a-bedrock-key"})
    await said("bedrock", on("bedrock", "haiku-5.5"))
    assert cloud.headers["authorization"] == "Bearer a-bedrock-key"


@aws
async def test_bedrock_takes_older_models_by_invoke_with_the_older_version(
    env: None, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, KEYS)
    assert await said("bedrock-invoke", on("bedrock", "haiku-4.5")) == "claude-haiku-4-5-20251001"
    assert cloud.path == "/model/eu.anthropic.claude-haiku-4-5-20251001-v1:0/invoke-with-response-stream"
    assert cloud.body == {**BODY, "anthropic_version": INVOKE_VERSION}
    assert "/eu-west-1/bedrock/aws4_request" in cloud.headers["authorization"]


@google
async def test_vertex_has_model_and_project_in_its_path(
    env: None, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, {"CLOUD_ML_REGION": "global", "ANTHROPIC_VERTEX_PROJECT_ID": "mine", **TOKEN})
    assert await said("vertex", on("vertex", "haiku-4.5")) == "claude-haiku-4-5-20251001"
    place = "/projects/mine/locations/global/publishers/anthropic/models"
    assert cloud.path == f"{place}/claude-haiku-4-5@20251001:streamRawPredict"
    assert cloud.body == {**BODY, "anthropic_version": "2026-10-21", "stream": True}
    assert cloud.headers["authorization"] == "Bearer a-token"


async def test_foundry_takes_the_id_and_its_own_key(
    env: None, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, {"ANTHROPIC_FOUNDRY_API_KEY": "a-foundry-key"})
    await said("foundry", on("foundry", "haiku-5.5"))
    assert cloud.path == "/v1/messages"
    assert cloud.body == {**BODY, "model": "claude-haiku-5-5", "stream": True}
    assert cloud.headers["x-api-key"] == "a-foundry-key"
    assert "authorization" not in cloud.headers


@aws
async def test_the_platform_on_aws_takes_the_id_and_the_workspace(
    env: None, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, {**KEYS, "ANTHROPIC_AWS_WORKSPACE_ID": "wrkspc_1"})
    await said("aws", on("aws", "haiku-4.5"))
    assert cloud.path == "/v1/messages"
    assert cloud.body == {**BODY, "model": "claude-haiku-4-5", "stream": True}
    assert cloud.headers["anthropic-workspace-id"] == "wrkspc_1"
    assert "/eu-west-1/aws-external-anthropic/aws4_request" in cloud.headers["authorization"]


@google
async def test_google_cloud_takes_the_id(env: None, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, {"ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID": "wrkspc_1", **TOKEN})
    await said("google-cloud", on("google-cloud", "haiku-5.5"))
    assert cloud.path == "/v1/messages"
    assert cloud.body == {**BODY, "model": "claude-haiku-5-5", "stream": True}
    assert cloud.headers["authorization"] == "Bearer a-token"


async def test_no_cloud_is_sent_the_key_of_anthropic(
    env: None, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, {**KEYS, "AWS_BEARER_TOKEN_BEDROCK": "b", "ANTHROPIC_FOUNDRY_API_KEY": "f", **TOKEN})
    given(monkeypatch, {"CLOUD_ML_REGION": "global", "ANTHROPIC_VERTEX_PROJECT_ID": "mine"})
    given(monkeypatch, {"ANTHROPIC_AWS_API_KEY": "a", "ANTHROPIC_AWS_WORKSPACE_ID": "wrkspc_1"})
    for name in CLOUDS:
        await said(name, on(name, "haiku-5.5"))
    assert len(cloud.seen) == len(CLOUDS)
    assert "the-key-of-anthropic" not in str(cloud.seen)


async def test_tokens_are_counted_where_the_client_can(
    env: None, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, {"AWS_REGION": "us-east-1", "AWS_BEARER_TOKEN_BEDROCK": "b"})
    new, old = ClaudeProvider(cloud="bedrock", timeout=20), ClaudeProvider(cloud="bedrock-invoke", timeout=20)
    assert await new.count(ask(model=on("bedrock", "haiku-5.5"))) == 7
    assert cloud.path == "/v1/messages/count_tokens"
    assert await old.count(ask(model=on("bedrock", "haiku-4.5"))) is None
    assert len(cloud.seen) == 1
    await new.close()
    await old.close()


async def test_a_cloud_without_a_list_of_models_offers_none(env: None, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, {"ANTHROPIC_FOUNDRY_API_KEY": "f"})
    provider = ClaudeProvider(cloud="foundry", timeout=20)
    assert await provider.models() == ()
    await provider.close()


async def test_a_cloud_that_misses_something_says_so_and_sends_nothing(env: None, cloud: CloudServer) -> None:
    error = await failure_of(ClaudeProvider(cloud="vertex"), asked(on("vertex", "haiku-5.5")))
    assert isinstance(error, ProviderError)
    assert error.kind == "authentication"
    assert str(error).startswith("Google Vertex AI: No region was given.")
    assert cloud.seen == []


@aws
async def test_credentials_that_are_nowhere_are_a_sentence(
    env: None, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a region of its own: the SDK keeps the credentials it has found for one
    given(monkeypatch, {"AWS_REGION": "sa-east-1", "AWS_EC2_METADATA_DISABLED": "true"})
    error = await failure_of(ClaudeProvider(cloud="bedrock", timeout=20), asked(on("bedrock", "haiku-5.5")))
    assert error.kind == "authentication"
    assert "Could not resolve AWS credentials" in str(error)
    assert cloud.seen == []
