"""The front of a request, part by part: how much of it equals the request before, and which part broke it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import takewhile
from typing import Any

from haikuterm.core.context import estimate, estimate_part
from haikuterm.core.guard import visible_line
from haikuterm.core.messages import Document, Image, part_to_wire, sent_parts
from haikuterm.core.messages import Part as Said
from haikuterm.core.money import Usage
from haikuterm.core.request import Request

LIFE = 300.0  # seconds that a cache point lives after it was last read
SHORTENED, RESTORED = "the conversation (it was shortened)", "the conversation (it was put back as it was)"
_FILE = re.compile(r'<(?:file_*|picture|instructions_*) path="([^"\n]*)"')


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a request in the cache's order. name: for people. digest: SHA-256 of it. tokens: an estimate."""

    name: str
    digest: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Prefix:
    """A request up to its end, which is where its last cache point stands. marked: whether it has one."""

    model: str
    parts: tuple[Part, ...]
    marked: bool

    @property
    def tokens(self) -> int:
        """About how many tokens all parts are."""
        return sum(part.tokens for part in self.parts)


def prefix_of(request: Request) -> Prefix:
    """The parts of the request: each tool, the system prompt, the way of thinking, each block of each message."""
    return Prefix(request.model.id, tuple(_parts(request)), bool(request.cache_at))


def _parts(request: Request) -> Iterator[Part]:
    def part(name: str, value: Any, tokens: int | None = None) -> Part:
        text = json.dumps(value, ensure_ascii=False)
        weight = estimate(text, request.model) if tokens is None else tokens
        return Part(name, sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), weight)

    for tool in request.tools:
        yield part(f"tool {tool.name}", [tool.name, tool.description, tool.schema])
    if request.system:
        yield part("system prompt", request.system)
    # a change of these makes the API read all messages anew (platform.claude.com, prompt caching)
    budget = request.max_tokens if request.thinking == "enabled" else 0
    yield part("thinking or effort", [request.thinking, request.display, request.effort, budget], 0)
    for number, message in enumerate(request.messages, 1):
        label = ""  # of a picture: the block before it names its file
        for said in sent_parts(message):
            name = _name(number, message.role, said, label)
            yield part(name, [message.role, _bytes(said)], estimate_part(said, request.model))
            label = name


def _bytes(part: Said) -> Any:
    """The part as a value to hash: of a picture or PDF its own hash, which is some hundred times quicker."""
    if not isinstance(part, Image | Document):
        return part_to_wire(part)
    told = part.media_type if isinstance(part, Image) else [part.name, part.pages]
    return [type(part).__name__, told, sha256(part.data).hexdigest()]


def _name(number: int, role: str, part: Said, before: str) -> str:
    """What a part is, for people; before: the name of the part before it."""
    if isinstance(part, Image) and "(file " in before:
        return before
    if isinstance(part, Document):
        return f"message {number} (file {visible_line(part.name)})"
    block = {"type": "image"} if isinstance(part, Image) else part_to_wire(part)
    named = _FILE.match(str(block.get("text", ""))) if role == "user" else None
    if named:
        return f"message {number} (file {visible_line(named[1])})"
    kind = str(block.get("type", "")).replace("_", " ")
    return f"message {number} ({role}, {visible_line(kind)})"


def same(earlier: Prefix, later: Prefix) -> int:
    """How many parts from the front on are equal, byte for byte."""
    if earlier.model != later.model:  # each model has a cache of its own
        return 0
    pairs = zip(earlier.parts, later.parts, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0].digest == pair[1].digest, pairs))


def broken(earlier: Prefix, later: Prefix) -> str:
    """The first part of the earlier request that the later one does not begin with; "" where it has all of it."""
    if earlier.model != later.model:
        return f"the model ({earlier.model}, then {later.model})"
    at = same(earlier, later)
    return earlier.parts[at].name if at < len(earlier.parts) else ""


@dataclass(frozen=True, slots=True)
class CacheLook:
    """What the cache did for one request.

    at: when it was answered, in seconds of any clock that only goes forward. same, whole: about how many tokens of it
    equal the request before, and of all. broken: the part that did not, "" for none or where there was none before.
    expected: tokens that should have been read from the cache. idle: seconds since the request before.
    diagnosed: the API's own reason for a miss, "" if it gave none. message_id: the API's name of the answer.
    retold: what was done to the conversation since, "" if it only went on.
    """

    prefix: Prefix
    usage: Usage
    at: float
    same: int = 0
    broken: str = ""
    expected: int = 0
    idle: float = 0.0
    diagnosed: str = ""
    message_id: str = ""
    retold: str = ""

    @property
    def whole(self) -> int:
        """About how many tokens the request was."""
        return self.prefix.tokens

    @property
    def expired(self) -> bool:
        """Whether the cache had been left alone for longer than it lives."""
        return self.idle > LIFE


def look(before: CacheLook | None, now: CacheLook) -> CacheLook:
    """What the cache did for the request of `now`, measured against the one before it."""
    if before is None:
        return now
    equal = same(before.prefix, now.prefix)
    tokens = sum(part.tokens for part in now.prefix.parts[:equal])
    cut, idle = broken(before.prefix, now.prefix), now.at - before.at
    cut = before.retold if before.retold and cut.startswith("message ") else cut
    kept = before.usage.cache_read + before.usage.cache_write_5m + before.usage.cache_write_1h
    expected = 0 if idle > LIFE else min(kept, tokens) if cut else kept
    return CacheLook(now.prefix, now.usage, now.at, tokens, cut, expected, idle, now.diagnosed, now.message_id)
