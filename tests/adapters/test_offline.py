"""Under --offline a model of this machine answers, and every other one is refused with a way out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from haikuterm.adapters.offline import OfflineModels, OfflineProvider
from haikuterm.core.context import build
from haikuterm.core.errors import LocalModelError, ProviderError
from haikuterm.core.messages import Message, Text
from haikuterm.core.models import catalogue
from haikuterm.core.request import Reply
from haikuterm.core.settings import Endpoint, Settings
from haikuterm.wiring import build as built
from haikuterm.wiring import local_models, refresh_models
from tests.scripted import OnDisk, ScriptedProvider, says

HAIKU, QWEN = catalogue().resolve("haiku-4.5"), catalogue().resolve("qwen-0.5b")
HI = (Message("user", (Text("hi"),)),)
OFFLINE = Settings(
    api_key="key", offline=True, endpoints=(Endpoint("far", "https://far.invalid", model="m"),), provider="bedrock"
)


async def test_a_model_of_this_machine_answers() -> None:
    local = ScriptedProvider([says("hello", served=QWEN.id)])
    provider = OfflineProvider(local, QWEN)
    events = [event async for event in provider.stream(build(QWEN, HI, ()))]
    assert isinstance(events[-1], Reply)
    assert [request.model.id for request in local.requests] == [QWEN.id]
    await provider.close()


async def test_any_other_model_is_refused_once_and_for_all_and_not_counted() -> None:
    local = ScriptedProvider([])
    provider = OfflineProvider(local, HAIKU)
    provider.warm()
    with pytest.raises(ProviderError, match=r"--offline: nothing was sent\. To ask haiku-4\.5, start") as refused:
        await anext(provider.stream(build(HAIKU, HI, ())))
    assert not refused.value.retryable
    assert await provider.count(build(HAIKU, HI, ())) is None
    assert local.requests == []


def test_nothing_is_fetched_and_what_is_here_stays_usable() -> None:
    none_here = OfflineModels(local_models())
    assert none_here.list() == local_models().list()
    with pytest.raises(LocalModelError, match=r"--offline: nothing was fetched\. To fetch qwen-0.5b, start without"):
        none_here.pull("qwen-0.5b", lambda what, done, total: None)
    OfflineModels(OnDisk()).pull("qwen-0.5b", lambda what, done, total: None)


@pytest.mark.parametrize("model", ["haiku-4.5", "far/m"])
async def test_with_clouds_endpoints_and_keys_in_the_settings_nothing_is_sent_either(repo: Path, model: str) -> None:
    engine = built(OFFLINE)
    assert engine.status.offline
    with pytest.raises(ProviderError, match="nothing was sent"):
        await anext(engine.ports.provider.stream(build(catalogue().resolve(model), HI, ())))
    await engine.close()


async def test_the_list_of_models_is_not_asked_for() -> None:
    with pytest.raises(ProviderError, match=r"nothing was sent\. To ask the endpoint for its models"):
        await refresh_models(OFFLINE, date(2026, 11, 21))


def test_no_credential_is_needed_to_work_offline(repo: Path) -> None:
    assert built(Settings(offline=True)).status.offline
