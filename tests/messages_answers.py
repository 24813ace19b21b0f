"""The answers a test can write for the local Messages API, and the events they become."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, TypeAlias

from tests.messages_usage import tokens

_numbers = count(1)
ERROR_TYPES = {
    400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
    404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error", 504: "timeout_error",
    529: "overloaded_error",
}  # fmt: skip


class Pause:
    """A place in an answer where the server waits for the test.

    after: so many characters of the text come first. reached: the server is there. go: set it to let it go on.
    """

    def __init__(self, after: int = 0) -> None:
        self.after = after
        self.reached = threading.Event()
        self.go = threading.Event()

    async def here(self) -> None:
        """Wait, without blocking the loop, until the server stands here."""
        assert await asyncio.to_thread(self.reached.wait, 30), "the server never came to the pause"


@dataclass(frozen=True, slots=True)
class Say:
    """A whole answer.

    tools: name and input of each call; an input that is a text is sent as it is (broken JSON). stop: the
    stop_reason, else what fits; with "max_tokens" the last tool's JSON ends half-way. usage: replaces fields of the
    final usage. served: the model that answers, else the one asked. chunk: characters a delta. before: whole blocks
    that come first. explanation, category: of a refusal. miss: why the cache missed, in the API's diagnostics.
    """

    text: str = "OK."
    thinking: str = ""
    tools: Sequence[tuple[str, Mapping[str, Any] | str]] = ()
    stop: str | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)
    served: str | None = None
    chunk: int = 8
    pause: Pause | None = None
    before: Sequence[Mapping[str, Any]] = ()
    explanation: str = ""
    category: str = ""
    miss: str = ""


@dataclass(frozen=True, slots=True)
class Fail:
    """An error status instead of an answer. raw: a body as it is, as a proxy would send it."""

    status: int
    message: str = "It failed."
    type: str = ""
    retry_after: float | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: str | None = None

    @property
    def body(self) -> str:
        """The response's body."""
        if self.raw is not None:
            return self.raw
        kind = self.type or ERROR_TYPES.get(self.status, "api_error")
        error = {"type": kind, "message": self.message}
        return json.dumps({"type": "error", "error": error, "request_id": f"req_{next(_numbers):06d}"})

    @property
    def header_lines(self) -> dict[str, str]:
        """The response's extra headers."""
        wait = {} if self.retry_after is None else {"retry-after": f"{self.retry_after}"}
        return {**wait, **self.headers}


@dataclass(frozen=True, slots=True)
class Break:
    """An answer that fails after this much text.

    how: "reset" (the connection is gone), "truncate" (ends cleanly, but without its last events), "sse_error"
    (an error event of this type and message), "stall" (silence until the client leaves).
    """

    after_text: str = ""
    how: Literal["reset", "truncate", "sse_error", "stall"] = "reset"
    type: str = "overloaded_error"
    message: str = "Overloaded"
    chunk: int = 8
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """Recorded bytes of an event stream, sent in pieces of `chunk` bytes (0: in one)."""

    data: bytes
    chunk: int = 0


Answer: TypeAlias = Say | Fail | Break | Replay
Item: TypeAlias = bytes | Pause | Literal["reset", "stall"]


def head_of() -> dict[str, str]:
    """Headers of every answer."""
    return {"request-id": f"req_{next(_numbers):06d}"}


def events_of(
    answer: Say | Break | Replay, body: Mapping[str, Any], usage: Mapping[str, Any], signed: dict[str, str]
) -> Iterator[Item]:
    """The answer as pieces of a stream, with the places to wait or fail at; notes what thinking it signs."""
    match answer:
        case Replay(data, chunk):
            step = chunk or max(1, len(data))
            yield from (data[at : at + step] for at in range(0, len(data), step))
        case Break(text, how, kind, message, chunk, pause):
            yield from _start(Say(text), body, usage)
            yield from _block(0, {"type": "text", "text": text}, chunk, pause, end=False)
            if how == "sse_error":
                yield _sse({"type": "error", "error": {"type": kind, "message": message}})
            elif how != "truncate":
                yield how
        case Say():
            yield from _start(answer, body, usage)
            blocks, stop = _blocks(answer, body, signed)
            for index, block in enumerate(blocks):
                pause = answer.pause if block["type"] == "text" else None
                yield from _block(index, block, answer.chunk, pause)
            yield from _end(answer, blocks, stop, usage)


def body_of(say: Say, body: Mapping[str, Any], usage: Mapping[str, Any], signed: dict[str, str]) -> dict[str, Any]:
    """The answer in one piece, for a request that does not stream."""
    blocks, stop = _blocks(say, body, signed)
    whole = {**usage, "output_tokens": _output(blocks), **say.usage}
    for call in (block for block in blocks if block["type"] == "tool_use"):
        call["input"] = json.loads(call["input"])
    return {**_message(say, body), "content": blocks, "stop_reason": stop, "usage": whole}


def _message(say: Say, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"msg_{next(_numbers):06d}", "type": "message", "role": "assistant", "content": [],
        "model": say.served or body["model"], "stop_reason": None, "stop_sequence": None,
        "diagnostics": {"cache_miss_reason": {"type": say.miss}} if say.miss else None,
    }  # fmt: skip


def _start(say: Say, body: Mapping[str, Any], usage: Mapping[str, Any]) -> Iterator[bytes]:
    first = {**usage, "output_tokens": 1, "service_tier": "standard"}
    yield _sse({"type": "message_start", "message": {**_message(say, body), "usage": first}})
    yield _sse({"type": "ping"})


def _blocks(say: Say, body: Mapping[str, Any], signed: dict[str, str]) -> tuple[list[dict[str, Any]], str]:
    """The content blocks of the answer and its stop_reason; a tool's input is still JSON text."""
    text, stop = _until_stop(say.text, body.get("stop_sequences", ()))
    blocks = [dict(block) for block in say.before]
    if say.thinking:
        blocks.append({"type": "thinking", "thinking": say.thinking, "signature": f"sig_{next(_numbers):06d}"})
    signed.update({b["signature"]: b["thinking"] for b in blocks if b["type"] == "thinking"})
    if text:
        blocks.append({"type": "text", "text": text})
    for name, given in say.tools:
        sent = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        blocks.append({"type": "tool_use", "id": f"toolu_{next(_numbers):06d}", "name": name, "input": sent})
    if say.stop == "max_tokens" and say.tools:
        blocks[-1]["input"] = blocks[-1]["input"][: len(blocks[-1]["input"]) // 2]
    return blocks, say.stop or ("tool_use" if say.tools else stop)


def _until_stop(text: str, sequences: Sequence[str]) -> tuple[str, str]:
    """The text before the first stop sequence in it, and the stop_reason."""
    ends = [text.index(sequence) for sequence in sequences if sequence in text]
    return (text[: min(ends)], "stop_sequence") if ends else (text, "end_turn")


def _block(index: int, block: Mapping[str, Any], chunk: int, pause: Pause | None, end: bool = True) -> Iterator[Item]:
    """The events of one content block."""
    empty: dict[str, Any]
    match block:
        case {"type": "text", "text": str(text)}:
            empty, kind, key = {"text": ""}, "text_delta", "text"
        case {"type": "thinking", "thinking": str(text)}:
            empty, kind, key = {"thinking": "", "signature": ""}, "thinking_delta", "thinking"
        case {"type": "tool_use", "input": str(text)}:
            empty, kind, key = {"input": {}}, "input_json_delta", "partial_json"
        case _:
            text, empty, kind, key = "", {}, "", ""
    yield _sse({"type": "content_block_start", "index": index, "content_block": {**block, **empty}})
    for piece in _pieces(text, chunk, pause):
        yield piece if isinstance(piece, Pause) else _delta(index, {"type": kind, key: piece})
    if block["type"] == "thinking":
        yield _delta(index, {"type": "signature_delta", "signature": block["signature"]})
    if end:
        yield _sse({"type": "content_block_stop", "index": index})


def _pieces(text: str, chunk: int, pause: Pause | None) -> Iterator[str | Pause]:
    """The text in pieces, with the pause between two of them."""
    cut = min(pause.after, len(text)) if pause else 0
    yield from (text[at : min(at + chunk, cut)] for at in range(0, cut, chunk))
    if pause:
        yield pause
    yield from (text[at : at + chunk] for at in range(cut, len(text), chunk))


def _end(say: Say, blocks: Sequence[Mapping[str, Any]], stop: str, usage: Mapping[str, Any]) -> Iterator[bytes]:
    """The closing events; as in the real API, their usage lacks the split of cache writes."""
    final = {name: value for name, value in usage.items() if name != "cache_creation"}
    final |= {"output_tokens": _output(blocks), **say.usage}
    delta: dict[str, Any] = {"stop_reason": stop, "stop_sequence": None}
    if stop == "refusal":
        delta["stop_details"] = {
            "type": "refusal",
            "category": say.category or None,
            "explanation": say.explanation or None,
        }
    thought = [block["thinking"] for block in blocks if block["type"] == "thinking"]
    if thought:
        final.setdefault("output_tokens_details", {"thinking_tokens": tokens("".join(thought))})
    yield _sse({"type": "message_delta", "delta": delta, "usage": final})
    yield _sse({"type": "message_stop"})


def _output(blocks: Sequence[Mapping[str, Any]]) -> int:
    return tokens("".join(str(block.get(key, "")) for block in blocks for key in ("text", "thinking", "input")))


def _delta(index: int, delta: Mapping[str, Any]) -> bytes:
    return _sse({"type": "content_block_delta", "index": index, "delta": delta})


def _sse(event: Mapping[str, Any]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
