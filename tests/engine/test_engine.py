"""The engine keeps everything: what was said, what it cost, what was written."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from haikuterm.core.events import Notice
from haikuterm.core.messages import Message, Text
from tests.scripted import rig, says


async def test_a_conversation_goes_on_where_it_was(repo: Path) -> None:
    first = rig(repo, says("Hello."))
    await first.run("see @app.py")
    second = rig(repo, says("Again."))
    second.engine.resume(second.engine.ports.store.last(str(repo)))
    await second.run("more")
    assert second.provider.requests[0].messages[:2] == tuple(first.engine.session.messages)
    assert second.provider.requests[0].messages[2] == Message("user", (Text("more"),))
    assert second.engine.session.id == first.engine.session.id
    assert second.engine.session.total.requests == 2
    assert any("Going on with session" in e.text for e in rig_resumed(repo).engine.prepare() if isinstance(e, Notice))


def rig_resumed(repo: Path):
    r = rig(repo)
    r.engine.resume(r.engine.ports.store.last(str(repo)))
    return r


async def test_the_history_holds_what_was_typed(repo: Path) -> None:
    r = rig(repo, says("a"), says("b"))
    await r.run("first")
    await r.run("second")
    assert r.engine.history() == ("first", "second")


def test_no_repository_works_and_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (notice,) = rig(folder).engine.prepare()
    assert "not in a git repository" in notice.text


KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from haikuterm.adapters.journal import FileJournal
from haikuterm.core.changes import FileChange
root, folder = sys.argv[1:]
file = Path(root, "app.py")
FileJournal(root, folder).begin((FileChange("app.py", file.read_bytes(), b"half"),), "prompt", "model")
file.write_bytes(b"half")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_write_that_was_killed_is_rolled_back_at_the_next_start(repo: Path) -> None:
    before = (repo / "app.py").read_bytes()
    r = rig(repo)
    child = [sys.executable, "-c", KILLED_WHILE_WRITING, str(repo), str(repo.parent / "state" / "journal")]
    assert subprocess.run(child, check=False).returncode == -signal.SIGKILL
    assert (repo / "app.py").read_bytes() == b"half"
    (notice,) = r.engine.prepare()
    assert "A write was interrupted" in notice.text
    assert (repo / "app.py").read_bytes() == before
    assert r.engine.prepare() == ()


async def test_undo_does_not_touch_a_file_that_changed_since(repo: Path) -> None:
    from tests.scripted import calls

    edit = {"edits": [{"path": "app.py", "old": "import os\n", "new": ""}]}
    r = rig(repo, calls("edit", edit), says("ok"))
    await r.run("fix")
    (repo / "app.py").write_text("mine\n")
    (notice,) = await r.run("/undo")
    assert "app.py changed since then" in notice.text
    assert (repo / "app.py").read_text() == "mine\n"


def test_the_status_has_what_a_line_shows(repo: Path) -> None:
    r = rig(repo)
    r.engine.warm()
    status = r.engine.status
    assert (status.repo.is_git, status.repo.branch, status.repo.dirty) == (True, "main", False)
    assert status.context_tokens > 0
    assert not status.context_known


async def test_a_blank_line_does_nothing(repo: Path) -> None:
    assert await rig(repo).run("   ") == []


async def test_undo_takes_back_all_files_of_a_step_or_none(repo: Path) -> None:
    """A file that cannot be written leaves the others as they are, and the step can be undone later."""
    from tests.scripted import calls

    (repo / "lib").mkdir()
    (repo / "lib" / "b.py").write_text("b = 1\n")
    edits = [
        {"path": "app.py", "old": "import os\n", "new": ""},
        {"path": "lib/b.py", "old": "b = 1", "new": "b = 2"},
    ]
    r = rig(repo, calls("edit", {"edits": edits}), says("ok"))
    await r.run("fix")
    after = (repo / "app.py").read_bytes()
    (repo / "lib" / "b.py").chmod(0o444)
    (notice,) = await r.run("/undo")
    assert notice.level == "error"
    assert (repo / "app.py").read_bytes() == after
    (repo / "lib" / "b.py").chmod(0o644)
    await r.run("/undo")
    assert (repo / "app.py").read_text().startswith("import os")
    assert (repo / "lib" / "b.py").read_text() == "b = 1\n"


async def test_a_resumed_conversation_costs_its_old_price_only_in_the_session(repo: Path) -> None:
    r = rig(repo, says("a"))
    await r.run("see @app.py")
    again = rig_resumed(repo)
    assert again.engine.status.turn.requests == 0
    assert again.engine.status.session.requests == 1
    assert again.engine.status.attached_tokens > 10
