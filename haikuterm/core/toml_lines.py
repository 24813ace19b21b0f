"""A TOML text as a person wrote it: on which line a key stands; one key set or taken out, the rest untouched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

_VALUE = r"""[ \t]*(?:"(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*'|[^#"'\r\n]*?)"""
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_WORD = r"""(?:[A-Za-z0-9_-]+|"[^"\\\r\n]*"|'[^'\r\n]*')"""
_DOTTED = rf"({_WORD}(?:[ \t]*\.[ \t]*{_WORD})*)"
_HEAD = re.compile(rf"[ \t]*\[\[?[ \t]*{_DOTTED}[ \t]*\]")
_KEY = re.compile(rf"[ \t]*{_DOTTED}[ \t]*=")
_FENCES = re.compile("\"{3}|'{3}")


def key_lines(text: str) -> dict[str, int]:
    """The 1-based line of each key and each table by its dotted name, as in "endpoints.ollama.base_url".

    What stands inside of a text of several lines is no key. Keys of inline tables have the line of their table.
    """
    found: dict[str, int] = {}
    table = ""
    for number, line in _plain_lines(text):
        if head := _HEAD.match(line):
            table = _name(head[1])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault(f"{table}.{_name(key[1])}" if table else _name(key[1]), number)
    return found


def _plain_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that do not begin inside a text of several lines."""
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        if not fence:
            yield number, line
        for match in _FENCES.finditer(line):
            if not fence:
                fence = match[0]
            elif fence == match[0]:
                fence = ""


def _name(dotted: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in re.findall(_WORD, dotted))


def with_line(text: str, name: str, line: str) -> str:
    """The text with this line in place of the one that sets the name, else at the end of what is in no table."""
    end = "\r\n" if "\r\n" in text else "\n"
    top, rest = _split(text)
    set_here = _setting(name)
    if set_here.search(top):
        return set_here.sub(lambda _: line, top, count=1) + rest
    if top and not top.endswith("\n"):
        top += end
    return f"{top}{line}{end}{rest}"


def without_line(text: str, name: str) -> str:
    """The text without the line that sets the name; a comment that stands on that line goes with it."""
    top, rest = _split(text)
    whole = re.compile(rf"{_setting(name).pattern}[ \t]*(?:#[^\r\n]*)?(?:\r?\n|\Z)", re.MULTILINE)
    return whole.sub("", top, count=1) + rest


def toml(value: Any) -> str:
    """A text, a number or a truth as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # the one control that JSON lets stand


def _split(text: str) -> tuple[str, str]:
    """What is in no table, and the tables."""
    head = _TABLE.search(text)
    return (text[: head.start()], text[head.start() :]) if head else (text, "")


def _setting(name: str) -> re.Pattern[str]:
    return re.compile(rf"^[ \t]*{re.escape(name)}[ \t]*={_VALUE}(?=[ \t]*(?:#.*)?\r?$)", re.MULTILINE)
