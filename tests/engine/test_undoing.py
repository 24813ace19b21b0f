"""Undo gives back what was ours, merges what changed since, and repairs a write that was cut short."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.adapters.repo import RepoWorkspace
from haikuterm.core.changes import Edit, FileChange, Proposal, Rejection
from haikuterm.core.edits import plan
from haikuterm.core.errors import EditRefused
from haikuterm.core.events import EditsProposed, Event, Notice, Undone
from haikuterm.core.messages import Text
from haikuterm.core.ports import Verdict
from haikuterm.core.settings import Settings
from haikuterm.engine.landing import Landing, Written
from tests.scripted import Rig, ScriptedAsker, calls, refuse, rig, says

LINES = "".join(f"n{n} = {n}\n" for n in range(1, 21))


def edit(path: str, old: str, new: str) -> dict[str, str]:
    return {"path": path, "old": old, "new": new}


async def write(landing: Landing, proposal: Proposal) -> None:
    """Write all of it."""
    async with aclosing(landing.write(proposal.files, proposal)) as events:
        assert [type(event) async for event in events] == [Written]


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


async def test_a_merge_is_redone_and_undone_again_without_a_question(long: Path) -> None:
    r = await changed(long, edit("long.py", "n3 = 3\n", "three = 3\n"))
    mine = (long / "long.py").read_text() + "mine = 1\n"
    (long / "long.py").write_text(mine)
    await r.run("/undo")
    assert await r.run("/redo") == [Undone(("long.py",), redo=True)]
    assert (long / "long.py").read_text() == mine
    assert await r.run("/undo") == [Undone(("long.py",))]
    assert (long / "long.py").read_text() == LINES + "mine = 1\n"


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
            asyncio.run(write(landing, proposal))
        except EditRefused:
            assert (root / "f.txt").read_bytes() == before
            return
        assert (root / "f.txt").read_bytes() == head + end + b"MARK = 2" + end + tail
        assert asyncio.run(r.run("/undo")) == [Undone(("f.txt",))]
        assert (root / "f.txt").read_bytes() == before


@pytest.fixture
def two(repo: Path) -> Path:
    """A repository with two texts of the same lines."""
    for name in ("a.py", "b.py"):
        (repo / name).write_text(LINES)
    return repo


BOTH = (edit("a.py", "n3 = 3\n", "three = 3\n"), edit("b.py", "n3 = 3\n", "three = 3\n"))


def add(root: Path, *names: str) -> None:
    """The user writes something at the end."""
    for name in names:
        (root / name).write_text((root / name).read_text() + "mine = 1\n")


def ours(root: Path) -> list[str]:
    """The files in which our edit is."""
    return [name for name in ("a.py", "b.py") if "three = 3" in (root / name).read_text()]


def only(*paths: str) -> ScriptedAsker:
    """Somebody who accepts these files and no others."""

    def accept(proposal: Proposal) -> Verdict:
        accepted = tuple(change for change in proposal.files if change.path in paths)
        return Verdict(accepted, tuple(Rejection(path) for path in proposal.paths if path not in paths))

    return ScriptedAsker(accept=accept)


async def test_what_was_not_accepted_of_a_merge_is_said_and_can_be_taken_back_later(two: Path) -> None:
    r = await changed(two, *BOTH)
    add(two, "a.py", "b.py")
    *_, notice, undone = await r.run("/undo", only("a.py"))
    assert notice == Notice("b.py is left as it is; /undo offers it again.", "warning")
    assert (undone, ours(two)) == (Undone(("a.py",)), ["b.py"])
    assert (await r.run("/undo"))[-1] == Undone(("b.py",))
    assert [(two / name).read_text() for name in ("a.py", "b.py")] == [LINES + "mine = 1\n"] * 2


def overlapped(root: Path) -> None:
    """The user changes the line of our edit in b.py."""
    (root / "b.py").write_text(LINES.replace("n3 = 3", "drei = 3"))


async def test_a_file_with_an_overlap_does_not_keep_the_others_from_being_taken_back(two: Path) -> None:
    r = await changed(two, *BOTH)
    overlapped(two)
    asker = ScriptedAsker(choice="rest")
    notice, undone = await r.run("/undo", asker)
    assert asker.questions[0].title == "b.py changed since then and cannot be taken back"
    assert [option.value for option in asker.questions[0].options] == ["rest", "leave", "cancel"]
    assert notice == Notice("b.py is left as it is; /undo offers it again.", "warning")
    assert (undone, ours(two)) == (Undone(("a.py",)), [])
    assert "drei" in (two / "b.py").read_text()


def binary(root: Path) -> None:
    (root / "b.py").write_bytes(b"\0")


def huge(root: Path) -> None:
    (root / "b.py").write_bytes(b"\n" * 10_000_001)


def gone(root: Path) -> None:
    (root / "b.py").unlink()


def folder(root: Path) -> None:
    gone(root)
    (root / "b.py").mkdir()


def link_out(root: Path) -> None:
    gone(root)
    (root / "b.py").symlink_to("/etc/hosts")


@pytest.mark.parametrize("change", [overlapped, binary, huge, gone, folder, link_out])
async def test_a_step_that_cannot_be_taken_back_may_be_passed_over(two: Path, change: Callable[[Path], None]) -> None:
    r = await changed(two, BOTH[0])
    r.provider.answers += [calls("edit", {"edits": [BOTH[1]]}), says("ok")]
    await r.run("go @b.py")
    change(two)
    said = Notice("b.py changed since then, so nothing was taken back. Your changes are untouched.", "error")
    assert await r.run("/undo") == [said], "nobody answers"
    assert await r.run("/undo", ScriptedAsker(choice="cancel")) == [said]
    asker = ScriptedAsker(choice="leave")
    assert await r.run("/undo", asker) == [Undone(("a.py",))]
    assert [option.value for option in asker.questions[0].options] == ["leave", "cancel"]
    assert await r.run("/undo") == [Notice("There is nothing to undo in this folder.", "error")]


async def test_undo_never_writes_through_a_link_that_the_user_put_there(two: Path) -> None:
    r = await changed(two, BOTH[0])
    (two / "b.py").write_bytes((two / "a.py").read_bytes())
    (two / "a.py").unlink()
    (two / "a.py").symlink_to("b.py")
    (said,) = await r.run("/undo")
    assert said == Notice("a.py changed since then, so nothing was taken back. Your changes are untouched.", "error")
    assert ours(two) == ["a.py", "b.py"], "as they were: a.py is b.py now"


async def test_an_edit_that_was_made_through_a_link_is_taken_back_through_it(two: Path) -> None:
    (two / "link.py").symlink_to("a.py")
    r = await changed(two, edit("link.py", "n3 = 3\n", "three = 3\n"))
    assert await r.run("/undo") == [Undone(("link.py",))]
    assert (two / "a.py").read_text() == LINES


async def test_a_file_that_the_user_took_back_themselves_needs_no_write(two: Path) -> None:
    r = await changed(two, *BOTH)
    (two / "a.py").write_text(LINES + "mine = 1\n")
    assert await r.run("/undo") == [Undone(("b.py", "a.py"))]
    assert (two / "a.py").read_text() == LINES + "mine = 1\n"
    assert (await r.run("/redo"))[-1] == Undone(("b.py", "a.py"), redo=True)
    assert ours(two) == ["a.py", "b.py"]


async def test_folders_that_were_made_for_a_new_file_go_with_it_if_they_are_empty(repo: Path) -> None:
    (repo / "old").mkdir()
    new = calls("create", {"path": "old/new/deep/a.py", "text": "a = 1\n"})
    r = rig(repo, new, says("ok"))
    await r.run("make it")
    await r.run("/undo")
    assert list((repo / "old").iterdir()) == []
    await r.run("/redo")
    (repo / "old/new/mine").write_text("")
    await r.run("/undo")
    assert [path.name for path in (repo / "old/new").iterdir()] == ["mine"]


class Killed(BaseException):
    """Ends everything at once, as a signal would."""


class Dying(RepoWorkspace):
    """A workspace whose process is killed at its second write."""

    writes = 0

    def write(self, path: str, data: bytes | None, held: bytes | None, mode: int | None = None) -> None:
        self.writes += 1
        if self.writes == 2:
            raise Killed
        super().write(path, data, held, mode)


async def die(r: Rig, line: str) -> Rig:
    """A new start after the program was killed in the middle of this."""
    r.engine.ports = replace(r.engine.ports, workspace=Dying(r.root))
    with pytest.raises(Killed):
        await r.run(line)
    return rig(r.root)


async def test_a_killed_undo_is_offered_at_the_next_start_and_can_be_rolled_back(two: Path) -> None:
    r = await die(await changed(two, *BOTH), "/undo")
    assert ours(two) == ["b.py"]
    assert await repaired(r, "back") == [Notice("The write that was cut short is rolled back: a.py.")]
    assert ours(two) == ["a.py", "b.py"]
    assert await r.run("/undo") == [Undone(("a.py", "b.py"))]


async def test_or_finished_and_then_redone(two: Path) -> None:
    r = await die(await changed(two, *BOTH), "/undo")
    (said,) = await repaired(r, None)
    assert isinstance(said, Notice)
    assert said.text.endswith("(a.py, b.py). `haikuterm undo` finishes it.")
    assert await repaired(r, "finish") == [Notice("The write that was cut short is finished: b.py.")]
    assert ours(two) == []
    assert await r.run("/redo") == [Undone(("a.py", "b.py"), redo=True)]


async def test_undo_finishes_an_undo_that_was_killed_and_redo_rolls_it_back(two: Path) -> None:
    r = await changed(two, *BOTH)
    again = await die(r, "/undo")
    assert await again.run("/redo") == [Undone(("a.py",), redo=True)]
    assert ours(two) == ["a.py", "b.py"]
    again = await die(again, "/undo")
    assert await again.run("/undo") == [Undone(("b.py",))]
    assert ours(two) == []


async def test_a_redo_that_was_killed_can_be_undone_after_something_new_was_done(two: Path) -> None:
    r = await changed(two, *BOTH)
    await r.run("/undo")
    await die(r, "/redo")
    assert ours(two) == ["a.py"]
    new = rig(two, calls("create", {"path": "new.py", "text": "a = 1\n"}), says("ok"))
    await new.run("make new.py")
    assert await new.run("/undo") == [Undone(("new.py",))]
    assert await new.run("/undo") == [Undone(("a.py",))]
    assert ours(two) == []


async def test_a_file_that_changed_after_the_crash_is_named_and_undo_merges_it(two: Path) -> None:
    r = rig(two)
    after = LINES.replace("n3 = 3", "three = 3")
    changes = [FileChange(name, LINES.encode(), after.encode()) for name in ("a.py", "b.py")]
    r.engine.ports.journal.begin(changes, "prompt", "model", "s1")
    for name in ("a.py", "b.py"):
        (two / name).write_text(after)
    add(two, "a.py")
    rolled, left = await repaired(r, "back")
    assert rolled == Notice("The write that was cut short is rolled back: b.py.")
    assert left == Notice("a.py changed since then and is left as it is; /undo can merge it.", "warning")
    assert (await r.run("/undo"))[-1] == Undone(("a.py",))
    assert (two / "a.py").read_text() == LINES + "mine = 1\n"


async def test_all_writes_that_were_cut_short_are_offered(repo: Path) -> None:
    r = rig(repo)
    for name in ("app.py", "README.md"):
        before = (repo / name).read_bytes()
        r.engine.ports.journal.begin([FileChange(name, before, b"half")], "prompt", "model", "s1")
        (repo / name).write_bytes(b"half")
    assert len(await repaired(r, "back")) == 2
    assert files(r) == BEFORE


async def test_undo_asks_before_it_takes_what_another_conversation_did(two: Path) -> None:
    r = await changed(two, BOTH[0])
    other = await changed(two, BOTH[1])
    asker = ScriptedAsker()
    (said,) = await r.run("/undo", asker)
    assert asker.questions[0].title == 'The last change here was made by another conversation: "go @b.py"'
    assert [option.value for option in asker.questions[0].options] == ["own", "other", "cancel"]
    assert isinstance(said, Notice)
    assert said.text.startswith('The last change here was made by another conversation ("go @b.py"), so nothing')
    assert ours(two) == ["a.py", "b.py"]
    assert await r.run("/undo", ScriptedAsker(choice="own")) == [Undone(("a.py",))]
    assert await other.run("/undo", none := ScriptedAsker()) == [Undone(("b.py",))]
    assert none.questions == []
    assert await r.run("/redo", none) == [Undone(("a.py",), redo=True)]


async def test_a_conversation_without_changes_asks_and_one_without_words_does_not(two: Path) -> None:
    await changed(two, *BOTH)
    talk = rig(two, says("hello"))
    await talk.run("hi")
    asker = ScriptedAsker(choice="other")
    assert await talk.run("/undo", asker) == [Undone(("a.py", "b.py"))]
    assert [option.value for option in asker.questions[0].options] == ["other", "cancel"]
    assert await rig(two).run("/redo") == [Undone(("a.py", "b.py"), redo=True)]


async def test_the_model_hears_of_an_undo_with_the_next_prompt(two: Path) -> None:
    r = await changed(two, *BOTH)
    r.engine.session.attachments.clear()
    r.provider.answers.append(says("fine"))
    await r.run("/undo")
    await r.run("and now?")
    assert (
        "The user took an edit back; changed on disk by that: a.py, b.py." in r.provider.requests[-1].messages[-1].text
    )


async def test_the_model_is_to_be_told_of_files_that_changed_back(two: Path) -> None:
    r = await changed(two, *BOTH)
    await r.run("/undo")
    moment = r.engine.session.moment()
    said = (Text("(The user took an edit back; changed on disk by that: a.py, b.py.)"),)
    assert r.engine.session.take_notes() == said
    assert r.engine.session.take_notes() == ()
    r.engine.session.go_back(moment)
    assert r.engine.session.take_notes() == said, "a prompt that came to nothing has told nothing"
    fresh = rig(two)
    await fresh.run("/redo")
    assert fresh.engine.session.take_notes() == ()
