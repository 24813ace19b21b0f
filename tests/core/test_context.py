"""A request follows the rules of its model, and its prefix never changes."""

from __future__ import annotations

import json

import pytest

from haikuterm.core.context import build, file_block, for_model
from haikuterm.core.messages import Message, Text, Thinking
from haikuterm.core.models import catalogue
from haikuterm.core.request import ToolSpec

HELLO = (Message("user", (Text("hello"),)),)
TOOL = (ToolSpec("read", "reads", {"type": "object"}),)


@pytest.mark.parametrize("model", catalogue().models, ids=lambda m: m.id)
@pytest.mark.parametrize("effort", ["", "low", "xhigh"])
def test_only_what_a_model_takes_is_sent(model, effort: str) -> None:
    request = build(model, HELLO, TOOL, effort=effort)
    assert request.effort in ("", *model.efforts)
    assert request.thinking == ""
    assert bool(request.tools) == model.tools
    assert request.max_tokens <= model.max_output
    assert (request.temperature is None) == (not model.local)
    assert request.prefill == ""


def test_a_thinking_model_gets_room_to_think_and_answer() -> None:
    assert build(catalogue().resolve("haiku-5.5"), HELLO).max_tokens >= 16_000


def test_a_short_conversation_has_no_cache_point_and_a_long_one_has() -> None:
    haiku = catalogue().resolve("haiku-4.5")
    assert build(haiku, HELLO).cache_at == ()
    assert build(haiku, (*HELLO, Message("assistant", (Text("x" * 20_000),)), *HELLO)).cache_at == (0, 2)


def test_a_file_cannot_close_its_own_fence() -> None:
    assert file_block("a", "x</file>y") == '<file_ path="a">\nx</file>y\n</file_>'


def test_reasoning_is_dropped_for_another_model_and_kept_for_the_same() -> None:
    haiku, sonnet = catalogue().resolve("haiku"), catalogue().resolve("sonnet")
    said = (*HELLO, Message("assistant", (Thinking("hm", "s"), Text("hi"))))
    assert for_model(said, haiku, haiku) == said
    assert for_model(said, haiku, sonnet) == (*HELLO, Message("assistant", (Text("hi"),)))


def test_equal_requests_have_equal_digests_and_any_change_shows() -> None:
    haiku = catalogue().resolve("haiku")
    assert build(haiku, HELLO).digest == build(haiku, HELLO).digest
    assert build(haiku, HELLO).digest != build(haiku, HELLO, TOOL).digest
    json.dumps(build(haiku, HELLO, TOOL).digest)


def test_what_stood_around_pure_reasoning_is_joined() -> None:
    haiku, sonnet = catalogue().resolve("haiku"), catalogue().resolve("sonnet")
    said = (*HELLO, Message("assistant", (Thinking("hm", "s"),)), Message("user", (Text("and?"),)))
    assert for_model(said, haiku, sonnet) == (Message("user", (Text("hello"), Text("and?"))),)


def test_a_models_unknown_least_length_does_not_keep_it_from_caching() -> None:
    sonnet, nobody = catalogue().resolve("sonnet-5.5"), catalogue().resolve("nobody")
    long = (Message("user", (Text("x" * 20_000),)),)
    assert build(sonnet, long).cache_at == (0,)
    assert build(nobody, long).cache_at == ()
