"""A scripted provider and asker, and an engine around them over a real folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from haikuterm.adapters.clipboard import SystemClipboard
from haikuterm.adapters.consents import Consents
from haikuterm.adapters.journal import FileJournal
from haikuterm.adapters.linters import Linters
from haikuterm.adapters.pictures import PictureFiles
from haikuterm.adapters.repo import RepoWorkspace
from haikuterm.adapters.shell import UserShell
from haikuterm.adapters.store import SqliteStore
from haikuterm.adapters.trial import Trials
from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.errors import HaikutermError
from haikuterm.core.events import Event, TextDelta
from haikuterm.core.messages import Message, Part, Text, ToolUse, to_wire
from haikuterm.core.models import catalogue
from haikuterm.core.money import Usage
from haikuterm.core.ports import LocalFile, Question, Report, Verdict
from haikuterm.core.request import Opened, RemoteModel, Reply, Request, StreamEvent
from haikuterm.core.review import accept_all, reject_all
from haikuterm.core.settings import Settings
from haikuterm.engine.engine import Engine
from haikuterm.engine.ports import Ports
from haikuterm.engine.session import Session

Answer = Sequence[StreamEvent | HaikutermError | asyncio.Event]
USAGE = Usage(input=1000, output=100)


def says(text: str, *, stop: str = "end_turn", usage: Usage = USAGE, served: str = "claude-haiku-4-5") -> Answer:
    """An answer of text in one piece."""
    return [Opened(served, replace(usage, output=1)), TextDelta(text), _reply((Text(text),), stop, usage, served)]


def calls(name: str, given: dict[str, object], *, id: str = "t1", text: str = "") -> Answer:  # noqa: A002 - as in the API
    """An answer that calls one tool."""
    parts: tuple[Part, ...] = (Text(text), ToolUse(id, name, given)) if text else (ToolUse(id, name, given),)
    return [Opened("claude-haiku-4-5", replace(USAGE, output=1)), _reply(parts, "tool_use", USAGE, "claude-haiku-4-5")]


def _reply(parts: tuple[Part, ...], stop: str, usage: Usage, served: str) -> Reply:
    return Reply(Message("assistant", parts), stop, usage, served, "req_1")


@dataclass
class ScriptedProvider:
    """Answers with a list of answers in order; keeps the requests. An asyncio.Event in an answer waits for it."""

    answers: list[Answer]
    requests: list[Request] = field(default_factory=list)
    closed_early: int = 0

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        assert_valid(request)
        self.requests.append(request)
        done = False
        try:
            for event in self.answers.pop(0):
                if isinstance(event, HaikutermError):
                    raise event
                if isinstance(event, asyncio.Event):
                    await event.wait()
                    continue
                yield event
            done = True
        finally:
            self.closed_early += not done

    async def count(self, request: Request) -> int | None:
        return None

    async def models(self) -> tuple[RemoteModel, ...]:
        return ()

    def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass


def assert_valid(request: Request) -> None:
    """The history is one that the Messages API takes: roles alternate and every call has its result next."""
    wire = [to_wire(m) for m in request.messages]
    assert [m["role"] for m in wire] == ["user", "assistant"] * (len(wire) // 2) + ["user"] * (len(wire) % 2)
    assert wire[-1]["role"] == "user"
    assert all(m["content"] for m in wire)
    open_calls: list[str] = []
    for message in wire:
        results = [b["tool_use_id"] for b in message["content"] if b["type"] == "tool_result"]
        assert sorted(results) == sorted(open_calls)
        open_calls = [b["id"] for b in message["content"] if b["type"] == "tool_use"]


@dataclass
class ScriptedAsker:
    """Says yes or no to proposals, and takes the given options; keeps what it was asked."""

    accept: Callable[[Proposal], Verdict] = accept_all
    choice: str | None = None
    proposals: list[Proposal] = field(default_factory=list)
    rewrite: Callable[[str], str | None] = lambda text: None
    questions: list[Question] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)

    async def approve(self, proposal: Proposal) -> Verdict:
        self.proposals.append(proposal)
        return self.accept(proposal)

    async def choose(self, question: Question) -> str | None:
        self.questions.append(question)
        return self.choice

    async def edit(self, text: str, name: str) -> str | None:
        self.edited.append(text)
        return self.rewrite(text)


class OnDisk:
    """Embedded models that are all there: nothing is fetched."""

    def list(self) -> tuple[LocalFile, ...]:
        return tuple(LocalFile(model, 1, present=True) for model in catalogue().models if model.local)

    def pull(self, name: str, report: Report) -> None:
        raise AssertionError("a test that needs weights asks for the mark `local`")

    def remove(self, name: str) -> int:
        raise AssertionError("there is nothing to remove")


class NoGrammars:
    """A machine without the extra parsers."""

    def newly_broken(self, change: FileChange) -> str:
        return ""


def refuse(word: str = "") -> ScriptedAsker:
    """An asker that accepts nothing."""
    return ScriptedAsker(accept=lambda proposal: reject_all(proposal, word))


@dataclass
class Rig:
    """An engine over a real folder, with the provider it talks to."""

    engine: Engine
    provider: ScriptedProvider
    root: Path

    async def run(self, line: str, asker: ScriptedAsker | None = None) -> list[Event]:
        """All events of one line."""
        async with aclosing(self.engine.submit(line, asker or ScriptedAsker())) as events:
            return [event async for event in events]


def rig(root: Path, *answers: Answer, model: str = "claude-haiku-4-5", settings: Settings | None = None) -> Rig:
    """An engine in `root` that hears these answers; its state lies beside the folder."""
    state = root.parent / "state"
    workspace = RepoWorkspace(root)
    provider = ScriptedProvider(list(answers))
    consents = Consents(workspace.root, state / "consents.json")
    ports = Ports(
        provider=provider,
        workspace=workspace,
        pictures=PictureFiles(workspace.root, root, state / "pasted"),
        clipboard=SystemClipboard(),
        journal=FileJournal(workspace.root, state / "journal"),
        store=SqliteStore(state / "sessions.db"),
        linters=Linters(workspace.root, consent=consents.given, cache=state / "linters"),
        local=OnDisk(),
        grammars=NoGrammars(),
        themes=lambda: ("dark", "light"),
        keep=lambda name, value: f"{name} is {value} from now on.",
        forget=lambda name: f"{name} is no longer kept.",
        consent=consents.give,
        trial=Trials(workspace.root),
        shell=UserShell(workspace.root),
        agreed=consents.given,
    )
    settings = settings or Settings(api_key="test", retries=1)
    return Rig(Engine(settings, Session(workspace.root, catalogue().resolve(model)), ports), provider, root)
