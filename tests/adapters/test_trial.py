"""A test command on a copy: the candidates in place, nothing of the user's within reach, an end in any case."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from haikuterm.adapters.trial import LINES, Trials
from haikuterm.adapters.withheld import withhold


async def tried(root: Path, command: str, images: dict[str, bytes] | None = None) -> str:
    return await Trials(root)(command)(images or {})


async def test_a_command_that_ends_with_0_passes(repo: Path) -> None:
    assert await tried(repo, "test -f app.py && test -f README.md") == ""


async def test_it_sees_the_candidate_and_the_user_keeps_their_file(repo: Path) -> None:
    before = (repo / "app.py").read_bytes()
    assert await tried(repo, "grep -q '^y = 2' app.py", {"app.py": b"y = 2\n"}) == ""
    assert (repo / "app.py").read_bytes() == before


async def test_a_failure_is_told_by_its_last_lines_and_its_code(repo: Path) -> None:
    said = (await tried(repo, "seq 1 100; echo oh >&2; exit 3")).split("\n")
    assert said[-2:] == ["oh", "It ended with code 3."]
    assert len(said) == LINES + 1
    assert "62" in said


async def test_a_failure_without_a_word_is_no_pass(repo: Path) -> None:
    assert await tried(repo, "false") == "It ended with code 1."


async def test_the_copy_is_made_once_and_what_is_no_candidate_any_more_is_as_before(repo: Path) -> None:
    (repo / "run.sh").write_text("#!/bin/sh\ncat app.py\n")
    (repo / "run.sh").chmod(0o755)
    trial = Trials(repo)("touch made_here; ./run.sh; test -f new.py && echo new; exit 1")
    first = await trial({"app.py": b"one\n", "new.py": b"", "run.sh": b"#!/bin/sh\nhead -n 1 app.py\n"})
    (repo / "app.py").write_text("changed meanwhile\n")
    second = await trial({})
    assert first.split("\n")[:2] == ["one", "new"]
    assert second.split("\n")[0] == "import os"
    assert "new" not in second.split("\n")
    assert not (repo / "made_here").exists()


async def test_what_git_ignores_is_there_but_only_as_a_copy(repo: Path) -> None:
    (repo / ".gitignore").write_text("build/\n_version.py\n")
    (repo / "build").mkdir()
    (repo / "build" / "data").write_text("mine")
    (repo / "_version.py").write_text("v = 1\n")
    assert await tried(repo, "test -f _version.py && cat build/data && echo theirs > build/data") == ""
    assert (repo / "build" / "data").read_text() == "mine"


async def test_environments_are_linked_and_caches_and_the_repository_left_out(repo: Path) -> None:
    (repo / ".gitignore").write_text(".venv\nnode_modules\n")
    (repo / ".venv" / "bin").mkdir(parents=True)
    (repo / ".venv" / "pyvenv.cfg").touch()
    (repo / ".venv" / "bin" / "tool").write_text("#!/bin/sh\nexit 0\n")
    (repo / ".venv" / "bin" / "tool").chmod(0o755)
    (repo / "node_modules" / "left" / "lib").mkdir(parents=True)
    (repo / "node_modules" / ".cache").mkdir()
    (repo / "__pycache__").mkdir()
    command = (
        "test -L .venv && .venv/bin/tool && test -d node_modules/left/lib && ! test -e __pycache__ && ! test -e .git "
        "&& mkdir node_modules/.cache && touch node_modules/.cache/x"
    )
    assert await tried(repo, command) == ""
    assert not list((repo / "node_modules" / ".cache").iterdir())


async def test_links_lead_to_the_copy_and_never_to_what_the_user_may_write(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("mine")
    (repo / "out").symlink_to(tmp_path / "outside")
    (repo / "absolute").symlink_to(repo / "app.py")
    (repo / "relative").symlink_to("README.md")
    assert await tried(repo, "! test -L out && echo x > absolute && echo x > relative") == ""
    assert (tmp_path / "outside").read_text() == "mine"
    assert (repo / "app.py").read_text().startswith("import os")
    assert (repo / "README.md").read_text() == "# app\n"


async def test_a_candidate_that_would_be_written_through_a_link_is_refused(repo: Path) -> None:
    (repo / ".venv").mkdir()
    (repo / ".venv" / "pyvenv.cfg").write_text("mine")
    said = await tried(repo, "true", {".venv/pyvenv.cfg": b"theirs"})
    assert said.startswith(".venv/pyvenv.cfg lies in a folder that is only linked")
    assert (repo / ".venv" / "pyvenv.cfg").read_text() == "mine"


async def test_our_keys_and_gits_own_variables_stay_out(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "HAIKUTERM_DEBUG", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, "secret")
    withhold(["GATEWAY"])
    monkeypatch.setenv("GATEWAY", "secret")
    assert await tried(repo, "! env | grep secret") == ""


async def test_python_imports_the_project_from_the_copy_even_where_it_is_installed_from_the_tree(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "src").mkdir()
    (repo / "src" / "lib.py").write_text("x = 1\n")
    monkeypatch.setenv("PYTHONPATH", f"{repo / 'src'}")
    assert await tried(repo, "cd / && python3 -c 'import lib; assert lib.x == 2'", {"src/lib.py": b"x = 2\n"}) == ""
    assert not (repo / "src" / "__pycache__").exists()


async def test_a_folder_without_git_is_copied_as_well(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "a.txt").write_text("a")
    assert await tried(tmp_path / "bare", "test -f a.txt") == ""


async def test_what_it_leaves_running_does_not_keep_us_waiting_and_is_ended(repo: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "alive")
    reading = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    assert await tried(repo, f"exec 3>{tmp_path / 'alive'}; sleep 1000 & exit 0") == ""
    os.set_blocking(reading, True)
    assert os.read(reading, 1) == b"", "the last writer is gone"
    os.close(reading)


async def test_a_command_that_does_not_end_is_ended(repo: Path) -> None:
    said, seconds = "", 0.1
    while not said.startswith("begun") and seconds < 60:  # on a slow machine it takes a while to begin
        seconds *= 2
        said = await Trials(repo, seconds=seconds)("echo begun; sleep 1000")({})
    assert said == f"begun\nIt did not end within {seconds:g} seconds."


async def test_a_trial_that_is_cancelled_ends_its_command(repo: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "alive")
    command = f"exec 3>{tmp_path / 'alive'}; echo x >&3; sleep 1000"
    trial = asyncio.create_task(tried(repo, command))
    reading = await asyncio.to_thread(os.open, tmp_path / "alive", os.O_RDONLY)
    assert await asyncio.to_thread(os.read, reading, 2) == b"x\n"
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    assert await asyncio.to_thread(os.read, reading, 1) == b""
    os.close(reading)


async def test_a_command_ends_with_us_even_if_we_are_killed_and_its_copy_goes(repo: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "alive")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = f"exec 3>{tmp_path / 'alive'}; echo x >&3; (sleep 1000; true) & sleep 1000"
    run = f"asyncio.run(Trials({str(repo)!r})({command!r})({{}}))"
    code = f"import asyncio\nfrom haikuterm.adapters.trial import Trials\n{run}"
    ours = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(scratch)})
    reading = await asyncio.to_thread(os.open, tmp_path / "alive", os.O_RDONLY)
    assert await asyncio.to_thread(os.read, reading, 2) == b"x\n"
    assert list(scratch.iterdir())
    ours.kill()
    ours.wait()
    assert await asyncio.to_thread(os.read, reading, 1) == b"", "the last writer is gone"
    os.close(reading)
    while any(scratch.iterdir()):
        await asyncio.sleep(0.01)


async def test_a_command_has_nothing_to_read(repo: Path) -> None:
    assert await tried(repo, 'test -z "$(cat)"') == ""
