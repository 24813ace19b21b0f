"""What git says and does: commits of exactly our files, and nothing of the user's touched when one fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
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


def test_bytes_are_compared_with_the_last_commit_as_git_does(repo: Path) -> None:
    (repo / "data.bin").write_bytes(b"\0\xff\n\n")
    (repo / ".gitattributes").write_text("*.txt text eol=crlf\n*.up filter=up\n")
    git(repo, "config", "filter.up.clean", "tr a-z A-Z")
    (repo / "a.txt").write_bytes(b"1\r\n")
    (repo / "a.up").write_bytes(b"shout\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "more")
    (repo / "link.bin").symlink_to("data.bin")
    (repo / "data.bin").write_bytes(b"changed")
    space = RepoWorkspace(repo)
    same = [("data.bin", b"\0\xff\n\n"), ("link.bin", b"\0\xff\n\n"), ("a.txt", b"1\r\n"), ("a.txt", b"1\n")]
    for path, data in [*same, ("a.up", b"shout\n"), ("a.up", b"SHOUT\n"), ("new.py", None)]:
        assert space.as_committed(path, data), (path, data)
    for path, other in [("data.bin", b"changed"), ("a.txt", b"2\r\n"), ("a.txt", None), ("new.py", b"")]:
        assert not space.as_committed(path, other), (path, other)
    with pytest.raises(PathRefused):
        space.as_committed("../x", b"")


@pytest.mark.parametrize("names", ["sha1", "sha256"])
def test_a_repository_may_have_long_names(tmp_path: Path, names: str) -> None:
    git(tmp_path, "init", "-q", f"--object-format={names}")
    (tmp_path / "a.py").write_text("x")
    space = RepoWorkspace(tmp_path)
    space.commit(["a.py"], "m")
    assert space.as_committed("a.py", b"x")
    assert not space.as_committed("a.py", b"y")


def test_nothing_is_committed_where_there_is_no_commit(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x")
    with pytest.raises(CommitRefused, match="git init"):
        RepoWorkspace(tmp_path).commit(["a.py"], "m")
    with pytest.raises(CommitRefused, match="git init"):
        RepoWorkspace(tmp_path).committable(["a.py"])
    git(tmp_path, "init", "-q")
    assert RepoWorkspace(tmp_path).as_committed("a.py", None)
    assert RepoWorkspace(tmp_path).committable(["a.py", "b.py"]) == {"a.py"}


def test_files_that_git_ignores_or_another_repository_holds_cannot_be_committed(repo: Path) -> None:
    git(repo, "rm", "-q", "--cached", "README.md")
    git(repo, "commit", "-qm", "less")
    (repo / ".gitignore").write_text("README.md\n")
    (repo / "inner").mkdir()
    git(repo / "inner", "init", "-q")
    git(repo / "inner", "commit", "-q", "--allow-empty", "-m", "x")
    (repo / "inner" / "a.py").write_text("1\n")
    (repo / "app.py").unlink()
    (repo / "link").symlink_to(".gitignore")
    ours = ["README.md", "inner/a.py", "app.py", ".gitignore", "link", "never.py"]
    assert RepoWorkspace(repo).committable(ours) == {"app.py", ".gitignore", "link"}
    git(repo, "add", "inner")  # as a submodule
    assert RepoWorkspace(repo).committable(ours) == {"app.py", ".gitignore", "link"}


def conflict(repo: Path) -> None:
    """Two branches that disagree about one file; main is checked out."""
    git(repo, "checkout", "-qb", "side")
    (repo / "README.md").write_text("theirs\n")
    git(repo, "commit", "-qam", "theirs")
    git(repo, "checkout", "-q", "main")
    (repo / "README.md").write_text("ours\n")
    git(repo, "commit", "-qam", "ours")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["merge", "side"], "A merge is under way"),
        (["cherry-pick", "side"], "A cherry-pick is under way"),
    ],
    ids=["merge", "cherry-pick"],
)
def test_what_would_hinder_a_commit_is_told_before(repo: Path, command: list[str], said: str) -> None:
    conflict(repo)
    subprocess.run(["git", *command], cwd=repo, check=False, capture_output=True)
    (repo / "app.py").write_text("changed\n")
    with pytest.raises(CommitRefused, match=said):
        RepoWorkspace(repo).committable(["app.py"])
    with pytest.raises(CommitRefused):  # and git would not have made one
        RepoWorkspace(repo).commit(["app.py"], "m")


def test_a_conflict_that_no_merge_left_hinders_no_commit(repo: Path) -> None:
    conflict(repo)
    (repo / "README.md").write_text("not committed\n")
    git(repo, "checkout", "-qm", "side")
    (repo / "app.py").write_text("changed\n")
    space = RepoWorkspace(repo)
    for ours in (["app.py"], ["README.md"]):
        assert space.committable(ours) == {*ours}
        assert space.commit(ours, "m").startswith("[side ")


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


def long_hook(repo: Path, name: str, before: str = "", after: str = "") -> Callable[[], bool]:
    """A hook of a minute, and a user who wants it all stopped once it has begun."""
    hook(repo, name, f"{before}\n> .git/begun\nsleep 60\n{after}")
    return (repo / ".git/begun").exists


def test_a_commit_can_be_stopped_while_a_hook_runs(repo: Path) -> None:
    before = ready(repo)
    os.mkfifo(repo / ".git/alive")
    alive = os.open(repo / ".git/alive", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(alive, True)
    stopped = long_hook(repo, "pre-commit", "trap '' TERM\nexec 9>.git/alive", "echo late >&9")
    with pytest.raises(CommitRefused, match="Nothing was committed: git was stopped"):
        RepoWorkspace(repo).commit(OURS, "m", stopped)
    assert index(repo) == before
    assert not (repo / ".git/index.lock").exists()
    assert os.read(alive, 9) == b""  # nobody is left who could write there
    os.close(alive)


def test_a_commit_that_is_stopped_before_it_begins_leaves_all_as_it_was(repo: Path) -> None:
    before = ready(repo)
    with pytest.raises(CommitRefused, match="stopped"):
        RepoWorkspace(repo).commit(OURS, "m", lambda: True)
    assert index(repo) == before


@pytest.mark.parametrize("limit", [False, True], ids=["stopped", "too long"])
def test_a_commit_that_is_made_when_git_is_ended_is_told(repo: Path, limit: bool) -> None:
    ready(repo)
    stopped = long_hook(repo, "post-commit")
    git_here = Git(str(repo), limit=1.0) if limit else Git(str(repo))
    said = git_here.commit(OURS, "m", None if limit else stopped)
    assert said.endswith("] m (what git or a hook does after a commit was ended)")
    assert committed(repo) == {"new.py": "A", "deep/new.py": "A", "app.py": "D"}
    assert git(repo, "status", "--porcelain") == "M  README.md\n"


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
