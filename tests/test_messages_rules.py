"""The local Messages API refuses what the real one refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.messages_rules import Refused, check

USE = {"type": "tool_use", "id": "t1", "name": "read", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "x"}
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "s1"}
HI = {"role": "user", "content": "Hi"}


def said(*contents: Any) -> list[dict[str, Any]]:
    """Messages of these contents, the user's first."""
    return [{"role": ("user", "assistant")[i % 2], "content": content} for i, content in enumerate(contents)]


def body(**more: Any) -> dict[str, Any]:
    return {"model": "claude-haiku-5-5", "max_tokens": 100, "messages": [HI], **more}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (body(temperature=0.2), "temperature"),
        (body(colour="red"), "colour"),
        (body(max_tokens=0), "max_tokens"),
        (body(messages=[]), "at least one"),
        (body(model="claude-haiku-4-5", messages=said("Hi", "Hi")[1:]), "first message"),
        (body(messages=[HI, HI]), "alternate"),
        (body(messages=said([])), "non-empty content"),
        (body(messages=said([{"type": "text", "text": ""}])), "non-empty"),
        (body(messages=said([{"type": "text", "text": " \n"}])), "non-whitespace"),
        (body(system=""), "non-empty"),
        (body(messages=said("Hi", [USE])), "does not support assistant message prefill"),
        (body(messages=said("Hi", [USE], "no result")), "without `tool_result`"),
        (body(messages=said("Hi", [USE], [{"type": "text", "text": "x"}, RESULT])), "come first"),
        (body(messages=said("Hi", "Yes?", [RESULT])), "unexpected `tool_use_id`"),
        (body(messages=said("Hi", [USE], [RESULT, RESULT])), "single result"),
        (body(messages=said([USE])), "not allowed in a user message"),
        (body(messages=said("Hi", [{**THOUGHT, "signature": "mine"}], "Go on")), "Invalid `signature`"),
        (body(messages=said("Hi", [{**THOUGHT, "thinking": "other"}], "Go on")), "cannot be modified"),
        (body(thinking={"type": "enabled", "budget_tokens": 1024}), "not supported"),
        (body(model="claude-haiku-4-5", thinking={"type": "adaptive"}), "not supported"),
        (body(model="claude-haiku-4-5", output_config={"effort": "low"}), "effort"),
        (body(model="claude-haiku-4-5-20251001", output_config={"effort": "low"}), "effort"),
        (body(model="claude-sonnet-4-6", output_config={"effort": "xhigh"}), "effort"),
        (body(model="claude-opus-4-6", thinking={"type": "between_tools"}), "between_tools"),
        (body(model="claude-sonnet-5-5", thinking={"type": "disabled"}), "disabled"),
        (body(model="claude-opus-5-5", thinking={"type": "disabled"}), "disabled"),
        (body(thinking={"type": "disabled"}, output_config={"effort": "xhigh"}), "at this effort"),
        (body(thinking={"type": "disabled", "display": "omitted"}), "Extra inputs"),
        (body(thinking={"type": "adaptive", "budget_tokens": 2000}), "Extra inputs"),
        (body(max_tokens=128_001), "max_tokens"),
        (body(model="claude-haiku-4-5", max_tokens=64_001), "max_tokens"),
        (body(model="claude-opus-5-5", tool_choice={"type": "any"}), "forcing"),
        (body(model="claude-haiku-4-5", messages=said("Hi", "so ")), "trailing whitespace"),
        (body(tools=[{"name": "a b", "input_schema": {"type": "object"}}]), "pattern"),
        (body(tools=[{"name": "a", "input_schema": {}}]), "input_schema"),
        (body(tools=[{"name": "a", "input_schema": {"type": "object"}}] * 2), "unique"),
        (body(stop_sequences=[" "]), "non-whitespace"),
        (
            body(messages=said([{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}] * 5)),
            "maximum of 4",
        ),
    ],
)
def test_an_invalid_request_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        check(wrong, {"s1": "hm"})


@pytest.mark.parametrize(
    "right",
    [
        body(messages=said("Hi", [THOUGHT, USE], [RESULT, {"type": "text", "text": "And now?"}])),
        body(model="claude-haiku-4-5", messages=said("Hi", "So:")),
        body(model="qwen", temperature=0.2, messages=said("Hi", "So: ")),
        body(thinking={"type": "adaptive", "display": "summarized"}, output_config={"effort": "low"}),
        body(thinking={"type": "disabled"}, output_config={"effort": "high"}),
        body(model="claude-sonnet-4-6", thinking={"type": "disabled"}, output_config={"effort": "max"}),
    ],
)
def test_a_valid_request_is_taken(right: dict[str, Any]) -> None:
    check(right, {"s1": "hm"})


def test_an_answer_that_was_paused_may_be_sent_back_as_the_last_message() -> None:
    check(body(messages=said("Hi", "Looking ")), {}, paused=True)
