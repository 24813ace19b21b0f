"""One line for one finding: the only edit that the smallest models do well. What to ask, and what the answer means."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from enum import Enum
from typing import Final

from haikuterm.core.findings import Finding
from haikuterm.core.meaning import meaning, tree
from haikuterm.core.messages import Message, Text
from haikuterm.core.models import Model
from haikuterm.core.request import Request
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
    ("    if done == None and name != None:", "Compare with None by `is None` instead of `== None`, and by "
     "`is not None` instead of `!= None`.", "    if done is None and name is not None:"),
    ("import json", "`json` is not used: delete the line.", "DELETE"),
    ("from typing import Any, Iterable, Mapping", "`Iterable` is not used: keep the line, but without `Iterable`.",
     "from typing import Any, Mapping"),
    ("        result = client.send(data, retry=True)", "`result` is not used: keep what is right of the `=`, but "
     "without `result =`.", "        client.send(data, retry=True)"),
    ("    raise ValueError(f\"no such file\")", "Remove the `f` before the quotes of `f\"no such file\"`.",
     "    raise ValueError(\"no such file\")"),
    ("    while item.ready == False and count < 3:", "Write `not item.ready` instead of `item.ready == False`.",
     "    while not item.ready and count < 3:"),
    ("    except OSError as error:", "`error` is not used: write the line without `as error`.", "    except OSError:"),
)  # fmt: skip
_SUPPRESSION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma|pylint:|ruff:)", re.IGNORECASE)
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
    file may have afterwards (`meaning.meaning`), () where no rule says so.
    """

    finding: Finding
    first: int
    last: int
    indent: str
    code: str
    tail: str
    instruction: str
    deletes: bool = False
    allowed: tuple[str, ...] = ()

    @property
    def prefill(self) -> str:
        """How the answer begins: the indentation is given, for small models lose it."""
        return FENCE + self.indent


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
        told = instruction(finding, rows[finding.line - 1])
        allowed = (meaning(module),) if finding.code in _COMPARISONS else ()
        found = Remedy(told, finding.line, finding.line, deletes=False, allowed=allowed)
    return _job(text, rows, finding, found) if found else None


def _job(text: str, rows: list[str], finding: Finding, found: Remedy) -> OneLine:
    line = "".join(rows[found.first - 1 : found.last]).rstrip("\r\n")
    indent = line[: len(line) - len(line.lstrip())]
    code = line if found.first != found.last else line[: _comment_column(text, found.first)].rstrip()
    tail = line[len(code) :]
    return OneLine(
        finding, found.first, found.last, indent, code[len(indent) :], tail, found.instruction, found.deletes,
        found.allowed,
    )  # fmt: skip


def _comment_column(text: str, number: int) -> int | None:
    """Where the comment of a line begins, or None."""
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        if token.type == tokenize.COMMENT and token.start[0] == number:
            return token.start[1]
    return None


def instruction(finding: Finding, line: str) -> str:
    """What to do, in words that say it outright: a small model copies the `cond` of a linter's message."""
    one_row = finding.end_line in (0, finding.line)
    span = line[finding.column - 1 : finding.end_column - 1] if one_row else ""
    match finding.code:
        case "E711":
            return _about_none(line)
        case "E712":
            return _about_truth(span) or "Write `x` instead of `x == True`, and `not x` instead of `x == False`."
        case "E713" | "E714":
            word = "in" if finding.code == "E713" else "is"
            negated = "not in" if word == "in" else "is not"
            return f"Write `x {negated} y` instead of `not x {word} y`."
        case "E721":
            return "Compare the types by `is` instead of `==`, and by `is not` instead of `!=`."
        case "E722":
            return "Write `except Exception:` instead of `except:`."
        case "F541":
            return f"Remove the `f` before the quotes of `{span}`." if span else "Remove the `f` before the quotes."
        case "F632":
            return "Write `==` instead of `is`, and `!=` instead of `is not`."
    return f"{finding.message.rstrip('.')}. {finding.fix}".strip()


def _about_none(line: str) -> str:
    told = []
    if re.search(r"==\s*None|None\s*==", line):
        told.append("by `is None` instead of `== None`")
    if re.search(r"!=\s*None|None\s*!=", line):
        told.append("by `is not None` instead of `!= None`")
    return f"Compare with None {', and '.join(told) or 'by `is None` or `is not None`'}."


def _about_truth(span: str) -> str:
    found = re.fullmatch(r"(.+?)\s*(==|!=)\s*(True|False)", span)
    if not found:
        return ""
    agrees = (found[2] == "==") == (found[3] == "True")
    return f"Write `{'' if agrees else 'not '}{found[1]}` instead of `{span}`."


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


def parse(text: str, job: OneLine) -> str | Drop | None:
    """The new line (with indentation and comment, without its ending), DELETE, or None for no usable answer."""
    rows = text.removeprefix(FENCE).lstrip("\r\n").splitlines()
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
