"""What a name may mean: nothing outside of the root, by any road."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import haikuterm
from haikuterm.adapters.repo import RepoWorkspace
from haikuterm.core.errors import PathRefused


@pytest.fixture
def nested(repo: Path) -> Path:
    """The repository with src/pkg/mod.py and src/app.py, beside its own app.py."""
    (repo / "src/pkg").mkdir(parents=True)
    (repo / "src/pkg/mod.py").write_text("x = 1\n")
    (repo / "src/app.py").write_text("y = 1\n")
    return repo


def test_the_root_is_the_top_of_the_work_tree(nested: Path) -> None:
    space = RepoWorkspace(nested / "src/pkg")
    assert space.root == str(nested)
    assert space.in_git


def test_outside_of_git_the_root_is_the_start(tmp_path: Path) -> None:
    space = RepoWorkspace(tmp_path)
    assert space.root == str(tmp_path)
    assert not space.in_git


def test_an_empty_folder_named_git_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    assert RepoWorkspace(tmp_path / "sub").root == str(tmp_path / "sub")


def test_a_linked_work_tree_is_a_root(repo: Path, tmp_path: Path) -> None:
    subprocess.run(["git", "worktree", "add", "-q", "-b", "side", str(tmp_path / "side")], cwd=repo, check=True)
    space = RepoWorkspace(tmp_path / "side")
    assert space.root == str(tmp_path / "side")
    assert space.files() == ("README.md", "app.py")
    assert space.facts().branch == "side"


def test_a_start_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PathRefused, match="no folder"):
        RepoWorkspace(tmp_path / "nothing")


def test_constructing_and_reading_leave_git_unimported(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import sys; from haikuterm.adapters.repo import RepoWorkspace; w = RepoWorkspace('.');"
        "w.resolve('app.py'); w.read_text('app.py'); w.write('new.py', b'1', None); w.expand('app.py');"
        "print([m for m in ('git', 'pathspec', 'editorconfig') if m in sys.modules])"
    )
    monkeypatch.setenv("PYTHONPATH", str(Path(haikuterm.__file__).parents[1]))
    done = subprocess.run([sys.executable, "-c", code], cwd=repo, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("app.py", "app.py"),
        ("./app.py", "app.py"),
        ("src//pkg/./mod.py", "src/pkg/mod.py"),
        ("src/../app.py", "app.py"),
        ("src/", "src"),
        (".", "."),
        ("new/deep/file.txt", "new/deep/file.txt"),
        (".gitignore", ".gitignore"),
        (".github/workflows/ci.yml", ".github/workflows/ci.yml"),
        ("odd\nname", "odd\nname"),
        ("...", "..."),
    ],
)
def test_a_name_inside_becomes_relative(nested: Path, name: str, path: str) -> None:
    assert RepoWorkspace(nested).resolve(name) == path


def test_an_absolute_path_inside_becomes_relative(nested: Path) -> None:
    space = RepoWorkspace(nested)
    assert space.resolve(str(nested / "src/app.py")) == "src/app.py"
    assert space.resolve("/" + str(nested / "src/app.py")) == "src/app.py"
    assert space.resolve(str(nested)) == "."


def test_an_absolute_path_through_a_link_to_the_root_is_inside(nested: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(nested)
    assert RepoWorkspace(tmp_path / "alias").resolve(str(tmp_path / "alias/app.py")) == "app.py"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("..", "leads out"),
        ("../secret", "leads out"),
        ("src/../../secret", "leads out"),
        ("/etc/passwd", "leads out"),
        ("//etc/passwd", "leads out"),
        ("~/.ssh/id_rsa", "home"),
        ("~root/x", "home"),
        ("a\0b", "NUL"),
        ("\ud800", "cannot be the name"),
        ("C:/Windows", "Windows"),
        ("c:file", "Windows"),
        ("\\\\host\\share", "Windows"),
        ("src\\..\\..\\x", "Windows"),
        (".git/config", "git's own"),
        (".GIT/config", "git's own"),
        ("sub/.git/hooks/x", "git's own"),
        (".git", "git's own"),
        (".git./x", "git's own"),
        (".git /x", "git's own"),
        (".g\u200cit/x", "git's own"),
        (".git::$INDEX_ALLOCATION/x", "git's own"),
        ("GIT~1/x", "git's own"),
    ],
)
def test_a_name_that_leads_out_is_refused(nested: Path, name: str, why: str) -> None:
    space = RepoWorkspace(nested)
    for use in (space.resolve, space.read_text, space.read_bytes, space.expand):
        with pytest.raises(PathRefused, match=why):
            use(name)
    with pytest.raises(PathRefused, match=why):
        space.write(name, b"x", None)


def test_a_prefix_of_the_roots_name_is_outside(nested: Path) -> None:
    (nested.parent / "repository").mkdir()
    with pytest.raises(PathRefused, match="leads out"):
        RepoWorkspace(nested).resolve(str(nested.parent / "repository"))


def test_links_that_leave_the_root_are_refused(nested: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_text("x")
    (nested / "folder").symlink_to(outside)
    (nested / "file").symlink_to(outside / "x")
    (nested / "hook").symlink_to(nested / ".git/config")
    space = RepoWorkspace(nested)
    for name in ("folder", "folder/x", "folder/new", "file", "hook"):
        with pytest.raises(PathRefused, match=r"leads out|git's own"):
            space.resolve(name)
        with pytest.raises(PathRefused, match=r"leads out|git's own"):
            space.write(name, b"changed", b"x")
    assert (outside / "x").read_text() == "x"
    assert [p.name for p in outside.iterdir()] == ["x"]


def test_links_inside_the_root_are_allowed(nested: Path) -> None:
    (nested / "near").symlink_to("src")
    space = RepoWorkspace(nested)
    assert space.resolve("near/app.py") == "near/app.py"
    assert space.read_text("near/app.py").text == "y = 1\n"
    assert space.expand("near") == ("src/app.py", "src/pkg/mod.py")


def test_a_name_is_also_looked_for_in_the_folder_started_in(nested: Path) -> None:
    space = RepoWorkspace(nested / "src")
    assert space.resolve("pkg/mod.py") == "src/pkg/mod.py"
    assert space.resolve("src/pkg/mod.py") == "src/pkg/mod.py"
    assert space.resolve("../README.md") == "README.md"
    assert space.resolve("README.md") == "README.md"
    assert space.resolve("./fresh.py") == "src/fresh.py"
    assert space.resolve("fresh.py") == "fresh.py"


def test_a_path_that_was_given_out_keeps_its_meaning(nested: Path) -> None:
    """Else a model that is shown the root's app.py would write to the one in the folder started in."""
    space = RepoWorkspace(nested / "src")
    assert space.expand("app.py") == ("src/app.py",)
    assert space.expand("../app.py") == ("app.py",)
    for path in space.files():
        assert space.resolve(path) == path
    assert space.resolve("./app.py") == "src/app.py"


parts = st.sampled_from(["..", ".", "", "src", "out", "in", "loop", "x", ".git", ".Git", "~", "app.py", "/", "C:", "é"])
names = st.one_of(st.lists(parts, max_size=6).map("/".join), st.text(max_size=20))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(name=names)
@example(name="in/../../outside")
@example(name="x" * 5000)
@example(name="loop/loop")
@example(name="../~")
@example(name="./C:x")
def test_whatever_the_name_the_path_stays_inside(nested: Path, tmp_path: Path, name: str) -> None:
    for link, target in (("out", tmp_path), ("in", "src"), ("loop", "loop")):
        if not (nested / link).is_symlink():
            (nested / link).symlink_to(target)
    space = RepoWorkspace(nested / "src")
    try:
        path = space.resolve(name)
    except PathRefused:
        return
    assert not path.startswith("/")
    assert ".." not in path.split("/")
    assert ".git" not in path.lower().split("/")
    place = os.path.realpath(nested / path)
    assert place == str(nested) or place.startswith(f"{nested}/")
    assert path == "." or space.resolve(path) == path, "a dot is the folder started in"
