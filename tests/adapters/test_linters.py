"""The linters of a project, with programs of our own in their places: which run, in what, and how they may fail."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from haikuterm.adapters.linter_programs import find_ruff
from haikuterm.adapters.linter_run import COMMAND, OUTPUT, Broke, Ran, chunks, environment, reason, run
from haikuterm.adapters.linter_table import TOOLS, Tool, command
from haikuterm.adapters.linters import Linters
from haikuterm.core.findings import Finding, Linter
from haikuterm.core.linters.formats import FORMATS

MINE = Tool("mine", "mine", (".txt",), "lines", check=("--", "{paths}"), evidence=("mine.toml",))


def program(place: Path, text: str) -> Path:
    """A linter of our own."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!{sys.executable}\nimport os, sys, json, time\n{text}\n")
    place.chmod(0o755)
    return place


def agreed(_name: str) -> bool:
    return True


@pytest.fixture
def project(repo: Path) -> Path:
    """The repository with a text file and the configuration that turns our linter on."""
    (repo / "mine.toml").write_text("")
    (repo / "a.txt").write_text("one\ntwo\n")
    return repo


def linters(root: Path, text: str, tool: Tool = MINE) -> Linters:
    place = program(root.parent / "bin" / "mine", text)
    return Linters(root, consent=agreed, tools=[tool], programs={"mine": str(place)})


SAY_ALL = """
for name in sys.argv[2:]:
    for number, line in enumerate(open(name), 1):
        print(f"{name}:{number}:1: M100 {line.strip()}")
sys.exit(1)
"""


async def test_findings_of_a_linter_are_told_with_paths_from_the_root(project: Path) -> None:
    (report,) = await linters(project, SAY_ALL).reports(["a.txt", "app.py"])
    assert report.paths == ("a.txt",)
    assert [str(f) for f in report.findings] == ["a.txt:1:1: M100 one", "a.txt:2:1: M100 two"]


async def test_bytes_that_are_not_on_disk_are_checked_in_a_tree_of_their_own(project: Path) -> None:
    (project / "deep" / "er").mkdir(parents=True)
    (project / "deep" / "b.txt").write_text("three\n")
    overlay = {"a.txt": b"other\n", "deep/er/new.txt": b"new\n"}
    (report,) = await linters(project, SAY_ALL).reports(["a.txt", "deep/b.txt", "deep/er/new.txt"], overlay)
    said = [str(f) for f in report.findings]
    assert said == ["a.txt:1:1: M100 other", "deep/b.txt:1:1: M100 three", "deep/er/new.txt:1:1: M100 new"]
    assert (project / "a.txt").read_text() == "one\ntwo\n"
    assert not (project / "deep" / "er" / "new.txt").exists()


async def test_a_linter_runs_where_the_configuration_nearest_to_the_file_is(project: Path) -> None:
    (project / "web").mkdir()
    (project / "web" / "mine.toml").write_text("")
    (project / "web" / "b.txt").write_text("x\n")
    say = "print(f'{sys.argv[-1]}:1:1: M100 ' + os.path.basename(os.getcwd())); sys.exit(1)"
    for overlay in ({}, {"web/b.txt": b"y\n"}):
        (report,) = await linters(project, say).reports(["a.txt", "web/b.txt"], overlay)
        assert [f.path for f in report.findings] == ["a.txt", "web/b.txt"]
        assert report.findings[1].message == "web"


async def test_what_a_linter_says_of_other_files_is_kept_only_where_it_is_wanted(project: Path) -> None:
    mine = linters(project, "print('other.txt:1:1: M100 x'); sys.exit(1)")
    assert (await mine.reports(["a.txt"]))[0].findings == ()
    assert len((await mine.reports(["a.txt"], everywhere=True))[0].findings) == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sys.exit(3)", "mine could not work: it gave no reason."),
        ("sys.exit('  bad\\n\\nconfiguration')", "mine could not work: bad configuration"),
        ("print('Hello'); sys.exit(1)", "mine could not work: Hello"),
        ("print('Hello')", "mine said something we do not understand."),
        ("os.kill(os.getpid(), 9)", "mine could not work: it gave no reason."),
        ("print('a.txt:1:1: M100 x'); raise RuntimeError('plugin')", "mine could not work: Traceback"),
    ],
)
async def test_a_linter_that_breaks_is_told_from_one_that_finds(project: Path, text: str, why: str) -> None:
    (report,) = await linters(project, text).reports(["a.txt"])
    assert report.broke.startswith(why)
    assert report.findings == ()


async def test_a_linter_that_cannot_start_or_end_is_told(project: Path, tmp_path: Path) -> None:
    (report,) = await Linters(project, tools=[MINE], programs={"mine": str(tmp_path)}).reports(["a.txt"])
    assert report.broke.startswith("mine could not be started: ")
    (report,) = await linters(project, "time.sleep(600)", replace(MINE, seconds=0.5)).reports(["a.txt"])
    assert report.broke == "mine did not end within 0.5 seconds. Check fewer files at once."


async def test_a_linter_that_says_too_much_is_stopped(project: Path) -> None:
    text = f"sys.stdout.write('x' * {OUTPUT + 1}); sys.stdout.flush(); time.sleep(600)"
    (report,) = await linters(project, text).reports(["a.txt"])
    assert report.broke == "mine said more than 20 megabytes. Check fewer files at once."


async def test_cancelling_kills_the_linter_and_what_it_started(project: Path, tmp_path: Path) -> None:
    note = tmp_path / "pids"
    text = f"""
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open({str(note)!r} + ".part", "w").write(f"{{os.getpid()}} {{child.pid}}")
os.rename({str(note)!r} + ".part", {str(note)!r})
time.sleep(600)
"""
    task = asyncio.create_task(linters(project, text).check(["a.txt"], {"a.txt": b"x\n"}))
    while not note.exists():
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for pid in note.read_text().split():
        while alive(int(pid)):
            await asyncio.sleep(0)


def alive(pid: int) -> bool:
    """Whether the process runs; one that is dead but not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_no_key_no_colour_no_terminal_and_no_network_reach_a_linter(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    monkeypatch.setenv("FORCE_COLOR", "1")
    text = "print(json.dumps([dict(os.environ), sys.stdin.read(), os.getsid(0) == os.getpid()]))"
    ran = await run([str(program(project / "show", text))], project, 20.0, name="show", extra={"EXTRA": "1"})
    seen, typed, alone = json.loads(ran.output)
    assert "ANTHROPIC_API_KEY" not in seen
    assert "FORCE_COLOR" not in seen
    assert typed == ""
    assert alone, "a session of its own has no terminal"
    assert (seen["https_proxy"], seen["NO_COLOR"], seen["EXTRA"]) == ("http://127.0.0.1:9", "1", "1")
    assert environment({})["PATH"] == os.environ["PATH"]


async def test_nothing_is_written_through_a_link_into_the_project(project: Path) -> None:
    (project / "real" / "deep").mkdir(parents=True)
    (project / "real" / "deep" / "b.txt").write_text("kept\n")
    (project / "link").symlink_to(project / "real")
    (project / "node_modules").mkdir()
    (project / "file.txt").symlink_to(project / "a.txt")
    paths = ["link/deep/b.txt", "link/c.txt", "node_modules/d.txt", "file.txt"]
    (report,) = await linters(project, SAY_ALL).reports(paths, dict.fromkeys(paths, b"new\n"))
    assert [(f.path, f.message) for f in report.findings] == [(path, "new") for path in paths]
    assert (project / "real/deep/b.txt").read_text() == "kept\n"
    assert (project / "a.txt").read_text() == "one\ntwo\n"
    assert not (project / "real/c.txt").exists()
    assert not (project / "node_modules/d.txt").exists()


async def test_caches_and_packages_are_not_walked_through(project: Path) -> None:
    for folder in ("target/deep", "node_modules/deep"):
        (project / folder).mkdir(parents=True)
        (project / folder / "x.txt").write_text("")
    (project / "target/CACHEDIR.TAG").write_text("")
    text = """
for name in ("target", "node_modules"):
    print(f"{name}:1:1: M100 {os.path.islink(name)} {os.path.isfile(name + '/deep/x.txt')}")
sys.exit(1)
"""
    seen = await linters(project, text).reports(["a.txt"], {"a.txt": b"x"}, everywhere=True)
    assert [f.message for f in seen[0].findings] == ["True True", "True True"]
    copied = await linters(project, text, replace(MINE, fixes="tree")).reports(["a.txt"], everywhere=True)
    assert [f.message for f in copied[0].findings] == ["False False", "True True"]


@pytest.mark.parametrize("path", ["../out.txt", "a.txt/x.txt", "/tmp/out.txt"])
async def test_bytes_for_a_place_that_cannot_be_are_refused(project: Path, path: str) -> None:
    (report,) = await linters(project, SAY_ALL).reports(["a.txt"], {path: b"x\n"})
    assert "is no file inside the project" in report.broke or report.broke.startswith("mine could not be run: ")


async def test_gits_own_variables_do_not_reach_what_runs_in_a_copy(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a git hook: there they name the index that is being committed."""
    index = (repo / ".git" / "index").read_bytes()
    monkeypatch.setenv("GIT_DIR", str(repo / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(repo / ".git" / "index"))
    (repo / "mine.toml").write_text("")
    (repo / "b.txt").write_text("x\n")
    tool = replace(MINE, fixes="tree")
    fixed = await linters(repo, "open(sys.argv[2], 'w').write('y\\n')", tool).fix(["b.txt"])
    assert fixed.files == {"b.txt": b"y\n"}
    assert (repo / "b.txt").read_text() == "x\n"
    assert (repo / ".git" / "index").read_bytes() == index


def test_the_paths_of_many_files_go_on_several_command_lines() -> None:
    names = [f"{'x' * 200}{number}" for number in range(2_000)]
    parts = chunks(names)
    assert [name for part in parts for name in part] == names
    assert len(parts) > 1
    assert all(sum(len(name) + 1 for name in part) <= COMMAND for part in parts)
    assert chunks([]) == []
    assert len(chunks(["y" * (COMMAND + 1), "z"])) == 2


async def test_a_name_that_looks_like_an_option_is_none(project: Path) -> None:
    (project / "--fix.txt").write_text("x\n")
    (report,) = await linters(project, SAY_ALL).reports(["--fix.txt"])
    assert [f.path for f in report.findings] == ["--fix.txt"]


def test_the_reason_is_the_first_lines_without_ornament() -> None:
    assert reason("\n  ━━━━━━\n Oops!\n\n at x\n") == "Oops! at x"
    assert reason("") == "it gave no reason."
    assert len(reason("x" * 9_000)) == 400


LINE = "print(name + ':1:2: X100 m')"
RDJSON = """
place = {"path": name, "range": {"start": {"line": 1, "column": 2}}}
print(json.dumps({"diagnostics": [{"message": "m", "code": {"value": "X100"}, "location": place}]}))
"""
SARIF = """
place = {"artifactLocation": {"uri": name}, "region": {"startLine": 1, "startColumn": 2}}
result = {"ruleId": "X100", "message": {"text": "m"}, "locations": [{"physicalLocation": place}]}
print(json.dumps({"runs": [{"results": [result]}]}))
"""


@pytest.mark.parametrize("said", [LINE, RDJSON, SARIF])
async def test_a_command_that_somebody_named_may_print_any_known_format(project: Path, said: str) -> None:
    program(project / "scripts/lint", f"name = sys.argv[-1]\n{said}")
    tool = command("ours", ["scripts/lint", "--all"], (".txt",), "the repository names it")
    assert await Linters(project, tools=[tool]).reports(["a.txt"]) == ()
    (report,) = await Linters(project, tools=[tool], consent=agreed).reports(["a.txt", "app.py"])
    assert [str(f) for f in report.findings] == ["a.txt:1:2: X100 m"]
    program(project / "scripts/lint", "")
    (report,) = await Linters(project, tools=[tool], consent=agreed).reports(["a.txt"])
    assert report.clean


async def test_a_change_that_a_linter_could_not_see_needs_no_tree(project: Path) -> None:
    say = "print('a.txt:1:1: M100 ' + os.getcwd()); sys.exit(1)"
    (report,) = await linters(project, say).reports(["a.txt"], {"app.py": b"x\n"})
    assert report.findings[0].message == str(project)


# Which linters a project turns on


def names(root: Path, paths: list[str]) -> list[str]:
    return [linter.name for linter in Linters(root).available(paths)]


@pytest.mark.parametrize(
    ("configuration", "text", "path", "tools"),
    [
        ("none", "", "a.py", ["ruff"]),
        ("pyproject.toml", "[tool.mypy]\nstrict = true\n", "a.py", ["ruff", "mypy"]),
        ("pyproject.toml", "[[tool.mypy.overrides]]\n", "a.py", ["ruff", "mypy"]),
        ("pyproject.toml", "[tool.mypyx]\n", "a.py", ["ruff"]),
        ("pyproject.toml", "[tool.pyright]\n[tool.ty.rules]\n", "a.pyi", ["ruff", "pyright", "ty"]),
        ("setup.cfg", "[mypy]\n", "a.py", ["ruff", "mypy"]),
        ("eslint.config.mjs", "", "web/a.tsx", ["eslint"]),
        ("biome.json", "{}", "web/a.js", ["biome"]),
        ("tsconfig.json", "{}", "a.ts", ["tsc"]),
        ("tsconfig.json", "{}", "a.js", []),
        ("Cargo.toml", "", "src/main.rs", ["clippy"]),
        ("go.mod", "", "a.go", ["go vet"]),
        (".golangci.yml", "", "a.go", ["golangci-lint"]),
        ("none", "", "a.sh", ["shellcheck"]),
        (".pre-commit-config.yaml", "repos: []\n", "a.css", ["pre-commit"]),
        ("none", "", "a.css", []),
    ],
)
def test_a_projects_own_configuration_turns_linters_on(
    repo: Path, configuration: str, text: str, path: str, tools: list[str]
) -> None:
    (repo / configuration).write_text(text)
    assert names(repo, [path]) == tools


def test_a_script_is_known_by_its_first_line(repo: Path) -> None:
    for name, line in (("run", "#!/usr/bin/env bash"), ("tool", "#!/bin/sh -e"), ("py", "#!/usr/bin/env python3")):
        (repo / name).write_text(f"{line}\n")
    (linter,) = Linters(repo).available(["run", "tool", "py", "gone"])
    assert (linter.name, linter.paths) == ("shellcheck", ("run", "tool"))


def test_every_linter_of_the_table_has_a_format_and_a_place_for_its_files() -> None:
    assert len({tool.name for tool in TOOLS}) == len(TOOLS)
    for tool in TOOLS:
        assert tool.format in FORMATS
        assert tool.whole or "{paths}" in tool.check
        assert not tool.stdin or "{path}" in " ".join(tool.stdin)
        assert not tool.fix or "{path}" in " ".join(tool.fix)


# Where the programs are, and when the user is asked


def test_the_projects_own_program_goes_before_the_others(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    path = program(project.parent / "path" / "mine", "")
    monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")

    def found(name: str) -> str:
        (linter,) = Linters(project, tools=[MINE]).available([name])
        return linter.program

    assert found("a.txt") == str(path)
    inner = program(project / "node_modules/.bin/mine", "")
    assert found("a.txt") == str(inner)
    venv = program(project / ".venv/bin/mine", "")
    assert found("a.txt") == str(venv)
    deep = program(project / "web/node_modules/.bin/mine", "")
    assert found("web/b.txt") == str(deep)


def test_a_program_that_is_not_there_is_told_as_missing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setenv("PATH", ".:bin:")
    monkeypatch.chdir(project)
    program(project / "mine", "")
    program(project / "bin" / "mine", "")
    (linter,) = Linters(project, tools=[MINE]).available(["a.txt"])
    assert (linter.program, linter.ready, linter.consent) == ("", False, "")


def test_a_program_that_came_with_the_repository_needs_consent(project: Path) -> None:
    program(project / ".venv/bin/mine", "")
    (project / ".gitignore").write_text(".venv\n")
    (own,) = Linters(project, tools=[MINE]).available(["a.txt"])
    assert (own.consent, own.ready) == ("", True)
    subprocess.run(["git", "add", "-f", ".venv"], cwd=project, check=True)
    (came,) = Linters(project, tools=[MINE]).available(["a.txt"])
    assert (came.consent, came.ready) == ("the program itself came with the repository", False)
    subprocess.run(["git", "rm", "-rq", "--cached", ".venv"], cwd=project, check=True)
    (project / ".venv").rename(project / "tools")
    (project / ".venv").symlink_to("tools")
    subprocess.run(["git", "add", "-f", ".venv", "tools"], cwd=project, check=True)
    (linked,) = Linters(project, tools=[MINE]).available(["a.txt"])
    assert not linked.ready, "a link of that name is a way around"
    (asked,) = Linters(project, tools=[MINE], consent=agreed).available(["a.txt"])
    assert (asked.consent, asked.ready) == ("the program itself came with the repository", True)


def test_outside_of_git_a_program_in_the_root_needs_consent(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("")
    program(tmp_path / "node_modules/.bin/mine", "")
    assert not Linters(tmp_path, tools=[MINE]).available(["a.txt"])[0].ready


@pytest.mark.parametrize("name", ["eslint", "clippy", "golangci-lint", "go vet", "pre-commit"])
def test_a_linter_that_runs_code_of_the_repository_needs_consent(name: str) -> None:
    assert next(tool for tool in TOOLS if tool.name == name).consent


@pytest.mark.parametrize("text", ["plugins = ./evil.py", "python_executable = ./evil"])
def test_mypy_needs_consent_where_its_configuration_names_code(repo: Path, text: str) -> None:
    mypy = program(repo.parent / "mypy", "")
    (repo / "mypy.ini").write_text("[mypy]\nstrict = True\n")
    assert mypy_of(repo, str(mypy)).ready
    (repo / "mypy.ini").write_text(f"[mypy]\n{text}\n")
    assert not mypy_of(repo, str(mypy)).ready


def mypy_of(repo: Path, place: str) -> Linter:
    return next(x for x in Linters(repo, programs={"mypy": place}).available(["app.py"]) if x.name == "mypy")


async def test_without_consent_nothing_of_it_runs(project: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    place = program(project.parent / "bin/mine", f"open({str(ran)!r}, 'w')")
    tool = replace(MINE, consent="it is a program of the repository", fixes="edits")
    shy = Linters(project, tools=[tool], programs={"mine": str(place)})
    assert await shy.reports(["a.txt"]) == ()
    assert (await shy.fix(["a.txt"])).files == {}
    assert not ran.exists()


async def test_one_tool_may_be_asked_alone(project: Path) -> None:
    (project / "b.sh").write_text("x\n")
    assert await linters(project, SAY_ALL).reports(["a.txt"], only=["other"]) == ()
    assert len(await linters(project, SAY_ALL).reports(["a.txt"], only=["mine"])) == 1


# Fixing and explaining, by the ruff that comes with us


@pytest.fixture
def python(repo: Path) -> Path:
    (repo / "ruff.toml").write_text('[lint]\nselect = ["F", "E7", "B006"]\n')
    return repo


async def test_safe_fixes_are_made_in_memory_only(python: Path) -> None:
    before = (python / "app.py").read_bytes()
    fixed = await Linters(python).fix(["app.py", "README.md"])
    assert fixed.files == {"app.py": before.removeprefix(b"import os\n")}
    assert fixed.broke == ()
    assert (python / "app.py").read_bytes() == before
    assert sorted(place.name for place in python.iterdir()) == [".git", "README.md", "app.py", "ruff.toml"]


async def test_settings_that_make_ruff_fix_whenever_it_runs_write_nothing(python: Path) -> None:
    (python / "ruff.toml").write_text("fix = true\nfix-only = true\nunsafe-fixes = true\nshow-fixes = true\n")
    before = (python / "app.py").read_bytes()
    (report,) = await Linters(python).reports(["app.py"])
    assert "F401" in {finding.code for finding in report.findings}
    assert (python / "app.py").read_bytes() == before


async def test_a_link_to_a_file_that_is_looked_at_is_not_looked_at_as_well(python: Path) -> None:
    (python / "link.py").symlink_to("app.py")
    (report,) = await Linters(python).reports(["link.py", "app.py"])
    assert report.paths == ("app.py",)
    (alone,) = await Linters(python).reports(["link.py"])
    assert alone.paths == ("link.py",)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.mypy]\nexclude = ['^gen/', '/old_.*\\.py$']\n"),
        ("mypy.ini", "[mypy]\nexclude = (?x)(^gen/|/old_.*\\.py$)\n"),
    ],
)
def test_what_mypy_is_told_to_leave_out_is_left_out(project: Path, name: str, text: str) -> None:
    (project / name).write_text(text)
    tools = [tool for tool in TOOLS if tool.name == "mypy"]
    (found,) = Linters(project, tools=tools).available(["app.py", "gen/deep/a.py", "src/old_a.py", "src/regen/a.py"])
    assert found.paths == ("app.py", "src/regen/a.py")


async def test_mypy_that_could_not_begin_is_no_finding(project: Path) -> None:
    (project / "mypy.ini").write_text("[mypy]\n")
    said = 'b/setup.py: error: Duplicate module named "setup"'
    row = {"file": "b/setup.py", "line": 1, "column": 0, "message": said.partition("error: ")[2], "code": "misc"}
    tool = next(tool for tool in TOOLS if tool.name == "mypy")
    text = f"print({json.dumps({**row, 'severity': 'error'})!r})\nsys.exit(2)"
    programs = {"mypy": str(program(project.parent / "bin" / "mypy", text))}
    (report,) = await Linters(project, tools=[tool], programs=programs).reports(["app.py"])
    assert 'Duplicate module named "setup"' in report.broke


async def test_what_a_linter_has_just_said_is_not_asked_again(python: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    text = f"open({str(log)!r}, 'a').write('run '); os.execv({find_ruff()!r}, ['ruff', *sys.argv[1:]])"
    own = Linters(python, programs={"ruff": str(program(tmp_path / "ruff", text))})
    reports = await own.reports(["app.py"])
    fixed = await own.fix(["app.py"], reports=reports)
    assert list(fixed.files) == ["app.py"]
    assert log.read_text() == "run run ", "one that finds, one that fixes"
    (python / "b.py").write_text("import os\n")
    assert (await own.fix(["app.py", "b.py"], reports=reports)).files.keys() == {"app.py", "b.py"}
    assert log.read_text() == "run run " + "run " * 3


async def test_many_files_are_fixed_and_the_first_error_ends_it(python: Path) -> None:
    overlay = {f"m{number}.py": b"import os\n" for number in range(20)}
    assert (await Linters(python).fix(list(overlay), overlay)).files == dict.fromkeys(overlay, b"")
    place = program(
        python.parent / "bin/ruff",
        f"""
if "--fix" in sys.argv:
    sys.exit("no way")
os.execv({find_ruff()!r}, ["ruff", *sys.argv[1:]])
""",
    )
    fixed = await Linters(python, programs={"ruff": str(place)}).fix(list(overlay), overlay)
    assert fixed.files == {}
    assert fixed.broke[0][1].endswith(": no way")


async def test_fixes_start_from_the_bytes_that_are_shown_and_keep_every_other(python: Path) -> None:
    overlay = {
        "app.py": b"\xef\xbb\xbfimport os\r\nx = '\xe2\x98\x83'\r\n",
        "new.py": b"import re\nx = 1\n",
        "b.py": b"x = 1\n",
    }
    fixed = await Linters(python).fix(["app.py", "new.py", "b.py"], overlay)
    assert fixed.files == {"app.py": b"\xef\xbb\xbfx = '\xe2\x98\x83'\r\n", "new.py": b"x = 1\n"}


async def test_what_is_not_safe_or_no_utf8_is_left_alone(python: Path) -> None:
    (python / "unsafe.py").write_text("def f():\n    x = 1\n")
    (python / "latin.py").write_bytes(b"# coding: latin-1\nimport os\nx = '\xe9'\n")
    assert (await Linters(python).fix(["unsafe.py", "latin.py"])).files == {}


async def test_a_fixer_that_breaks_is_told(python: Path) -> None:
    (python / "ruff.toml").write_text("select = [")
    fixed = await Linters(python).fix(["app.py"])
    assert fixed.files == {}
    assert fixed.broke[0][0] == "ruff"
    assert fixed.broke[0][1].startswith("ruff could not work: ")


async def test_a_fixer_that_answers_with_nothing_changes_nothing(python: Path) -> None:
    text = """
if "--fix" not in sys.argv:
    place = {"row": 1, "column": 1}
    edits = [{"content": "", "location": place, "end_location": place}]
    fix = {"applicability": "safe", "message": "m", "edits": edits}
    print(json.dumps([{"code": "F401", "filename": "app.py", "message": "m", "location": place, "fix": fix}]))
"""
    place = program(python.parent / "bin/ruff", text)
    assert (await Linters(python, programs={"ruff": str(place)}).fix(["app.py"])).files == {}


async def test_a_rule_is_explained_by_ruff_itself_without_the_network(python: Path) -> None:
    mine = Linters(python)
    rule = await mine.explain(Finding("ruff", "F401", "warning", "app.py", 1, 1, "m", url="https://x.example"))
    assert rule.startswith("## What it does\n")
    odd = Finding("ruff", "--config=x", "warning", "app.py", 1, 1, "m", url="https://x.example")
    assert await mine.explain(odd) == "https://x.example"
    assert await mine.explain(Finding("ruff", "ZZZ999", "warning", "a", 1, 1, "m", url="u")) == "u"
    assert (
        await mine.explain(Finding("mypy", "misc", "error", "a", 1, 1, "m", url="https://m.example"))
        == "https://m.example"
    )


async def test_it_is_a_checker_as_well(python: Path) -> None:
    report = await Linters(python).check(["app.py", "README.md"])
    assert (report.tool, report.paths, [f.code for f in report.findings]) == ("ruff", ("app.py",), ["F401"])
    assert (await Linters(python).check(["README.md"])).clean


async def test_a_run_gives_code_and_both_streams(tmp_path: Path) -> None:
    text = "print(sys.stdin.read()); print('é', file=sys.stderr); sys.exit(7)"
    ran = await run([str(program(tmp_path / "p", text))], tmp_path, 20.0, name="p", text=b"in")
    assert ran == Ran(7, "in\n", "é\n")
    with pytest.raises(Broke):
        await run(["/no/such/program"], tmp_path, 1.0, name="p")
