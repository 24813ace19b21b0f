"""What to try here: what an empty conversation can say of the repository, looked up aside; nothing is sent for it."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from haikuterm.core.errors import HaikutermError
from haikuterm.core.findings import Finding, by_path
from haikuterm.core.messages import Message, Text
from haikuterm.core.models import Model
from haikuterm.core.pictures import has_picture_name
from haikuterm.core.ports import RepoFacts
from haikuterm.engine.ports import Ports
from haikuterm.engine.session import Session

LINTER = "ruff"  # the one that is always there, takes milliseconds and runs nothing of the repository
SUFFIXES = (".py", ".pyi")
MOST_FILES = 50  # that it is asked about
SECONDS = 4.0  # after which nobody waits for it any more
LONGEST = 36  # characters of the files in one suggestion
NOWHERE = RepoFacts(is_git=False)


@dataclass(frozen=True, slots=True)
class Idea:
    """Something to try. text: what goes into the input; why: a few words of what it is about."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What there is to say before the first prompt.

    name: of the root's folder. changed: files that differ from the last commit, none outside of git. files: all there
    are, where nothing is changed. findings: what the linter says of the changed ones, once it was asked: looked.
    asked, answered: the last exchange of a conversation that goes on; then there is nothing else to say.
    """

    model: Model
    name: str = ""
    repo: RepoFacts = NOWHERE
    changed: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    looked: bool = False
    asked: str = ""
    answered: str = ""

    @property
    def resumed(self) -> bool:
        """Whether a conversation goes on."""
        return bool(self.asked)

    @property
    def ideas(self) -> tuple[Idea, ...]:
        """What to try, best first; at most three."""
        if self.resumed:
            return ()
        if self.changed:
            texts = [path for path in self.changed if not has_picture_name(path)]
            return (*_fixes(self.findings), *([_review(texts, self.model)] if texts else []))
        if not self.files:
            return (Idea("Create hello.py, which prints the first ten primes", "this folder is empty"),)
        lint = Idea(
            "/lint --all" if self.repo.is_git else "/lint", f"{_count(len(self.files), 'file')} to look through, free"
        )
        readme = next((path for path in self.files if path.lower().startswith("readme")), "")
        about = Idea(f"What is this about? {_mention(readme)}", "in a few words") if readme else None
        return (lint, about) if about else (lint,)


async def look(ports: Ports, session: Session) -> AsyncGenerator[Outlook, None]:
    """What can be told at once, and, where the linter has something to look at, the same with what it found.

    Costs nothing; takes some milliseconds of git and of the linter, both beside the loop. Nothing comes where the
    folder cannot be read.
    """
    if session.messages:
        asked, answered = _last(session)
        yield Outlook(session.model, asked=asked, answered=answered)
        return
    try:
        outlook = await asyncio.to_thread(_around, ports, session)
    except (HaikutermError, OSError):
        return
    yield outlook
    paths = [path for path in outlook.changed if path.endswith(SUFFIXES)][:MOST_FILES]
    if not paths:
        return
    try:
        async with asyncio.timeout(SECONDS):
            reports = await ports.linters.reports(paths, only=(LINTER,))
    except TimeoutError:
        return
    if any(not report.broke for report in reports):
        yield replace(outlook, findings=tuple(f for report in reports for f in report.findings), looked=True)


def _around(ports: Ports, session: Session) -> Outlook:
    workspace = ports.workspace
    name = session.root.replace("\\", "/").rstrip("/").rpartition("/")[2] or session.root
    repo = workspace.facts()
    changed = workspace.changed() if workspace.in_git else ()
    return Outlook(session.model, name, repo, changed, () if changed else workspace.files())


def _last(session: Session) -> tuple[str, str]:
    """The last prompt of a conversation and what was said to it."""
    said = session.messages
    asked = {number: typed(message) for number, message in enumerate(said) if message.role == "user"}
    start = max((number for number, text in asked.items() if text), default=0)
    answers = [message.text.strip() for message in said[start + 1 :] if message.role == "assistant"]
    return asked.get(start) or "…", "\n\n".join(filter(None, answers))


def typed(message: Message) -> str:
    """What the user typed: the last text, behind the files and notes that go with it."""
    return next((part.text.strip() for part in reversed(message.parts) if isinstance(part, Text)), "")


def _fixes(findings: Sequence[Finding]) -> tuple[Idea, ...]:
    """The idea to fix these, if there are any."""
    if not findings:
        return ()
    paths, free = [*by_path(findings)], sum(bool(finding.edits or finding.fix) for finding in findings)
    where = "" if len(paths) == 1 else f" in {len(paths)} files"
    bill = "" if not free else ", free" if free == len(findings) else f", {free} of them free"
    text = f"/fix {shlex.quote(paths[0])}" if len(paths) == 1 else "/fix"
    return (Idea(text, f"{_count(len(findings), 'finding')}{where}{bill}"),)


def _review(changed: Sequence[str], model: Model) -> Idea:
    """A question about what was changed, of a size that the model can take."""
    if not model.tools:
        return Idea(f"What does {_mention(changed[0])} do?", "changed since the last commit")
    named: list[str] = []
    for path in changed:
        if named and len(" ".join((*named, _mention(path)))) > LONGEST:
            break
        named.append(_mention(path))
    part = f"{len(named)} of the {len(changed):,} changed files"
    return Idea(f"Review {' '.join(named)}", part if len(named) < len(changed) else "changed since the last commit")


def _mention(path: str) -> str:
    return f'@"{path}"' if any(sign.isspace() for sign in path) else f"@{path}"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n:,} {noun}s"
