"""The face of `haikuterm fix`: each step on stderr; a diff, findings, JSON or SARIF on stdout; the exit code.

0: nothing is left. 1: findings are left on disk, whatever might become of them (as `ruff check` has it), a part of the
diff was not written, or a linter could not run. 2: usage. 3: the endpoint or the local model failed. 4: over budget.
130: interrupted; then nothing of the run is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal, TextIO

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange
from haikuterm.core.errors import HaikutermError, PathRefused
from haikuterm.core.findings import CheckReport, Finding
from haikuterm.core.guard import visible_line
from haikuterm.core.ports import Asker
from haikuterm.ui.forms import HUNG_UP, AsJsonLines, Form, bill, diffs, dumps, edit_rows, finding_rows, hang_up, write
from haikuterm.ui.headless import Decided
from haikuterm.ui.outcome import CODES
from haikuterm.ui.present import Line, line
from haikuterm.ui.progress import LiveLine, Uncovered, live_line

if TYPE_CHECKING:
    from haikuterm.engine.engine import Engine
    from haikuterm.engine.fix import Order

Format = Literal["text", "json", "sarif", "stream-json"]
DRY_RUN = "This was a dry run; with -y the edits are written.\n"
NOTHING = ev.Notice("Nothing to fix.")
USAGE = 2  # the exit code of a name that is none


async def run(
    engine: Engine,
    order: Order,
    *,
    output_format: Format,
    out: TextIO,
    err: TextIO,
    asker: Asker | None = None,
    notes: Sequence[str] = (),
) -> int:
    """Carry out the order and show it; returns the exit code. The engine is closed at the end.

    asker: of a person at a terminal; without one the settings' yes decides, and without that it is a dry run. notes:
    sentences on what was piped in. A cancelled task (Ctrl+C) writes nothing and returns 130.
    """
    came = Came(engine, order, dry=order.dry or (asker is None and not engine.settings.yes))
    progress = live_line(err)
    form = _form(output_format, came, out, err, progress)
    try:
        await _play(came, Uncovered(asker or Decided(engine.settings.yes), progress), notes, form)
        form.finish()
    except BrokenPipeError:
        hang_up(out)
        return HUNG_UP
    finally:
        await engine.close()
    return came.code


async def _play(came: Came, asker: Asker, notes: Sequence[str], form: Form) -> None:
    """Show all that happens, until it is over or we are cancelled."""
    try:
        async with aclosing(_events(came, asker, notes)) as events:
            async for event in events:
                came.take(event)
                form.show(event)
    except asyncio.CancelledError:
        stopped = ev.TurnEnded("cancelled", "nothing was written" if not came.written else "")
        came.take(stopped)
        form.show(stopped)


async def _events(came: Came, asker: Asker, notes: Sequence[str]) -> AsyncGenerator[ev.Event, None]:
    """What there is to say first, then the run; an error that ends it is an event too."""
    engine, order, begun = came.engine, came.order, False
    for event in (*engine.prepare(talk=False), *(ev.Notice(note, "warning") for note in notes)):
        yield event
    if order.findings == ():
        yield NOTHING
        return
    try:
        if not came.dry:
            async with aclosing(engine.repair(asker)) as repairs:
                async for event in repairs:
                    yield event
        async with aclosing(engine.fix(order, asker)) as events:
            async for event in events:
                begun = True
                yield event
    except HaikutermError as error:
        came.failed = USAGE if isinstance(error, PathRefused) and not begun else error.exit_code
        yield ev.Notice(str(error), "error")


@dataclass(slots=True)
class Came:
    """What a run came to, gathered from its events. dry: nothing is written. failed: the exit code of an error."""

    engine: Engine
    order: Order
    dry: bool
    first: CheckReport = field(default_factory=lambda: CheckReport("lint", ()))
    after: CheckReport | None = None
    proposed: tuple[FileChange, ...] = ()
    written: dict[str, FileChange] = field(default_factory=dict)
    fixed: ev.LintFixed | None = None
    notices: list[str] = field(default_factory=list)
    stop: ev.Stop = "done"
    reason: str = ""
    trouble: bool = False
    declined: bool = False
    failed: int = 0
    _examined: bool = False

    def take(self, event: ev.Event) -> None:
        """Learn from the event."""
        match event:
            case ev.Checked(report):
                self._check(report)
            case ev.EditsProposed(proposal):
                self.proposed = proposal.files
            case ev.EditsApplied(step, files) if step:
                self.written |= {change.path: change for change in files}
            case ev.EditsRefused():
                self.declined = True
            case ev.LintFixed():
                self.fixed = event
            case ev.Notice(text, level):
                self.notices += [text] if level != "info" else []
                self.trouble = self.trouble or level == "error"
            case ev.TurnEnded(stop, reason):
                self.stop, self.reason = stop, reason
            case _:
                pass

    def _check(self, report: CheckReport) -> None:
        if self._examined:
            self.after = report
        else:
            self.first, self._examined = report, True
        self.trouble = self.trouble or bool(report.broke)

    @property
    def whole(self) -> frozenset[str]:
        """The files that were written as they were proposed."""
        return frozenset(change.path for change in self.proposed if self._bytes(change.path) == change.after)

    def _bytes(self, path: str) -> bytes | None:
        return self.written[path].after if path in self.written else b"\0not written"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those that are left in the files as they are on disk now, in the lines where they stand there."""
        if self.fixed is None:
            return self.first.findings
        whole, looked = self.whole, self.after.findings if self.after else ()
        parts = self.written.keys() - whole if self.after else frozenset()
        meant = {(f.path, f.code) for f in self.first.findings}
        return (
            *(f for f in self.first.findings if f.path not in whole and f.path not in parts),
            *(f for f in looked if f.path in parts and (f.path, f.code) in meant),
            *(f for f in self.fixed.left if f.path in whole),
        )

    @property
    def code(self) -> int:
        """The exit code."""
        refused = self.declined or any(change.path not in self.written for change in self.proposed)
        return CODES[self.stop] or self.failed or int(self.trouble or refused or bool(self.findings))


def _form(name: Format, came: Came, out: TextIO, err: TextIO, progress: LiveLine) -> Form:
    match name:
        case "text":
            return AsText(came, out, err, progress)
        case "sarif":
            return AsSarif(came, out, err, progress)
        case "json":
            return AsJson(came, out)
        case "stream-json":
            return AsJsonLines(out)


@dataclass(frozen=True, slots=True)
class AsText:
    """The steps on stderr; on stdout the diff of a dry run, or with --check the findings, one a line."""

    came: Came
    out: TextIO
    err: TextIO
    progress: LiveLine

    def show(self, event: ev.Event, said: str = "") -> None:  # noqa: ARG002 - the signature of the form
        """Tell the step."""
        _tell(self.err, self.progress, self.came, event)

    def finish(self) -> None:
        """Write what a dry run would have written, or what --check found."""
        self.progress.clear()
        if self.came.order.dry:
            write(self.out, "".join(f"{visible_line(str(finding))}\n" for finding in self.came.findings))
        elif self.came.dry and self.came.proposed:
            write(self.out, diffs(self.came.proposed))
            write(self.err, DRY_RUN)


def _tell(err: TextIO, progress: LiveLine, came: Came, event: ev.Event) -> None:
    """A step as a line, long work as a bar that every other line takes the place of."""
    if isinstance(event, ev.Progress):
        progress.show(event)
    elif shown := _line(came, event):
        progress.clear()
        write(err, f"{shown.text}\n")


def _line(came: Came, event: ev.Event) -> Line | None:
    """What stands on stderr: not what a dry run does by itself or says elsewhere."""
    match event:
        case ev.EditsRefused() if came.dry:
            return None
        case ev.LintFixed() if came.order.dry:
            return None
        case ev.Checked() if came.order.dry:
            shown = line(event)
            return (
                Line(shown.role, "\n".join(row for row in shown.text.split("\n") if row[:2] != "  ")) if shown else None
            )
        case _:
            return line(event, stop_key="Ctrl+C")


@dataclass(frozen=True, slots=True)
class AsSarif:
    """The steps on stderr; one SARIF log of the findings that are on disk at the end on stdout."""

    came: Came
    out: TextIO
    err: TextIO
    progress: LiveLine

    def show(self, event: ev.Event, said: str = "") -> None:  # noqa: ARG002 - the signature of the form
        """Tell the step."""
        _tell(self.err, self.progress, self.came, event)

    def finish(self) -> None:
        """Write the log; none of a run that was broken off or could not begin, as it would tell of too little."""
        from haikuterm.core.sarif_log import sarif_log

        self.progress.clear()
        if self.came.stop != "cancelled" and not self.came.failed:
            first = self.came.first  # of several tools of which one broke, it is not said here which did not
            tools = [] if first.broke else [tool for tool in first.tool.split(", ") if tool != "lint"]
            write(self.out, dumps(sarif_log(self.came.findings, tools)))


@dataclass(frozen=True, slots=True)
class AsJson:
    """One object at the end."""

    came: Came
    out: TextIO

    def show(self, event: ev.Event, said: str = "") -> None:
        """Nothing is written before the end."""

    def finish(self) -> None:
        """Write the object."""
        came, total = self.came, self.came.engine.status.session
        fixed = came.fixed or ev.LintFixed(len(came.first.findings), 0, (), came.first.findings, None)
        result = {
            "found": fixed.found,
            "free": fixed.free,
            "tries": [asdict(tries) for tries in fixed.tries],
            "left": finding_rows(fixed.left),
            "findings": finding_rows(came.findings),
            "edits": edit_rows((change, change.path in came.whole) for change in came.proposed),
            "model": came.engine.status.model.id,
            **bill(total),
            "stop": came.stop,
            "reason": came.reason,
            "notices": came.notices,
        }
        write(self.out, dumps(result))
