"""One line for one finding: the only edit that the smallest models do well. What to ask, and what the answer means."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile
from typing import Final

from haikuterm.core.findings import Finding
from haikuterm.core.meaning import meaning, tree
from haikuterm.core.messages import Message, Text
from haikuterm.core.models import Model
from haikuterm.core.request import Request
from haikuterm.core.rewrites import Rewrite, rewrite
from haikuterm.core.textfile import decode
from haikuterm.core.unused import Remedy, remedy

TRIES = 4
TEMPERATURES = (0.2, 0.5, 0.8, 1.0)
FENCE = "```python\n"
SYSTEM = (
    "You correct one line of a Python file. Answer with the corrected line only, in a ```python fence, or with "
    "DELETE in the fence if the line must go. Change nothing but what you are told."
)
# Line, what is told, answer. They are tuned on the smallest model: it does what it has seen done.
EXAMPLES = (
    (
        "    if done == None and len(names) > 1:",
        "Replace `done == None` with `done is None`.",
        "    if done is None and len(names) > 1:",
    ),
    ("import json", "`json` is not used: delete the line.", "DELETE"),
    (
        "from typing import Any, Iterable, Mapping",
        "Replace `Any, Iterable, Mapping` with `Any, Mapping`.",
        "from typing import Any, Mapping",
    ),
    (
        "        result = client.send(data, retry=True)",
        "Remove `result =`.",
        "        client.send(data, retry=True)",
    ),
    (
        '    raise ValueError(f"no such file")',
        'Replace `f"no such file"` with `"no such file"`.',
        '    raise ValueError("no such file")',
    ),
    (
        "    while not key in seen and count < 3:",
        "Replace `not key in seen` with `key not in seen`.",
        "    while key not in seen and count < 3:",
    ),
    ("    except:", "Replace `except:` with `except Exception:`.", "    except Exception:"),
    ("    Reader,", "Replace `Reader` with `Reader as Reader`.", "    Reader as Reader,"),
    ("        import os", "`os` is not used: write only `pass`.", "        pass"),
)
_SUPPRESSION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma|pylint:|ruff:)", re.IGNORECASE)
_TOKEN = re.compile(r"\s*(?:\w+|[^\w\s])")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")  # as Python counts lines; str.splitlines knows more ends
_COMPARISONS = frozenset({"E711", "E712", "E713", "E714", "E721", "E722", "F541", "F632"})


class Drop(Enum):
    """The answer that the line must go."""

    LINE = "DELETE"


DELETE: Final = Drop.LINE


@dataclass(frozen=True, slots=True)
class OneLine:
    """A line to be corrected.

    first, last: 1-based lines that the answer replaces (several only where they can but go). code: the line without
    its indentation and its comment. tail: the comment with the blanks before it. allowed: the meanings that the
    file may have afterwards (`meaning.meaning`), () where no rule says so. begin: how the right answer begins, "" if
    that is not known.
    """

    finding: Finding
    first: int
    last: int
    indent: str
    code: str
    tail: str
    instruction: str
    begin: str = ""
    deletes: bool = False
    allowed: tuple[str, ...] = ()

    @property
    def prefill(self) -> str:
        """How the answer begins.

        Small models lose the indentation, and like to copy the whole line; put at the place of the change, they
        make it.
        """
        return FENCE + self.indent + self.begin


def lines(text: str) -> list[str]:
    """The lines of a source with their endings, as Python counts them."""
    return _LINE.findall(text)


def one_line(data: bytes, finding: Finding) -> OneLine | None:
    """The job that a finding makes; None where it is none for one line (or for a file that does not parse)."""
    text = decode(data).text
    module, rows = tree(text), lines(text)
    if module is None or not 1 <= finding.line <= len(rows):
        return None
    if finding.code in ("F401", "F841"):
        found = remedy(text, finding)
    else:
        words = rewrite(module, rows[finding.line - 1], finding)
        told = str(words) if words else _said(finding)
        allowed = (meaning(module),) if finding.code in _COMPARISONS else ()
        found = Remedy(told, finding.line, finding.line, deletes=False, allowed=allowed, rewrite=words)
    return _job(text, rows, finding, found) if found else None


def _said(finding: Finding) -> str:
    """The linter's own words; its fix is a text with placeholder names in some tools, but better than nothing."""
    return f"{finding.message.rstrip('.')}. {finding.fix}".strip()


def _job(text: str, rows: list[str], finding: Finding, found: Remedy) -> OneLine:
    line = "".join(rows[found.first - 1 : found.last]).rstrip("\r\n")
    indent = line[: len(line) - len(line.lstrip())]
    code = line if found.first != found.last else line[: _comment_column(text, found.first)].rstrip()
    tail = line[len(code) :]
    code = code[len(indent) :]
    begin = _begin(code, found.rewrite) if found.rewrite else ""
    span = found.first, found.last
    return OneLine(finding, *span, indent, code, tail, found.instruction, begin, found.deletes, found.allowed)


def _begin(code: str, words: Rewrite) -> str:
    """The right answer up to the first token that differs from the code; "" where that is not in one place."""
    if code.count(words.old) != 1:
        return ""
    right = code.replace(words.old, words.new).lstrip()
    pairs = zip(_TOKEN.findall(code), _TOKEN.findall(right), strict=False)
    same = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    following = _TOKEN.match(right, len(same))
    return same + (following[0] if following else "")


def _comment_column(text: str, number: int) -> int | None:
    """Where the comment of a line begins, or None."""
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        if token.type == tokenize.COMMENT and token.start[0] == number:
            return token.start[1]
    return None


def request(job: OneLine, model: Model, attempt: int = 0) -> Request:
    """The request for this line. attempt: from 0; each one is asked with more variation than the one before."""
    said = [message for code, told, answer in EXAMPLES for message in _example(code, told, answer)]
    question = _question(job.indent + job.code, job.instruction)
    return Request(
        model=model,
        system=SYSTEM,
        messages=(*said, question),
        max_tokens=min(model.max_output, 64 + len(job.code)),
        prefill=job.prefill if model.prefill else "",
        stop=("\n",) if model.prefill else (),
        temperature=TEMPERATURES[min(attempt, len(TEMPERATURES) - 1)] if model.local else None,
    )


def _example(code: str, told: str, answer: str) -> tuple[Message, Message]:
    return _question(code, told), Message("assistant", (Text(f"{FENCE}{answer}\n```"),))


def _question(code: str, told: str) -> Message:
    return Message("user", (Text(f"{FENCE}{code}\n```\n{told}"),))


def parse(text: str, job: OneLine, model: Model) -> str | Drop | None:
    """The new line (with indentation and comment, without its ending), DELETE, or None for no usable answer.

    text: the reply to `request`, with or without what was given of it.
    """
    given = job.prefill if model.prefill and not text.startswith(FENCE) else ""
    rows = (given + text).removeprefix(FENCE).splitlines()
    answer = rows[0].strip() if rows else ""
    if answer == DELETE.value:
        return DELETE if job.deletes else None
    if not answer or answer.startswith("```") or answer == job.code or job.first != job.last:
        return None
    if _SUPPRESSION.search(answer):
        return None  # silencing a finding is not fixing it
    return f"{job.indent}{answer}{job.tail}"


def splice(data: bytes, job: OneLine, answer: str | Drop) -> bytes:
    """The file with the answer in place of the job's lines; every other byte stays.

    Raises EditRefused if the file's encoding has no such character.
    """
    file = decode(data)
    rows = lines(file.text)
    old = rows[job.last - 1]
    ending = old[len(old.rstrip("\r\n")) :]
    rows[job.first - 1 : job.last] = [] if isinstance(answer, Drop) else [answer + ending]
    return file.encode("".join(rows))


def keeps_meaning(data: bytes, job: OneLine) -> bool:
    """Whether the file parses and says what the job's rule wants it to say, where a rule says so."""
    module = tree(decode(data).text)
    if module is None:
        return False
    return not job.allowed or meaning(module) in job.allowed
