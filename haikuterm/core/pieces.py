"""Pieces of a text in Markdown that a reader takes out of it: its blocks of code, and where its links lead."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPENING = re.compile(r"(?P<indent>[ >]*)(?P<marks>`{3,}(?=[^`]*$)|~{3,})[ \t]*(?P<info>\S*)")
_LINK = re.compile(r"\]\(\s*<?([^\s<>()]+(?:\([^\s()]*\)[^\s<>()]*)*)|((?:https?://|mailto:|file:///)[^\s<>\"'`\])]+)")
_AFTER = ".,;:!?*_"  # what a sentence puts behind an address


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A fenced block. language: the first word behind the fence, "" for none. text: flush left, ends in a newline."""

    language: str
    text: str


def code_blocks(source: str) -> tuple[CodeBlock, ...]:
    """The fenced blocks in order, those in lists and quotes too; one that is not closed goes to the end."""
    blocks: list[CodeBlock] = []
    closing: re.Pattern[str] | None = None
    rows: list[str] = []
    info = indent = ""
    for line in [*source.replace("\r\n", "\n").split("\n"), None]:
        if closing is not None and (line is None or closing.fullmatch(line)):
            blocks.append(CodeBlock(info, "".join(f"{row}\n" for row in rows)))
            closing = None
        elif closing is not None and line is not None:
            rows.append(_inside(line, indent))
        elif line is not None and (found := _OPENING.fullmatch(line.rstrip()) or _OPENING.match(line)):
            info, indent, rows = found["info"].strip("{}").lstrip("."), found["indent"], []
            closing = re.compile(rf"[ >]*{found['marks'][0]}{{{len(found['marks'])},}}[ \t]*")
    return tuple(blocks)


def links(source: str) -> tuple[str, ...]:
    """The addresses of the text in order, each once; relative ones as they are written."""
    found = (inline or bare.rstrip(_AFTER) for inline, bare in _LINK.findall(source))
    return tuple(dict.fromkeys(address for address in found if address))


def _inside(line: str, indent: str) -> str:
    """A line of code without the indent (and the signs of quotes) that its fence has."""
    at = 0
    while at < len(indent) and at < len(line) and line[at] in " >":
        at += 1
    return line[at:]
