"""What silences a checker or skips a test, where a change brings it."""

from __future__ import annotations

import re
from collections import Counter

from haikuterm.core.changes import FileChange
from haikuterm.core.textfile import decode

LONG = 160  # characters of a line that are shown
# The words by which the tools named here are told to look away; their manuals are the source.
_SILENCE = re.compile(
    r"""
      \#\s*(?:(?:ruff|flake8)\s*:\s*)?(?i:noqa)\b(?::\s*[\w,\s]+)?            # ruff, flake8: in any case
    | \#\s*type\s*:\s*ignore[\w-]*(?:\[[^\]]*\])?
    | \#\s*(?:pyright|mypy|ty|pyre|pyrefly)\s*:\s*[a-z][^#\n]*
    | \#\s*pyre-(?:ignore|fixme|unsafe)[\w-]*(?:\[[^\]]*\])?
    | @(?:\w+\.)?no_type_check\b | \#\s*pylint\s*:\s*(?:disable|skip-file)[\w=,\s-]*
    | \#\s*(?:nosec\b|nosemgrep\b|pragma\s*:\s*no\s*(?:cover|branch)|isort\s*:\s*(?:skip|off|split))[\w:,\s]*
    | \#\s*(?:ruff\s*:\s*(?:disable|ignore|file-ignore)|fmt\s*:\s*(?:off|skip)|yapf\s*:\s*disable)[\w:,\s]*
    | \bNOSONAR\b | codespell:ignore[\w:,\s]*
    | (?:eslint|oxlint|tslint|stylelint|jshint|swiftlint)[-:]disable(?:-(?:next-)?line)?[^*]*
    | /\*\s*(?:eslint(?:-env)?|jshint|globals?|exported)\s[^*]*                 # settings that stand in a file
    | @ts-(?:ignore|nocheck|expect-error) | biome-ignore[^*]* | deno-lint-ignore[\w\s,-]* | \$Flow(?:FixMe|Ignore)\b
    | (?:istanbul|c8|v8)\s+ignore[\w\s]* | prettier-ignore[\w-]*
    | //\s*nolint\b[\w:,]* | \#nosec\b | \bNOLINT(?:NEXTLINE|BEGIN)?\b(?:\([^)]*\))?
    | //lint:(?:file-)?ignore\b[\w\s]* | //revive:disable[\w:-]*
    | //go:build\s+ignore\b | //\s*Code\ generated\ .*\ DO\ NOT\ EDIT
    | \#!?\[\s*(?:cfg_attr\(.*?,\s*)?(?:allow|expect)\s*\([^)]*\)\s*\)?\]      # rustc, clippy
    | \#!?\[\s*(?:cfg\(any\(\)\)|automatically_derived)\s*\]
    | @SuppressWarnings\b(?:\([^)]*\))? | @Suppress\b\([^)]*\) | \#pragma\s+warning\s+disable[\w\s,]*
    | shellcheck\s+disable=[\w,]+ | (?:rubocop|standard)\s*:\s*disable[\w/,\s]* | phpcs:ignore\b | @phpstan-ignore[\w-]*
    | hadolint\s+ignore=[\w,]+ | checkov:skip=\w+ | noinspection\s+\w+ | yamllint\s+disable[\w\s:-]*
    | markdownlint-disable[\w\s-]*
    """,
    re.VERBOSE,
)
# What hides code from a checker, or from the run of the tests, without a word to either.
_HIDES = re.compile(
    r"""
      ^\s*(?:if|while)\s*\(?\s*(?:False|false|0|None)\s*\)?\s*[:{] | ^\s*\#\s*if\s+0\b
    | ^\s*if\s+not\s+(?:\w+\.)?TYPE_CHECKING\s*:
    | \bpytest\.(?:mark\.(?:skip|skipif|xfail)\b|(?:skip|xfail|importorskip)\s*\()
    | \bunittest\.(?:skip\w*|expectedFailure)\b | \braise\s+(?:unittest\.)?SkipTest\b | \bself\.skipTest\s*\(
    | \b(?:it|test|describe)\.(?:skip|todo|failing)\b | \bx(?:it|describe)\s*\(
    | \bt\.Skip(?:f|Now)?\s*\( | \#\[ignore\b[^\]]*\]
    """,
    re.VERBOSE,
)


def suppressions(change: FileChange) -> tuple[str, ...]:
    """What the change adds to silence a checker or to skip a test, each as "line 12: the line"; not what only moved."""
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
    return [" ".join(found[0].split()) for form in (_SILENCE, _HIDES) for found in form.finditer(line)]
