"""The undo journal: safe before we write, whole after a crash, shared by processes."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import haikuterm
from haikuterm.adapters import journal as module
from haikuterm.adapters.journal import FileJournal
from haikuterm.core.changes import FileChange
from haikuterm.core.errors import JournalError
from haikuterm.core.ports import Step

CHANGE = FileChange("app.py", b"old\r\n", b"new\r\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the journals are kept."""
    return tmp_path / "state/journal"


@pytest.fixture
def journal(folder: Path) -> FileJournal:
    """The journal of one root."""
    return FileJournal("/some/root", folder)


def log(folder: Path) -> Path:
    """The only journal's file of steps."""
    return next(folder.glob("*/steps.jsonl"))


def done(journal: FileJournal, *changes: FileChange, prompt: str = "p", session: str = "s") -> str:
    step = journal.begin(changes or (CHANGE,), prompt, "m", session)
    journal.finish(step)
    return step


def undone(journal: FileJournal, step: str, *files: FileChange) -> None:
    """Take a step back as a write of its own."""
    back = files or (FileChange(CHANGE.path, CHANGE.after, CHANGE.before),)
    journal.finish(journal.begin(back, "/undo", "m", "s", kind="undo", of=step))


def redone(journal: FileJournal, step: str, *files: FileChange) -> None:
    """Do it again."""
    journal.finish(journal.begin(files or (CHANGE,), "/redo", "m", "s", kind="redo", of=step))


def test_an_empty_journal_knows_nothing_and_makes_no_folder(journal: FileJournal, folder: Path) -> None:
    assert (journal.last_done(), journal.last_undone(), journal.half_done()) == (None, None, None)
    assert not folder.exists()


def test_a_step_comes_back_as_it_was(journal: FileJournal, folder: Path) -> None:
    changes = (CHANGE, FileChange("new\udce9.py", None, b""), FileChange("gone.bin", b"\0\xff", None, 0o755))
    begun = time.time()
    step = journal.begin(changes, "fix\nthe ☃", "claude-haiku-4-5", "s1")
    journal.finish(step)
    again = FileJournal("/some/root", folder).last_done()
    assert again is not None
    assert begun <= again.at <= time.time()
    assert again == Step(step, changes, "fix\nthe ☃", "claude-haiku-4-5", again.at, "s1")


def test_roots_do_not_share_their_steps(journal: FileJournal, folder: Path) -> None:
    done(journal)
    assert FileJournal("/other/root", folder).last_done() is None


def test_only_this_user_may_read_the_images(journal: FileJournal, folder: Path) -> None:
    done(journal)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.glob("**/*")}
    names = {p.name for p in folder.glob("*/images/*")}
    assert {modes[name] for name in names} == {0o600}
    assert len(names) == 2
    assert modes["steps.jsonl"] == 0o600
    assert modes["images"] == modes[log(folder).parent.name] == 0o700


def test_undo_and_redo_go_back_and_forth(journal: FileJournal) -> None:
    _, second, third = (done(journal, prompt=p) for p in "abc")
    for step in (third, second):
        assert _id(journal.last_done()) == step
        journal.mark(step, "undone")
    for step, left in ((second, third), (third, None)):
        assert _id(journal.last_undone()) == step
        journal.mark(step, "done")
        assert _id(journal.last_done()) == step
        assert _id(journal.last_undone()) == left


def _id(step: Step | None) -> str | None:
    return step.id if step else None


def test_something_new_ends_redo_for_good(journal: FileJournal) -> None:
    old = done(journal)
    journal.mark(old, "undone")
    new = done(journal)
    assert journal.last_undone() is None
    journal.mark(new, "undone")
    assert _id(journal.last_undone()) == new
    assert journal.last_done() is None


def test_a_step_that_never_finished_is_half_done(journal: FileJournal, folder: Path) -> None:
    done(journal)
    step = journal.begin((CHANGE,), "p", "m", "s")
    again = FileJournal("/some/root", folder)
    assert _id(again.half_done()) == step
    assert _id(again.last_done()) != step
    again.finish(step, ())
    assert again.half_done() is None


def test_a_step_is_recorded_while_alone_and_is_not_half_done_then(journal: FileJournal, folder: Path) -> None:
    other = FileJournal("/some/root", folder)
    with journal.alone():
        step = journal.begin((CHANGE,), "p", "m", "s")
        assert (journal.half_done(), other.half_done()) == (None, None)
        journal.finish(step)
        journal.mark(done(journal), "undone")
        lost = journal.begin((CHANGE,), "p", "m", "s")
    assert _id(journal.half_done()) == _id(other.half_done()) == lost
    with journal.alone():
        assert _id(journal.half_done()) == lost


def test_only_one_is_alone_and_the_other_is_told_at_once(journal: FileJournal, folder: Path) -> None:
    other = FileJournal("/some/root", folder)
    with journal.alone() as first, other.alone() as second:
        assert (first, second) == (True, False)
    with other.alone() as now:
        assert now


def test_an_error_while_alone_passes_through_and_ends_it(folder: Path) -> None:
    hasty = FileJournal("/some/root", folder)
    for _ in range(2):
        with pytest.raises(OSError, match="of the caller"), hasty.alone():
            raise OSError("of the caller")


def test_the_steps_of_a_conversation_are_those_not_taken_back(journal: FileJournal) -> None:
    first, other, undone, last = (done(journal, session=s) for s in ("s", "else", "s", "s"))
    journal.mark(undone, "undone")
    journal.begin((CHANGE,), "p", "m", "s")
    assert [step.id for step in journal.steps("s")] == [first, last]
    assert [(step.id, step.session) for step in journal.steps("else")] == [(other, "else")]
    assert journal.steps("nobody's") == ()


def test_lines_of_the_earlier_format_are_read(journal: FileJournal, folder: Path) -> None:
    step = done(journal, FileChange("a", b"1", b"2", 0o644))
    rows = [json.loads(line) for line in log(folder).read_text().splitlines()]
    del rows[0]["session"]
    rows[0] |= {"pid": 1, "files": [file[:3] for file in rows[0]["files"]]}
    log(folder).write_text("".join(json.dumps(row) + "\n" for row in rows))
    last = journal.last_done()
    assert last is not None
    assert (last.id, last.session, last.files) == (step, "", (FileChange("a", b"1", b"2"),))
    done(journal)
    journal.mark(done(journal), "undone")
    assert step in log(folder).read_text()


def test_a_step_nobody_knows_cannot_be_marked(journal: FileJournal) -> None:
    with pytest.raises(JournalError, match="no step abc"):
        journal.mark("abc", "undone")


@pytest.mark.parametrize(
    "rest",
    [
        b'{"step": "x", "at": 1',
        b'{"step": "nobody", "state": "done"}\n',
        b"[]\n\xff\n",
        b"\n",
        b"[" * 100_000 + b"\n",
        b'{"step": "x", "at": 1, "prompt": "", "model": "", "files": [["a", "../../../etc/passwd", null]]}\n',
        b'{"step": "x", "at": NaN, "prompt": "", "model": "", "files": []}\n{"step": "x", "state": "done"}\n',
        b'{"step": "x", "at": 1, "prompt": "", "model": "", "files": [["a", 7, null]]}\n',
        b'{"step": "x", "at": 1, "prompt": "", "model": "", "files": [7, ["a", null, null, 1, 2]]}\n',
    ],
)
def test_a_line_cut_short_costs_nothing_else(journal: FileJournal, folder: Path, rest: bytes) -> None:
    first = done(journal)
    with log(folder).open("ab") as file:
        file.write(rest)
    assert _id(journal.last_done()) == first
    second = done(journal)
    assert _id(journal.last_done()) == second
    journal.mark(second, "undone")
    assert _id(journal.last_done()) == first


def test_every_cut_of_the_log_leaves_the_steps_before_it(journal: FileJournal, folder: Path) -> None:
    first = done(journal)
    size = log(folder).stat().st_size
    done(journal)
    whole = log(folder).read_bytes()
    for cut in range(size, len(whole)):
        log(folder).write_bytes(whole[:cut])
        step = journal.last_done()
        assert step is not None
        assert step.id == first or cut == len(whole) - 1


def test_a_damaged_image_is_never_given_out(journal: FileJournal, folder: Path) -> None:
    done(journal)
    for image in folder.glob("*/images/*"):
        image.write_bytes(b"something else")
    with pytest.raises(JournalError, match=r"lost .* or it is damaged"):
        journal.last_done()
    done(journal)
    assert journal.last_done() is not None, "the next step stores its images anew"


def test_damage_costs_its_own_step_only(journal: FileJournal, folder: Path) -> None:
    first, second, third = (done(journal, FileChange("a", None, f"{n}".encode())) for n in range(3))
    for image in folder.glob("*/images/*"):
        if image.read_bytes() == b"2":
            image.write_bytes(b"3")
    assert [step.id for step in journal.steps("s")] == [first, second]
    with pytest.raises(JournalError, match="ones before it are whole"):
        journal.last_done()
    assert _id(journal.last_done()) == second
    whole = log(folder).read_bytes()
    log(folder).write_bytes(whole.replace(f'"{second}"'.encode(), b'"\xff'))
    assert _id(journal.last_done()) == first
    assert third in whole.decode()


def test_an_image_that_is_damaged_is_mended_by_the_next_step_that_needs_it(journal: FileJournal, folder: Path) -> None:
    first = done(journal, FileChange("a", None, b"same"))
    next(folder.glob("*/images/*")).write_bytes(b"size")
    journal.mark(done(journal, FileChange("a", None, b"same")), "left")
    assert _id(journal.last_done()) == first


def test_the_same_bytes_are_kept_once(journal: FileJournal, folder: Path) -> None:
    for _ in range(3):
        done(journal)
    assert len(list(folder.glob("*/images/*"))) == 2


def test_steps_of_more_than_a_month_are_forgotten(journal: FileJournal, folder: Path) -> None:
    old = [done(journal, FileChange("a", f"{n}".encode(), None)) for n in range(3)]
    rows = [json.loads(line) for line in log(folder).read_text().splitlines()]
    for row in rows:
        if row["step"] in old[:2] and "at" in row:
            row["at"] -= 31 * 86_400
    log(folder).write_text("".join(json.dumps(row) + "\n" for row in rows))
    journal.mark(old[2], "undone")
    journal.begin((), "p", "m", "s")
    with pytest.raises(JournalError, match="older than 30 days"):
        journal.mark(old[1], "undone")
    assert _id(journal.last_undone()) == old[2]
    assert [p.read_bytes() for p in folder.glob("*/images/*")] == [b"2"]


def test_the_oldest_steps_make_room_for_new_ones(journal: FileJournal, folder: Path) -> None:
    """Images as large as the limit allows are sparse files here: only their size counts."""
    steps = [done(journal, FileChange("a", f"{n}".encode(), None)) for n in range(4)]
    for image in folder.glob("*/images/*"):
        os.truncate(image, module.MOST // 3 + 1)
    newest = journal.begin((CHANGE,), "p", "m", "s")
    kept = {json.loads(line)["step"] for line in log(folder).read_text().splitlines()}
    assert kept == {*steps[2:], newest}
    assert sum(image.stat().st_size for image in folder.glob("*/images/*")) < module.MOST


def test_a_step_larger_than_the_limit_is_kept_while_it_is_the_newest(journal: FileJournal, folder: Path) -> None:
    step = done(journal)
    for image in folder.glob("*/images/*"):
        os.truncate(image, module.MOST)
    journal.begin((), "p", "m", "s")
    assert step in log(folder).read_text()


def test_pruning_keeps_what_can_be_redone(journal: FileJournal, folder: Path) -> None:
    steps = [done(journal, FileChange("a", f"{n}".encode(), None)) for n in range(4)]
    for step in steps[:0:-1]:
        journal.mark(step, "undone")
    os.truncate(next(p for p in folder.glob("*/images/*") if p.read_bytes() == b"0"), module.MOST + 1)
    journal.begin((), "p", "m", "s")
    assert steps[0] not in log(folder).read_text()
    assert _id(journal.last_undone()) == steps[1]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    journal = FileJournal("/some/root", tmp_path / "file")
    assert journal.last_done() is None
    with pytest.raises(JournalError, match=r"cannot be written: .* try again"):
        journal.begin((CHANGE,), "p", "m", "s")


def test_a_folder_that_cannot_be_looked_into_is_told(tmp_path: Path) -> None:
    journal = FileJournal("/some/root", tmp_path / ("x" * 300))
    for look in (journal.last_done, journal.last_undone, journal.half_done):
        with pytest.raises(JournalError, match=r"cannot be read: .* try again"):
            look()


CHILD = """
import resource, sys
from haikuterm.adapters.journal import FileJournal
from haikuterm.core.changes import FileChange
from haikuterm.core.errors import JournalError
mode, folder = sys.argv[1:]
journal = FileJournal("/some/root", folder)
if mode == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    try:
        journal.begin([FileChange("a", b"x" * 5000, None)], "p", "m", "s")
    except JournalError as error:
        print(error)
if mode == "hold":
    with journal.alone():
        print(journal.begin([FileChange("a", b"0", None)], "0", "m", "s"), flush=True)
        sys.stdin.read()
number = 0
while mode != "full":
    step = journal.begin([FileChange("a", b"%d" % number, None)], str(number), "m", "s")
    journal.finish(step)
    number += 1
    print(step, flush=True)
    if mode == "some" and number == 20:
        break
"""


def child(mode: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(haikuterm.__file__).parents[1])}
    command = [sys.executable, "-c", CHILD, mode, str(folder)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_full_disk_is_told_and_leaves_no_step(folder: Path, journal: FileJournal) -> None:
    first = done(journal)
    said, _ = child("full", folder).communicate()
    assert "cannot be written: File too large" in said
    assert _id(journal.last_done()) == first
    assert journal.half_done() is None


def test_what_was_told_to_be_safe_outlives_a_killed_process(folder: Path, journal: FileJournal) -> None:
    for _ in range(3):
        with child("endless", folder) as process:
            assert process.stdout is not None
            told = [process.stdout.readline().strip() for _ in range(15)]
            process.send_signal(signal.SIGKILL)
            told += process.stdout.read().split()
        assert process.returncode == -signal.SIGKILL
        text = log(folder).read_text()
        assert all(step in text for step in told)
        half = journal.half_done()
        last = journal.last_done()
        assert last is not None
        if half is not None:
            journal.finish(half.id, ())
        while (last := journal.last_done()) is not None:
            assert last.files[0].before == last.prompt.encode()
            journal.mark(last.id, "left")


def test_a_step_of_a_process_that_still_writes_is_not_half_done(folder: Path, journal: FileJournal) -> None:
    hasty = FileJournal("/some/root", folder)
    with child("hold", folder) as process:
        assert process.stdout is not None
        step = process.stdout.readline().strip()
        assert journal.half_done() is None
        with hasty.alone() as alone:
            assert not alone
        process.kill()
        process.wait()
    assert _id(journal.half_done()) == step
    with hasty.alone():
        assert _id(hasty.half_done()) == step, "also for one who is alone now"


def test_processes_add_to_one_journal_without_losing_a_step(folder: Path, journal: FileJournal) -> None:
    processes = [child("some", folder) for _ in range(3)]
    told = [step for process in processes for step in process.communicate()[0].split()]
    assert len(set(told)) == 60
    for step in told:
        journal.mark(step, "undone")
    assert len(log(folder).read_text().splitlines()) == 3 * 60


images = st.one_of(st.none(), st.binary(max_size=30))
changes = st.lists(st.builds(FileChange, st.text(min_size=1, max_size=8), images, images), min_size=1, max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(files=changes, prompt=st.text(max_size=20))
def test_whatever_is_recorded_comes_back(journal: FileJournal, files: list[FileChange], prompt: str) -> None:
    step = done(journal, *files, prompt=prompt)
    last = journal.last_done()
    assert last is not None
    assert (last.id, last.files) == (step, tuple(files))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(acts=st.lists(st.sampled_from(["do", "undo", "redo", "fail"]), max_size=12))
def test_undo_and_redo_behave_as_two_stacks(journal: FileJournal, acts: list[str]) -> None:
    while (step := journal.last_done()) is not None:  # what an earlier example left
        journal.mark(step.id, "left")
    back: list[str] = []
    forth: list[str] = []
    if journal.last_undone() is not None:
        back.append(done(journal))
    for act in acts:
        if act == "do":
            back.append(done(journal))
            forth.clear()
        elif act == "fail":
            journal.finish(journal.begin((CHANGE,), "p", "m", "s"), ())
        elif act == "undo" and back:
            forth.append(back.pop())
            undone(journal, forth[-1])
        elif act == "redo" and forth:
            back.append(forth.pop())
            redone(journal, back[-1])
        assert _id(journal.last_done()) == (back[-1] if back else None)
        assert _id(journal.last_undone()) == (forth[-1] if forth else None)


TWO = (FileChange("a", b"a1", b"a2"), FileChange("b", b"b1", b"b2"))


def reverse(*files: FileChange) -> tuple[FileChange, ...]:
    return tuple(FileChange(f.path, f.after, f.before, f.mode) for f in files)


def paths(step: Step | None) -> list[str]:
    return [change.path for change in step.files] if step else []


def test_what_is_not_taken_back_of_a_step_is_offered_again(journal: FileJournal) -> None:
    step = done(journal, *TWO)
    undone(journal, step, *reverse(TWO[0]))
    assert (paths(journal.last_done()), paths(journal.last_undone())) == (["b"], ["a"])
    assert [paths(found) for found in journal.steps("s")] == [["b"]]
    undone(journal, step, *reverse(TWO[1]))
    assert (journal.last_done(), paths(journal.last_undone())) == (None, ["a", "b"])
    redone(journal, step, *TWO)
    assert (paths(journal.last_done()), journal.last_undone()) == (["a", "b"], None)


def test_an_undo_is_half_done_until_it_is_finished_and_changes_nothing_by_then(journal: FileJournal) -> None:
    step = done(journal, *TWO)
    write = journal.begin(reverse(*TWO), "/undo", "m", "other", kind="undo", of=step)
    half = journal.half_done()
    assert half is not None
    assert (half.id, half.kind, half.of, half.files) == (write, "undo", step, reverse(*TWO))
    assert paths(journal.last_done()) == ["a", "b"]
    journal.finish(write, ["b"])
    assert journal.half_done() is None
    assert (paths(journal.last_done()), paths(journal.last_undone())) == (["a"], ["b"])


def test_a_redo_that_was_cut_short_can_be_settled_after_something_new_was_done(journal: FileJournal) -> None:
    step = done(journal, *TWO)
    undone(journal, step, *reverse(*TWO))
    write = journal.begin(TWO, "/redo", "m", "s", kind="redo", of=step)
    new = done(journal)
    journal.finish(write, ["a"])
    assert [(found.id, paths(found)) for found in journal.steps("s")] == [(step, ["a"]), (new, ["app.py"])]


def test_redo_gives_back_what_an_undo_found_and_not_what_the_step_had_written(journal: FileJournal) -> None:
    step = done(journal, TWO[0])
    undone(journal, step, FileChange("a", b"a2 mine", b"a1 mine"))
    last = journal.last_undone()
    assert last is not None
    assert last.files == (FileChange("a", b"a1 mine", b"a2 mine"),)


def test_a_step_that_was_only_partly_written_is_offered_for_that_part(journal: FileJournal) -> None:
    journal.mark(done(journal), "undone")
    journal.finish(journal.begin(TWO, "p", "m", "s"), ())
    assert (journal.last_done(), paths(journal.last_undone())) == (None, ["app.py"]), "nothing was written: nothing new"
    journal.finish(journal.begin(TWO, "p", "m", "s"), ["b"])
    assert (paths(journal.last_done()), journal.last_undone()) == (["b"], None)


def test_a_step_that_is_left_is_out_of_the_way_and_still_this_conversation_s(journal: FileJournal) -> None:
    first, second = done(journal), done(journal)
    journal.mark(second, "left")
    assert _id(journal.last_done()) == first
    assert [step.id for step in journal.steps("s")] == [first, second]
    journal.mark(first, "undone")
    journal.mark(first, "left")
    assert (journal.last_done(), journal.last_undone()) == (None, None)


def test_the_last_step_of_one_conversation_is_found_among_those_of_others(journal: FileJournal) -> None:
    ours, theirs = done(journal, session="ours"), done(journal, session="theirs")
    assert (_id(journal.last_done("ours")), _id(journal.last_done())) == (ours, theirs)
    undone(journal, theirs)
    assert (journal.last_undone("ours"), _id(journal.last_undone())) == (None, theirs)
    assert _id(journal.last_undone("theirs")) == theirs, "whoever took it back"


def test_a_step_that_is_being_undone_is_never_pruned_away(journal: FileJournal, folder: Path) -> None:
    old, new = done(journal), done(journal)
    undone(journal, new)
    age(folder)
    undone(journal, old)
    assert journal.last_done() is None
    assert _id(journal.last_undone()) == old


def age(folder: Path) -> None:
    """Make all steps older than a month."""
    rows = [json.loads(line) for line in log(folder).read_text().splitlines()]
    log(folder).write_text(
        "".join(json.dumps(row | ({"at": row["at"] - 31 * 86_400} if "at" in row else {})) + "\n" for row in rows)
    )


def test_a_log_that_was_rewritten_says_the_same(journal: FileJournal) -> None:
    """Undos and redos become part of their steps then."""
    first, second, third = (done(journal, *TWO, prompt=p) for p in "abc")
    journal.mark(second, "left", ["a"])
    undone(journal, third, FileChange("a", b"a2 mine", b"a1 mine"))
    undone(journal, first, *reverse(TWO[1]))
    before = journal.steps("s"), journal.last_done(), journal.last_undone("s")
    journal.finish(journal.begin((CHANGE,), "p", "m", "s"), ())
    assert (journal.steps("s"), journal.last_done(), journal.last_undone("s")) == before


def test_lines_of_the_earlier_format_about_undone_and_dropped_steps_are_read(
    journal: FileJournal, folder: Path
) -> None:
    first, second, third = (done(journal, prompt=p) for p in "abc")
    with log(folder).open("a") as file:
        for step, state in ((third, "dropped"), (second, "undone")):
            file.write(json.dumps({"step": step, "state": state}) + "\n")
    assert (_id(journal.last_done()), _id(journal.last_undone())) == (first, second)
    with log(folder).open("a") as file:
        file.write(json.dumps({"step": second, "state": "done"}) + "\n")
    assert (_id(journal.last_done()), journal.last_undone()) == (second, None)


def test_a_step_knows_the_folders_it_made_and_the_links_put_in_its_way_since(tmp_path: Path, folder: Path) -> None:
    root = tmp_path / "root"
    (root / "old").mkdir(parents=True)
    (root / "link").symlink_to("old")
    journal = FileJournal(str(root), folder)
    step = done(journal, *(FileChange(path, None, b"") for path in ("old/new/deep/x", "old/y", "link/z")))
    made = journal.last_done()
    assert made is not None
    assert (made.folders, made.elsewhere) == (("old/new", "old/new/deep"), frozenset())
    (root / "old/y").symlink_to("/elsewhere")
    undone(journal, step, FileChange("old/y", b"", None))
    back = journal.last_undone()
    assert back is not None
    assert (back.folders, back.elsewhere) == (("old/new", "old/new/deep"), frozenset({"old/y"}))
