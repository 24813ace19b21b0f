"""What the real Messages API refuses, so that an invalid history fails a test and not a user.

Sources: platform.claude.com, Messages API reference and the migration guide of API version 2026-10-21.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

JsonObject = Mapping[str, Any]

FIELDS = frozenset({
    "model", "messages", "max_tokens", "system", "tools", "tool_choice", "thinking", "output_config", "stop_sequences",
    "stream", "metadata", "cache_control", "service_tier", "container", "inference_geo", "speed", "diagnostics",
})  # fmt: skip
SAMPLING = ("temperature", "top_p", "top_k")
TOOL_FIELDS = frozenset({"name", "description", "input_schema", "type", "cache_control", "strict",
                         "eager_input_streaming", "input_examples", "defer_loading", "allowed_callers"})  # fmt: skip
USER_BLOCKS = frozenset({"text", "image", "document", "tool_result", "search_result"})
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
LEVELS = ("low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True)
class Takes:
    """What a model takes. off_up_to: highest effort at which thinking may be disabled. longest: of an answer."""

    thinking: tuple[str, ...] = ("adaptive",)
    efforts: tuple[str, ...] = LEVELS
    prefill: bool = False
    forced: bool = True
    off_up_to: str = ""
    longest: int = 128_000


_OLD = ("enabled", "disabled")
_OFF = ("adaptive", "disabled")
TAKES: Mapping[str, Takes] = {  # the table "per-model constraints" of the migration guides
    "haiku-4-5": Takes(_OLD, (), prefill=True, longest=64_000),
    "haiku-5-5": Takes(_OFF, off_up_to="high"),
    "sonnet-5-5": Takes(("adaptive", "between_tools"), forced=False),
    "opus-5-5": Takes(forced=False),
    "fable-5-1": Takes(forced=False),
    "opus-5": Takes(_OFF, off_up_to="high"),
    "sonnet-5": Takes(_OFF),
    "opus-4-8": Takes(_OFF),
    "opus-4-7": Takes(_OFF),
    "opus-4-6": Takes(("adaptive", *_OLD), ("low", "medium", "high", "max")),
    "sonnet-4-6": Takes(("adaptive", *_OLD), ("low", "medium", "high", "max")),
    "opus-4-5": Takes(_OLD, LEVELS[:3], prefill=True, longest=64_000),
    "sonnet-4-5": Takes(_OLD, (), prefill=True, longest=64_000),
}
THINKING_FIELDS: Mapping[str, frozenset[str]] = {
    "adaptive": frozenset({"type", "display"}), "enabled": frozenset({"type", "display", "budget_tokens"}),
    "disabled": frozenset({"type"}), "between_tools": frozenset({"type"}),
}  # fmt: skip


def takes(model: str) -> Takes:
    """What the model of this id takes; one that is not in the table has the rules of the newest: adaptive only."""
    return TAKES.get(re.sub(r"-\d{8}$", "", model.removeprefix("claude-")), Takes())


class Refused(Exception):
    """The request is invalid; str(error) is what the API would say."""


def check(body: JsonObject, signed: Mapping[str, str], *, paused: bool = False) -> None:
    """Raise Refused for a body that the API would answer with 400.

    signed: text of each thinking block by the signature it was sent out with. paused: the answer before was paused, so
    that the conversation may end with it.
    """
    claude = str(body.get("model", "")).startswith("claude-")
    _need(isinstance(body.get("model"), str) and body["model"], "model: Field required")
    for name in body:
        if name in SAMPLING:
            _need(not claude, f"{name}: Extra inputs are not permitted")
        else:
            _need(name in FIELDS, f"{name}: Extra inputs are not permitted")
    _numbers(body)
    _system(body.get("system", "x"))
    _tools(body.get("tools", ()))
    if claude:
        _abilities(body, paused=paused)
    _messages(body.get("messages"), signed)
    _need(sum(_marks(part) for part in (body.get("system"), body.get("tools"), body["messages"])) <= 4,
          "A maximum of 4 blocks with cache_control may be provided")  # fmt: skip


def _need(true: object, sentence: str) -> None:
    if not true:
        raise Refused(sentence)


def _numbers(body: JsonObject) -> None:
    limit = body.get("max_tokens")
    _need(isinstance(limit, int) and limit >= 1, "max_tokens: Input should be greater than or equal to 1")
    for stop in body.get("stop_sequences", ()):
        _need(stop.strip(), "stop_sequences: each stop sequence must contain non-whitespace")


def _system(system: Any) -> None:
    blocks = [{"type": "text", "text": system}] if isinstance(system, str) else system
    _need(isinstance(blocks, list), "system: Input should be a valid list")
    for index, block in enumerate(blocks):
        _text(block, f"system.{index}")


def _text(block: JsonObject, where: str) -> None:
    _need(isinstance(block, dict) and block.get("type") == "text", f"{where}.type: Input should be 'text'")
    _need(isinstance(block.get("text"), str), f"{where}.text: Field required")
    _need(block["text"], f"{where}: text content blocks must be non-empty")
    _need(block["text"].strip(), f"{where}: text content blocks must contain non-whitespace text")
    _need(block.keys() <= {"type", "text", "cache_control"}, f"{where}: Extra inputs are not permitted")


def _tools(tools: Sequence[JsonObject]) -> None:
    names = [tool.get("name", "") for tool in tools]
    _need(len(set(names)) == len(names), "tools: Tool names must be unique.")
    for index, tool in enumerate(tools):
        where = f"tools.{index}.custom"
        _need(TOOL_NAME.fullmatch(str(tool.get("name", ""))), f"{where}.name: String should match the pattern")
        _need(tool.get("input_schema", {}).get("type") == "object", f"{where}.input_schema.type: Field required")
        _need(tool.keys() <= TOOL_FIELDS, f"{where}: Extra inputs are not permitted")


def _abilities(body: JsonObject, *, paused: bool) -> None:
    """What depends on the model."""
    model = takes(body["model"])
    _thinking(body, model)
    config = body.get("output_config", {})
    _need(config.keys() <= {"effort", "format"}, "output_config: Extra inputs are not permitted")
    if "effort" in config:
        _need(model.efforts, "This model does not support the effort parameter.")
        _need(config["effort"] in model.efforts, "output_config.effort: not supported on this model")
    _need(body["max_tokens"] <= model.longest, f"max_tokens: {body['max_tokens']} > {model.longest}")
    if body.get("tool_choice", {}).get("type") in ("any", "tool"):
        _need(model.forced, "tool_choice: forcing a tool is not supported on this model")
    last = body["messages"][-1] if body.get("messages") else {}
    if last.get("role") == "assistant" and not paused:
        _need(model.prefill, "This model does not support assistant message prefill.")
        text = _blocks(last.get("content"), "messages")[-1].get("text", "")
        _need(text == text.rstrip(), "messages: final assistant content cannot end with trailing whitespace")


def _thinking(body: JsonObject, model: Takes) -> None:
    thinking = body.get("thinking")
    if thinking is None:
        return
    kind = thinking.get("type")
    _need(kind in THINKING_FIELDS, f"thinking: Input tag '{kind}' does not match any of the expected tags")
    _need(thinking.keys() <= THINKING_FIELDS[kind], f"thinking.{kind}: Extra inputs are not permitted")
    _need(thinking.get("display") in (None, "summarized", "omitted"), "thinking.display: unknown")
    _need(kind in model.thinking, f'"thinking.type.{kind}" is not supported for this model')
    if kind == "enabled":
        budget = thinking.get("budget_tokens", 0)
        _need(1024 <= budget < body["max_tokens"], "thinking.enabled.budget_tokens: too small")
    effort = body.get("output_config", {}).get("effort", "low")
    if kind == "disabled" and model.off_up_to:
        _need(
            LEVELS.index(effort) <= LEVELS.index(model.off_up_to),
            "thinking.type.disabled is not supported at this effort",
        )


def _messages(messages: Any, signed: Mapping[str, str]) -> None:
    _need(isinstance(messages, list) and messages, "messages: at least one message is required")
    _need(messages[0].get("role") == "user", "messages: first message must use the user role")
    waiting: list[str] = []  # tool calls of the message before
    for index, message in enumerate(messages):
        where = f"messages.{index}"
        _need(message.keys() == {"role", "content"}, f"{where}: Extra inputs are not permitted")
        _need(message["role"] == ("user", "assistant")[index % 2], f"{where}: roles must alternate")
        blocks = _blocks(message["content"], where)
        for at, block in enumerate(blocks):
            _block(block, message["role"], f"{where}.content.{at}", signed)
        _results(blocks, waiting, where)
        waiting = [block["id"] for block in blocks if block["type"] == "tool_use"]
    _need(not waiting, f"messages.{len(messages) - 1}: `tool_use` ids were found without `tool_result` blocks")


def _blocks(content: Any, where: str) -> list[Any]:
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    _need(isinstance(blocks, list) and blocks, f"{where}: all messages must have non-empty content")
    return blocks


def _block(block: JsonObject, role: str, where: str, signed: Mapping[str, str]) -> None:
    kind = block.get("type")
    _need(kind, f"{where}.type: Field required")
    _need(role == "assistant" or kind in USER_BLOCKS, f"{where}: Input tag '{kind}' is not allowed in a user message")
    if kind == "text":
        _text(block, where)
    if kind in ("thinking", "redacted_thinking"):
        _need("cache_control" not in block, f"{where}.cache_control: Extra inputs are not permitted")
    if kind == "thinking":
        known = signed.get(block.get("signature", ""))
        _need(known is not None, f"{where}: Invalid `signature` in `thinking` block")
        _need(block.get("thinking") == known, f"{where}: `thinking` blocks in the latest message cannot be modified")
    if kind == "tool_use":
        _need(isinstance(block.get("input"), dict), f"{where}.tool_use.input: Input should be a valid dictionary")


def _results(blocks: Sequence[JsonObject], waiting: Sequence[str], where: str) -> None:
    """Every tool call of the message before is answered once, before anything else is said."""
    kinds = [block["type"] == "tool_result" for block in blocks]
    _need(kinds == sorted(kinds, reverse=True), f"{where}: tool_result blocks must come first in the content")
    ids = [block.get("tool_use_id") for block in blocks if block["type"] == "tool_result"]
    _need(not set(ids) - set(waiting), f"{where}: unexpected `tool_use_id` found in `tool_result` blocks")
    _need(len(set(ids)) == len(ids), f"{where}: each tool_use must have a single result")
    _need(
        not set(waiting) - set(ids),
        f"{where}: `tool_use` ids were found without `tool_result` blocks immediately after",
    )


def _marks(part: Any) -> int:
    """How many cache points there are in a part of the request."""
    if isinstance(part, list):
        return sum(_marks(item) for item in part)
    if isinstance(part, dict):
        return ("cache_control" in part) + _marks(part.get("content"))
    return 0
