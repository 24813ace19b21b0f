"""Believable token counts for the local Messages API, with a prompt cache on exact prefixes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

BYTES_PER_TOKEN = 3.6


def tokens(text: str) -> int:
    """About how many tokens a text is; at least one."""
    return max(1, ceil(len(text.encode()) / BYTES_PER_TOKEN))


class PromptCache:
    """Remembers the marked prefixes of each model; there is no least size, and nothing expires.

    billed: prompt tokens of all answers that were begun.
    """

    def __init__(self) -> None:
        self.billed = 0
        self._known: set[tuple[str, tuple[str, ...]]] = set()

    def size(self, body: Mapping[str, Any]) -> int:
        """Tokens of the whole prompt."""
        return sum(tokens(text) for text, _ in _blocks(body))

    def charge(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The input half of `usage` for this request, whose marked prefixes are known from now on."""
        model, blocks = body["model"], list(_blocks(body))
        texts = tuple(text for text, _ in blocks)
        marks = [index + 1 for index, (_, mark) in enumerate(blocks) if mark]
        sums = [0]
        for text in texts:
            sums.append(sums[-1] + tokens(text))
        known = [end for end in range(1, len(texts) + 1) if (model, texts[:end]) in self._known] if marks else []
        read, end = sums[max(known, default=0)], max(marks, default=0)
        written = max(0, sums[end] - read)
        self._known.update((model, texts[:mark]) for mark in marks)
        self.billed += sums[-1]
        hour = bool(marks) and blocks[end - 1][1].get("ttl") == "1h"
        return {
            "input_tokens": sums[-1] - read - written,
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": 0 if hour else written,
                "ephemeral_1h_input_tokens": written if hour else 0,
            },
        }


def _blocks(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every block of the prompt in the cache's order (tools, system, messages), with its cache mark or {}."""
    yield from (_block("tool", tool) for tool in body.get("tools", ()))
    system = body.get("system", ())
    yield from (_block("system", part) for part in _parts(system))
    for message in body["messages"]:
        yield from (_block(message["role"], part) for part in _parts(message["content"]))


def _parts(content: Any) -> list[Mapping[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _block(kind: str, block: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    plain = {name: value for name, value in block.items() if name != "cache_control"}
    return kind + json.dumps(plain, sort_keys=True, ensure_ascii=False), block.get("cache_control") or {}
