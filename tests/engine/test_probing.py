"""Models of named endpoints: asked once what they can do, in sight and on the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest

from haikuterm.core.abilities import Abilities, Probes
from haikuterm.core.errors import ProviderError, SettingsError
from haikuterm.core.events import Charged, ModelChanged, Notice, TurnEnded
from haikuterm.core.messages import Image
from haikuterm.core.model_rows import overlaid
from haikuterm.core.models import adopt, catalogue, shipped
from haikuterm.core.places import situated
from haikuterm.core.settings import Endpoint, Settings
from haikuterm.engine.engine import Engine
from haikuterm.engine.probing import picture
from haikuterm.engine.session import Session
from tests.scripted import Answer, Rig, calls, refuse, rig, says

URL = "http://localhost:11434"
SETTINGS = Settings(api_key="test", retries=1, endpoints=(Endpoint("ollama", URL, model="qwen3:8b"),))
NAME = "ollama/qwen3:8b"
REFUSES = ProviderError("does not support tools", "rejected")


@pytest.fixture(autouse=True)
def placed() -> Iterator[None]:
    """The catalogue knows the endpoint, for this test only."""
    adopt(situated(shipped(), SETTINGS, {}))
    yield
    adopt(None)


@dataclass
class Kept:
    """What was written down."""

    found: list[Abilities] = field(default_factory=list)

    def at(self, built: Rig) -> Rig:
        """The rig, which keeps here what its probes find."""
        probes = Probes(lambda name: URL if name == "ollama" else "", self.found.append)
        built.engine.ports = replace(built.engine.ports, probes=probes)
        return built


def pings() -> Answer:
    return calls("ping", {})


def can(found: Abilities) -> tuple[bool, bool, bool]:
    return found.tools, found.images, found.count


@pytest.mark.parametrize(
    ("answers", "tools", "images"),
    [
        ((pings(), says("Magenta.")), True, True),
        ((pings(), says("I cannot see pictures.")), True, False),
        ((pings(), [REFUSES]), True, False),
        (([REFUSES], says("OK."), says("pink")), False, True),
        (([REFUSES], says("OK."), [REFUSES], says("OK.")), False, False),
        ((says("ping"), says("purple")), False, True),
        ((says("", stop="max_tokens"), says("", stop="max_tokens")), True, False),
    ],
)
async def test_a_switch_asks_once_what_the_model_can_do(
    repo: Path, answers: tuple[Answer, ...], tools: bool, images: bool
) -> None:
    kept = Kept()
    r = kept.at(rig(repo, *answers, settings=SETTINGS))
    events = await r.run("/model ollama")
    (found,) = kept.found
    assert (found.model, found.url, *can(found)) == (NAME, URL, tools, images, False)
    assert [type(event) for event in events if not isinstance(event, Charged)] == [Notice, Notice, ModelChanged]
    assert (r.engine.session.model.tools, r.engine.session.model.images) == (tools, images)
    assert len(r.provider.requests) == len(answers)


async def test_every_request_of_a_probe_is_a_row_and_a_tiny_one(repo: Path) -> None:
    r = Kept().at(rig(repo, pings(), says("magenta"), settings=SETTINGS))
    events = await r.run("/model ollama")
    rows = r.engine.ports.store.attempts()
    assert [(row.charge.purpose, row.charge.model) for row in rows] == [("probe", NAME)] * 2
    assert len([event for event in events if isinstance(event, Charged)]) == 2
    assert all(request.max_tokens <= 256 for request in r.provider.requests)


async def test_what_is_known_is_not_asked_again(repo: Path) -> None:
    r = Kept().at(rig(repo, pings(), says("magenta"), says("Hello."), settings=SETTINGS))
    for line in ("/model ollama", "/model haiku-4.5", "/model ollama/qwen3:8b", "Hi"):
        await r.run(line)
    assert len(r.provider.requests) == 3
    assert r.provider.requests[-1].tools  # it was found to take them


async def test_a_model_found_to_have_no_tools_is_asked_without(repo: Path) -> None:
    r = Kept().at(rig(repo, [REFUSES], says("OK."), says("magenta"), says("Hello."), settings=SETTINGS))
    await r.run("/model ollama")
    await r.run("Hi")
    assert r.provider.requests[-1].tools == ()


async def test_what_cannot_be_written_down_holds_for_this_session(repo: Path) -> None:
    def full(_: Abilities) -> None:
        raise SettingsError("The disk is full.")

    r = rig(repo, pings(), says("magenta"), says("Hello."), settings=SETTINGS)
    r.engine.ports = replace(r.engine.ports, probes=Probes(lambda _: URL, full))
    assert Notice("The disk is full.", "warning") in await r.run("/model ollama")
    assert (await r.run("Hi"))[-1] == TurnEnded("done")
    assert len(r.provider.requests) == 3


async def test_an_endpoint_that_does_not_answer_leaves_the_model_as_it_was(repo: Path) -> None:
    gone = ProviderError("Cannot reach it.", "unreachable")
    kept = Kept()
    r = kept.at(rig(repo, [gone], settings=SETTINGS))
    events = await r.run("/model ollama")
    assert events[-1] == Notice("Cannot reach it.", "error")
    assert r.engine.session.model.id == "claude-haiku-4-5"
    assert kept.found == []


async def test_a_model_that_is_not_there_is_not_taken_for_one_without_tools(repo: Path) -> None:
    missing = ProviderError("no such model", "rejected")
    kept = Kept()
    r = kept.at(rig(repo, [missing], [missing], settings=SETTINGS))
    events = await r.run("/model ollama/nothing")
    assert events[-1] == Notice("no such model", "error")
    assert kept.found == []


async def test_an_endpoint_without_a_model_asks_which(repo: Path) -> None:
    adopt(situated(shipped(), Settings(endpoints=(Endpoint("vllm", URL),)), {}))
    r = rig(repo, settings=SETTINGS)
    assert await r.run("/model vllm") == [Notice("Say which model of vllm you want: /model vllm/MODEL.", "error")]


def started_with(built: Rig, name: str) -> Rig:
    """The rig with an engine that begins with this model."""
    session = Session(built.engine.session.root, catalogue().resolve(name))
    built.engine = Engine(SETTINGS, session, built.engine.ports)
    return built


async def test_the_first_prompt_asks_what_nobody_asked_before(repo: Path) -> None:
    r = Kept().at(started_with(rig(repo, pings(), says("magenta"), says("Hello.")), "ollama"))
    events = await r.run("Hi")
    assert events[-1] == TurnEnded("done")
    assert [row.charge.purpose for row in r.engine.ports.store.attempts()] == ["probe", "probe", "turn"]


async def test_a_first_prompt_at_an_endpoint_that_is_gone_ends_with_its_sentence(repo: Path) -> None:
    gone = ProviderError("Cannot reach it.", "unreachable")
    r = Kept().at(started_with(rig(repo, [gone]), "ollama"))
    assert (await r.run("Hi"))[-1] == TurnEnded("failed", "Cannot reach it.")


async def test_the_picker_offers_the_models_of_endpoints(repo: Path) -> None:
    r = rig(repo, settings=SETTINGS)
    asker = refuse()
    async with aclosing(r.engine.submit("/model", asker)) as events:
        assert [event async for event in events if not isinstance(event, Notice)] == []
    assert NAME in [option.value for option in asker.questions[0].options]


async def test_a_saved_conversation_goes_on_at_its_endpoint(repo: Path) -> None:
    r = Kept().at(rig(repo, pings(), says("magenta"), says("Hello."), settings=SETTINGS))
    await r.run("/model ollama")
    await r.run("Hi")
    saved = r.engine.ports.store.last(r.engine.session.root)
    assert saved is not None
    assert saved.model == NAME
    again = catalogue().resolve(saved.model)
    assert (again.endpoint, again.probed) == ("ollama", True)


async def test_a_price_of_the_users_own_holds_whatever_the_server_calls_the_model(repo: Path) -> None:
    rates = '{ input = "1", output = "2", cache_write_5m = "0", cache_write_1h = "0", cache_read = "0" }'
    row = f'[[model]]\nid = "{NAME}"\neffective = "2026-11-20"\nprices = [{rates}]\n'
    adopt(situated(overlaid(shipped(), row, "models.toml"), SETTINGS, {}))
    answers = (pings(), says("magenta"), says("Hello.", served="library/qwen3"))
    r = Kept().at(rig(repo, *answers, settings=SETTINGS))
    await r.run("/model ollama")
    await r.run("Hi")
    row_ = r.engine.ports.store.attempts()[-1]
    assert row_.charge.usd == Decimal("0.0012")
    asker = refuse()
    async with aclosing(r.engine.submit("/model", asker)) as events:
        _ = [event async for event in events]
    assert [option.value for option in asker.questions[0].options].count(NAME) == 1


def test_the_picture_is_a_real_one() -> None:
    image = Image("image/png", picture())
    assert image.data.startswith(b"\x89PNG")
    assert len(image.data) < 200
