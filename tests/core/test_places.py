"""Named endpoints in the catalogue: their models by whole name, and what probes found of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.abilities import Abilities, from_json, to_json
from haikuterm.core.models import Catalogue, shipped
from haikuterm.core.places import situated
from haikuterm.core.settings import Endpoint, Settings

URL = "http://localhost:11434"
OLLAMA = Endpoint("ollama", URL, model="qwen3:8b")
ROUTER = Endpoint("openrouter", "https://openrouter.ai/api", "OPENROUTER_API_KEY")
SETTINGS = Settings(endpoints=(OLLAMA, ROUTER))


def known(*found: Abilities) -> Catalogue:
    return situated(shipped(), SETTINGS, {}, found)


def test_a_whole_name_is_a_model_of_the_endpoint_with_careful_rules() -> None:
    model = known().resolve("ollama/Qwen3:30B")
    assert (model.id, model.endpoint, model.wire_id) == ("ollama/Qwen3:30B", "ollama", "Qwen3:30B")
    assert (model.known, model.prices, model.images, model.probed) == (False, None, False, False)


def test_the_name_of_an_endpoint_alone_is_the_model_it_stands_for() -> None:
    assert known().resolve("ollama").id == "ollama/qwen3:8b"


def test_an_endpoint_that_stands_for_no_model_has_none_to_send() -> None:
    model = known().resolve("openrouter")
    assert (model.id, model.endpoint, model.sent) == ("openrouter", "openrouter", "")


def test_a_model_may_have_a_slash_of_its_own() -> None:
    assert known().resolve("openrouter/anthropic/claude-haiku-4.5").wire_id == "anthropic/claude-haiku-4.5"


def test_a_slash_without_an_endpoint_is_part_of_an_id() -> None:
    model = known().resolve("gateway/claude-haiku")
    assert (model.endpoint, model.wire_id) == ("", "gateway/claude-haiku")


def test_what_a_probe_found_holds_for_that_model_only() -> None:
    found = Abilities("ollama/qwen3:8b", count=False, tools=False, images=True, day="2026-11-20", url=URL)
    probed = known(found).resolve("ollama")
    assert (probed.tools, probed.images, probed.counts, probed.probed) == (False, True, False, True)
    assert not known(found).resolve("ollama/other").probed


def test_what_was_found_at_another_address_counts_no_more() -> None:
    moved = Abilities("ollama/qwen3:8b", count=True, tools=True, images=True, url="http://elsewhere")
    assert not known(moved).resolve("ollama").probed


def test_completion_knows_endpoints_and_the_models_that_were_used() -> None:
    found = Abilities("openrouter/x/y", count=True, tools=True, images=False, url=ROUTER.base_url)
    assert known(found).names()[-3:] == ("ollama", "openrouter", "openrouter/x/y")


texts = st.text(max_size=20)


@given(st.lists(st.builds(Abilities, texts, st.booleans(), st.booleans(), st.booleans(), texts, texts)))
def test_what_is_written_down_is_read_again(found: list[Abilities]) -> None:
    assert from_json(to_json(found)) == tuple(found)


@pytest.mark.parametrize("text", ["", "{", "{}", "3", "[3]", '[{"model": "x"}]', '[{"model": 1, "count": true}]'])
def test_a_file_that_is_none_holds_nothing(text: str) -> None:
    assert from_json(text) == ()


def test_a_line_says_what_it_can_and_what_not() -> None:
    assert str(Abilities("x/y", count=False, tools=True, images=False)) == "tools; no pictures, no token counts"
    assert str(Abilities("x/y", count=True, tools=True, images=True)) == "tools, pictures, token counts"
