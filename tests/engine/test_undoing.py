"""Undo gives back what was ours, merges what changed since, and repairs a write that was cut short."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.changes import Edit, FileChange
from haikuterm.core.edits import plan
from haikuterm.core.errors import EditRefused
from haikuterm.core.events import EditsProposed, Event, Notice, Undone
from haikuterm.core.settings import Settings
from haikuterm.engine.landing import Landing
from tests.scripted import Rig, ScriptedAsker, calls, refuse, rig, says

LINES = "".join(f"n{n} = {n}\n" for n in range(1, 21))


def edit(path: str, old: str, new: str) -> dict[str, str]:
    return {"path": path, "old": old, "new": new}


async def changed(repo: Path, *edits: dict[str, str]) -> Rig:
    """A conversation that made these edits in one step."""
    r = rig(repo, calls("edit", {"edits": list(edits)}), says("ok"))
    await r.run("go " + " ".join(f"@{path}" for path in dict.fromkeys(e["path"] for e in edits)))
    return r


@pytest.fixture
def long(repo: Path) -> Path:
    (repo / "long.py").write_text(LINES)
    return repo


async def test_undo_and_redo_give_every_byte_back(long: Path) -> None:
    (long / "long.py").write_bytes(b"\xef\xbb\xbfa = 1 \r\nb = 2\n\x0cc = 3")
    before = (long / "long.py").read_bytes()
    r = await changed(long, edit("long.py", "b = 2", "b = 20"))
    after = (long / "long.py").read_bytes()
    assert after == before.replace(b"b = 2", b"b = 20")
    assert await r.run("/undo") == [Undone(("long.py",))]
    assert (long / "long.py").read_bytes() == before
    assert await r.run("/redo") == [Undone(("long.py",), redo=True)]
    assert (long / "long.py").read_bytes() == after


async def test_a_file_that_changed_elsewhere_is_merged_shown_and_asked_for(long: Path) -> None:
    r = await changed(long, edit("long.py", "n3 = 3\n", "three = 3\n"))
    mine = (long / "long.py").read_text().replace("n18 = 18\n", "n18 = 'mine'\n")
    (long / "long.py").write_text(mine)
    asker = ScriptedAsker()
    notice, proposed, undone = await r.run("/undo", asker)
    assert isinstance(notice, Notice)
    assert "long.py changed since then" in notice.text
    merged = LINES.replace("n18 = 18\n", "n18 = 'mine'\n")
    change = FileChange("long.py", mine.encode(), merged.encode())
    assert isinstance(proposed, EditsProposed)
    assert (proposed.proposal.files, asker.proposals[0].files) == ((change,), (change,))
    assert undone == Undone(("long.py",))
    assert (long / "long.py").read_text() == merged


async def test_a_merge_can_be_taken_back_like_any_step(long: Path) -> None:
    r = await changed(long, edit("long.py", "n3 = 3\n", "three = 3\n"))
    mine = (long / "long.py").read_text() + "mine = 1\n"
    (long / "long.py").write_text(mine)
    await r.run("/undo")
    await r.run("/undo")
    assert (long / "long.py").read_text() == mine


async def test_a_merge_that_is_declined_touches_nothing(long: Path) -> None:
    (long / "other.py").write_text("x = 1\n")
    r = await changed(long, edit("long.py", "n3 = 3\n", "three = 3\n"), edit("other.py", "x = 1", "x = 2"))
    mine = (long / "long.py").read_text() + "mine = 1\n"
    (long / "long.py").write_text(mine)
    *_, said = await r.run("/undo", refuse())
    assert said == Notice("long.py changed since then, so nothing was taken back. Your changes are untouched.", "error")
    assert (long / "long.py").read_text() == mine
    assert (long / "other.py").read_text() == "x = 2\n"
    assert (await r.run("/undo"))[-1] == Undone(("other.py", "long.py"))


async def test_where_the_user_changed_the_same_line_theirs_stays_and_is_named(long: Path) -> None:
    r = await changed(long, edit("long.py", "n3 = 3\n", "three = 3\n"), edit("long.py", "n12 = 12", "twelve = 12"))
    (long / "long.py").write_text((long / "long.py").read_text().replace("three = 3", "drei = 3"))
    events = await r.run("/undo")
    assert Notice("long.py: your own changes overlap at line 3; there your lines stay.", "warning") in events
    assert (long / "long.py").read_text() == LINES.replace("n3 = 3", "drei = 3")


@pytest.mark.parametrize("mine", [b"mine\n", b"\0binary", None])
async def test_what_cannot_be_merged_is_left_alone(repo: Path, mine: bytes | None) -> None:
    r = await changed(repo, edit("app.py", "import os\n", ""))
    if mine is None:
        (repo / "app.py").unlink()
    else:
        (repo / "app.py").write_bytes(mine)
    *_, said = await r.run("/undo")
    assert isinstance(said, Notice)
    assert "app.py changed since then" in said.text
    assert (repo / "app.py").exists() is (mine is not None)
    assert mine is None or (repo / "app.py").read_bytes() == mine


async def test_undo_takes_back_all_files_of_a_step_or_none(repo: Path) -> None:
    """A file that cannot be written leaves the others as they are, and the step can be undone later."""
    (repo / "lib").mkdir()
    (repo / "lib" / "b.py").write_text("b = 1\n")
    r = await changed(repo, edit("app.py", "import os\n", ""), edit("lib/b.py", "b = 1", "b = 2"))
    after = (repo / "app.py").read_bytes()
    (repo / "lib" / "b.py").chmod(0o444)
    (notice,) = await r.run("/undo")
    assert isinstance(notice, Notice)
    assert notice.level == "error"
    assert (repo / "app.py").read_bytes() == after
    (repo / "lib" / "b.py").chmod(0o644)
    await r.run("/undo")
    assert (repo / "app.py").read_text().startswith("import os")
    assert (repo / "lib" / "b.py").read_text() == "b = 1\n"


async def test_a_created_file_is_removed_by_undo_and_kept_if_the_user_wrote_in_it(repo: Path) -> None:
    r = rig(repo, calls("create", {"path": "new.py", "text": "a = 1\n"}), says("ok"))
    await r.run("make new.py")
    await r.run("/undo")
    assert not (repo / "new.py").exists()
    await r.run("/redo")
    (repo / "new.py").write_text("a = 1\nmine = 2\n")
    *_, said = await r.run("/undo")
    assert isinstance(said, Notice)
    assert (repo / "new.py").read_text() == "a = 1\nmine = 2\n"


KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from haikuterm.adapters.journal import FileJournal
from haikuterm.core.changes import FileChange
root, folder = sys.argv[1:]
journal = FileJournal(root, folder)
files = [Path(root, name) for name in ("app.py", "README.md")]
with journal.alone():
    journal.begin([FileChange(f.name, f.read_bytes(), b"half") for f in files], "prompt", "model", "s1")
    files[0].write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def killed(repo: Path) -> Rig:
    """A repository in which a write of two files was killed after the first."""
    child = [sys.executable, "-c", KILLED_WHILE_WRITING, str(repo), str(repo.parent / "state" / "journal")]
    assert subprocess.run(child, check=False).returncode == -signal.SIGKILL
    return rig(repo)


async def repaired(r: Rig, choice: str | None) -> list[Event]:
    return [event async for event in r.engine.repair(ScriptedAsker(choice=choice))]


def files(r: Rig) -> list[bytes]:
    return [(r.root / name).read_bytes()[:9] for name in ("app.py", "README.md")]


BEFORE, HALF, AFTER = [b"import os", b"# app\n"], [b"half", b"# app\n"], [b"half", b"half"]


async def test_a_write_that_was_killed_can_be_rolled_back_at_the_next_start(killed: Rig) -> None:
    assert await repaired(killed, "back") == [Notice("The write that was cut short is rolled back: app.py.")]
    assert files(killed) == BEFORE
    assert await repaired(killed, "back") == []


async def test_or_finished(killed: Rig) -> None:
    assert await repaired(killed, "finish") == [Notice("The write that was cut short is finished: README.md.")]
    assert files(killed) == AFTER
    await killed.run("/undo")
    assert files(killed) == BEFORE


async def test_or_left_and_undone_later(killed: Rig) -> None:
    await repaired(killed, "leave")
    assert files(killed) == HALF
    await killed.run("/undo")
    assert files(killed) == BEFORE


async def test_without_an_answer_it_is_said_and_offered_again_and_undo_rolls_it_back(killed: Rig) -> None:
    (notice,) = await repaired(killed, None)
    assert isinstance(notice, Notice)
    assert "app.py, README.md" in notice.text
    assert files(killed) == HALF
    assert len(await repaired(killed, None)) == 1
    await killed.run("/undo")
    assert files(killed) == BEFORE


async def test_a_file_that_the_user_wrote_after_the_crash_is_not_touched(killed: Rig) -> None:
    (killed.root / "app.py").write_bytes(b"mine")
    await repaired(killed, "back")
    assert files(killed) == [b"mine", b"# app\n"]


async def test_edits_are_undone_outside_of_git_too(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "a.py").write_text("x = 1\n")
    r = await changed(plain, edit("a.py", "x = 1", "x = 2"))
    assert (plain / "a.py").read_text() == "x = 2\n"
    await r.run("/undo")
    assert (plain / "a.py").read_text() == "x = 1\n"


MARK = b"MARK = 1"


@given(st.binary(max_size=60), st.binary(max_size=60), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_whatever_the_bytes_around_it_an_edit_is_undone_to_the_byte(head: bytes, tail: bytes, end: bytes) -> None:
    """Or it is refused, and then nothing has changed."""
    before = head + end + MARK + end + tail
    with TemporaryDirectory() as folder:
        root = Path(folder, "root")
        root.mkdir()
        (root / "f.txt").write_bytes(before)
        r = rig(root, settings=Settings(api_key="test", check=False))
        landing = Landing(r.engine.ports, r.engine.session, r.engine.settings, ScriptedAsker(), "prompt")
        try:
            proposal = plan((Edit("f.txt", MARK.decode(), "MARK = 2"),), {"f.txt": before})
            landing.write(proposal.files, proposal)
        except EditRefused:
            assert (root / "f.txt").read_bytes() == before
            return
        assert (root / "f.txt").read_bytes() == head + end + b"MARK = 2" + end + tail
        assert asyncio.run(r.run("/undo")) == [Undone(("f.txt",))]
        assert (root / "f.txt").read_bytes() == before
