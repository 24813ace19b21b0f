"""What was piped into `haikuterm fix -`: recognised by its content, kept to files of the project, told test by test."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from haikuterm.core.context import file_block
from haikuterm.core.errors import HaikutermError, SettingsError
from haikuterm.core.findings import Finding
from haikuterm.core.ports import Workspace
from haikuterm.core.textfile import decode

UNDERSTOOD = (
    "Nothing in this text is a finding in a form that is understood. Pipe the JSON of ruff, eslint, mypy, pyright, "
    "shellcheck, golangci-lint, go vet or cargo clippy, the text of mypy, tsc or pre-commit, SARIF, rdjson, the output "
    "of pytest with its short summary, or lines of path:line: message."
)
ANY = ("text", "pre-commit", "gitlab")  # what findings of nobody in particular say of their tool
NOTEBOOK = ".ipynb"  # linters count lines within a cell; nobody here knows where in the file those are
LONGEST = 80  # lines of a traceback that a model is shown, its last
FIRST = 5  # paths that a sentence names

_CLEAN = re.compile(
    r"^(?:Success: no issues found in |All checks passed!|(?:=+ )?\d+ passed\b(?!.*\b(?:failed|errors?)\b))",
    re.MULTILINE,
)
_TITLE = re.compile(r"^_{3,} (?:ERROR (?:at \w+ of|collecting) )?(?P<name>.+?) _{3,}$", re.MULTILINE)
_RULER = re.compile(r"^={3,} ", re.MULTILINE)
_PLACE = re.compile(
    r'^(?:(?P<path>[^\s:][^:\n]*\.\w+):(?P<line>\d{1,9}):|\s*File "(?P<file>[^"\n]+)", line (?P<row>\d{1,9}))',
    re.MULTILINE,
)
_COUNT = re.compile(r"\b(\d+) (failed|errors?)\b")


@dataclass(frozen=True, slots=True)
class Piped:
    """What was piped in. findings: those in files of the project. notes: sentences on what is left out.

    evidence: more than the findings say, for a model, by path. tests: whether they are failures of tests.
    """

    findings: tuple[Finding, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    tests: bool = False


def read(text: str, workspace: Workspace) -> Piped:
    """The findings in a text of any known format; none for an empty one and for a tool that is content.

    Looks at the disk. Raises SettingsError for a text that is not understood.
    """
    from haikuterm.core.linters.formats import plain, recognise  # regular expressions, not needed at start-up

    text = plain(text)
    form = recognise(text)
    if form is None:
        if not text.strip() or _CLEAN.search(text):
            return Piped()
        raise SettingsError(UNDERSTOOD)
    try:
        found = form.parse(text, workspace.root, lambda path: _text(workspace, path))
    except ValueError as error:
        raise SettingsError(f"It looks like the output of {form.name}, but: {error}") from error
    if form.name == "pytest":
        return _tests(text, found, workspace)
    kept, notes = _inside(found, workspace)
    return Piped(kept, notes=notes)


def match(given: Iterable[Finding], found: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """(those of the found ones that were given, those of the given ones that nobody found here).

    They are the same by path, rule and tool; of several the one in the nearest line. What is not found loses its edits.
    """
    pool: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        pool.setdefault((finding.path, finding.code), []).append(finding)
    wanted, missing = [], []
    for finding in given:
        near = pool.get((finding.path, finding.code), [])
        same = [f for f in near if finding.tool in (*ANY, f.tool)]
        if not same:
            missing.append(replace(finding, edits=()))  # for a text of which nobody says that it is still this one
            continue
        wanted.append(min(same, key=lambda f: abs(f.line - finding.line)))
        near.remove(wanted[-1])
    return tuple(wanted), tuple(missing)


def failures(said: str) -> int | None:
    """How many tests failed, by what a test command that failed said last; None if it does not tell, 0 for ""."""
    if not said:
        return 0
    from haikuterm.core.linters.formats import plain

    lines = [line for line in plain(said).split("\n") if _COUNT.search(line)]
    return sum(int(count) for count, _ in _COUNT.findall(lines[-1])) or None if lines else None


def still_failing(said: str) -> frozenset[str] | None:
    """The names of the tests in a short summary that stands in these lines, None if none does."""
    from haikuterm.core.linters.formats import FORMATS

    try:
        return frozenset(test_name(finding) for finding in FORMATS["pytest"].parse(said, ""))
    except ValueError:
        return None


def is_one_of(finding: Finding, names: Iterable[str]) -> bool:
    """Whether the test that a finding speaks of is named there, perhaps as seen from another folder."""
    name = test_name(finding)
    return any(name == other or name.endswith(f"/{other}") or other.endswith(f"/{name}") for other in names)


def test_name(finding: Finding) -> str:
    """The test that a finding of pytest speaks of, as in "tests/test_a.py::test_b"."""
    return finding.message.partition(": ")[0]


def _inside(found: Sequence[Finding], workspace: Workspace) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Those of the findings that stand in a file of the project, under its own path; and what is said of the others."""
    places: dict[str, str] = {}
    outside: list[str] = []
    for path in dict.fromkeys(finding.path for finding in found):
        place = _place(workspace, path)
        if place:
            places[path] = place
        else:
            outside.append(path or "no file")
    kept = tuple(replace(f, path=places[f.path]) for f in found if f.path in places)
    if not outside:
        return kept, ()
    names = ", ".join(outside[:FIRST]) + (f" and {len(outside) - FIRST} more" if len(outside) > FIRST else "")
    count = len(found) - len(kept)
    what = "a notebook or no file" if any(path.endswith(NOTEBOOK) for path in outside) else "no file"
    return kept, (f"Left out: {count} finding{'s' * (count != 1)} in what is {what} of this project: {names}.",)


def _place(workspace: Workspace, path: str) -> str:
    """The path relative to the root of a file that is there and no notebook, else ""."""
    try:
        place = workspace.resolve(path) if path and not path.endswith(NOTEBOOK) else ""
        return place if place and workspace.read_bytes(place) is not None else ""
    except HaikutermError:  # outside of the root, a folder, huge
        return ""


def _text(workspace: Workspace, path: str) -> str:
    place = _place(workspace, path)
    data = workspace.read_bytes(place) if place else None
    return decode(data).text if data else ""


def _tests(text: str, found: Sequence[Finding], workspace: Workspace) -> Piped:
    """Each failure in the file where it is to be mended, with its traceback as evidence."""
    kept, notes = _inside(found, workspace)
    sections = _sections(text)
    moved: list[Finding] = []
    evidence: dict[str, list[str]] = {}
    for finding in kept:
        name = test_name(finding)
        waiting = sections.get(name.partition("::")[2].replace("::", ".") or name, [])
        section = waiting.pop(0) if waiting else ""
        path, line = _source(section, workspace) or _mended(finding, name, section, workspace)
        moved.append(replace(finding, path=path, line=line))
        evidence.setdefault(path, []).append("\n".join([name, *section.strip("\n").split("\n")[-LONGEST:]]))
    told = {path: file_block("traceback", "\n\n".join(rows)) for path, rows in evidence.items()}
    return Piped(tuple(moved), told, notes, tests=True)


def _sections(text: str) -> dict[str, list[str]]:
    """The tracebacks by the names over them, those of one name in their order."""
    sections: dict[str, list[str]] = {}
    titles = list(_TITLE.finditer(text))
    for title, end in zip(titles, [*(t.start() for t in titles[1:]), len(text)], strict=False):
        body = _RULER.split(text[title.end() : end], maxsplit=1)[0]
        sections.setdefault(title["name"], []).append(body)
    return sections


def _source(section: str, workspace: Workspace) -> tuple[str, int] | None:
    """The innermost place of a traceback in a file of the project that holds no tests."""
    for found in reversed([*_PLACE.finditer(section)]):
        path = _place(workspace, found["path"] or found["file"])
        if path and not _is_test(path) and path in workspace.files():
            return path, int(found["line"] or found["row"])
    return None


def _mended(finding: Finding, name: str, section: str, workspace: Workspace) -> tuple[str, int]:
    """Where a failure is to be mended whose traceback stays in tests: in what the test calls, if that is found."""
    from haikuterm.engine.failing import called

    test, _, inner = name.partition("::")
    files = tuple(path for path in workspace.files() if not _is_test(path))
    return called(workspace, test, inner, section, files) or (finding.path, finding.line)


def _is_test(path: str) -> bool:
    parts = PurePosixPath(path)
    name = parts.name
    return (
        name == "conftest.py" or name.startswith("test_") or parts.stem.endswith("_test") or "tests" in parts.parts[:-1]
    )
