"""Messages go to the wire and back without a loss."""

from __future__ import annotations

from haikuterm.core.messages import (
    Image,
    Message,
    Opaque,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    from_wire,
    to_wire,
    without_thinking,
)

PARTS = (
    Text("hello"),
    Thinking("hm", "sig"),
    Image("image/png", b"\x89PNG"),
    ToolUse("t1", "read", {"path": "a"}),
    ToolResult("t0", "fine"),
    ToolResult("t2", "broken", is_error=True),
    Opaque({"type": "redacted_thinking", "data": "xyz"}),
    Opaque({"type": "hologram", "depth": 3}),
)


def test_every_part_comes_back_as_it_was() -> None:
    message = Message("assistant", PARTS)
    assert from_wire(to_wire(message)) == message


def test_blank_text_is_not_sent() -> None:
    assert to_wire(Message("user", (Text("  \n"), Text("x"))))["content"] == [{"type": "text", "text": "x"}]


def test_a_tool_that_said_nothing_says_so() -> None:
    assert to_wire(Message("user", (ToolResult("t", ""),)))["content"][0]["content"] == "(no output)"


def test_reasoning_can_be_taken_out_readable_and_redacted() -> None:
    kept = without_thinking(Message("assistant", PARTS)).parts
    assert kept == tuple(p for p in PARTS if p not in (PARTS[1], PARTS[6]))


def test_plain_string_content_is_understood() -> None:
    assert from_wire({"role": "user", "content": "hi"}) == Message("user", (Text("hi"),))
