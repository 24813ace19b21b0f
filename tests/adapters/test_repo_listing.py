"""Listing, expanding, searching and asking git, in real repositories and outside of them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from haikuterm.adapters.grep import grep
from haikuterm.adapters.repo import RepoWorkspace
from haikuterm.core.errors import AttachmentRefused, PathRefused
from haikuterm.core.ports import Match, RepoFacts


def git(root: Path, *command: str) -> str:
    return subprocess.run(["git", *command], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def wait_for(condition: Callable[[], object]) -> None:
    """Until it holds; another thread works at it."""
    deadline = monotonic() + 60
    while not condition():
        assert monotonic() < deadline, "it never came true"


def fill(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"# {name}\n")


def test_the_listing_holds_tracked_and_new_files_but_no_ignored_or_deleted_ones(repo: Path) -> None:
    fill(repo, "new.py", "deep/er/file.txt", "build/out.o", "gone.py")
    git(repo, "add", "gone.py")
    (repo / "gone.py").unlink()
    (repo / ".gitignore").write_text("build/\n")
    assert RepoWorkspace(repo).files() == (".gitignore", "README.md", "app.py", "deep/er/file.txt", "new.py")


def test_the_listing_is_of_the_root_wherever_one_starts(repo: Path) -> None:
    fill(repo, "sub/x.py")
    assert RepoWorkspace(repo / "sub").files() == ("README.md", "app.py", "sub/x.py")


def test_the_listing_is_kept_until_it_is_forgotten_or_the_index_changes(repo: Path) -> None:
    space = RepoWorkspace(repo, clock=lambda: 0.0)
    first = space.files()
    fill(repo, "a.py")
    assert space.files() is first
    space.forget_files()
    assert "a.py" in space.files()
    fill(repo, "b.py")
    git(repo, "add", "b.py")
    assert "b.py" in space.files()


@pytest.mark.parametrize("in_git", [True, False])
def test_a_file_of_another_program_shows_once_the_listing_is_old(repo: Path, in_git: bool) -> None:
    if not in_git:
        (repo / ".git").rename(repo.parent / "away")
    now = [0.0]
    space = RepoWorkspace(repo, clock=lambda: now[0])
    first = space.files()
    fill(repo, "a.py")
    now[0] = 1.9
    assert space.files() is first
    now[0] = 2.1
    assert "a.py" in space.files()


def test_a_listing_that_took_long_is_kept_longer(repo: Path) -> None:
    """Each look at this clock takes half a second, so a listing seems to take as long."""
    ticks = iter(range(1000))
    space = RepoWorkspace(repo, clock=lambda: next(ticks) / 2)
    space.files()
    fill(repo, "a.py")
    assert ["a.py" in space.files() for _ in range(11)] == [False] * 9 + [True] * 2


def test_a_listing_made_anew_that_says_the_same_is_the_same(repo: Path) -> None:
    space = RepoWorkspace(repo)
    first = space.files()
    space.forget_files()
    assert space.files() is first


def test_who_types_gets_the_old_listing_at_once_and_the_new_one_as_soon_as_it_is_there(repo: Path) -> None:
    space = RepoWorkspace(repo)
    first = space.listed()
    assert first == ("README.md", "app.py")
    fill(repo, "a.py")
    space.forget_files()
    assert space.listed() in (first, ("README.md", "a.py", "app.py"))
    wait_for(lambda: "a.py" in space.listed())


def test_a_listing_that_was_forgotten_while_it_was_made_is_made_again(repo: Path) -> None:
    looks = iter(("", "forget"))

    def clock() -> float:
        """Somebody writes a file while git is asked: between the two looks at the clock."""
        if next(looks, "") == "forget":
            fill(repo, "late.py")
            space.forget_files()
        return 0.0

    space = RepoWorkspace(repo, clock=clock)
    space.files()
    assert "late.py" in space.files()


def test_writing_a_new_file_or_removing_one_shows_in_the_listing(repo: Path) -> None:
    space = RepoWorkspace(repo)
    space.files()
    space.write("fresh/new.py", b"1", None)
    assert "fresh/new.py" in space.files()
    space.write("fresh/new.py", None, b"1")
    assert "fresh/new.py" not in space.files()


def test_names_that_are_odd_or_not_utf8_are_listed_and_read(repo: Path) -> None:
    for name in (b"caf\xe9.py", "ünï.py".encode(), b"two words.py", b'quo"te.py', b"line\nfeed.py"):
        (repo / os.fsdecode(name)).write_text("x = 1\n")
    space = RepoWorkspace(repo)
    listed = space.files()
    assert os.fsdecode(b"caf\xe9.py") in listed
    assert len(listed) == 7
    for path in listed:
        assert space.resolve(path) == path
        assert space.read_text(path).path == path
    assert len(space.search("x = 1")) == 5


def test_inherited_git_variables_do_not_lead_elsewhere(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    space = RepoWorkspace(repo)
    assert space.files() == ("README.md", "app.py")
    assert space.facts() == RepoFacts(True, "main", False)


def test_a_program_named_as_fsmonitor_is_not_run(repo: Path, tmp_path: Path) -> None:
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    git(repo, "config", "core.fsmonitor", str(hook))
    space = RepoWorkspace(repo)
    assert space.files()
    assert space.facts().is_git
    assert not (tmp_path / "ran").exists()


def test_looking_leaves_the_index_as_it_is(repo: Path) -> None:
    os.utime(repo / "app.py", (1, 1))  # git would like to refresh the index now
    index = (repo / ".git/index").read_bytes()
    space = RepoWorkspace(repo)
    assert space.files()
    assert space.facts() == RepoFacts(True, "main", False)
    assert (repo / ".git/index").read_bytes() == index


def test_a_repository_inside_is_not_listed(repo: Path) -> None:
    fill(repo, "inner/x.py")
    git(repo / "inner", "init", "-q")
    git(repo / "inner", "add", "-A")
    git(repo / "inner", "commit", "-qm", "x")
    assert RepoWorkspace(repo).files() == ("README.md", "app.py")
    git(repo, "-c", "advice.addEmbeddedRepo=false", "add", "inner")
    (repo / ".gitmodules").write_text('[submodule "inner"]\n\tpath = inner\n\turl = ./inner\n')
    assert RepoWorkspace(repo).files() == (".gitmodules", "README.md", "app.py")


def test_what_a_sparse_checkout_leaves_out_is_not_listed(repo: Path) -> None:
    fill(repo, "here/a.py", "there/b.py")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "more")
    git(repo, "sparse-checkout", "set", "here")
    assert RepoWorkspace(repo).files() == ("README.md", "app.py", "here/a.py")


def test_a_conflicted_file_is_listed_once(repo: Path) -> None:
    git(repo, "checkout", "-qb", "other")
    (repo / "app.py").write_text("other\n")
    git(repo, "commit", "-qam", "other")
    git(repo, "checkout", "-q", "main")
    (repo / "app.py").write_text("main\n")
    git(repo, "commit", "-qam", "main")
    subprocess.run(["git", "merge", "other"], cwd=repo, capture_output=True, check=False)
    space = RepoWorkspace(repo)
    assert space.files() == ("README.md", "app.py")
    assert space.facts() == RepoFacts(True, "main", True)


def test_facts_tell_branch_and_dirt(repo: Path) -> None:
    space = RepoWorkspace(repo)
    assert space.facts() == RepoFacts(True, "main", False)
    (repo / "new.py").write_text("")
    assert space.facts() == RepoFacts(True, "main", False), "a new file is not yet git's business"
    (repo / "app.py").write_text("changed\n")
    assert space.facts() == RepoFacts(True, "main", True)
    git(repo, "checkout", "-q", "--", "app.py")
    git(repo, "checkout", "-q", "--detach")
    assert space.facts() == RepoFacts(True, git(repo, "rev-parse", "HEAD")[:7], False)


def test_facts_of_a_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert RepoWorkspace(tmp_path).facts() == RepoFacts(True, "main", False)


def test_facts_outside_of_git(tmp_path: Path) -> None:
    assert RepoWorkspace(tmp_path).facts() == RepoFacts(is_git=False)


def test_a_repository_that_git_refuses_is_walked(repo: Path) -> None:
    (repo / ".git/config").write_text("[core]\n\trepositoryformatversion = 99\n")
    space = RepoWorkspace(repo)
    assert space.files() == ("README.md", "app.py")
    assert space.facts() == RepoFacts(is_git=True)


def test_outside_of_git_gitignore_files_are_respected_at_every_depth(tmp_path: Path) -> None:
    fill(
        tmp_path, "a.py", "a.log", "sub/b.log", "sub/keep.log", "sub/c.py", "out/x.py", "sub/out/y.py", "sub/deep/c.py"
    )
    fill(tmp_path, "node_modules/m.js", ".venv/v.py", "__pycache__/c.pyc", ".git/config", "sub/node_modules/n.js")
    (tmp_path / ".gitignore").write_text("*.log\n/out/\n")
    (tmp_path / "sub/.gitignore").write_text("!keep.log\n/c.py\n")
    (tmp_path / "loop").symlink_to(tmp_path)
    listed = RepoWorkspace(tmp_path).files()
    assert listed == (".gitignore", "a.py", "loop", "sub/.gitignore", "sub/deep/c.py", "sub/keep.log", "sub/out/y.py")


def test_a_folder_names_all_its_listed_files(repo: Path) -> None:
    fill(repo, "src/a.py", "src/deep/b.py", "src2/c.py", "src/x.log")
    (repo / ".gitignore").write_text("*.log\n")
    space = RepoWorkspace(repo)
    assert space.expand("src") == space.expand("./src/") == ("src/a.py", "src/deep/b.py")
    assert space.expand(".") == space.files()


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("*.py", ("app.py",)),
        ("**/*.py", ("app.py", "src/a.py", "src/deep/b.py")),
        ("src/*.py", ("src/a.py",)),
        ("src/**/*.py", ("src/a.py", "src/deep/b.py")),
        ("src/**", ("src/a.py", "src/deep/b.py")),
        ("s?c/[ab].py", ("src/a.py",)),
        ("src/../*.md", ("README.md",)),
    ],
)
def test_a_glob_names_listed_files(repo: Path, glob: str, found: tuple[str, ...]) -> None:
    fill(repo, "src/a.py", "src/deep/b.py")
    assert RepoWorkspace(repo).expand(glob) == found


def test_a_glob_is_seen_from_the_folder_started_in_first(repo: Path) -> None:
    fill(repo, "src/a.py")
    space = RepoWorkspace(repo / "src")
    assert space.expand("*.py") == ("src/a.py",)
    assert space.expand("../*.py") == ("app.py",)
    assert space.expand("*.md") == ("README.md",)


def test_an_ignored_file_is_named_by_its_own_name_only(repo: Path) -> None:
    fill(repo, "out.log")
    (repo / ".gitignore").write_text("*.log\n")
    space = RepoWorkspace(repo)
    assert space.expand("out.log") == ("out.log",)
    with pytest.raises(PathRefused, match=r"'\*\.log' names no file"):
        space.expand("*.log")


def test_a_name_with_the_signs_of_a_glob_is_a_name_first(repo: Path) -> None:
    fill(repo, "[id].tsx", "i.tsx")
    space = RepoWorkspace(repo)
    assert space.expand("[id].tsx") == ("[id].tsx",)
    assert space.expand("[ix].tsx") == ("i.tsx",)


def test_a_name_that_nothing_has_is_refused_with_near_ones(repo: Path) -> None:
    fill(repo, "src/parser.py")
    space = RepoWorkspace(repo)
    with pytest.raises(PathRefused, match=r"Did you mean src/parser\.py\?"):
        space.expand("parser")
    with pytest.raises(PathRefused, match=r"Did you mean src/parser\.py\?"):
        space.expand("prasre.py")
    with pytest.raises(AttachmentRefused, match=r"no file 'src/parse\.py'.*Did you mean src/parser\.py\?"):
        space.read_text("src/parse.py")


def test_search_finds_lines_in_listed_text_files(repo: Path) -> None:
    fill(repo, "src/a.py", "hidden.log")
    (repo / ".gitignore").write_text("*.log\n")
    (repo / "crlf.txt").write_bytes(b"\xef\xbb\xbfone\r\n# two\r\n")
    (repo / "binary.bin").write_bytes(b"# \0")
    (repo / "huge.txt").write_bytes(b"# huge\n" * 200_000)
    (repo / "link.md").symlink_to("README.md")
    found = RepoWorkspace(repo).search(r"^# \w+")
    assert found == (Match("README.md", 1, "# app"), Match("crlf.txt", 2, "# two"), Match("src/a.py", 1, "# src/a.py"))
    assert RepoWorkspace(repo).search("^one$") == (Match("crlf.txt", 1, "one"),)


def test_search_takes_a_glob_as_gitignore_does(repo: Path) -> None:
    fill(repo, "src/a.py", "src/a.md")
    space = RepoWorkspace(repo)
    assert [m.path for m in space.search("#|import", "*.py")] == ["app.py", "app.py", "src/a.py"]
    assert [m.path for m in space.search("#", "src/**")] == ["src/a.md", "src/a.py"]
    assert space.search("#", "nothing/*") == ()
    with pytest.raises(ValueError, match="not a glob"):
        space.search("#", "# comment")


def test_search_stops_at_a_hundred_and_cuts_long_lines(repo: Path) -> None:
    (repo / "many.txt").write_text("hit\n" * 500)
    (repo / "long.txt").write_text("y" * 50_000 + "\n")
    space = RepoWorkspace(repo)
    assert len(space.search("hit")) == 100
    assert [len(m.text) for m in space.search("y{500}")] == [1_000]


def test_search_shows_no_secrets(repo: Path) -> None:
    (repo / ".env").write_text("TOKEN=abc\n")
    (repo / "conf.py").write_text("TOKEN = ''\n")
    (repo / "deploy.py").write_text("TOKEN = 'ghp_" + "a1" * 20 + "'\nTOKEN = ''\n")
    assert RepoWorkspace(repo).search("TOKEN") == (Match("conf.py", 1, "TOKEN = ''"),)


def test_search_shows_no_line_of_a_private_key_and_does_not_stop_at_it(repo: Path) -> None:
    (repo / "deploy.txt").write_text("-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADAN\n" * 200 + "-----END\n")
    (repo / "notes.txt").write_text("MIIEvQ is how a key begins\n")
    assert RepoWorkspace(repo).search("^M") == (Match("notes.txt", 1, "MIIEvQ is how a key begins"),)


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "*", "(?P<n", "(" * 5000])
def test_search_refuses_a_bad_pattern(repo: Path, pattern: str) -> None:
    with pytest.raises(ValueError, match="not a regular expression"):
        RepoWorkspace(repo).search(pattern)


def test_search_ends_a_pattern_that_runs_away(repo: Path) -> None:
    (repo / "evil.txt").write_text("a" * 60 + "!\n")
    with pytest.raises(ValueError, match="takes too long"):
        grep(str(repo), ["evil.txt"], "(a+)+$", seconds=1.0)
