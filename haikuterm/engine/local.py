"""What a model without tools can do with files: one line at a time, or a whole function in a fence."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.errors import EditRefused, PathRefused
from haikuterm.core.events import Checked, Event, Notice, TextDelta
from haikuterm.core.findings import CheckReport
from haikuterm.core.functions import missing_imports, propose
from haikuterm.core.replies import propose_reply
from haikuterm.engine.asking import Ask
from haikuterm.engine.landing import Landed, Landing, new_path
from haikuterm.engine.lines import LineFixed, fix_lines
from haikuterm.engine.session import Session

# A prompt is about lint if it says so, or names a rule such as F401 or SIM102.
ABOUT_LINT = re.compile(r"(?i:\b(lint\w*|ruff|flake8|unused|findings?)\b)|\b[A-Z]{1,4}\d{3,4}\b")


def _python(session: Session) -> list[str]:
    return [path for path in session.attachments if path.endswith((".py", ".pyi"))]


@dataclass(slots=True)
class LocalWork:
    """The edits of one turn with a model that has no tools. summary: what was done, once it was."""

    session: Session
    ask: Ask
    landing: Landing
    summary: str = ""

    def about_lint(self, prompt: str) -> bool:
        """Whether the prompt asks for lint fixes in attached Python files."""
        return bool(ABOUT_LINT.search(prompt)) and bool(_python(self.session))

    async def fix_lint(self) -> AsyncGenerator[Event, None]:
        """Fix the linter's findings in the attached Python files line by line."""
        paths = _python(self.session)
        report = await self.landing.ports.linters.check(paths)
        if report.broke:
            self.summary = f"{report.tool} could not run: {report.broke}"
            yield Notice(self.summary, "warning")
            return
        if report.clean:
            self.summary = f"{report.tool} has no findings in {', '.join(paths)}."
            yield TextDelta(self.summary)
            return
        count = len(report.findings)
        yield Notice(f"{report.tool}: {count} finding{'s' * (count > 1)}. The local model is asked for one line each.")
        changes: list[FileChange] = []
        for path in paths:
            async with aclosing(self._fix_file(path, report, changes)) as events:
                async for event in events:
                    yield event
        async with aclosing(self._land(Proposal(tuple(changes)), report)) as landing:
            async for event in landing:
                yield event

    async def _fix_file(self, path: str, report: CheckReport, changes: list[FileChange]) -> AsyncGenerator[Event, None]:
        findings = [f for f in report.findings if f.path == path]
        if not findings:
            return
        file = self.landing.ports.workspace.read_text(path)
        checker = self.landing.ports.linters
        async with aclosing(
            fix_lines(replace(self.ask, purpose="line"), checker, self.session.model, file, findings)
        ) as events:
            async for event in events:
                if not isinstance(event, LineFixed):
                    yield event
                elif event.data != file.data:
                    changes.append(FileChange(path, file.data, event.data))

    async def _land(self, proposal: Proposal, report: CheckReport) -> AsyncGenerator[Event, None]:
        if not proposal.files:
            self.summary = "I could not fix any of the findings."
            yield Notice(
                "None of the findings could be fixed; nothing is changed. A bigger model may do it.", "warning"
            )
            yield Checked(report, len(report.findings))
            return
        async with aclosing(self.landing.land(proposal)) as events:
            async for event in events:
                if isinstance(event, Landed):
                    self.summary = str(event)
                else:
                    yield event

    def _made(self, proposal: Proposal | None) -> Proposal | None:
        """The proposal with the paths of its new files checked; the model was not shown what else there is."""
        for change in proposal.files if proposal else ():
            if change.before is None and new_path(self.landing.ports, change.path) != change.path:
                raise EditRefused(f"{change.path} is not a path from the root of the repository.")
        return proposal

    async def land_functions(self, reply: str) -> AsyncGenerator[Event, None]:
        """Offer what the reply writes out as changes to the attached files: whole functions, blocks, a diff."""
        workspace = self.landing.ports.workspace
        files = {path: workspace.read_bytes(path) or b"" for path in self.session.attachments}
        only = next(iter(files)) if len(files) == 1 else ""
        python = {path: files[path] for path in _python(self.session)}
        try:
            whole = propose(reply, python) if self.session.model.local else None
            proposal = whole or self._made(propose_reply(reply, files, only))
        except (EditRefused, PathRefused) as refused:
            yield Notice(f"The answer's code was not applied: {refused}", "warning")
            return
        if proposal is None or not proposal.files:
            return
        async with aclosing(self.landing.land(proposal)) as events:
            async for event in events:
                if not isinstance(event, Landed):
                    yield event
        if wanted := missing_imports(reply, python):
            yield Notice(f"The answer also imports what the files do not: {'; '.join(wanted)}.", "warning")
