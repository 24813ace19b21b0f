"""Lines that begin with "!": a command of the user's, run with their consent, and its output as data for the model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic

from haikuterm.core.context import estimate, file_block
from haikuterm.core.errors import HaikutermError
from haikuterm.core.events import Event, Notice, ShellEnded, ShellOutput, ShellStarted, TurnEnded
from haikuterm.core.guard import secret_text, visible_line
from haikuterm.core.output import Cleaner, Output
from haikuterm.core.ports import Asker, Option, Question
from haikuterm.engine.ports import Ports
from haikuterm.engine.session import Session

MARK = "!"
HEAD, TAIL = 100, 300  # lines of the output that are offered to the model
ALL = "! (any command)"  # what is noted once the user wants no more questions in this session
MANNERS = "Type !command to run it in your shell; !!command runs it and never offers its output to the model."


def is_command(line: str) -> bool:
    """Whether a line is for the shell."""
    return line.startswith(MARK)


@dataclass(frozen=True, slots=True)
class Running:
    """Runs one line. yes: the user said so beforehand. remember: keeps the line for the history."""

    ports: Ports
    session: Session
    asker: Asker
    yes: bool
    remember: Callable[[str], None]

    async def run(self, line: str) -> AsyncGenerator[Event, None]:
        """All that comes of the line; one that is stopped ends with the cancellation."""
        command = line.lstrip(MARK).strip()
        if not command:
            yield Notice(MANNERS)
            return
        self.remember(line)
        try:
            answer = await self._asked(command)
            if answer == "no":
                yield Notice("Not run.")
            if not answer:
                said = f"{command} was not run: nobody said yes. A script says so beforehand with --yes."
                yield TurnEnded("refused", said)
            if answer in ("no", ""):
                return
            output, done = Output(HEAD, TAIL), None
            async with aclosing(self._play(command, output)) as events:
                async for event in events:
                    done = event
                    yield event
            if isinstance(done, ShellEnded) and output.text.strip() and not line.startswith(MARK * 2):
                for event in await self._offer(done, output.text):
                    yield event
        except HaikutermError as error:
            yield Notice(str(error), "error")

    async def _asked(self, command: str) -> str:
        """What the user says, perhaps once and for all; "no" is one, "" is no answer."""
        kept = f"{MARK} {command}"
        if self.yes or ALL in self.session.noted or self.ports.agreed(kept):
            return "always"
        options = (
            Option("once", "Run it"),
            Option("session", "Run it, and any other in this session"),
            Option("always", "Run it, and this very command always in this repository"),
            Option("no", "Do not run it"),
        )
        answer = await self.asker.choose(Question(f"Run in your shell: {command}", options, selected="once"))
        if answer == "session":
            self.session.noted.add(ALL)
        if answer == "always":
            self.ports.consent(kept)
        return answer or ""

    async def _play(self, command: str, output: Output) -> AsyncGenerator[Event, None]:
        """Run it; what it prints also goes into `output`."""
        cleaner, start, code = Cleaner(), monotonic(), 0
        yield ShellStarted(command)
        try:
            async with aclosing(self.ports.shell.run(command)) as said:
                async for part in said:
                    if isinstance(part, int):
                        code = part
                    elif text := cleaner.feed(part):
                        output.feed(text)
                        yield ShellOutput(text)
        finally:
            self.ports.workspace.forget_files()
        if rest := cleaner.end():
            output.feed(rest)
            yield ShellOutput(rest)
        yield ShellEnded(command, code, monotonic() - start, output.lines)

    async def _offer(self, done: ShellEnded, text: str) -> Sequence[Event]:
        """Ask whether the model gets it with the next prompt."""
        tokens = estimate(text, self.session.model)
        secret = secret_text(text)
        note = f"It seems to hold {secret}." if secret else ""
        options = (
            Option("send", f"Send it with the next prompt (~{tokens} tokens)", note=note),
            Option("no", "Keep it from the model"),
        )
        first = "no" if secret else "send"
        question = Question(f"The output of {visible_line(done.command)}", options, selected=first)
        if await self.asker.choose(question) != "send":
            return ()
        self.session.enclose(file_block(f"output of: {done.command} (exit code {done.code})", text))
        return (Notice("The output goes with the next prompt."),)
