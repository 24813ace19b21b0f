"""Whether a file that could be parsed before still can: Python, JSON and TOML, by their own parsers."""

from __future__ import annotations

import ast
import json
import tomllib
import warnings
from collections.abc import Callable
from pathlib import PurePosixPath

from haikuterm.core.textfile import decode

SHOWN = 120  # characters of the line that is wrong


def newly_broken(path: str, before: bytes, after: bytes) -> str:
    """What is wrong with a file that was right before, with its line; "" if nothing, or if nobody here can tell."""
    parse = _PARSERS.get(PurePosixPath(path).suffix.lower())
    if parse is None or parse(decode(before).text):
        return ""
    return parse(decode(after).text)


def _python(text: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python thinks of the user's backslashes is not the question
            ast.parse(text)
    except SyntaxError as error:
        line = text.split("\n")[(error.lineno or 1) - 1 :][:1]
        return f"line {error.lineno}: {error.msg}: {''.join(line).strip()[:SHOWN]}"
    except (ValueError, RecursionError, MemoryError) as error:  # a NUL; deep nesting
        return str(error) or type(error).__name__
    return ""


def _json(text: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}: {error.msg}"
    except RecursionError:
        return "nested too deeply"
    return ""


def _toml(text: str) -> str:
    try:
        tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return str(error)
    return ""


_PARSERS: dict[str, Callable[[str], str]] = {".py": _python, ".pyi": _python, ".json": _json, ".toml": _toml}
