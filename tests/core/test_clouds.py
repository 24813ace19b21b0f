"""Clouds: what is missing before anything can be sent, and the ids that go over the wire."""

from __future__ import annotations

import pytest

from haikuterm.core.clouds import CLOUDS, invoked, lacking, moved, plain
from haikuterm.core.models import Catalogue, shipped
from haikuterm.core.settings import PROVIDERS


def everywhere(_module: str) -> bool:
    return True


def nowhere(_module: str) -> bool:
    return False


def there(name: str, **environ: str) -> Catalogue:
    return moved(shipped(), CLOUDS[name], environ)


def test_every_provider_of_the_settings_is_a_cloud() -> None:
    assert tuple(CLOUDS) == PROVIDERS


@pytest.mark.parametrize(
    ("name", "environ", "said"),
    [
        ("bedrock", {}, "Amazon Bedrock needs AWS_REGION or AWS_DEFAULT_REGION in the environment."),
        ("bedrock", {"AWS_DEFAULT_REGION": "eu-west-1"}, ""),
        ("vertex", {}, "Google Vertex AI needs CLOUD_ML_REGION in the environment."),
        ("vertex", {"CLOUD_ML_REGION": "global"}, ""),
        ("foundry", {}, "Microsoft Foundry needs ANTHROPIC_FOUNDRY_API_KEY in the environment."),
        ("foundry", {"ANTHROPIC_FOUNDRY_API_KEY": "k"}, "Microsoft Foundry needs ANTHROPIC_FOUNDRY_RESOURCE"),
        ("foundry", {"ANTHROPIC_FOUNDRY_API_KEY": "k", "ANTHROPIC_FOUNDRY_BASE_URL": "https://x"}, ""),
        ("aws", {"AWS_REGION": "us-east-1"}, "the Claude Platform on AWS needs ANTHROPIC_AWS_WORKSPACE_ID"),
        ("aws", {"ANTHROPIC_AWS_WORKSPACE_ID": "w"}, "the Claude Platform on AWS needs AWS_REGION or"),
        ("aws", {"ANTHROPIC_AWS_WORKSPACE_ID": "w", "AWS_REGION": "us-east-1"}, ""),
        ("google-cloud", {}, "Claude on Google Cloud needs ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID"),
        ("google-cloud", {"ANTHROPIC_GOOGLE_CLOUD_BASE_URL": "https://x"}, ""),
    ],
)
def test_the_variable_that_is_missing_is_named(name: str, environ: dict[str, str], said: str) -> None:
    line = lacking(CLOUDS[name], environ, everywhere)
    assert line.startswith(said)
    assert bool(line) == bool(said)


@pytest.mark.parametrize("name", ["bedrock", "vertex", "aws", "google-cloud"])
def test_the_extra_that_is_missing_is_named_before_any_variable(name: str) -> None:
    assert lacking(CLOUDS[name], {}, nowhere).endswith(f"pip install 'haikuterm[{name}]'")


def test_a_key_that_needs_no_signature_needs_no_extra() -> None:
    environ = {"ANTHROPIC_AWS_API_KEY": "k", "ANTHROPIC_AWS_WORKSPACE_ID": "w", "AWS_REGION": "us-east-1"}
    assert lacking(CLOUDS["aws"], environ, nowhere) == ""


def test_two_addresses_of_foundry_are_one_too_many() -> None:
    names = ("ANTHROPIC_FOUNDRY_API_KEY", "ANTHROPIC_FOUNDRY_RESOURCE", "ANTHROPIC_FOUNDRY_BASE_URL")
    assert "not both" in lacking(CLOUDS["foundry"], dict.fromkeys(names, "x"), everywhere)


@pytest.mark.parametrize(
    ("region", "model", "sent"),
    [
        ("us-east-1", "haiku-5.5", "anthropic.claude-haiku-5-5"),
        ("us-east-1", "claude-opus-4-8", "anthropic.claude-opus-4-8"),
        ("us-east-1", "haiku-4.5", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("eu-west-1", "claude-haiku-4-5-20251001", "eu.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("us-gov-west-1", "sonnet-4.5", "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("ap-south-1", "opus-4.6", "global.anthropic.claude-opus-4-6-v1"),
        ("eu-west-1", "sonnet-4.6", "eu.anthropic.claude-sonnet-4-6"),
        ("eu-west-1", "somebody.elses-model", "somebody.elses-model"),
    ],
)
def test_bedrock_has_a_prefix_and_old_models_a_version_and_a_profile(region: str, model: str, sent: str) -> None:
    found = there("bedrock", AWS_REGION=region).resolve(model)
    assert found.wire_id == sent
    assert invoked(sent) is ("4-5" in sent or "4-6" in sent)


def test_vertex_has_an_at_before_the_dates_of_old_models() -> None:
    known = there("vertex")
    names = ("haiku-4.5", "claude-sonnet-4-5-20250929", "opus-4.5", "opus-4.6", "haiku-5.5")
    assert [known.resolve(name).wire_id for name in names] == [
        "claude-haiku-4-5@20251001", "claude-sonnet-4-5@20250929", "claude-opus-4-5@20251101", "claude-opus-4-6",
        "claude-haiku-5-5",
    ]  # fmt: skip


@pytest.mark.parametrize("name", list(CLOUDS))
def test_every_id_of_a_cloud_leads_back_to_its_model(name: str) -> None:
    known = there(name, AWS_REGION="us-east-1")
    for wanted in known.models:
        if not wanted.local:
            assert known.resolve(plain(wanted.wire_id)).alias == wanted.alias


def test_an_id_of_the_cloud_is_taken_as_it_is_written_with_the_rules_of_its_model() -> None:
    written = "jp.anthropic.claude-haiku-4-5-20251001-v1:0"
    found = there("bedrock", AWS_REGION="us-east-1").resolve(written)
    assert found.wire_id == written
    assert found.alias == "haiku-4.5"
    assert found.known


def test_prices_are_about_where_a_partner_sets_them() -> None:
    assert [name for name in CLOUDS if there(name).resolve("haiku").list_price] == ["bedrock", "vertex", "foundry"]
    assert not there("bedrock").resolve("qwen-0.5b").list_price
