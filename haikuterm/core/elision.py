"""Code that a model left out: placeholder lines, and whole texts that lost too much."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

MOST_LOST = 0.4  # of a file's lines, in a text that replaces all of it
_DOTS = r"(?:\.{3,}|…)"
_MARK = r"(?:\#+|//+|/\*+|\{/\*|<!--|--|;+|%+|\*|\(\*)"
_END = r"(?:\*/\}?|-->|\*\))?"
_WHICH = r"(?:existing|remaining|unchanged|previous|original|omitted|unmodified|rest\ of(?:\ the)?|other|same|your)"
_WHAT = (
    r"(?:code|functions?|methods?|class(?:es)?|implementation|logic|body|file|module|script|imports?|tests?|fields?|"
    r"lines|contents?|definitions|config(?:uration)?|properties|routes|styles|markup|stuff)"
)
_STAYS = (
    r"(?:(?:remains?|stays?|is|are|goes|go|continues?|follows?|kept|here|the|same|unchanged|as|before|above|below|"
    r"omitted|for|brevity|is)[\ ,]*)*"
)
_SENTENCE = (
    rf"(?:keep\ )?(?:(?:all|the|of)\ )*"
    rf"(?:{_WHICH}\ (?:[\w.()`']+\ ){{0,3}}?{_WHAT}|{_WHAT}\ (?:is|are|remains?|stays?))"
    rf"[\ ,:]*{_STAYS}"
)
_BRIEF = (
    r"(?:unchanged|no\ changes?(?:\ here)?|(?:code\ )?(?:omitted|snipped)(?:\ for\ brevity)?|"
    r"same\ as\ (?:before|above)|snip)"
)
_AFTER_DOTS = rf"(?:(?:the\ )?rest\ (?:of|is|remains|stays|unchanged)\b.*|(?:the\ )?rest|{_SENTENCE}|{_BRIEF})"
_PLACEHOLDER = re.compile(
    rf"""\s*(?:
    {_MARK}?\s*[\[(<{{]?\s*{_DOTS}\s*[\])>}}]?                          # dots and nothing else
    | (?:{_MARK}\s*)?[\[(<{{]?{_DOTS}\s+[\[(]?{_AFTER_DOTS}[\])]?         # "... the rest of it"
    | {_MARK}\s*{_DOTS}[\[(]?{_AFTER_DOTS}[\])]?
    | {_MARK}\s*[\[(]?(?:{_SENTENCE}|{_BRIEF})[\])]?                     # "# existing code"
    | [\[(<](?:{_SENTENCE}|{_BRIEF})[\])>]                               # "[rest of the code]"
    )[\s.…]*[\])>}}]?\s*{_END}\s*""",
    re.VERBOSE | re.IGNORECASE,
)


def is_placeholder(line: str) -> bool:
    """Whether the line as a whole stands for code that was left out; one that merely holds dots does not."""
    return bool(_PLACEHOLDER.fullmatch(line))


def placeholder(added: Iterable[str], new: Sequence[str], known: Iterable[str]) -> str:
    """The first added line that leaves code out, or "".

    new: all lines of the new text, in order. known: the lines of the old text and of the file, which may hold dots.
    """
    suspects = [line for line in added if is_placeholder(line)]
    if not suspects:
        return ""
    there = {line.strip() for line in known}
    return next((line.strip() for line in suspects if line.strip() not in there and not _is_code(line, new, there)), "")


def _is_code(line: str, new: Sequence[str], there: set[str]) -> bool:
    """Whether dots are the body of a definition that is new itself (a stub), or the prompt of a doctest."""
    if line.strip() != "...":
        return False
    at = new.index(line)
    above = next((row.strip() for row in reversed(new[:at]) if row.strip()), "")
    return above.startswith((">>> ", "... ")) or (above.endswith(":") and above not in there)


def shrunk(before: Sequence[str], after: Sequence[str]) -> str:
    """Why the lines `after` are hardly the whole of what was `before`, or ""."""
    old, new = ([line for line in lines if line.strip()] for lines in (before, after))
    if new and is_placeholder(new[-1]) and new[-1] not in old:
        return f"it ends in a placeholder ({new[-1].strip()!r})"
    if len(new) < len(old) * (1 - MOST_LOST):
        return f"it has {len(new)} lines of text where the file has {len(old)}"
    changes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for end, change in (("first", changes[:1]), ("last", changes[-1:])):
        for tag, i1, i2, _, _ in change:
            if tag == "delete" and i2 - i1 >= 3:
                return f"the file's {end} {i2 - i1} lines are not in it"
    return ""
