"""Reading and writing files of the workspace: every refusal, and nothing lost or left behind."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

import haikuterm
from haikuterm.adapters.repo import HUGE_TEXT, RepoWorkspace
from haikuterm.core.errors import AttachmentRefused, FileChanged, PathRefused

ROOT_READS_ALL = pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"one\r\ntwo\r\n", "one\r\ntwo\r\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"no end", "no end"),
        ("naïve ☃\n".encode(), "naïve ☃\n"),
        (b"# -*- coding: latin-1 -*-\n\xe9\n", "# -*- coding: latin-1 -*-\né\n"),
        (b"caf\xe9\n", "café\n"),
        ("\ufeffhi\n".encode("utf-16-le"), "hi\n"),
        (b"form\x0cfeed \x1b[1m\n", "form\x0cfeed \x1b[1m\n"),
    ],
)
def test_text_of_any_encoding_is_read_with_its_bytes(repo: Path, data: bytes, text: str) -> None:
    (repo / "f.py").write_bytes(data)
    file = RepoWorkspace(repo).read_text("./f.py")
    assert (file.path, file.text, file.data, file.digest) == ("f.py", text, data, sha256(data).hexdigest())
    assert RepoWorkspace(repo).read_bytes("f.py") == data


@pytest.mark.parametrize("data", [b"a\0b", b"\x1f\x8b\x08\xff\x02", b"\x89PNG\r\n\x1a\n\xff"])
def test_a_binary_file_is_not_sent(repo: Path, data: bytes) -> None:
    (repo / "f.bin").write_bytes(data)
    with pytest.raises(AttachmentRefused, match=r"'f\.bin' is a binary file"):
        RepoWorkspace(repo).read_text("f.bin")


def test_a_huge_file_is_not_sent_and_its_size_is_said(repo: Path) -> None:
    (repo / "f.txt").write_bytes(b"x" * (HUGE_TEXT + 1))
    space = RepoWorkspace(repo)
    with pytest.raises(AttachmentRefused, match=r"'f\.txt' is huge: 1\.0 MB, and the limit is 1 MB"):
        space.read_text("f.txt")
    assert len(space.read_bytes("f.txt") or b"") == HUGE_TEXT + 1
    os.truncate(repo / "f.txt", 3_000_000_000)
    with pytest.raises(AttachmentRefused, match=r"3000\.0 MB, and the limit is 10 MB"):
        space.read_bytes("f.txt")


def test_a_missing_file_is_none_as_bytes_and_refused_as_text(repo: Path) -> None:
    space = RepoWorkspace(repo)
    for path in ("nothing.txt", "app.py/below", "no/folder/x"):
        assert space.read_bytes(path) is None
        with pytest.raises(AttachmentRefused, match="There is no file"):
            space.read_text(path)


def test_a_folder_is_not_a_file(repo: Path) -> None:
    (repo / "src").mkdir()
    space = RepoWorkspace(repo)
    for use in (space.read_text, space.read_bytes):
        with pytest.raises(AttachmentRefused, match="'src' is a folder"):
            use("src")
    with pytest.raises(PathRefused, match="not a regular file"):
        space.write("src", b"x", None)
    with pytest.raises(PathRefused, match="not a regular file"):
        space.write(".", None, b"")


def test_pipes_and_devices_are_refused_at_once(repo: Path) -> None:
    os.mkfifo(repo / "pipe")
    space = RepoWorkspace(repo)
    for use in (space.read_text, space.read_bytes):
        with pytest.raises(AttachmentRefused, match="not a regular file"):
            use("pipe")
    with pytest.raises(PathRefused, match="not a regular file"):
        space.write("pipe", b"x", b"")
    with pytest.raises(AttachmentRefused, match="not a regular file"):
        RepoWorkspace("/dev").read_text("null")


def test_a_link_to_itself_is_refused(repo: Path) -> None:
    (repo / "loop").symlink_to("loop")
    space = RepoWorkspace(repo)
    with pytest.raises(AttachmentRefused, match="not a regular file"):
        space.read_text("loop")


@ROOT_READS_ALL
def test_an_unreadable_file_is_refused(repo: Path) -> None:
    (repo / "f.txt").write_text("x")
    (repo / "f.txt").chmod(0)
    with pytest.raises(AttachmentRefused, match="permission is missing"):
        RepoWorkspace(repo).read_text("f.txt")


@pytest.mark.parametrize("name", [".env", "sub/.env.local", "server.pem", "id_ed25519", ".npmrc"])
def test_a_file_with_the_name_of_a_secret_is_not_sent(repo: Path, name: str) -> None:
    (repo / "sub").mkdir()
    (repo / name).write_text("x")
    (repo / "notes.txt").symlink_to(name)
    space = RepoWorkspace(repo)
    for path in (name, "notes.txt"):
        with pytest.raises(AttachmentRefused, match="name of a file of secrets"):
            space.read_text(path)


def test_a_file_that_holds_a_secret_is_not_sent_and_the_secret_not_shown(repo: Path) -> None:
    key = "sk-ant-" + "api03-" + "x9" * 20
    (repo / "settings.py").write_text(f"KEY = '{key}'\n")
    with pytest.raises(AttachmentRefused, match="seems to hold an Anthropic API key") as refused:
        RepoWorkspace(repo).read_text("settings.py")
    assert key not in str(refused.value)


def test_writing_replaces_the_file_and_keeps_its_mode(repo: Path) -> None:
    (repo / "run.sh").write_text("old")
    (repo / "run.sh").chmod(0o750)
    before = (repo / "run.sh").stat().st_ino
    RepoWorkspace(repo).write("run.sh", b"\xff\0new", b"old")
    assert (repo / "run.sh").read_bytes() == b"\xff\0new"
    assert stat.S_IMODE((repo / "run.sh").stat().st_mode) == 0o750
    assert (repo / "run.sh").stat().st_ino != before, "another file took its place in one step"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_writing_keeps_the_owner(repo: Path) -> None:
    os.chown(repo / "app.py", 12, 34)
    RepoWorkspace(repo).write("app.py", b"x", (repo / "app.py").read_bytes())
    assert ((repo / "app.py").stat().st_uid, (repo / "app.py").stat().st_gid) == (12, 34)


def test_a_new_file_follows_the_umask_and_its_folders_are_made(repo: Path) -> None:
    old = os.umask(0o027)
    try:
        RepoWorkspace(repo).write("a/b/c.txt", b"x", None)
    finally:
        os.umask(old)
    assert stat.S_IMODE((repo / "a/b/c.txt").stat().st_mode) == 0o640


def test_none_removes_a_file_and_none_for_none_is_fine(repo: Path) -> None:
    space = RepoWorkspace(repo)
    space.write("README.md", None, b"# app\n")
    space.write("README.md", None, None)
    assert not (repo / "README.md").exists()


@pytest.mark.parametrize("data", [b"ours", None])
@pytest.mark.parametrize("held", [b"before", b"", b"# app\nmore", None])
def test_a_file_that_holds_anything_else_is_left_as_it_is(repo: Path, data: bytes | None, held: bytes | None) -> None:
    with pytest.raises(FileChanged, match=r"README\.md changed on disk") as refused:
        RepoWorkspace(repo).write("README.md", data, held)
    assert refused.value.path == "README.md"
    assert (repo / "README.md").read_bytes() == b"# app\n"
    assert sorted(p.name for p in repo.iterdir()) == [".git", "README.md", "app.py"]


@pytest.mark.parametrize("data", [b"ours", None])
def test_a_file_that_is_gone_is_not_made_again(repo: Path, data: bytes | None) -> None:
    with pytest.raises(FileChanged):
        RepoWorkspace(repo).write("gone/gone.py", data, b"held")
    assert not (repo / "gone").exists()


def test_a_file_with_several_names_is_compared_too(repo: Path) -> None:
    os.link(repo / "README.md", repo / "twin.md")
    with pytest.raises(FileChanged):
        RepoWorkspace(repo).write("twin.md", b"ours", b"before")
    assert (repo / "README.md").read_bytes() == b"# app\n"


def test_a_file_that_is_made_gets_the_mode_that_was_named(repo: Path) -> None:
    space = RepoWorkspace(repo)
    space.write("run.sh", b"#!/bin/sh\n", None, 0o750)
    space.write("run.sh", b"#!/bin/bash\n", b"#!/bin/sh\n", 0o600)
    assert space.mode("run.sh") == 0o750, "one that is replaced keeps its own"
    assert (space.mode("nothing"), space.mode(".")) == (None, None)
    with pytest.raises(PathRefused, match="leads out"):
        space.mode("../x")


def test_extended_attributes_are_kept(repo: Path) -> None:
    try:
        os.setxattr(repo / "app.py", "user.origin", b"elsewhere")
    except (OSError, AttributeError):
        pytest.skip("no extended attributes on this file system")
    RepoWorkspace(repo).write("app.py", b"x", (repo / "app.py").read_bytes())
    assert os.getxattr(repo / "app.py", "user.origin") == b"elsewhere"


def test_what_a_killed_process_left_is_not_listed_and_goes_after_a_day(repo: Path) -> None:
    (repo / "src").mkdir()
    for name in (".haikuterm-0123456789ab", "src/.haikuterm-0123456789ab", "src/.haikuterm-notes"):
        (repo / name).write_text("left behind")
        os.utime(repo / name, (1, 1))
    young, old = RepoWorkspace(repo), RepoWorkspace(repo, now=lambda: time.time() + 2 * 86_400)
    assert young.files() == ("README.md", "app.py", "src/.haikuterm-notes")
    young.write("src/a.py", b"", None)
    assert (repo / "src/.haikuterm-0123456789ab").exists(), "the age of the name counts, not that of the bytes"
    old.write("src/a.py", None, b"")
    assert sorted(p.name for p in (repo / "src").iterdir()) == [".haikuterm-notes"]
    assert (repo / ".haikuterm-0123456789ab").exists(), "only the folder that is written to is looked at"


def test_a_file_that_somebody_keeps_open_for_writing_is_not_taken_away(repo: Path) -> None:
    with (repo / "app.log").open("ab") as log:
        with pytest.raises(PathRefused, match="open for writing"):
            RepoWorkspace(repo).write("app.log", b"ours", b"")
        log.write(b"theirs\n")
    assert (repo / "app.log").read_bytes() == b"theirs\n"


def test_a_link_stays_a_link(repo: Path) -> None:
    (repo / "link.py").symlink_to("app.py")
    space = RepoWorkspace(repo)
    space.write("link.py", b"new\n", (repo / "app.py").read_bytes())
    assert (repo / "link.py").is_symlink()
    assert (repo / "app.py").read_bytes() == b"new\n"
    with pytest.raises(PathRefused, match="is a link"):
        space.write("link.py", None, b"new\n")
    assert (repo / "app.py").exists()


def test_a_link_to_a_missing_file_makes_that_file(repo: Path) -> None:
    (repo / "link.py").symlink_to("later.py")
    RepoWorkspace(repo).write("link.py", b"x", None)
    assert (repo / "link.py").is_symlink()
    assert (repo / "later.py").read_bytes() == b"x"


def test_all_names_of_a_hard_linked_file_see_what_is_written(repo: Path) -> None:
    os.link(repo / "app.py", repo / "twin.py")
    space = RepoWorkspace(repo)
    for data in (b"longer than it was\n" * 50, b"short"):
        space.write("app.py", data, (repo / "app.py").read_bytes())
        assert (repo / "twin.py").read_bytes() == data
        assert (repo / "app.py").stat().st_nlink == 2


@pytest.mark.parametrize("data", [b"x", None])
def test_a_read_only_file_is_refused(repo: Path, data: bytes | None) -> None:
    (repo / "app.py").chmod(0o444)
    held = (repo / "app.py").read_bytes()
    with pytest.raises(PathRefused, match=r"marked read-only.*chmod u\+w app\.py"):
        RepoWorkspace(repo).write("app.py", data, held)
    assert (repo / "app.py").read_bytes() == held


def test_a_file_in_the_place_of_a_folder_is_refused_and_nothing_made(repo: Path) -> None:
    with pytest.raises(PathRefused, match="a part of its path is a file"):
        RepoWorkspace(repo).write("app.py/deep/x.py", b"x", None)
    with pytest.raises(PathRefused, match="too long"):
        RepoWorkspace(repo).write("new/" + "x" * 300, b"x", None)
    assert sorted(p.name for p in repo.iterdir()) == [".git", "README.md", "app.py"]


@ROOT_READS_ALL
def test_a_read_only_folder_is_refused(repo: Path) -> None:
    repo.chmod(0o555)
    try:
        with pytest.raises(PathRefused, match="permission is missing"):
            RepoWorkspace(repo).write("app.py", b"x", (repo / "app.py").read_bytes())
    finally:
        repo.chmod(0o755)


FULL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
from haikuterm.adapters.repo import RepoWorkspace
from haikuterm.core.errors import PathRefused
for path in ("app.py", "new/deep/file.py", "twin.py"):
    try:
        space = RepoWorkspace(".")
        space.write(path, b"x" * 5000, space.read_bytes(path))
    except PathRefused as refused:
        print(refused)
"""


def test_a_full_disk_leaves_the_old_file_and_nothing_else(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on the size of files stands in for the full disk."""
    (repo / "one.py").write_text("one\n")
    os.link(repo / "one.py", repo / "twin.py")
    before = {p.name: p.read_bytes() for p in repo.iterdir() if p.is_file()}
    monkeypatch.setenv("PYTHONPATH", str(Path(haikuterm.__file__).parents[1]))
    done = subprocess.run([sys.executable, "-c", FULL], cwd=repo, capture_output=True, text=True, check=True)
    assert done.stdout.count("was not written: File too large") == 3
    assert {p.name: p.read_bytes() for p in repo.iterdir() if p.is_file()} == before
    assert not (repo / "new").exists()


def test_what_keeps_a_file_from_being_written_is_known_beforehand(repo: Path) -> None:
    space = RepoWorkspace(repo)
    (repo / "locked.py").write_text("")
    (repo / "locked.py").chmod(0o444)
    (repo / "src").mkdir()
    (repo / "out").symlink_to("/etc")
    assert [space.writable(path) for path in ("app.py", "new.py", "new/deep/x.py", "src/x.py")] == [""] * 4
    assert (
        space.writable("locked.py") == "'locked.py' is marked read-only. Make it writable first: chmod u+w locked.py."
    )
    assert "is not a regular file" in space.writable("src")
    assert "a part of its path is a file" in space.writable("app.py/deep/x.py")
    assert "leads out of" in space.writable("out/hosts")
    assert not (repo / "new").exists()


@ROOT_READS_ALL
def test_a_folder_that_may_not_be_written_is_known_beforehand(repo: Path) -> None:
    repo.chmod(0o555)
    try:
        assert "permission is missing" in RepoWorkspace(repo).writable("app.py")
        assert "permission is missing" in RepoWorkspace(repo).writable("new/x.py")
    finally:
        repo.chmod(0o755)


def test_a_file_is_busy_while_another_program_has_it_open_for_writing(repo: Path) -> None:
    space = RepoWorkspace(repo)
    with (repo / "app.py").open("ab"):
        assert space.busy("app.py") is (sys.platform == "linux")
    assert not space.busy("app.py")
    assert not space.busy("missing.py")


def test_only_empty_folders_are_removed_and_none_through_a_link(repo: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for folder in (repo / "a/b", repo / "full", repo / "real/c", elsewhere):
        folder.mkdir(parents=True)
    (repo / "full/x").write_text("")
    (repo / "link").symlink_to("real")
    (repo / "out").symlink_to(elsewhere)
    RepoWorkspace(repo).remove_folders(["a", "a/b", "full", "link/c", "link", "out", "missing"])
    assert sorted(p.name for p in repo.iterdir()) == [".git", "README.md", "app.py", "full", "link", "out", "real"]
    assert (repo / "real/c").exists()
    assert elsewhere.exists()


def test_a_file_of_a_submodule_is_not_written(repo: Path, tmp_path: Path) -> None:
    inner = repo / "lib" / "inner"
    inner.mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=inner, check=True)
    (inner / "a.py").write_text("x = 1\n")
    workspace = RepoWorkspace(repo)
    with pytest.raises(PathRefused, match="another repository"):
        workspace.write("lib/inner/a.py", b"x = 2\n", b"x = 1\n")
    with pytest.raises(PathRefused, match="another repository"):
        workspace.write("lib/inner/new/b.py", b"", None)
    assert "another repository" in workspace.writable("lib/inner/a.py")
    assert (inner / "a.py").read_text() == "x = 1\n"
