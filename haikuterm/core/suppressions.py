"""Comments that silence a checker, where a change brings them."""

from __future__ import annotations

import re
from collections import Counter

from haikuterm.core.changes import FileChange
from haikuterm.core.textfile import decode

LONG = 160  # characters of a line that are shown
# The words by which the tools named here are told to look away; their manuals are the source.
_SILENCE = re.compile(
    r"""
      \#\s*(?:(?:ruff|flake8)\s*:\s*)?noqa\b(?::\s*[\w,\s]+)?                 # ruff, flake8
    | \#\s*(?:type|pyright|mypy|ty|pyre|pyrefly)\s*:\s*(?:ignore|disable)[\w-]*(?:\[[^\]]*\])?   # type checkers
    | \#\s*pyright\s*:\s*basic | \#\s*pylint\s*:\s*(?:disable|skip-file)[\w=,\s-]*
    | \#\s*(?:nosec\b|pragma\s*:\s*no\s*(?:cover|branch)|isort\s*:\s*skip|ruff\s*:\s*(?:disable|ignore))[\w:,\s]*
    | (?:eslint|oxlint|tslint|stylelint|jshint|swiftlint)[-:]disable(?:-(?:next-)?line)?[^*]*
    | @ts-(?:ignore|nocheck|expect-error) | biome-ignore[^*]* | deno-lint-ignore[\w\s,-]*
    | //\s*nolint\b[\w:,]* | \#nosec\b | \bNOLINT(?:NEXTLINE|BEGIN)?\b(?:\([^)]*\))?
    | \#!?\[\s*(?:cfg_attr\([^)]*,\s*)?(?:allow|expect)\s*\([^)]*\)\s*\)?\]      # rustc, clippy
    | @SuppressWarnings\b(?:\([^)]*\))? | @Suppress\b\([^)]*\) | \#pragma\s+warning\s+disable[\w\s,]*
    | shellcheck\s+disable=[\w,]+ | (?:rubocop|standard)\s*:\s*disable[\w/,\s]* | phpcs:ignore\b | @phpstan-ignore[\w-]*
    | hadolint\s+ignore=[\w,]+ | checkov:skip=\w+ | noinspection\s+\w+ | yamllint\s+disable[\w\s:-]*
    | markdownlint-disable[\w\s-]*
    """,
    re.VERBOSE,
)


def suppressions(change: FileChange) -> tuple[str, ...]:
    """The comments that the change adds to silence a checker, each as "line 12: the line"; moved ones do not count."""
    if change.after is None:
        return ()
    before, after = (decode(data or b"").text.split("\n") for data in (change.before, change.after))
    spare = Counter(mark for line in before for mark in _marks(line))
    kept = Counter(line.strip() for line in before)
    fresh: list[tuple[int, str]] = []
    for number, line in enumerate(after, 1):
        if kept[line.strip()] > 0:
            kept[line.strip()] -= 1
            spare.subtract(_marks(line))
        elif _marks(line):
            fresh.append((number, line.strip()))
    return tuple(f"line {number}: {line[:LONG]}" for number, line in fresh if _beyond(line, spare))


def _beyond(line: str, spare: Counter[str]) -> bool:
    """Whether the line silences more than lines that are gone did; uses those up."""
    more = False
    for mark in _marks(line):
        more = more or spare[mark] <= 0
        spare[mark] -= 1
    return more


def _marks(line: str) -> list[str]:
    """What in the line silences a checker, blanks evened out."""
    return [" ".join(found[0].split()) for found in _SILENCE.finditer(line)]
