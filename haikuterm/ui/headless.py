"""The face without a person: a prompt in; text, JSON or JSON lines out; the truth in the exit code.

0: done. 1: it ran, but not all was done (cut off, refused, an edit not written, findings left). 3: the endpoint or
the local model failed. 4: over budget. 130: interrupted. Without the user's yes it is a dry run: diffs are shown,
nothing is written, and that is 0.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

from haikuterm.core import events as ev
from haikuterm.core.changes import Proposal
from haikuterm.core.guard import visible
from haikuterm.core.ports import Asker, Question, Verdict
from haikuterm.core.review import accept_all, reject_all
from haikuterm.ui.forms import HUNG_UP, AsJsonLines, Form, bill, diffs, dumps, edit_rows, finding_rows, hang_up, write
from haikuterm.ui.outcome import Outcome
from haikuterm.ui.plain import document
from haikuterm.ui.present import Line, line
from haikuterm.ui.progress import LiveLine, Uncovered, live_line

if TYPE_CHECKING:
    from haikuterm.engine.engine import Engine

Format = Literal["text", "json", "stream-json"]
Events: TypeAlias = AsyncGenerator[ev.Event, None]
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
    return await _finish(engine, outcome, form, out, work, engine.repair(asker))


async def command(engine: Engine, typed: str, out: TextIO, err: TextIO, asker: Asker | None = None) -> int:
    """Run one /command, as text; returns the exit code. The engine is closed at the end.

    asker: of a person at a terminal; without one every question is answered with no. What was cut short last time is
    not asked about first: the command may be the very one that repairs it.
    """
    progress, outcome = live_line(err), Outcome(dry=False)
    work = [engine.submit(typed, Uncovered(asker or Decided(yes=False), progress))]
    code = await _finish(engine, outcome, AsText(outcome, out, err, progress), out, work)
    if asker is None and not all(edit.applied for edit in outcome.edits):
        write(err, NOBODY)
    return code


async def _finish(
    engine: Engine, outcome: Outcome, form: Form, out: TextIO, work: Sequence[Events], repair: Events | None = None
) -> int:
    """Show all the work and what remains to be said, and close the engine; the exit code."""
    try:
        await _play([_prepared(engine), *([repair] if repair else [])], work, outcome, form)
        form.finish()
    except BrokenPipeError:
        hang_up(out)
        return HUNG_UP
    finally:
        await engine.close()
    return outcome.code


async def _prepared(engine: Engine) -> Events:
    for event in engine.prepare():
        yield event


async def _play(start: Sequence[Events], work: Sequence[Events], outcome: Outcome, form: Form) -> None:
    """Show what comes of the start, then of one piece of work after the other, until one fails or we are cancelled."""
    try:
        for number, part in enumerate((*start, *work), 1):
            async with aclosing(part) as events:
                async for event in events:
                    form.show(event, outcome.take(event))
            if outcome.code and number > len(start):
                return
    except asyncio.CancelledError:
        stopped = ev.TurnEnded("cancelled")
        form.show(stopped, outcome.take(stopped))


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


def _form(name: Format, engine: Engine, outcome: Outcome, out: TextIO, err: TextIO) -> Form:
    match name:
        case "text":
            return AsText(outcome, out, err, live_line(err))
        case "json":
            return AsJson(outcome, out, engine)
        case "stream-json":
            return AsJsonLines(out)


@dataclass(frozen=True, slots=True)
class AsText:
    """The answer on stdout as it comes, diffs of a dry run after it; everything else on stderr."""

    outcome: Outcome
    out: TextIO
    err: TextIO
    progress: LiveLine

    def show(self, event: ev.Event, said: str = "") -> None:
        """Stream the answer; tell the rest beside it."""
        shown = self._line(event)
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


@dataclass(frozen=True, slots=True)
class AsJson:
    """One object at the end."""

    outcome: Outcome
    out: TextIO
    engine: Engine

    def show(self, event: ev.Event, said: str = "") -> None:
        """Nothing is written before the end."""

    def finish(self) -> None:
        """Write the object."""
        outcome, status = self.outcome, self.engine.status
        result = {
            "result": "" if outcome.stop == "refused" else outcome.text.rstrip("\n"),
            "model": status.model.id,
            **bill(status.turn),
            "cost_estimated": status.turn.estimated,
            "stop": outcome.stop,
            "reason": outcome.reason,
            "edits": edit_rows((edit.change, edit.applied) for edit in outcome.edits),
            "findings": finding_rows(outcome.findings),
            "session_id": status.session_id,
        }
        write(self.out, dumps(result))
