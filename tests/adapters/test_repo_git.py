"""What git says and does: commits of exactly our files, and nothing of the user's touched when one fails."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from haikuterm.adapters.repo import RepoWorkspace
from haikuterm.adapters.repo_git import Git
from haikuterm.core.errors import CommitRefused, PathRefused


def git(root: Path, *command: str) -> str:
    return subprocess.run(["git", *command], cwd=root, check=True, capture_output=True, text=True).stdout


def hook(root: Path, name: str, script: str) -> None:
    place = root / ".git/hooks" / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o755)


def index(root: Path) -> bytes:
    return (root / ".git/index").read_bytes()


def committed(root: Path) -> dict[str, str]:
    """The paths of the last commit by what became of them."""
    rows = git(root, "show", "--format=", "--name-status", "--no-renames", "HEAD").split("\n")
    return {row.split("\t")[1]: row.split("\t")[0] for row in rows if row}


def test_the_bytes_of_the_last_commit_are_as_git_keeps_them(repo: Path) -> None:
    (repo / "data.bin").write_bytes(b"\0\xff\n\n")
    (repo / ".gitattributes").write_text("*.txt eol=crlf\n")
    (repo / "a.txt").write_bytes(b"1\r\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "more")
    (repo / "data.bin").write_bytes(b"changed")
    (repo / "new.py").write_text("x")
    (repo / "link.bin").symlink_to("data.bin")
    space = RepoWorkspace(repo)
    assert space.committed("data.bin") == space.committed("link.bin") == b"\0\xff\n\n"
    assert space.committed("a.txt") == b"1\n"
    assert space.committed("new.py") is None
    with pytest.raises(PathRefused):
        space.committed("../x")


def test_nothing_is_committed_where_there_is_no_commit(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x")
    assert RepoWorkspace(tmp_path).committed("a.py") is None
    with pytest.raises(CommitRefused, match="git init"):
        RepoWorkspace(tmp_path).commit(["a.py"], "m")
    git(tmp_path, "init", "-q")
    assert RepoWorkspace(tmp_path).committed("a.py") is None


def test_exactly_our_files_are_committed_as_they_are_on_disk(repo: Path) -> None:
    for name in ("staged.py", "both.py", "src/new.py", "[id].py", "i.py"):
        (repo / name).parent.mkdir(exist_ok=True)
        (repo / name).write_text("1\n")
    git(repo, "add", "staged.py", "both.py")
    (repo / "both.py").write_text("2\n")
    (repo / "app.py").write_text("changed\n")
    (repo / "README.md").unlink()
    message = 'Say "it"\n\n# a line like a comment\nbody ☃\n'
    said = RepoWorkspace(repo / "src").commit(["both.py", "src/new.py", "README.md", "[id].py", "never.py"], message)
    assert said.startswith("[main ")
    assert said.endswith('] Say "it"')
    assert committed(repo) == {"both.py": "A", "src/new.py": "A", "README.md": "D", "[id].py": "A"}
    assert git(repo, "show", "HEAD:both.py") == "2\n"
    assert git(repo, "log", "-1", "--format=%B").strip() == message.strip()
    assert git(repo, "status", "--porcelain").splitlines() == [" M app.py", "A  staged.py", "?? i.py"]


def test_the_first_commit_of_a_repository_can_be_ours(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("1\n")
    (tmp_path / "b.py").write_text("1\n")
    git(tmp_path, "add", "b.py")
    assert "(root-commit)" in RepoWorkspace(tmp_path).commit(["a.py"], "first")
    assert git(tmp_path, "status", "--porcelain") == "A  b.py\n"


def test_a_linked_work_tree_commits_to_its_own_branch(repo: Path, tmp_path: Path) -> None:
    git(repo, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    (tmp_path / "side/new.py").write_text("1\n")
    assert RepoWorkspace(tmp_path / "side").commit(["new.py"], "beside").startswith("[side ")


def test_ignored_files_stay_out(repo: Path) -> None:
    (repo / ".gitignore").write_text("*.log\n")
    (repo / "out.log").write_text("x\n")
    space = RepoWorkspace(repo)
    space.commit(["out.log", ".gitignore"], "ignore")
    assert committed(repo) == {".gitignore": "A"}
    with pytest.raises(CommitRefused, match="nothing to commit"):
        space.commit(["out.log", "never.py"], "m")


def test_files_as_in_the_last_commit_are_told(repo: Path) -> None:
    with pytest.raises(CommitRefused, match=r"as in the last commit, so there is nothing to commit\.$"):
        RepoWorkspace(repo).commit(["app.py", "README.md"], "m")


def ready(repo: Path) -> bytes:
    """Something new of ours, something staged by the user; the index as it is then."""
    (repo / "new.py").write_text("1\n")
    (repo / "deep").mkdir()
    (repo / "deep/new.py").write_text("1\n")
    (repo / "README.md").write_text("staged\n")
    git(repo, "add", "README.md")
    (repo / "app.py").unlink()
    return index(repo)


OURS = ["new.py", "deep/new.py", "app.py"]


def test_a_hook_that_refuses_is_heard_and_leaves_the_index_as_it_was(repo: Path) -> None:
    before, status = ready(repo), git(repo, "status", "--porcelain")
    before = index(repo)  # git status refreshed it
    hook(repo, "pre-commit", "for n in $(seq 30); do echo line $n; done; echo the style is wrong >&2; exit 3")
    with pytest.raises(CommitRefused, match="Nothing was committed") as refused:
        RepoWorkspace(repo).commit(OURS, "m")
    assert "the style is wrong" in str(refused.value)
    assert "line 30" in str(refused.value)
    assert "line 11\n" not in str(refused.value)
    assert index(repo) == before
    assert git(repo, "status", "--porcelain") == status
    assert not (repo / ".git/index.lock").exists()


def test_a_failure_in_a_repository_without_index_leaves_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("1\n")
    hook(tmp_path, "commit-msg", "exit 1")
    with pytest.raises(CommitRefused):
        RepoWorkspace(tmp_path).commit(["a.py"], "m")
    assert not (tmp_path / ".git/index").exists()


def test_what_others_stage_meanwhile_stays_staged(repo: Path) -> None:
    """The hook stands for another program, as git holds its lock while a hook runs."""
    ready(repo)
    (repo / "theirs.py").write_text("1\n")
    script = "unset GIT_INDEX_FILE; cp .git/index .git/copy; GIT_INDEX_FILE=.git/copy git add theirs.py; "
    hook(repo, "pre-commit", script + "mv .git/copy .git/index; exit 1")
    with pytest.raises(CommitRefused):
        RepoWorkspace(repo).commit(OURS, "m")
    rows = [" D app.py", "A  theirs.py", "M  README.md", "?? deep/", "?? new.py"]
    assert sorted(git(repo, "status", "--porcelain").splitlines()) == sorted(rows)


def test_a_missing_name_is_told_by_git(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ready(repo)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git(repo, "config", "user.useConfigOnly", "true")
    with pytest.raises(CommitRefused, match=r"user\.email"):
        RepoWorkspace(repo).commit(OURS, "m")
    assert index(repo) == before


def test_a_lock_of_another_git_is_told(repo: Path) -> None:
    ready(repo)
    (repo / ".git/index.lock").touch()
    with pytest.raises(CommitRefused, match=r"index\.lock"):
        RepoWorkspace(repo).commit(OURS, "m")
    assert (repo / ".git/index.lock").exists()


def test_nothing_can_ask(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an editor nor a hook gets our keyboard."""
    (repo / "app.py").write_text("changed\n")
    monkeypatch.setenv("GIT_EDITOR", "false")
    monkeypatch.setenv("GPG_TTY", "/dev/pts/0")
    git(repo, "config", "core.editor", "false")
    hook(repo, "pre-commit", 'test -z "$(cat)" && test ! -t 0 && test -z "$GPG_TTY" && ! true </dev/tty')
    hook(repo, "prepare-commit-msg", '$GIT_EDITOR "$1"')
    assert RepoWorkspace(repo).commit(["app.py"], "m").startswith("[main ")


def test_inherited_variables_do_not_lead_elsewhere(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "app.py").write_text("changed\n")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    said = RepoWorkspace(repo).commit(["app.py"], "m")
    assert said.startswith("[main ")
    assert not (tmp_path / "index").exists()


def test_a_hook_may_use_pathspecs(repo: Path) -> None:
    (repo / "app.py").write_text("changed\n")
    hook(repo, "pre-commit", "test \"$(git diff --cached --name-only -- '*.py')\" = app.py")
    assert RepoWorkspace(repo).commit(["app.py"], "m").startswith("[main ")


def test_what_a_hook_starts_and_leaves_running_is_not_waited_for(repo: Path) -> None:
    (repo / "app.py").write_text("changed\n")
    hook(repo, "post-commit", "sleep 20 & echo $! > pid")
    try:
        assert RepoWorkspace(repo).commit(["app.py"], "m").startswith("[main ")
    finally:
        os.kill(int((repo / "pid").read_text()), 9)


def test_a_hook_that_does_not_end_is_ended(repo: Path) -> None:
    before = ready(repo)
    hook(repo, "pre-commit", "sleep 60")
    with pytest.raises(CommitRefused, match="did not end within 0 seconds"):
        Git(str(repo), limit=0.3).commit(OURS, "m")
    assert index(repo) == before
    assert not (repo / ".git/index.lock").exists()


def test_changed_files_are_the_dirty_the_staged_and_the_new_ones(repo: Path) -> None:
    workspace = RepoWorkspace(repo)
    assert workspace.changed() == ()
    (repo / "app.py").write_text("x = 1\n")
    (repo / "new.py").write_text("")
    (repo / "staged.py").write_text("")
    git(repo, "add", "staged.py")
    (repo / "README.md").unlink()
    (repo / ".gitignore").write_text("ignored.py\n")
    (repo / "ignored.py").write_text("")
    assert workspace.changed() == (".gitignore", "app.py", "new.py", "staged.py")
