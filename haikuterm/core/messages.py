"""What is said: messages, their parts, and their form on the wire."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, assert_never

Role = Literal["user", "assistant"]
_TITLE = re.compile(r"(.*) \((\d+) pages?\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text, as said."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """A model's reasoning; `signature` binds it to the model and the conversation that made it."""

    text: str
    signature: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture; `media_type` as in "image/png"."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF; name, pages: what its title tells the model, and where a saved conversation keeps them."""

    name: str
    pages: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ToolUse:
    """The model asks for a tool; `input` is the decoded JSON object."""

    id: str
    name: str
    input: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered."""

    tool_use_id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Opaque:
    """A block this program does not know, echoed untouched; `raw` is the block as it came."""

    raw: Mapping[str, Any]


Part: TypeAlias = Text | Thinking | Image | Document | ToolUse | ToolResult | Opaque


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the conversation."""

    role: Role
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """All text parts, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def tool_uses(self) -> tuple[ToolUse, ...]:
        """The tool calls of this message, in order."""
        return tuple(part for part in self.parts if isinstance(part, ToolUse))


def without_thinking(message: Message) -> Message:
    """The message less its reasoning, for a model that did not think it."""
    return replace(message, parts=tuple(part for part in message.parts if not is_thought(part)))


def is_thought(part: Part) -> bool:
    """Whether the part is reasoning, readable or redacted."""
    return isinstance(part, Thinking) or (isinstance(part, Opaque) and part.raw.get("type") == "redacted_thinking")


def to_wire(message: Message) -> dict[str, Any]:
    """The message as the Messages API takes it; empty text blocks, which it refuses, are left out."""
    return {"role": message.role, "content": [part_to_wire(part) for part in sent_parts(message)]}


def sent_parts(message: Message) -> tuple[Part, ...]:
    """The parts that stand in the message's wire form."""
    return tuple(part for part in message.parts if not (isinstance(part, Text) and not part.text.strip()))


def part_to_wire(part: Part) -> dict[str, Any]:
    """One content block as the Messages API takes it."""
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Thinking(text, signature):
            return {"type": "thinking", "thinking": text, "signature": signature}
        case Image(media_type, data):
            return {"type": "image", "source": _source(media_type, data)}
        case Document(name, pages, data):
            title = f"{name} ({pages} page{'s' * (pages != 1)})"
            return {"type": "document", "source": _source("application/pdf", data), "title": title}
        case ToolUse(id, name, input):
            return {"type": "tool_use", "id": id, "name": name, "input": dict(input)}
        case ToolResult(tool_use_id, text, is_error):
            block = {"type": "tool_result", "tool_use_id": tool_use_id, "content": text or "(no output)"}
            return {**block, "is_error": True} if is_error else block
        case Opaque(raw):
            return dict(raw)
        case _:
            assert_never(part)


def _source(media_type: str, data: bytes) -> dict[str, str]:
    return {"type": "base64", "media_type": media_type, "data": b64encode(data).decode("ascii")}


def from_wire(data: Mapping[str, Any]) -> Message:
    """The message of its wire form; the inverse of `to_wire`."""
    content = data["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return Message(data["role"], tuple(part_from_wire(block) for block in blocks))


def part_from_wire(block: Mapping[str, Any]) -> Part:
    """One part of its wire form; a block of an unknown kind becomes Opaque."""
    match block:
        case {"type": "text", "text": str(text)}:
            return Text(text)
        case {"type": "thinking", "thinking": str(text), "signature": str(signature)}:
            return Thinking(text, signature)
        case {"type": "image", "source": {"type": "base64", "media_type": str(media), "data": str(data)}}:
            return Image(media, b64decode(data))
        case {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": str(data)},
            "title": str(title),
        } if found := _TITLE.fullmatch(title):
            return Document(found[1], int(found[2]), b64decode(data))
        case {"type": "tool_use", "id": str(id), "name": str(name), "input": dict(input)}:
            return ToolUse(id, name, input)
        case {"type": "tool_result", "tool_use_id": str(id), "content": str(text)}:
            return ToolResult(id, text, bool(block.get("is_error")))
        case _:
            return Opaque(dict(block))
