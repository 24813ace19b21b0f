"""Our writes wait for others without keeping anybody waiting, and are all of a step or none of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from haikuterm.adapters.journal import FileJournal
from haikuterm.adapters.repo import RepoWorkspace
from haikuterm.core.changes import FileChange
from haikuterm.core.errors import JournalError
from haikuterm.core.events import Notice, ToolEnded, Undone
from haikuterm.engine.writing import Done, when_free
from tests.scripted import Rig, ScriptedAsker, calls, rig, says

TWO = {
    "edits": [
        {"path": "a.txt", "old": "one", "new": "ONE"},
        {"path": "b.txt", "old": "one", "new": "ONE"},
    ]
}


@pytest.fixture
def two(repo: Path) -> Rig:
    """A conversation that is about to change two files."""
    for name in ("a.txt", "b.txt"):
        (repo / name).write_bytes(b"one\n1\n2\n3\n")
    return rig(repo, calls("edit", TWO), says("ok"))


def another(r: Rig) -> FileJournal:
    """The journal as another process sees it."""
    return FileJournal(r.engine.ports.workspace.root, r.root.parent / "state" / "journal")


class Meddled(RepoWorkspace):
    """A workspace in which another program acts before the second write."""

    def __init__(self, root: Path, act: Callable[[], None]) -> None:
        super().__init__(root)
        self.act, self.writes = act, 0

    def write(self, path: str, data: bytes | None, held: bytes | None, mode: int | None = None) -> None:
        self.writes += 1
        if self.writes == 2:
            self.act()
        super().write(path, data, held, mode)


async def test_a_file_that_cannot_be_put_back_stays_a_step_that_undo_takes_out(two: Rig) -> None:
    def act() -> None:
        (two.root / "a.txt").write_bytes((two.root / "a.txt").read_bytes() + b"mine\n")
        (two.root / "b.txt").write_bytes(b"uno\n")

    two.engine.ports = replace(two.engine.ports, workspace=Meddled(two.root, act))
    ended = [event for event in await two.run("go @a.txt @b.txt") if isinstance(event, ToolEnded)]
    assert "a.txt changed before it could be put back, and keeps what was written there; /undo" in ended[0].output
    assert (two.root / "a.txt").read_bytes() == b"ONE\n1\n2\n3\nmine\n"
    assert (two.root / "b.txt").read_bytes() == b"uno\n"
    assert (await two.run("/undo"))[-1] == Undone(("a.txt",))
    assert (two.root / "a.txt").read_bytes() == b"one\n1\n2\n3\nmine\n"


async def test_files_that_could_be_put_back_leave_nothing_to_undo(two: Rig) -> None:
    workspace = Meddled(two.root, lambda: (two.root / "b.txt").unlink())
    two.engine.ports = replace(two.engine.ports, workspace=workspace)
    await two.run("go @a.txt @b.txt")
    assert (two.root / "a.txt").read_bytes() == b"one\n1\n2\n3\n"
    assert await two.run("/undo") == [Notice("There is nothing to undo in this folder.", "error")]


async def test_a_write_waits_for_another_haikuterm_and_says_so(two: Rig) -> None:
    with ExitStack() as other:
        assert other.enter_context(another(two).alone())
        async with aclosing(when_free(two.engine.ports, [], lambda: 7)) as events:
            assert await anext(events) == Notice("Another haikuterm is writing files of this folder; waiting.")
            other.close()
            assert [event async for event in events] == [Done(7)]


async def test_who_waits_can_be_stopped_and_nothing_is_written(two: Rig) -> None:
    """The event loop is free meanwhile: Esc arrives."""
    waiting = asyncio.Event()

    async def write() -> None:
        async with aclosing(two.engine.submit("go @a.txt @b.txt", ScriptedAsker())) as events:
            async for event in events:
                if isinstance(event, Notice) and "waiting" in event.text:
                    waiting.set()

    with another(two).alone() as alone:
        assert alone
        task = asyncio.create_task(write())
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (two.root / "a.txt").read_bytes() == b"one\n1\n2\n3\n"
    assert await two.run("/undo") == [Notice("There is nothing to undo in this folder.", "error")]


async def test_a_write_waits_until_another_program_has_closed_the_file(two: Rig) -> None:
    change = FileChange("a.txt", b"one\n1\n2\n3\n", b"ours\n")

    def write() -> None:
        two.engine.ports.workspace.write(change.path, change.after, change.before)

    with (two.root / "a.txt").open("ab") as file:
        async with aclosing(when_free(two.engine.ports, ["b.txt", "a.txt"], write)) as events:
            assert await anext(events) == Notice("a.txt is open for writing in another program; waiting.")
            file.close()
            assert [event async for event in events] == [Done(None)]
    assert (two.root / "a.txt").read_bytes() == b"ours\n"


async def test_one_who_goes_on_writing_is_given_up_on(two: Rig) -> None:
    with another(two).alone() as alone:
        assert alone
        with pytest.raises(JournalError, match=r"Another haikuterm is writing .* Nothing was changed\. Wait"):
            async with aclosing(when_free(two.engine.ports, [], lambda: 7, patience=0.0)) as events:
                await anext(events)
