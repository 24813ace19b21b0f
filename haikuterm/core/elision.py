"""Code that a model left out: placeholder lines, and whole texts that lost too much."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from haikuterm.core.diff import spans

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
    r"omitted|for|brevity)[\ ,]*)*"
)
_FIRST = frozenset("#/{<-;%*([.…")  # what all of these lines begin with
LONGEST = 300  # characters that such a line has at most; longer ones are not looked at, which could take long
_SENTENCE = (
    rf"(?:keep\ )?(?:(?:all|the|of)\ )*"
    rf"(?:{_WHICH}\ (?:[\w.()`']+\ ){{0,3}}?{_WHAT}|{_WHAT}\ (?:is|are|remains?|stays?))"
    rf"[\ ,:]*{_STAYS}"
)
_BRIEF = (
    r"(?:unchanged|no\ changes?(?:\ here)?|(?:code\ )?(?:omitted|snipped)(?:\ for\ brevity)?|"
    r"same\ as\ (?:before|above)|snip)"
)
_AFTER_DOTS = (
    rf"(?:(?:the\ )?rest\ (?:of|is|remains|stays|unchanged)\b.*|(?:the\ )?rest|{_SENTENCE}|{_BRIEF}"
    rf"|{_WHICH}(?:\ [\w.()`']+){{1,3}}\ ?{_DOTS})"
)
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
# In a file that is all new there is nothing to leave out but by a mistake, yet it may well have a heading such as
# "# Other functions": only what says that something stays or is missing counts.
_CODE = (
    r"(?:code|functions|methods|implementation|logic|imports?|tests|lines|contents?|definitions|properties|routes|"
    r"styles|markup|config(?:uration)?)"
)
_ANY = rf"(?:{_WHAT}|{_CODE}|page|document|component|styles?heet|table|list|queries|statements|markup|jsx)"
_DOTTED = re.compile(
    rf"\s*(?:{_MARK}\s*[\[({{<]?{_DOTS}\s*|[\[(<{{]?{_DOTS}\s+)[\[(]?(?:{_AFTER_DOTS}|(?:the\ )?rest\b.*)[\])]?"
    rf"[\s.…]*[\])>}}]?\s*{_END}\s*",
    re.IGNORECASE,
)
_MISSING = re.compile(
    rf"""\s*(?:{_MARK}\s*[\[(]?|[\[<])(?:
      (?:keep\ )?(?:(?:all|the|of|your)\ )*(?:existing|unchanged|unmodified|omitted)\ (?:[\w.()`']+\ )?{_CODE}
      | (?:keep\ )?(?:the\ |all\ )?rest\ of\ (?:(?:the|your|this)\ )?(?:[\w.()`']+\ )?{_ANY}
      | (?:(?:all|the|of)\ )*(?:(?:other|remaining|previous|original|existing)\ )?(?:[\w.()`']+\ )?{_ANY}
        \ (?:(?:remains?|stays?|is|are)\ )?(?:unchanged|the\ same|as\ before|omitted)
      | (?:code\ )?(?:omitted|snipped)\ for\ brevity
    )[\ ,]*{_STAYS}[\])]?[\s.…]*[\])>}}]?\s*{_END}\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_COMMENT = re.compile(rf"\s*({_MARK})")
_BARE = re.compile(rf"(\s*)({_MARK})?\s*[\[(<{{]?\s*{_DOTS}\s*[\])>}}]?\s*{_END}\s*")


def is_placeholder(line: str) -> bool:
    """Whether the line as a whole stands for code that was left out; one that merely holds dots does not."""
    return _suspect(line) and bool(_PLACEHOLDER.fullmatch(line))


def _suspect(line: str) -> bool:
    text = line.strip()
    return text[:1] in _FIRST and len(text) <= LONGEST


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


def left_out(text: str) -> str:
    """The line of a new file's text that stands for code left out, or "".

    A comment of its own that says so counts wherever it stands. Dots alone count as a comment at the end, or as all
    there is between braces; without a comment mark only in the first column at the end: else they are an empty body.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    suspects = [n for n, line in enumerate(lines) if _suspect(line)]
    for n in suspects:
        if _DOTTED.fullmatch(lines[n]) or (_MISSING.fullmatch(lines[n]) and not _goes_on(lines, n)):
            return lines[n].strip()
    prose = any(line.startswith(("```", "~~~")) for line in lines)
    between = next((lines[n] for n in suspects if not prose and _fills_braces(lines, n)), "")
    return (between or _trailing_off(lines)).strip()


def _goes_on(lines: Sequence[str], n: int) -> bool:
    """Whether the line is one of several of a comment, so that it may be half a sentence."""
    marks = [found and found[1] for found in map(_COMMENT.match, lines[max(0, n - 1) : n + 2])]
    return len(marks) - marks.count(None) > 1


def _fills_braces(lines: Sequence[str], n: int) -> bool:
    bare = _BARE.fullmatch(lines[n])
    around = 0 < n < len(lines) - 1 and lines[n - 1].rstrip()[-1] == "{" and lines[n + 1].lstrip()[0] == "}"
    return bool(around and bare and bare[2])


def _trailing_off(lines: Sequence[str]) -> str:
    """The last line if it is dots that stand for more; not those of YAML's end mark or of a doctest."""
    last = _BARE.fullmatch(lines[-1]) if lines and _suspect(lines[-1]) else None
    if last is None or lines[0].startswith(("---", "%YAML")) or lines[-2:][0].startswith((">>> ", "... ")):
        return ""
    return lines[-1] if last[2] or (not last[1] and len(lines) > 1) else ""


def shrunk(before: Sequence[str], after: Sequence[str]) -> str:
    """Why the lines `after` are hardly the whole of what was `before`, or ""."""
    old, new = ([line for line in lines if line.strip()] for lines in (before, after))
    if new and is_placeholder(new[-1]) and new[-1] not in old:
        return f"it ends in a placeholder ({new[-1].strip()!r})"
    if len(new) < len(old) * (1 - MOST_LOST):
        return f"it has {len(new)} lines of text where the file has {len(old)}"
    changes = spans(old, new)
    at_ends = [("first", c) for c in changes[:1] if c[0] == 0] + [("last", c) for c in changes[-1:] if c[1] == len(old)]
    for end, (i1, i2, j1, j2) in at_ends:
        if j1 == j2 and i2 - i1 >= 3:
            return f"the file's {end} {i2 - i1} lines are not in it"
    return ""
