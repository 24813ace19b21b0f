"""The Messages API on the wire: a Request as the SDK's arguments, and the events of an answer as a Reply.

Raw events, not the SDK's stream helper: the helper parses a tool's whole input anew at each piece (quadratic in its
length), and fails with a bare ValueError where the input is broken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from haikuterm.core.errors import AttachmentRefused, ProviderError
from haikuterm.core.events import TextDelta, ThinkingDelta
from haikuterm.core.messages import Message, Text, part_from_wire, to_wire
from haikuterm.core.money import Usage
from haikuterm.core.pictures import blind, parts_of
from haikuterm.core.request import Opened, Reply, Request, StreamEvent, ToolInput

MARK = {"type": "ephemeral"}  # a cache point that lives for five minutes
MARKS = 4  # the most cache points a request may have (platform.claude.com, prompt caching)
LEAST_BUDGET = 1_024  # the smallest budget_tokens of thinking "enabled" (Messages API reference)
UNMARKABLE = ("thinking", "redacted_thinking")  # blocks that take no cache point
DELTAS = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}


def arguments(request: Request) -> dict[str, Any]:
    """The request as keyword arguments of `client.messages.create`."""
    model = request.model
    sent = prompt_arguments(request)
    sent["max_tokens"] = request.max_tokens
    if request.effort:
        sent["output_config"] = {"effort": request.effort}
    if request.stop:
        sent["stop_sequences"] = list(request.stop)
    if model.local and request.temperature is not None:
        sent["extra_body"] = {"temperature": request.temperature}
    return sent


def prompt_arguments(request: Request) -> dict[str, Any]:
    """The part of the request that a token count is about, as keyword arguments of `client.messages.count_tokens`.

    Raises AttachmentRefused for pictures or PDFs that the model does not take: they are never sent.
    """
    if lacking := blind(request.model, parts_of(request.messages)):
        raise AttachmentRefused(
            f"{request.model.alias} {lacking}, and this conversation has some. Nothing was sent. "
            "Choose another with /model, or let them go with /reset."
        )
    messages = [_without_unsigned(to_wire(message)) for message in request.messages]
    marked = request.cache_at[1 - MARKS :]  # one is left for the system prompt
    for index in marked:
        messages[index] = _with_mark(messages[index])
    if request.prefill and request.model.prefill:
        # the API refuses white space at its end; a local server takes the text as it is
        begun = request.prefill if request.model.local else request.prefill.rstrip()
        messages.append({"role": "assistant", "content": [{"type": "text", "text": begun}]})
    sent: dict[str, Any] = {"model": request.model.id, "messages": messages}
    if request.system:
        mark = {"cache_control": MARK} if marked else {}
        sent["system"] = [{"type": "text", "text": request.system, **mark}]
    if request.tools:
        sent["tools"] = [
            {"name": t.name, "description": t.description, "input_schema": dict(t.schema)} for t in request.tools
        ]
    if thinking := _thinking(request):
        sent["thinking"] = thinking
    cleaned: dict[str, Any] = _clean(sent)
    return cleaned


def _clean(value: Any) -> Any:
    """The JSON value with what UTF-8 cannot hold replaced (half characters, as in file names that are not UTF-8)."""
    text = json.dumps(value, ensure_ascii=False)
    whole, _ = _whole(text)
    return value if whole == text else json.loads(whole)


def _thinking(request: Request) -> dict[str, Any] | None:
    """What to send as `thinking`, or None for nothing."""
    match request.thinking:
        case "":
            return None
        case "enabled":
            budget = max(LEAST_BUDGET, request.max_tokens // 2)
            return {"type": "enabled", "budget_tokens": budget} if budget < request.max_tokens else None
        case "adaptive" if request.display:
            return {"type": "adaptive", "display": request.display}
        case kind:
            return {"type": kind}


def _without_unsigned(message: dict[str, Any]) -> dict[str, Any]:
    """The message less reasoning that has no signature (from a local model, or cut off): the API refuses it."""
    kept = [b for b in message["content"] if b["type"] != "thinking" or b["signature"]]
    return {**message, "content": kept}


def _with_mark(message: dict[str, Any]) -> dict[str, Any]:
    """The message with a cache point on its last block that takes one."""
    blocks = list(message["content"])
    for index in range(len(blocks) - 1, -1, -1):
        if blocks[index]["type"] not in UNMARKABLE:
            blocks[index] = {**blocks[index], "cache_control": MARK}
            break
    return {**message, "content": blocks}


@dataclass(slots=True)
class Draft:
    """An answer while it comes in; `take` each event, then `finish`.

    Blocks, deltas and stop reasons that nobody knows are kept as they are or passed over.
    """

    model: str
    request_id: str = ""
    served: str = ""
    stop: str | None = None
    refusal: str = ""
    category: str = ""
    whole: bool = False  # its last event has come
    name: str = ""
    miss: str = ""
    usage: dict[str, Any] = field(default_factory=dict)
    blocks: dict[int, dict[str, Any]] = field(default_factory=dict)
    pieces: dict[int, list[str]] = field(default_factory=dict)
    carry: str = ""  # the first half of a character whose second half comes with the next delta

    def take(self, event: Any) -> Iterator[StreamEvent]:
        """Add one raw event of the SDK and yield what a listener may know of it."""
        match getattr(event, "type", None):
            case "message_start":
                yield self._open(_plain(event, "message"))
            case "content_block_start":
                yield from self._start(event.index, _plain(event, "content_block"))
            case "content_block_delta":
                yield from self._add(event.index, event.delta)
            case "message_delta":
                self._close(_plain(event, "delta"), _plain(event, "usage"))
            case "message_stop":
                self.whole = True
            case _:
                return

    def _open(self, message: Mapping[str, Any]) -> Opened:
        self.served = str(message.get("model") or self.model)
        self.usage = dict(message.get("usage") or {})
        self.name = str(message.get("id") or "")
        self._diagnose(message)
        return Opened(self.served, usage_of(self.usage), self.request_id)

    def _diagnose(self, said: Mapping[str, Any]) -> None:
        reason = (said.get("diagnostics") or {}).get("cache_miss_reason") or {}
        self.miss = str(reason.get("type") or self.miss)

    def _start(self, index: int, block: dict[str, Any]) -> Iterator[StreamEvent]:
        self.blocks[index], self.pieces[index], self.carry = block, [], ""
        if block.get("type") in ("text", "thinking"):  # some servers put the first words here
            yield from self._say(index, str(block["type"]), str(block.get(block["type"]) or ""))

    def _add(self, index: int, delta: Any) -> Iterator[StreamEvent]:
        kind = getattr(delta, "type", "")
        if kind == "signature_delta" and index in self.blocks:
            self.blocks[index]["signature"] = delta.signature
        elif kind in DELTAS and index in self.blocks:
            yield from self._say(index, kind.removesuffix("_delta"), getattr(delta, DELTAS[kind], None) or "")

    def _say(self, index: int, kind: str, piece: str) -> Iterator[StreamEvent]:
        """Keep a piece of a block and yield it, whole characters only."""
        piece, self.carry = _whole(self.carry + piece)
        if not piece:
            return
        self.pieces[index].append(piece)
        match kind:
            case "text":
                yield TextDelta(piece)
            case "thinking":
                yield ThinkingDelta(piece)
            case _:
                yield ToolInput(str(self.blocks[index].get("name", "")), len(piece.encode()))

    def _close(self, delta: Mapping[str, Any], usage: Mapping[str, Any]) -> None:
        """The end's usage is cumulative; what it leaves out keeps its value from the start."""
        self.stop = delta.get("stop_reason") or self.stop
        self._diagnose(delta)
        details = delta.get("stop_details") or {}
        self.category = str(details.get("category") or "")
        self.refusal = str(details.get("explanation") or "")
        self.usage |= {name: value for name, value in usage.items() if value is not None}

    def finish(self) -> Reply:
        """The whole answer; raises ProviderError if the stream ended too early or a tool call is broken.

        Too early is before `message_stop`, however complete it looks: what is missing cannot be known.
        """
        if self.stop is None or not self.whole:
            raise ProviderError(
                "The answer broke off before its end. Send the prompt again.",
                "cut_off",
                request_id=self.request_id,
                usage=usage_of(self.usage) if self.stop else None,  # with the reason came the final count
            )
        parts = (part_from_wire(self._block(index)) for index in sorted(self.blocks))
        said = tuple(part for part in parts if part != Text(""))
        usage = usage_of(self.usage)
        served = self.served or self.model
        message = Message("assistant", said)
        return Reply(
            message,
            self.stop,
            usage,
            served,
            self.request_id,
            self.refusal,
            message_id=self.name,
            cache_miss=self.miss,
            category=self.category,
        )

    def _block(self, index: int) -> dict[str, Any]:
        block, text = self.blocks[index], "".join(self.pieces[index])
        match block.get("type"):
            case "text":
                return {"type": "text", "text": text}
            case "thinking":
                return {"type": "thinking", "thinking": text, "signature": str(block.get("signature") or "")}
            case _ if text:
                return {**block, "input": self._input(str(block.get("name", "?")), text)}
            case _:
                return block

    def _input(self, name: str, text: str) -> dict[str, Any]:
        """A tool's input; empty where the answer was cut in its middle, which `stop` says too."""
        try:
            given = _clean(json.loads(text))
        except (ValueError, RecursionError):
            given = None
        if isinstance(given, dict):
            return given
        if self.stop in ("max_tokens", "model_context_window_exceeded"):
            return {}
        raise ProviderError(
            f"The model called {name} with input that is no JSON object; nothing was run. Send the prompt again.",
            "broken_stream",
            request_id=self.request_id,
            usage=usage_of(self.usage),  # the stream is over: this is final
        )


def usage_of(raw: Mapping[str, Any]) -> Usage:
    """The API's `usage` in disjoint classes; what is missing counts as 0.

    Cache writes without a split are five-minute ones, the default.
    """
    split = raw.get("cache_creation") or {}
    details = raw.get("output_tokens_details") or {}
    hour = _number(split, "ephemeral_1h_input_tokens")
    written = max(_number(raw, "cache_creation_input_tokens"), hour + _number(split, "ephemeral_5m_input_tokens"))
    return Usage(
        input=_number(raw, "input_tokens"),
        output=_number(raw, "output_tokens"),
        cache_read=_number(raw, "cache_read_input_tokens"),
        cache_write_5m=written - hour,
        cache_write_1h=hour,
        thinking=_number(details, "thinking_tokens"),
    )


def _number(raw: Mapping[str, Any], name: str) -> int:
    value = raw.get(name)
    return max(0, value) if isinstance(value, int) else 0  # a server that counts below 0 would raise the budget


def _plain(event: Any, name: str) -> dict[str, Any]:
    """A field of the SDK's event as the JSON it came from; {} where the server left it out."""
    value: Any = getattr(event, name, None)
    plain: dict[str, Any] = {} if value is None else value.to_dict(mode="json", warnings=False)
    return plain


def _whole(text: str) -> tuple[str, str]:
    """The text without halves of characters, and the half at its end that may still be completed.

    JSON may escape one character as two (a surrogate pair), and a server may cut between them.
    """
    carry = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
    rest = text[: len(text) - len(carry)]
    return rest.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"), carry
