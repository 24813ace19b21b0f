"""A hundred edits and undos in a package's source under git, with a dirty tree, a staged change and a stash."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import git as package
import pytest

from haikuterm.core.events import EditsApplied, Undone
from haikuterm.core.settings import Settings
from tests.scripted import calls, rig, says

EDITS = (15, pytest.param(100, marks=pytest.mark.slow))
SEED = 11


def run(root: Path, *words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True).stdout


def facts(root: Path) -> tuple[bytes, ...]:
    """All of git's that undo must leave alone; the index first, since looking at the status may refresh it."""
    index = (root / ".git" / "index").read_bytes()
    looks = (("stash", "list"), ("for-each-ref",), ("rev-parse", "HEAD"), ("count-objects", "-v"))
    seen = [run(root, *words) for words in looks]
    status = run(root, "--no-optional-locks", "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all")
    return (index, status, *seen)


def source(root: Path) -> list[Path]:
    """GitPython's own source under git: one file dirty, one staged, one stashed, one untracked, one ignored."""
    shutil.copytree(Path(package.__file__).parent, root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".gitignore").write_text("ignored.py\n")
    run(root, "init", "-q")
    run(root, "add", "-A")
    run(root, "commit", "-qm", "start")
    files = sorted(path for path in root.rglob("*.py") if path.stat().st_size > 2000)
    for n, words in enumerate((("stash", "-q"), ("add", "-u"), ())):
        files[n].write_bytes(b"# changed\n" + files[n].read_bytes())
        if words:
            run(root, *words)
    for name in ("untracked.py", "ignored.py"):
        (root / name).write_bytes(files[5].read_bytes())
    return [*files, root / "untracked.py", root / "ignored.py"]


def an_edit(chance: random.Random, place: Path, path: str) -> dict[str, str]:
    """One that stands exactly once: some neighbouring lines, with a line more."""
    text = place.read_text(encoding="utf-8")
    lines = text.split("\n")
    while True:
        at = chance.randrange(len(lines) - 3)
        old = "\n".join(lines[at : at + 3])
        if old.strip() and text.count(old) == 1 and lines[at].strip():
            return {"path": path, "old": old, "new": f"{old}\n# {chance.random()}"}


@pytest.mark.parametrize("edits", EDITS)
async def test_edits_and_undos_leave_every_byte_and_all_of_git_alone(tmp_path: Path, edits: int) -> None:
    root, chance = tmp_path / "real", random.Random(SEED)
    files = source(root)
    before, git_before = {path: path.read_bytes() for path in files}, facts(root)
    r = rig(root, settings=Settings(api_key="test", check=False))
    for number in range(edits):
        place = chance.choice(files)
        path = place.relative_to(root).as_posix()
        r.provider.answers += [calls("edit", {"edits": [an_edit(chance, place, path)]}), says("ok")]
        events = await r.run(f"edit @{path}")
        assert any(isinstance(event, EditsApplied) for event in events)
        if chance.random() < 0.5:  # the rest is undone at the end, in one go
            assert (await r.run("/undo")) == [Undone((path,))]
        if number % 5 == 0:
            assert facts(root)[2:] == git_before[2:]
    assert {path: path.read_bytes() for path in files} != before
    while isinstance((await r.run("/undo"))[-1], Undone):
        pass
    assert {path: path.read_bytes() for path in files} == before
    assert facts(root) == git_before
