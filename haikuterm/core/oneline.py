"""One line for one finding: the only edit that the smallest models do well. What to ask, and what the answer means."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass, replace
from enum import Enum
from itertools import takewhile
from typing import Final

from haikuterm.core.findings import Finding
from haikuterm.core.meaning import meaning, shape, tree
from haikuterm.core.messages import Message, Text
from haikuterm.core.models import Model
from haikuterm.core.request import Request
from haikuterm.core.rewrites import rewrite
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
    ("        total = 0", "`total` is not used: delete the line.", "DELETE"),
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
_TOKEN = re.compile(r"\s*(?:\w+|[=!<>]=|[^\w\s])")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")  # as Python counts lines; str.splitlines knows more ends
_COMPARISONS = frozenset({"E711", "E712", "E713", "E714", "E721", "E722", "F541", "F632"})


class Drop(Enum):
    """The answer that the line must go."""

    LINE = "DELETE"


DELETE: Final = Drop.LINE


@dataclass(frozen=True, slots=True)
class OneLine:
    """A line to be corrected.

    remedy: what to do to which lines (several only where they go as a whole). shape: of the whole file, which it
    keeps where no rule says what it may mean. code: the line without its indentation and its comment. tail: the comment
    with the blanks before it. same, following: where the right answer is known, what it shares with the code from
    the beginning, and its tokens after that, the end of the line included.
    """

    finding: Finding
    remedy: Remedy
    shape: str
    indent: str
    code: str
    tail: str
    same: str = ""
    following: tuple[str, ...] = ()

    def prefill(self, attempt: int) -> str:
        """How the answer begins in this attempt (from 0).

        Small models lose the indentation, and like to copy the whole line; led past the place of the change, they
        make it. The first attempt leads one token past it, each further one twice as far.
        """
        return FENCE + self.indent + self.same + "".join(self.following[: 2**attempt])


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
    return _led(_job(text, module, finding, found)) if found else None


def _said(finding: Finding) -> str:
    """The linter's own words; its fix is a text with placeholder names in some tools, but better than nothing."""
    return f"{finding.message.rstrip('.')}. {finding.fix}".strip()


def _job(text: str, module: ast.Module, finding: Finding, found: Remedy) -> OneLine:
    line = "".join(lines(text)[found.first - 1 : found.last]).rstrip("\r\n")
    indent = line[: len(line) - len(line.lstrip())]
    code = line if found.first != found.last else line[: _comment_column(text, found.first)].rstrip()
    return OneLine(finding, found, shape(module), indent, code[len(indent) :], line[len(code) :])


def _led(job: OneLine) -> OneLine:
    """The job with how the right answer begins, where the words say it."""
    words = job.remedy.rewrite
    if job.remedy.deletes:
        return replace(job, following=("", "", DELETE.value))  # not before the third attempt
    if words is None or job.code.count(words.old) != 1:
        return job
    right = job.code.replace(words.old, words.new).lstrip()
    pairs = zip(_TOKEN.findall(job.code), _TOKEN.findall(right), strict=False)
    same = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return replace(job, same=same, following=(*_TOKEN.findall(right[len(same) :]), "\n"))


def _comment_column(text: str, number: int) -> int | None:
    """Where the comment of a line begins, or None."""
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        if token.type == tokenize.COMMENT and token.start[0] == number:
            return token.start[1]
    return None


def request(job: OneLine, model: Model, attempt: int = 0) -> Request:
    """The request for this line. attempt: from 0; each one is asked with more variation than the one before."""
    said = [message for code, told, answer in EXAMPLES for message in _example(code, told, answer)]
    question = _question(job.indent + job.code, job.remedy.instruction)
    return Request(
        model=model,
        system=SYSTEM,
        messages=(*said, question),
        max_tokens=min(model.max_output, 64 + len(job.code)),
        prefill=job.prefill(attempt) if model.prefill else "",
        stop=("\n",) if model.prefill else (),
        temperature=TEMPERATURES[min(attempt, len(TEMPERATURES) - 1)] if model.local else None,
    )


def _example(code: str, told: str, answer: str) -> tuple[Message, Message]:
    return _question(code, told), Message("assistant", (Text(f"{FENCE}{answer}\n```"),))


def _question(code: str, told: str) -> Message:
    return Message("user", (Text(f"{FENCE}{code}\n```\n{told}"),))


def parse(text: str, job: OneLine, model: Model, attempt: int = 0) -> str | Drop | None:
    """The new line (with indentation and comment, without its ending), DELETE, or None for no usable answer.

    text: the reply to `request` with the same arguments, with or without what was given of it.
    """
    given = job.prefill(attempt) if model.prefill and not text.startswith(FENCE) else ""
    rows = (given + text).removeprefix(FENCE).splitlines()
    answer = rows[0].strip() if rows else ""
    if answer == DELETE.value:
        return DELETE if job.remedy.deletes else None
    if not answer or answer.startswith("```") or answer == job.code:
        return None
    if _SUPPRESSION.search(answer) or (job.remedy.deletes and job.remedy.first != job.remedy.last):
        return None  # silencing a finding is not fixing it; and one line is not what several can become
    return f"{job.indent}{answer}{job.tail}"


def splice(data: bytes, job: OneLine, answer: str | Drop) -> bytes:
    """The file with the answer in place of the job's lines; every other byte stays.

    Raises EditRefused if the file's encoding has no such character.
    """
    file = decode(data)
    rows = lines(file.text)
    old = rows[job.remedy.last - 1]
    ending = old[len(old.rstrip("\r\n")) :]
    rows[job.remedy.first - 1 : job.remedy.last] = [] if isinstance(answer, Drop) else [answer + ending]
    return file.encode("".join(rows))


def keeps_meaning(data: bytes, job: OneLine) -> bool:
    """Whether the file parses and says what the job's rule wants it to say; without a rule: has the same statements."""
    module = tree(decode(data).text)
    if module is None:
        return False
    return meaning(module) in job.remedy.allowed if job.remedy.allowed else shape(module) == job.shape
