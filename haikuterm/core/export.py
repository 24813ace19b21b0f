"""A conversation as a document: Markdown to read, JSON to work with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from haikuterm.core.messages import Document, Image, Message, Part, Text, Thinking, ToolResult, ToolUse, to_wire

FORMATS = (".md", ".json")
_FENCED = re.compile(r'<(file_*) path="([^"\n]*)">\n(.*)\n</\1>', re.DOTALL)


def as_json(messages: Sequence[Message], model: str) -> str:
    """The messages as the Messages API takes them, files and pictures included; model: its id."""
    return json.dumps({"model": model, "messages": [to_wire(m) for m in messages]}, ensure_ascii=False, indent=1) + "\n"


def as_markdown(messages: Sequence[Message], title: str) -> str:
    """What was said and done, without the contents of files: those are in the repository, and long."""
    blocks = [f"# {title}"]
    for message in messages:
        said = [block for part in message.parts for block in _block(part)]
        spoken = any(isinstance(part, Text) for part in message.parts)
        if said and (spoken or message.role == "assistant"):
            blocks.append(f"## {'You' if message.role == 'user' else 'Model'}")
        blocks += said
    return "\n\n".join(blocks) + "\n"


def _block(part: Part) -> Iterator[str]:
    """A part as a block of Markdown; none for what is only the protocol's."""
    match part:
        case Text(text) if fenced := _FENCED.fullmatch(text):
            yield f"*Attached: `{fenced[2]}`*"
        case Text(text) if text.strip():
            yield text.strip("\n")
        case Thinking(text) if text.strip():
            yield "\n".join(f"> {line}".rstrip() for line in text.strip().split("\n"))
        case Image(media_type):
            yield f"*Picture ({media_type})*"
        case Document(name, pages):
            yield f"*Document: {name}, {pages} page{'s' * (pages != 1)}*"
        case ToolUse(name=name, input=values):
            yield f"Tool `{name}`:\n\n{_code(json.dumps(dict(values), ensure_ascii=False, indent=1), 'json')}"
        case ToolResult(text=text, is_error=failed):
            yield f"Result{' (failed)' if failed else ''}:\n\n{_code(text)}"


def _code(text: str, language: str = "") -> str:
    """A fenced block whose fence is longer than any inside."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"
