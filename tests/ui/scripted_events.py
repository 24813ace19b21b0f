"""An engine that plays a script: the faces' side of the conversation, without a model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field, replace

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.drafts import Drafts, NoDrafts
from haikuterm.core.events import Charged, EditsApplied, EditsProposed, EditsRefused, Event, TextDelta, TurnEnded
from haikuterm.core.forecast import Forecast, forecast
from haikuterm.core.models import catalogue
from haikuterm.core.money import Charge, Total, Usage, cost
from haikuterm.core.ports import Asker, Question, RepoFacts, Verdict
from haikuterm.core.settings import Settings
from haikuterm.engine.status import Completion, Completions, Status
from haikuterm.engine.suggesting import Outlook

HAIKU = catalogue().resolve("claude-haiku-4-5")
CHANGE = FileChange("app.py", b"import os\nx = 1\n", b"x = 1\n")
NEW_FILE = FileChange("new.py", None, b"y = 2\n")
PROPOSAL = Proposal((CHANGE,))
USAGE = Usage(input=1200, output=85)


@dataclass(frozen=True)
class Wait:
    """The script stands still here, once `reached` is set, until the task is cancelled."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)


Act = Event | Wait | Proposal | Question | str | Callable[[], None]


class ScriptedEngine:
    """Plays one list of acts for each line that is not /add.

    A Proposal is proposed and asked for, a Question asked, a Wait waited for, a function called, a text edited.
    start, repairs: what comes before the first line.
    """

    def __init__(
        self,
        *scripts: Sequence[Act],
        settings: Settings | None = None,
        start: Sequence[Event] = (),
        repairs: Sequence[Act] = (),
        priced: bool = False,
    ) -> None:
        self.settings = settings or Settings()
        self.repairs = tuple(repairs)
        self.scripts = list(scripts)
        self.start = tuple(start)
        self.lines: list[str] = []
        self.contexts: list[str] = []
        self.verdicts: list[Verdict] = []
        self.choices: list[str | None] = []
        self.texts: list[str | None] = []
        self.closed = False
        self.outlooks: tuple[Outlook, ...] = ()
        self.priced = priced
        self.status = Status("s1", "/repo", HAIKU, RepoFacts(True, "main", True))

    def forecast(self, draft: str) -> Forecast | None:
        return forecast(HAIKU, 1_000 + len(draft), 500) if self.priced and draft.strip() else None

    async def submit(self, line: str, asker: Asker, context: str = "") -> AsyncGenerator[Event, None]:
        self.lines.append(line)
        self.contexts.append(context)
        if line.startswith("/add "):
            return
        for act in self.scripts.pop(0) if self.scripts else ():
            async for event in self._act(act, asker):
                yield event

    async def _act(self, act: Act, asker: Asker) -> AsyncGenerator[Event, None]:
        if isinstance(act, Wait):
            act.reached.set()
            await asyncio.Event().wait()
        elif isinstance(act, Proposal):
            yield EditsProposed(act)
            verdict = await asker.approve(act)
            self.verdicts.append(verdict)
            if verdict.accepted:
                yield EditsApplied("step", verdict.accepted)
            if verdict.rejected:
                yield EditsRefused(verdict.rejected, verdict.word)
        elif isinstance(act, Question):
            self.choices.append(await asker.choose(act))
        elif isinstance(act, str):
            self.texts.append(await asker.edit(act, "text.md"))
        elif callable(act):
            act()
        else:
            if isinstance(act, Charged):
                self.status = replace(self.status, turn=act.turn, session=act.session)
            yield act

    def complete(self, text: str, cursor: int) -> Completions:
        return Completions(0, (Completion("/model ", "/model", "go on with another model"),))

    drafts: Drafts = NoDrafts()

    def history(self) -> tuple[str, ...]:
        return ("an old prompt",)

    def prepare(self) -> tuple[Event, ...]:
        return self.start

    async def repair(self, asker: Asker) -> AsyncGenerator[Event, None]:
        for act in self.repairs:
            async for event in self._act(act, asker):
                yield event

    async def suggestions(self) -> AsyncGenerator[Outlook, None]:
        for outlook in self.outlooks:
            yield outlook

    copied: tuple[str, ...] = ()

    def copy(self, text: str) -> bool:
        self.copied = (*self.copied, text)
        return False

    def warm(self) -> None:
        """Nothing is slow here."""

    def refresh(self) -> None:
        """Nothing changes here."""

    async def close(self) -> None:
        self.closed = True


def charged(usage: Usage = USAGE, *, model: str = HAIKU.id, known: bool = True) -> Charged:
    """What one request of a fresh session cost."""
    usd = cost(usage, catalogue().resolve(model).prices) if known else None
    charge = Charge(model, model, usage, usd)
    return Charged(charge, Total().plus(charge), Total().plus(charge))


def answer(*texts: str) -> list[Event]:
    """A whole turn that says these texts."""
    return [*(TextDelta(text) for text in texts), charged(), TurnEnded("done")]
