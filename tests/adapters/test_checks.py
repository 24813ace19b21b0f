"""Ruff as a checker: its findings as values, and every way in which it may not work."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from haikuterm.adapters.checks import RuffChecker
from haikuterm.adapters.linter_programs import find_ruff
from haikuterm.core.findings import CheckReport, Finding, TextEdit
from haikuterm.core.linters.ruff import parse


def script(path: Path, text: str) -> str:
    """A program in the place of ruff."""
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def plain(repo: Path) -> Path:
    """The repository with a ruff configuration, so that ruff's defaults do not matter."""
    (repo / "ruff.toml").write_text('[lint]\nselect = ["E4", "E7", "E9", "F", "B006"]\n')
    return repo


async def test_a_finding_says_where_what_and_how_to_fix(plain: Path) -> None:
    report = await RuffChecker(plain).check(["app.py"])
    fix = "Remove unused import: `os`"
    finding = Finding("ruff", "F401", "warning", "app.py", 1, 8, "`os` imported but unused", 1, 10, fix)
    (found,) = report.findings
    assert replace(found, url="", edits=()) == finding
    assert found.url.endswith("/unused-import")
    assert found.edits == (TextEdit(1, 1, 2, 1, ""),)
    assert replace(report, findings=()) == CheckReport("ruff", ("app.py",))


async def test_columns_are_counted_in_characters(plain: Path) -> None:
    (plain / "c.py").write_text('x = "☃é"; print(nobody)\n')
    report = await RuffChecker(plain).check(["c.py"])
    undefined = next(f for f in report.findings if f.code == "F821")
    assert (undefined.line, undefined.column, undefined.end_column) == (1, 17, 23)
    assert undefined.severity == "error"


async def test_a_fix_that_is_not_safe_is_not_told(plain: Path) -> None:
    (plain / "b.py").write_text("def f(a=[]):\n    return a\n")
    (finding,) = (await RuffChecker(plain).check(["b.py"])).findings
    assert (finding.code, finding.fix) == ("B006", "")


async def test_broken_syntax_is_an_error_with_its_line(plain: Path) -> None:
    (plain / "bad.py").write_text("x = (1\nprint(x)\n")
    report = await RuffChecker(plain).check(["bad.py"])
    assert not report.broke
    assert {(f.code, f.severity, f.path) for f in report.findings} == {("invalid-syntax", "error", "bad.py")}
    assert report.findings[0].line == 2


async def test_only_python_files_that_are_there_are_checked(plain: Path) -> None:
    (plain / "stub.pyi").write_text("import os\n")
    report = await RuffChecker(plain).check(["README.md", "gone.py", "app.py", "app.py", "stub.pyi"])
    assert report.paths == ("gone.py", "app.py", "stub.pyi")
    assert not report.broke
    assert {f.path for f in report.findings} == {"app.py", "stub.pyi"}


async def test_nothing_to_check_is_clean_and_starts_nothing(plain: Path) -> None:
    report = await RuffChecker(plain, program="/no/such/program").check(["README.md"])
    assert report == CheckReport("ruff", ())
    assert report.clean


async def test_an_overlay_stands_in_for_the_file(plain: Path) -> None:
    overlay = {"app.py": b"import sys\r\n", "new/file.py": b"\xef\xbb\xbfprint(nobody)\n", "other.py": b"import os\n"}
    report = await RuffChecker(plain).check(["app.py", "new/file.py"], overlay)
    assert [(f.path, f.code, f.line, f.column) for f in report.findings] == [
        ("app.py", "F401", 1, 8),
        ("new/file.py", "F821", 1, 7),
    ]
    assert (plain / "app.py").read_text().startswith("import os\n")


async def test_a_file_that_begins_with_a_dash_or_is_named_oddly_is_checked(plain: Path) -> None:
    for name in ("-x.py", "two words.py", "ünï.py"):
        (plain / name).write_text("import os\n")
        for overlay in (None, {name: b"import os\n"}):
            report = await RuffChecker(plain).check([name], overlay)
            assert [(f.path, f.code) for f in report.findings] == [(name, "F401")], report.broke


async def test_the_projects_own_configuration_counts(plain: Path) -> None:
    (plain / "ruff.toml").write_text('extend-exclude = ["app.py"]\n[lint]\nselect = ["E4"]\n')
    assert (await RuffChecker(plain).check(["app.py"])).clean
    (plain / "ruff.toml").write_text('extend-exclude = ["app.py"]\n[lint]\nselect = ["F"]\n')
    for overlay in (None, {"app.py": b"import os\n"}):
        report = await RuffChecker(plain).check(["app.py"], overlay)
        assert len(report.findings) == 1, "a file that is named is checked though a search would leave it out"


async def test_a_broken_configuration_is_told_not_raised(plain: Path) -> None:
    (plain / "ruff.toml").write_text("select = [\n")
    report = await RuffChecker(plain).check(["app.py"])
    assert report.findings == ()
    assert report.broke.startswith("ruff could not work: ")
    assert "ruff.toml" in report.broke
    assert not report.clean


async def test_checking_leaves_no_trace_in_the_repository(plain: Path) -> None:
    before = sorted(plain.iterdir())
    await RuffChecker(plain).check(["app.py"], {"app.py": b"import os\n"})
    await RuffChecker(plain).check(["app.py"])
    assert sorted(plain.iterdir()) == before


async def test_paths_are_relative_to_a_root_reached_by_a_link(plain: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(plain)
    report = await RuffChecker(tmp_path / "alias").check(["app.py"])
    assert [f.path for f in report.findings] == ["app.py"]


async def test_more_files_than_a_command_line_takes_are_checked(plain: Path) -> None:
    names = [f"{'long_name_' * 10}{number:04}.py" for number in range(1_500)]
    for name in names:
        (plain / name).write_text("import os\n")
    report = await RuffChecker(plain).check(names)
    assert not report.broke
    assert {f.path for f in report.findings} == set(names)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("raise SystemExit(2)", "ruff could not work: it gave no reason."),
        ("import sys; sys.exit('no\\n\\n  way')", "ruff could not work: no way"),
        ("print('hello')", "ruff said something we do not understand"),
        ("print('[{}]')", "ruff said something we do not understand"),
        ("print('[1]')", "ruff said something we do not understand"),
        ("import os; os.kill(os.getpid(), 9)", "ruff could not work: it gave no reason."),
    ],
)
async def test_a_linter_that_fails_is_told_not_raised(plain: Path, tmp_path: Path, text: str, why: str) -> None:
    program = script(tmp_path / "ruff", text)
    report = await RuffChecker(plain, program=program).check(["app.py"], {"app.py": b"x" * 1_000_000})
    assert report.broke.startswith(why)


async def test_a_linter_that_is_missing_is_told(plain: Path, tmp_path: Path) -> None:
    report = await RuffChecker(plain, program="").check(["app.py"])
    assert report.broke == "ruff is not installed here. Install it (pip install ruff), then try again."
    report = await RuffChecker(plain, program=str(tmp_path)).check(["app.py"])
    assert report.broke.startswith("ruff could not be started: ")


SLOW = "import os, time; open({!r}, 'w').write(str(os.getpid())); time.sleep(600)"


async def gone(pid: int) -> None:
    """Waits until there is no such process."""
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        await asyncio.sleep(0)


async def test_a_linter_that_takes_too_long_is_killed_and_told(plain: Path, tmp_path: Path) -> None:
    program = script(tmp_path / "ruff", SLOW.format(str(tmp_path / "pid")))
    report = await RuffChecker(plain, program=program, seconds=1.5).check(["app.py"])
    assert report.broke == "ruff did not end within 1.5 seconds. Check fewer files at once."
    if (tmp_path / "pid").exists():  # a busy machine may not have come that far
        await gone(int((tmp_path / "pid").read_text()))


async def test_cancelling_a_check_kills_the_linter(plain: Path, tmp_path: Path) -> None:
    program = script(tmp_path / "ruff", SLOW.format(str(tmp_path / "pid")))
    task = asyncio.create_task(RuffChecker(plain, program=program).check(["app.py"]))
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(int((tmp_path / "pid").read_text()))


def test_the_ruff_of_our_own_installation_is_found() -> None:
    assert Path(find_ruff()).name == "ruff"
    assert os.access(find_ruff(), os.X_OK)


def test_older_versions_name_broken_syntax_by_no_code() -> None:
    row = (
        '[{"code": null, "filename": "/r/a.py", "fix": null, "message": "m", "location": {"row": 1, "column": 2},'
        ' "end_location": {"row": 1, "column": 3}}]'
    )
    (finding,) = parse(row, "/r")
    assert finding == Finding("ruff", "invalid-syntax", "error", "a.py", 1, 2, "m", 1, 3)
    assert parse(row, "/elsewhere")[0].path == "/r/a.py"
    assert parse("[]", "/r") == ()
