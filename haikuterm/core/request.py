"""What is sent to a model, as one comparable value, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeAlias

from haikuterm.core.events import TextDelta, ThinkingDelta
from haikuterm.core.messages import Message, to_wire
from haikuterm.core.models import Model
from haikuterm.core.money import Usage


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model sees it; `schema` is the JSON Schema of its input."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a model.

    max_tokens: longest answer, reasoning included. thinking: a type the model accepts, or "" to send nothing.
    display: "summarized" to be told the reasoning where the model keeps it to itself, or "" to send nothing.
    effort: a level the model accepts, or "". cache_at: indexes of messages that end in a cache point.
    prefill: the beginning of the answer, for models that take one (never on Anthropic's newer ones).
    stop: texts that end the answer. temperature: for local models only; None sends nothing.
    previous: the message_id of the answer before, for the API's own word on why its cache missed; "" to send nothing.
    """

    model: Model
    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    max_tokens: int = 8_192
    thinking: str = ""
    effort: str = ""
    cache_at: tuple[int, ...] = ()
    prefill: str = ""
    stop: tuple[str, ...] = ()
    temperature: float | None = None
    display: str = ""
    previous: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 over everything that decides the answer."""
        parts = {
            "model": self.model.id,
            "system": self.system,
            "messages": [to_wire(m) for m in self.messages],
            "tools": [[t.name, t.description, t.schema] for t in self.tools],
            "rest": [
                self.max_tokens,
                self.thinking,
                self.effort,
                self.prefill,
                self.stop,
                self.temperature,
                self.display,
            ],
        }
        return sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Opened:
    """The server took the request: who answers, and the usage so far (the whole prompt, one token of output)."""

    served: str
    usage: Usage
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The whole answer. stop: the API's stop_reason. refusal, category: why it refused and what sort of thing it was.

    message_id: the API's name of the answer. cache_miss: its reason for a cache that missed, "" where it gave none.
    """

    message: Message
    stop: str
    usage: Usage
    served: str
    request_id: str = ""
    refusal: str = ""
    message_id: str = ""
    cache_miss: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class ToolInput:
    """Part of a tool call's input has arrived (for a sign of life; never to be acted on)."""

    name: str
    size: int


StreamEvent: TypeAlias = Opened | TextDelta | ThinkingDelta | ToolInput | Reply


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model as an endpoint's model list names it."""

    id: str
    title: str = ""
    context: int | None = None
    max_output: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
