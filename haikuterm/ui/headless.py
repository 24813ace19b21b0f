"""The face without a person: a prompt in; text, JSON or JSON lines out; the truth in the exit code.

0: done. 1: it ran, but not all was done (cut off, refused, an edit not written, findings left). 3: the endpoint or
the local model failed. 4: over budget. 130: interrupted. Without the user's yes it is a dry run: diffs are shown,
nothing is written, and that is 0.
"""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TextIO, TypeAlias

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.diff import diff
from haikuterm.core.findings import CheckReport, Finding
from haikuterm.core.guard import visible
from haikuterm.core.ports import Asker, Question, Verdict
from haikuterm.core.review import accept_all, reject_all
from haikuterm.ui.plain import diff_lines, document
from haikuterm.ui.present import Line, line
from haikuterm.ui.progress import LiveLine, Uncovered, live_line

if TYPE_CHECKING:
    from haikuterm.engine.engine import Engine

Format = Literal["text", "json", "stream-json"]
Events: TypeAlias = AsyncGenerator[ev.Event, None]
CODES: Mapping[ev.Stop, int] = {
    "done": 0,
    "cut_off": 1,
    "refused": 1,
    "failed": 3,
    "over_budget": 4,
    "cancelled": 130,  # 128 + SIGINT, as shells do
}
HUNG_UP = 141  # 128 + SIGPIPE: nobody reads on
FINDING = (  # what the JSON object says of each; a finding also holds edits, which are for ourselves
    "tool", "code", "severity", "path", "line", "column", "message", "end_line", "end_column", "fix",
)  # fmt: skip
NOBODY = "Nobody is there to be asked, so nothing was written. Run it on a terminal to see the change and decide.\n"
DRY_RUN = "This is a dry run: the user sees the diff, nothing is written. Do not propose it again."


async def run(
    engine: Engine,
    prompt: str,
    paths: Sequence[str],
    *,
    stdin_text: str,
    output_format: Format,
    out: TextIO,
    err: TextIO,
) -> int:
    """Attach the paths, submit the prompt with what was piped in, show the events; returns the exit code.

    A cancelled task (Ctrl+C) ends the turn, keeps what was said and returns 130. The engine is closed at the end.
    """
    asker = Decided(engine.settings.yes)
    outcome = Outcome(dry=not engine.settings.yes)
    form = _form(output_format, engine, outcome, out, err)
    attaching = (engine.submit(f"/add {shlex.quote(path)}", asker) for path in paths)
    work = [*attaching, engine.submit(prompt, asker, stdin_text)]
    return await _finish(engine, form, out, work, engine.repair(asker))


async def command(engine: Engine, typed: str, out: TextIO, err: TextIO, asker: Asker | None = None) -> int:
    """Run one /command, as text; returns the exit code. The engine is closed at the end.

    asker: of a person at a terminal; without one every question is answered with no. What was cut short last time is
    not asked about first: the command may be the very one that repairs it.
    """
    progress = live_line(err)
    form = AsText(Outcome(dry=False), out, err, progress)
    code = await _finish(engine, form, out, [engine.submit(typed, Uncovered(asker or Decided(yes=False), progress))])
    if asker is None and not all(edit.applied for edit in form.outcome.edits):
        write(err, NOBODY)
    return code


async def _finish(engine: Engine, form: Form, out: TextIO, work: Sequence[Events], repair: Events | None = None) -> int:
    """Show all the work and what remains to be said, and close the engine; the exit code."""
    try:
        await _play([_prepared(engine), *([repair] if repair else [])], work, form)
        form.finish()
    except BrokenPipeError:
        hang_up(out)
        return HUNG_UP
    finally:
        await engine.close()
    return form.outcome.code


async def _prepared(engine: Engine) -> Events:
    for event in engine.prepare():
        yield event


async def _play(start: Sequence[Events], work: Sequence[Events], form: Form) -> None:
    """Show what comes of the start, then of one piece of work after the other, until one fails or we are cancelled."""
    try:
        for number, part in enumerate((*start, *work), 1):
            async with aclosing(part) as events:
                async for event in events:
                    form.show(event)
            if form.outcome.code and number > len(start):
                return
    except asyncio.CancelledError:
        form.show(ev.TurnEnded("cancelled"))


def hang_up(out: TextIO) -> None:
    """Close a pipe that nobody reads, so that the interpreter does not complain about it at exit."""
    with suppress(BrokenPipeError):
        out.close()


@dataclass(frozen=True, slots=True)
class Decided:
    """The asker that has the user's word beforehand: yes to every diff, or a dry run."""

    yes: bool

    async def approve(self, proposal: Proposal) -> Verdict:
        """All of it, or nothing."""
        return accept_all(proposal) if self.yes else reject_all(proposal, DRY_RUN)

    async def edit(self, text: str, name: str) -> str | None:  # noqa: ARG002 - the signature of the door
        """Nobody is there to edit."""
        return None

    async def choose(self, question: Question) -> str | None:  # noqa: ARG002 - the signature of the door
        """Nobody is there to choose."""
        return None


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


class Form(Protocol):
    """A way to write the run down."""

    @property
    def outcome(self) -> Outcome:
        """What the run came to so far."""
        ...

    def show(self, event: ev.Event) -> None:
        """Take the event into the outcome and write what it means. Raises BrokenPipeError."""
        ...

    def finish(self) -> None:
        """Write what remains. Raises BrokenPipeError."""
        ...


def _form(name: Format, engine: Engine, outcome: Outcome, out: TextIO, err: TextIO) -> Form:
    match name:
        case "text":
            return AsText(outcome, out, err, live_line(err))
        case "json":
            return AsJson(outcome, out, engine)
        case "stream-json":
            return AsJsonLines(outcome, out)


def write(out: TextIO, text: str) -> None:
    """Write at once; what the stream's encoding cannot say is written as an escape of backslashes."""
    try:
        out.write(text)
    except UnicodeEncodeError as error:
        out.write(text.encode(error.encoding, "backslashreplace").decode(error.encoding))
    out.flush()


def dumps(value: Any) -> str:
    """JSON on one line, ASCII only, so that no escape sequence of anybody's reaches a terminal."""
    return json.dumps(value).replace("\x7f", "\\u007f") + "\n"


@dataclass(frozen=True, slots=True)
class AsText:
    """The answer on stdout as it comes, diffs of a dry run after it; everything else on stderr."""

    outcome: Outcome
    out: TextIO
    err: TextIO
    progress: LiveLine

    def show(self, event: ev.Event) -> None:
        """Stream the answer; tell the rest beside it."""
        said, shown = self.outcome.take(event), self._line(event)
        if said or shown:
            self.progress.clear()
        if said:
            write(self.out, _printable(event, said))
        if isinstance(event, ev.Progress):
            self.progress.show(event)
        elif shown:
            write(self.err, f"{shown.text}\n")

    def _line(self, event: ev.Event) -> Line | None:
        """What goes to stderr as a line: not documents, not long work, not what a dry run does by itself."""
        match event:
            case ev.Notice(markdown=True) | ev.Progress():
                return None
            case ev.EditsRefused(rejected) if self.outcome.dry:
                return line(ev.EditsRefused(rejected))
            case ev.ToolEnded(name="edit" | "create", ok=False) if self.outcome.dry and not self.outcome.edit_failed:
                return None
            case _:
                return line(event, stop_key="Ctrl+C")

    def finish(self) -> None:
        """End the last line; show what a dry run did not write."""
        self.progress.clear()
        if self.outcome.unfinished:
            write(self.out, "\n")
        if self.outcome.dry and self.outcome.edits:
            write(self.out, diffs(edit.change for edit in self.outcome.edits))
            write(self.err, "This was a dry run; with -y the edits are written.\n")


def _printable(event: ev.Event, said: str) -> str:
    """What the event adds to the answer, safe to print."""
    match event:
        case ev.Notice():
            return document(said)
        case ev.ChangesShown(_, files):
            return diffs(files)
        case _:
            return visible(said)


def diffs(changes: Iterable[FileChange]) -> str:
    """The changes as unified diffs that are safe to print."""
    return "".join(f"{row.text}\n" for change in changes for row in diff_lines(change))


@dataclass(frozen=True, slots=True)
class AsJson:
    """One object at the end; amounts of money are text, cost_usd is null where a price is not known."""

    outcome: Outcome
    out: TextIO
    engine: Engine

    def show(self, event: ev.Event) -> None:
        """Nothing is written before the end."""
        self.outcome.take(event)

    def finish(self) -> None:
        """Write the object."""
        outcome, status = self.outcome, self.engine.status
        result = {
            "result": outcome.text.rstrip("\n"),
            "model": status.model.id,
            "usage": asdict(status.turn.usage),
            "cost_usd": None if status.turn.unpriced else format(status.turn.usd, "f"),
            "cost_estimated": status.turn.estimated,
            "stop": outcome.stop,
            "reason": outcome.reason,
            "edits": [
                {"path": e.change.path, "applied": e.applied, "diff": diff(e.change).unified()} for e in outcome.edits
            ],
            "findings": [{name: getattr(found, name) for name in FINDING} for found in outcome.findings],
            "session_id": status.session_id,
        }
        write(self.out, dumps(result))


@dataclass(frozen=True, slots=True)
class AsJsonLines:
    """Every event of the engine as one line of JSON."""

    outcome: Outcome
    out: TextIO

    def show(self, event: ev.Event) -> None:
        """Write the event."""
        self.outcome.take(event)
        write(self.out, dumps(ev.to_json(event)))

    def finish(self) -> None:
        """Nothing remains: the last event was the last line."""
