"""A stand-in for the engine: says what a script tells it to, and keeps what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from haikuterm.core import events as ev
from haikuterm.core.drafts import Drafts, NoDrafts
from haikuterm.core.forecast import Forecast, forecast
from haikuterm.core.models import catalogue
from haikuterm.core.ports import Asker, RepoFacts
from haikuterm.core.settings import Settings
from haikuterm.engine.status import Completion, Completions, Status
from haikuterm.engine.suggesting import Outlook

Step = ev.Event | Callable[[Asker], Awaitable[Sequence[ev.Event]]]


async def forever(asker: Asker) -> Sequence[ev.Event]:
    """A step that ends only when the turn is stopped."""
    await asyncio.Event().wait()
    return ()


class ScriptedEngine:
    """Answers each line with the steps its script has for it, else with an echo."""

    def __init__(
        self,
        script: Mapping[str, Sequence[Step]] | None = None,
        *,
        past: Sequence[str] = (),
        commands: Mapping[str, str] | None = None,
        first: Sequence[ev.Event] = (),
        settings: Settings | None = None,
        repair: Sequence[Step] = (),
        priced: bool = False,
        drafts: Drafts | None = None,
    ) -> None:
        """commands: descriptions by name; a name that ends with a blank needs an argument."""
        self.drafts = drafts or NoDrafts()
        self.settings = settings or Settings()
        self.script = dict(script or {})
        self.past, self.first = tuple(past), tuple(first)
        self.repairs = tuple(repair)
        self.commands = dict(commands or {})
        self.lines: list[str] = []
        self.stopped: list[str] = []
        self.closed = False
        self.outlooks: tuple[Outlook, ...] = ()
        self.priced = priced
        self.status = Status("s1", "/repo", catalogue().resolve("haiku-4.5"), RepoFacts(True, "main", False))

    async def submit(self, line: str, asker: Asker) -> AsyncGenerator[ev.Event, None]:
        self.lines.append(line)
        steps = self.script.get(line)
        try:
            if steps is None:
                steps = (ev.TurnStarted(line, "claude-haiku-4-5"), ev.TextDelta(f"echo: {line}"), ev.TurnEnded("done"))
            for step in steps:
                if callable(step):
                    for event in await step(asker):
                        yield event
                else:
                    if isinstance(step, ev.Charged):
                        self.status = replace(self.status, turn=step.turn, session=step.session)
                    yield step
        except asyncio.CancelledError:
            self.stopped.append(line)
            raise

    def complete(self, text: str, cursor: int) -> Completions:
        line = text[:cursor]
        if line.startswith("!"):
            at = line.rfind(" ") + 1
            items = [Completion(f"{p} ", p) for p in ("app.py", "README.md") if at and p.startswith(line[at:] or "?")]
            return Completions(at, tuple(items))
        if not line.startswith("/"):
            at = line.rfind("@")
            items = [Completion(f"@{p} ", p) for p in ("app.py", "README.md") if p.startswith(line[at + 1 :])]
            return Completions(at, tuple(items) if at >= 0 else ())
        names = [name for name in self.commands if name.startswith(line)]
        return Completions(0, tuple(Completion(name, name.rstrip(), self.commands[name]) for name in names))

    def approvals(self) -> ev.Notice:
        self.status = replace(self.status, accepts=not self.status.accepts)
        return ev.Notice(f"accepts: {self.status.accepts}")

    def forecast(self, draft: str) -> Forecast | None:
        return forecast(self.status.model, 1_000 + len(draft), 500) if self.priced and draft.strip() else None

    def history(self, limit: int = 200) -> tuple[str, ...]:
        return self.past[-limit:]

    def prepare(self) -> tuple[ev.Event, ...]:
        return self.first

    async def repair(self, asker: Asker) -> AsyncGenerator[ev.Event, None]:
        for step in self.repairs:
            for event in await step(asker) if callable(step) else (step,):
                yield event

    async def suggestions(self) -> AsyncGenerator[Outlook, None]:
        for outlook in self.outlooks:
            yield outlook

    copied: tuple[str, ...] = ()

    def copy(self, text: str) -> bool:
        self.copied = (*self.copied, text)
        return False

    def warm(self, looked: Callable[[], object] = lambda: None) -> None:
        looked()

    def refresh(self) -> None:
        pass

    async def close(self) -> None:
        self.closed = True
