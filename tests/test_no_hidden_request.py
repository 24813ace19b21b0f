"""What a session asks of the server is what its screen shows and its ledger keeps: one to one, and nothing else."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from haikuterm.ui.present import alias
from tests.messages_answers import Fail, Say
from tests.messages_api import MessagesApi
from tests.test_cli import haikuterm
from tests.test_cli_fix import B006, edits
from tests.test_program import EDIT
from tests.ui.terminal import Terminal

Sit = Callable[..., Terminal]
ASKS = re.compile(r"^> $|[?\]:] $")  # the prompt, or a question, up to where the answer goes
CHARGE = re.compile(r"(?P<model>\S+) · (?:(?P<purpose>[a-z ]+) · )?[\d.]+k? in, .*?out.*? · \$[\d.]+ \(session")
RETRY = re.compile(r"again in [\d.]+ s \(attempt")
ROW = re.compile(r"^ *\S+(?: \(current\))? +(?P<mark>~?)[\d,]+ +~\$", re.MULTILINE)  # of the comparison of models
LISTED = re.compile(r"^\d+\. \S+ \S+ (?P<model>\S+?), (?P<purpose>[a-z ]+), (?P<state>[a-z_]+)", re.MULTILINE)


@dataclass
class Person:
    """Someone at a terminal with the inline face, who types no faster than they are asked."""

    terminal: Terminal
    typed_at: int = -1  # the row, counted from the first, of the last line that was typed

    def wait(self) -> None:
        """Until there is a prompt or a question that was not answered yet."""
        self.terminal.until(self.asked)

    def asked(self) -> bool:
        """Whether the cursor stands behind a question below all that was answered."""
        column, row = self.terminal.seen.cursor
        return row > self.typed_at and ASKS.search(self.terminal.seen.lines[row][:column].ljust(column)) is not None

    def sits(self) -> None:
        """Until there is a first prompt, and above it what the face has to say of the repository."""
        self.terminal.sees("per M tokens")
        self.wait()

    def types(self, *lines: str) -> None:
        """Each line once there is something to answer; then until all is done."""
        for line in lines:
            self.typed_at = self.terminal.seen.cursor[1]
            self.terminal.write(line.encode() + b"\r")
            self.wait()

    def leaves(self) -> None:
        self.terminal.write(b"/quit\r")
        assert self.terminal.ended() == 0

    @property
    def screen(self) -> str:
        return "\n".join(self.terminal.seen.lines)


@pytest.fixture
def sit(repo: Path, tmp_path: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sit]:
    """Starts the program in a repository with something to fix."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
    (repo / "ruff.toml").write_text('[lint]\nselect = ["F", "B"]\n')
    (repo / "b.py").write_text("def f(a=[]):\n    return a\n")
    started: list[Terminal] = []

    def start(*words: str) -> Terminal:
        started.append(Terminal(tmp_path / "unused", command=("-m", "haikuterm", *words), folder=repo, size=(160, 70)))
        return started[-1]

    yield start
    for terminal in started:
        terminal.close()


def first_session(person: Person, api: MessagesApi) -> None:
    """Everything that may ask a model, by keys."""
    api.answer(
        Fail(529, "Overloaded", retry_after=0), Say("Hi. " + "And a long story. " * 800, chunk=2_000),
        Say("", tools=[("edit", EDIT)]), Say("Removed it."),
        Say("Sonnet speaks."),
        Say("Remove an unused import"),
        edits({**B006, "path": "b.py"}),
    )  # fmt: skip
    person.sits()
    person.types("hello")
    person.types("In @app.py remove the unused import", "y")
    person.types("/model sonnet", "and now?", "/model haiku-4.5")
    person.types("/cost", "/cost all", "/context")
    person.types("/commit", "1", "1")
    person.types("/fix b.py", "y")
    api.answer(Say("They said hi."))
    person.types("/compact", "1")


def shown(screen: str) -> list[tuple[str, str]]:
    """Every request that the screen tells of, in order: the model, and what it was for or that it was refused."""
    marks = sorted([*CHARGE.finditer(screen), *RETRY.finditer(screen)], key=lambda mark: mark.start())
    return [(mark["model"], mark["purpose"] or "turn") if mark.re is CHARGE else ("", "again") for mark in marks]


def kept(audit: str) -> list[tuple[str, str]]:
    """The same of the ledger's proof."""
    rows = LISTED.finditer(audit)
    return [("", "again") if row["state"] == "overloaded" else (alias(row["model"]), row["purpose"]) for row in rows]


def test_the_requests_of_a_session_are_those_on_its_screen_and_in_its_ledger(sit: Sit, api: MessagesApi) -> None:
    first = Person(sit("--inline"))
    first_session(first, api)
    first.leaves()
    api.answer(Say("Still here."))
    second = Person(sit("--inline", "-c"))
    second.sits()
    second.types("and you?")
    second.leaves()
    assert api.unused == 0

    screen, audit = first.screen + second.screen, haikuterm("audit").stdout
    told = shown(screen)
    haiku, sonnet = "haiku-4.5", "sonnet-5.5"
    assert told == [
        ("", "again"), (haiku, "turn"), (haiku, "turn"), (haiku, "turn"), (sonnet, "turn"),
        (haiku, "commit message"), (haiku, "fix"), (haiku, "compact"), (haiku, "turn"),
    ]  # fmt: skip
    assert kept(audit) == told
    assert [alias(body["model"]) for body in api.requests[1:]] == [model for model, _ in told[1:]]
    posted = [line for line in api.log if line.startswith("POST /v1/messages ")]
    assert posted == [f"POST /v1/messages {529 if what == 'again' else 200}" for _, what in told]
    counted = [row for row in ROW.finditer(screen) if not row["mark"]]
    assert counted
    assert [line for line in api.log if line not in posted] == ["POST /v1/messages/count_tokens 200"] * len(counted)
    spent = json.loads(haikuterm("cost", "--by", "purpose", "--json").stdout)
    kinds = Counter(what for _, what in told if what != "again")
    assert {group["purpose"]: group["requests"] for group in spent} == kinds
    assert sum(group["refused"] for group in spent) == 1


def test_whoever_only_looks_around_in_the_full_screen_asks_nothing(sit: Sit, api: MessagesApi) -> None:
    terminal = sit("app.py")
    terminal.sees("haiku-4.5")
    for line, answer in (
        ("/help", "/compact"), ("/context", "in all"), ("/model sonnet", "sonnet-5.5"), ("/effort low", "effort: low"),
        ("/lint b.py", "B006"), ("/cost", "Nothing was asked yet"), ("/theme light", ""),
    ):  # fmt: skip
        terminal.write(line.encode() + b"\r")
        terminal.sees(answer)
    terminal.write(b"a long prompt about @app.py that is never sent")
    terminal.sees("never sent")
    terminal.write(b"\x15\x04")
    assert terminal.ended() == 0
    assert api.log == []
