"""What a headless run came to, gathered from its events, and the exit code that says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange
from haikuterm.core.diff import diff
from haikuterm.core.findings import CheckReport, Finding

CODES: Mapping[ev.Stop, int] = {
    "done": 0,
    "cut_off": 1,
    "refused": 1,
    "failed": 3,
    "over_budget": 4,
    "cancelled": 130,  # 128 + SIGINT, as shells do
}


@dataclass(slots=True)
class Proposed:
    """One file of a proposal, and whether it was written."""

    change: FileChange
    applied: bool = False


@dataclass(slots=True)
class Outcome:
    """What a run came to, gathered from its events. dry: nothing may be written."""

    dry: bool
    text: str = ""
    stop: ev.Stop = "done"
    reason: str = ""
    edits: list[Proposed] = field(default_factory=list)
    trouble: bool = False
    edit_failed: bool = False
    _checked: dict[tuple[str, str], list[Finding]] = field(default_factory=dict)
    _edit_open: bool = False
    _gap: bool = False

    def take(self, event: ev.Event) -> str:
        """Learn from the event; returns what it adds to the answer."""
        self._edits(event)
        match event:
            case ev.Checked(report):
                self._check(report)
            case ev.Notice(level="error"):
                self.trouble = True
            case ev.ShellEnded(code=code):
                self.trouble = self.trouble or bool(code)
            case ev.TurnEnded(stop, reason):
                self.stop, self.reason = stop, reason
            case _:
                pass
        return self._say(event)

    def _say(self, event: ev.Event) -> str:
        """The answer's next piece; answers of several requests are set apart by an empty line."""
        match event:
            case ev.TextDelta(text) | ev.Notice(text, markdown=True):
                ends = len(self.text) - len(self.text.rstrip("\n"))
                said = "\n" * max(0, 2 - ends) + text if self._gap and self.text else text
                self._gap = isinstance(event, ev.Notice)
            case ev.ShellOutput(text):
                said = text.replace("\r", "\n")
            case ev.ThinkingDelta():
                return ""
            case ev.ChangesShown(_, files):
                said = "\n" * self.unfinished + "".join(diff(change).unified() for change in files)
            case _:
                self._gap = True
                said = "\n" if self.unfinished else ""  # what is told beside an answer begins a line of its own
        self.text += said
        return said

    @property
    def unfinished(self) -> bool:
        """Whether the last line of the answer has no end yet."""
        return self.text[-1:] not in ("", "\n")

    def _edits(self, event: ev.Event) -> None:
        match event:
            case ev.EditsProposed(proposal):
                self._edit_open = self.edit_failed = False
                self.edits += [Proposed(c) for c in proposal.files if c not in [e.change for e in self.edits]]
            case ev.EditsApplied(step, files) if step:
                self._written(files)
            case ev.Undone(paths):
                self._written(e.change for e in self.edits if e.change.path in paths)
            case ev.ToolStarted(name="edit" | "create"):
                self._edit_open = True
            case ev.ToolEnded(name="edit" | "create"):
                # It failed without a proposal: its text did not match, say. A later edit makes good for it.
                self.edit_failed = self._edit_open and not event.ok
            case _:
                pass

    def _written(self, files: Iterable[FileChange]) -> None:
        """Note what became of the latest change of each file; it may be less than was proposed."""
        latest = {e.change.path: e for e in self.edits}
        for change in files:
            latest[change.path].change, latest[change.path].applied = change, True

    def _check(self, report: CheckReport) -> None:
        for path in report.paths:
            self._checked[report.tool, path] = []
        for finding in report.findings:
            self._checked.setdefault((report.tool, finding.path), []).append(finding)

    @property
    def findings(self) -> list[Finding]:
        """What the last look of each checker at each file found."""
        return [finding for found in self._checked.values() for finding in found]

    @property
    def code(self) -> int:
        """The exit code."""
        if CODES[self.stop] or self.trouble:
            return CODES[self.stop] or 1
        if self.dry and self.edits:
            return 0
        last = {e.change.path: e.applied for e in self.edits}
        return int(self.edit_failed or not all(last.values()) or bool(self.findings))
