"""The program itself in a real terminal, by keys, against a local server that speaks the Messages API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.messages_answers import Fail, Say
from tests.messages_api import MessagesApi
from tests.ui.terminal import Terminal

EDIT = {"edits": [{"path": "app.py", "old": "import os\nimport sys\n", "new": "import sys\n"}]}


@pytest.fixture
def start(
    repo: Path, tmp_path: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Terminal]]:
    """Starts the program in the repository, on a terminal."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
    started: list[Terminal] = []

    def begin(*words: str) -> Terminal:
        started.append(Terminal(tmp_path / "unused", command=("-m", "haikuterm", *words), folder=repo))
        return started[-1]

    yield begin
    for terminal in started:
        terminal.close()


def test_the_main_job_by_keys(start: Callable[..., Terminal], api: MessagesApi, repo: Path) -> None:
    """Ask, see the diff, accept it, see the linter's word and the price, undo, leave."""
    before = (repo / "app.py").read_bytes()
    api.answer(Say("", tools=[("edit", EDIT)]), Say("Removed it."))
    terminal = start()
    terminal.sees("haiku-4.5")
    terminal.write(b"In @app.py remove the unused import\r")
    terminal.sees("import os", "y accept")
    terminal.write(b"y")
    terminal.sees("ruff: clean (1 -> 0)")
    terminal.sees("Removed it.")
    assert (repo / "app.py").read_text().startswith("import sys")
    terminal.write(b"/undo\r")
    terminal.until(lambda: (repo / "app.py").read_bytes() == before)
    terminal.write(b"/model sonnet\r")
    terminal.sees("sonnet-5.5")
    terminal.write(b"/quit\r")
    assert terminal.ended() == 0
    assert terminal.restored()
    assert b"haikuterm -c" in terminal.output


def test_a_wrong_key_is_said_and_the_next_prompt_works(start: Callable[..., Terminal], api: MessagesApi) -> None:
    api.answer(Fail(401, "invalid x-api-key", type="authentication_error"), Say("Now it works."))
    terminal = start()
    terminal.sees("haiku-4.5")
    terminal.write(b"hello\r")
    terminal.sees("ANTHROPIC_API_KEY")
    terminal.write(b"hello again\r")
    terminal.sees("Now it works.")


def test_inline_does_the_main_job_in_the_scrollback(
    start: Callable[..., Terminal], api: MessagesApi, repo: Path
) -> None:
    api.answer(Say("", tools=[("edit", EDIT)]), Say("Removed it."))
    terminal = start("--inline")
    terminal.sees("haiku-4.5")
    terminal.write(b"In @app.py remove the unused import\r")
    terminal.sees("Write app.py?")
    terminal.write(b"y\r")
    terminal.sees("Removed it.")
    assert (repo / "app.py").read_text().startswith("import sys")
    assert b"\x1b[?1049h" not in terminal.output
    terminal.write(b"/quit\r")
    assert terminal.ended() == 0


def test_without_a_credential_three_ways_are_offered(
    start: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_BASE_URL")
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    terminal = start()
    terminal.sees("Paste an Anthropic API key", "Run the local model", "Name another endpoint")
    terminal.write(b"\x1b")
    terminal.ended()
    assert terminal.restored()
