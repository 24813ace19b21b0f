"""Pytest's short test summary, with the places that its tracebacks tell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from haikuterm.core.findings import Finding, Sources, unknown
from haikuterm.core.linters.places import relative
from haikuterm.core.linters.shape import NotThisFormat

_SUMMARY = re.compile(r"^=+ short test summary info =+$", re.MULTILINE)
_ROW = re.compile(
    r"^(?P<kind>FAILED|ERROR) (?P<path>[^\s:][^:\n]*?\.\w+)(?P<test>::.*?)?(?: - (?P<message>.*))?$", re.MULTILINE
)
_TITLE = re.compile(r"^_{3,} (?:ERROR (?:at \w+ of|collecting) )?(?P<name>.+?) _{3,}$", re.MULTILINE)
_NATIVE = re.compile(r'^\s*File "(?P<path>[^"\n]+)", line (?P<line>\d{1,9})', re.MULTILINE)
_SHORT = re.compile(r"^(?P<path>[^\s:][^:\n]*\.\w+):(?P<line>\d{1,9}):(?: .*)?$", re.MULTILINE)
_END = re.compile(r"^(?:E   |=+ |!+ )", re.MULTILINE)
_INSTALLED = ("site-packages/", "dist-packages/", "/lib/python", "importlib/")


@dataclass(frozen=True, slots=True)
class _Report:
    """A traceback. places: (path, line), outermost first; error: its lines that say what went wrong."""

    places: tuple[tuple[str, int], ...]
    error: str


def parse(output: str, root: str, _sources: Sources = unknown) -> tuple[Finding, ...]:
    """One finding for each test that failed or broke: where the error arose, in a file of the project.

    The code is FAILED or ERROR; the message names the test, then says the error as far as the traceback tells it.
    Without a traceback the line is 1. Raises NotThisFormat.
    """
    summary = _SUMMARY.search(output)
    if summary is None:
        raise NotThisFormat("This is not pytest's output: it has no short test summary. Run pytest with -ra.")
    reports = _reports(output[: summary.start()], root)
    return tuple(_finding(row, reports, root) for row in _ROW.finditer(output, summary.end()))


def _finding(row: re.Match[str], reports: dict[str, list[_Report]], root: str) -> Finding:
    path = relative(row["path"], root)
    test = (row["test"] or "").removeprefix("::")
    waiting = reports.get(test.replace("::", ".") or row["path"], [])
    report = waiting.pop(0) if waiting else _Report((), "")
    own = [place for place in report.places if not _installed(place[0])]
    place = own[-1] if own else (path, 1)
    message = f"{row['path']}{row['test'] or ''}: {report.error or row['message'] or 'failed'}"
    return Finding("pytest", row["kind"], "error", place[0], place[1], 1, message)


def _reports(text: str, root: str) -> dict[str, list[_Report]]:
    """The tracebacks by the names of their tests, those of one name in their order."""
    reports: dict[str, list[_Report]] = {}
    titles = list(_TITLE.finditer(text))
    ends = [title.start() for title in titles[1:]] + [len(text)]
    for title, end in zip(titles, ends, strict=False):  # without a title there is one end too many
        body = text[title.end() : end]
        reports.setdefault(title["name"], []).append(_report(body, root))
    return reports


def _report(body: str, root: str) -> _Report:
    body = re.split(r"^={3,} ", body, maxsplit=1, flags=re.MULTILINE)[0]
    found = sorted((*_SHORT.finditer(body), *_NATIVE.finditer(body)), key=lambda place: place.start())
    said = "\n".join(line[1:].strip() for line in body.split("\n") if line.startswith("E   "))
    return _Report(tuple((relative(place["path"], root), int(place["line"])) for place in found), said)


def _installed(path: str) -> bool:
    return any(part in path for part in _INSTALLED)
