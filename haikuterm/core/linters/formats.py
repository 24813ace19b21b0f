"""The formats by name, and which of them a text is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from haikuterm.core.findings import Finding, Sources, unknown
from haikuterm.core.linters import (
    cargo,
    eslint,
    gitlab,
    golang,
    lines,
    mypy,
    precommit,
    pyright,
    pytest,
    rdjson,
    ruff,
    sarif,
    shellcheck,
    tsc,
)
from haikuterm.core.linters.shape import NotThisFormat

Parse: TypeAlias = Callable[[str, str, Sources], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Format:
    """What a tool prints. name: of the format; tool: who can be run to see whether a fix holds, "" if not known."""

    name: str
    tool: str
    reader: Parse

    def parse(self, output: str, root: str, sources: Sources = unknown) -> tuple[Finding, ...]:
        """The findings in the output of a tool that ran in `root` (an absolute path), paths relative to it.

        sources: the files' texts, for tools that count columns in other units than characters.
        Raises NotThisFormat, a ValueError, with a sentence.
        """
        return self.reader(plain(output), root, sources)


FORMATS = {
    form.name: form
    for form in (
        Format("ruff", "ruff", ruff.parse),
        Format("eslint", "eslint", eslint.parse),
        Format("sarif", "", sarif.parse),
        Format("rdjson", "", rdjson.parse),
        Format("rdjsonl", "", rdjson.parse_lines),
        Format("mypy", "mypy", mypy.parse),
        Format("mypy-text", "mypy", mypy.parse_text),
        Format("pyright", "pyright", pyright.parse),
        Format("gitlab", "", gitlab.parse),
        Format("ty", "ty", gitlab.parse_ty),
        Format("tsc", "tsc", tsc.parse),
        Format("cargo", "clippy", cargo.parse),
        Format("golangci-lint", "golangci-lint", golang.parse),
        Format("go-vet", "go vet", golang.parse_vet),
        Format("shellcheck", "shellcheck", shellcheck.parse),
        Format("pre-commit", "pre-commit", precommit.parse),
        Format("pytest", "pytest", pytest.parse),
        Format("lines", "", lines.parse),
    )
}

_OBJECTS = (  # the key that only this format has at its top
    ("runs", "sarif"),
    ("generalDiagnostics", "pyright"),
    ("diagnostics", "rdjson"),
    ("Issues", "golangci-lint"),
    ("comments", "shellcheck"),
)
_ROWS = (  # keys of one object of a list, or of a line
    ({"filePath", "messages"}, "eslint"),
    ({"filename", "location", "code"}, "ruff"),
    ({"fingerprint", "location"}, "gitlab"),
)
_JSON_LINES = (({"reason"}, "cargo"), ({"file", "line", "severity"}, "mypy"), ({"message", "location"}, "rdjsonl"))
_MYPY = re.compile(r"^[^\s:][^:\n]*:\d+:(?:\d+:){0,3} (?:error|note): .*  \[[a-z][\w-]+\]$", re.MULTILINE)
_TSC = re.compile(r"^\S.*\(\d+,\d+\): error TS\d+: ", re.MULTILINE)
_PYTEST = re.compile(r"^=+ short test summary info =+$", re.MULTILINE)
_PRE_COMMIT = re.compile(r"^.*?[^.\n]\.{3,}(?:\([^()\n]*\))?(?:Passed|Failed|Skipped)$", re.MULTILINE)
_VET = re.compile(r"\A(?:# .*\n)*\s*\{\s*\"[^\"]+\": \{\s*\"\w+\": \[\s*\{\s*\"posn\"")
_DRESS = re.compile(r"\x1b\[[0-9;:]*[mK]|\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)")
_TEXTS = ((_PYTEST, "pytest"), (_PRE_COMMIT, "pre-commit"), (_TSC, "tsc"), (_MYPY, "mypy-text"), (_VET, "go-vet"))


def recognise(text: str) -> Format | None:
    """The format that the text is in, by its content alone; None for none of them.

    Text around the JSON of one tool does no harm after it, as when both streams of a tool were piped.
    """
    text = plain(text)
    name = _json_name(text) or next((name for form, name in _TEXTS if form.search(text)), "")
    if name:
        return FORMATS[name]
    try:
        return FORMATS["lines"] if lines.parse(text, "") else None
    except NotThisFormat:
        return None


def plain(text: str) -> str:
    """The text without colours and links, byte order mark and line ends of Windows, which it may have come with."""
    return _DRESS.sub("", text).removeprefix("\ufeff").replace("\r\n", "\n")


def _json_name(text: str) -> str:
    start = text.lstrip()
    if not start.startswith(("{", "[")):
        return ""
    try:
        value: Any = json.JSONDecoder().raw_decode(start)[0]
    except (ValueError, RecursionError):
        return ""
    if isinstance(value, list):
        first = value[0] if value and isinstance(value[0], dict) else {}
        return next((name for keys, name in _ROWS if keys <= first.keys()), "ruff" if value == [] else "")
    found = next((name for key, name in _OBJECTS if key in value), "")
    return found or next((name for keys, name in _JSON_LINES if keys <= value.keys()), "")
