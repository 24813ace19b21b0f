"""The linters themselves, run on small projects: what they find, fix and see of files that are not on disk.

They are looked for in the folders of LINTERS_PATH, on PATH, and beside the Python that runs the tests; one that is not
there is skipped. Nothing is installed or downloaded here.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from haikuterm.adapters.linter_table import TOOLS
from haikuterm.adapters.linters import Linters
from haikuterm.core.findings import CheckReport

pytestmark = pytest.mark.linters

PROGRAMS = {tool.name: tool.program for tool in TOOLS}
FOLDERS = os.pathsep.join(
    (os.environ.get("LINTERS_PATH", ""), os.environ.get("PATH", ""), str(Path(sys.executable).parent))
)


@dataclass(frozen=True)
class Case:
    """A project that a linter has something to say of.

    files: the project. path: the file that is looked at. said: rule and the text that the finding marks ("" where the
    tool tells no end). right: the file as it should be. fixed: what the tool's own safe fixer makes of it, where it has
    one. broken: a configuration that it cannot work with.
    """

    tool: str
    files: Mapping[str, str]
    path: str
    said: tuple[tuple[str, str], ...]
    right: str
    broken: tuple[str, str]
    fixed: str = ""
    partner: Mapping[str, str] = field(default_factory=dict)


SMILE = 's = "😀é"; '
CASES = (
    Case(
        "ruff",
        {"ruff.toml": '[lint]\nselect = ["F"]\n', "a.py": f"import os\n{SMILE}print(nobody)\n"},
        "a.py", (("F401", "os"), ("F821", "nobody")), "print(1)\n", ("ruff.toml", "select = ["),
        fixed=f"{SMILE}print(nobody)\n",
    ),
    Case(
        "mypy",
        {"mypy.ini": "[mypy]\n", "a.py": "from b import f\nx: int = f()\n", "b.py": 'def f() -> str: return ""\n'},
        "a.py", (("assignment", "f()"),), "from b import f\nx: str = f()\n",
        ("mypy.ini", "[mypy]\nplugins = no_such_plugin\n"),
        partner={"b.py": "def f() -> int: return 1\n"},
    ),
    Case(
        "pyright",
        {
            "pyrightconfig.json": "{}",
            "a.py": f"from b import f\n{SMILE}x: int = f()\n",
            "b.py": 'def f() -> str: return ""\n',
        },
        "a.py", (("reportAssignmentType", "f()"),), "from b import f\nx: str = f()\n",
        ("pyrightconfig.json", '{ "strict": tru'),
        partner={"b.py": "def f() -> int: return 1\n"},
    ),
    Case(
        "ty",
        {"ty.toml": "", "a.py": f"from b import f\n{SMILE}x: int = f()\n", "b.py": 'def f() -> str: return ""\n'},
        "a.py", (("invalid-assignment", "f()"),), "from b import f\nx: str = f()\n", ("ty.toml", "[rules\n"),
        partner={"b.py": "def f() -> int: return 1\n"},
    ),
    Case(
        "eslint",
        {
            "eslint.config.mjs": 'export default [{ rules: { "no-var": "error", "no-debugger": "warn" } }];\n',
            "a.js": 'const s = "😀é"; debugger;\nvar a = s;\n',
        },
        "a.js", (("no-debugger", "debugger;"), ("no-var", "var a = s;")), "const b = 1;\n",
        ("eslint.config.mjs", 'export default [{ rules: { "no-such-rule": "error" } }];\n'),
        fixed='const s = "😀é"; debugger;\nlet a = s;\n',
    ),
    Case(
        "biome",
        {
            "biome.json": '{ "linter": { "rules": { "style": { "useConst": "error" } } } }',
            "a.js": 'const s = "😀é"; debugger;\nlet a = s;\nexport { a };\n',
        },
        "a.js", (("lint/style/useConst", "let"), ("lint/suspicious/noDebugger", "debugger;")), "export const b = 1;\n",
        ("biome.json", '{ "linter": 3 '),
        fixed='const s = "😀é"; debugger;\nconst a = s;\nexport { a };\n',
    ),
    Case(
        "tsc",
        {
            "tsconfig.json": '{"compilerOptions": {"strict": true, "moduleResolution": "bundler", "composite": true}}',
            "a.ts": 'import { f } from "./b";\nconst s = "😀é"; export const n: number = f(s);\n',
            "b.ts": "export const f = (s: string): string => s;\n",
        },
        "a.ts", (("TS2322", ""),), 'import { f } from "./b";\nexport const n: string = f("");\n',
        ("tsconfig.json", '{ "compilerOptions": { "strct": true } }'),
        partner={"b.ts": "export const f = (s: string): number => s.length;\n"},
    ),
    Case(
        "shellcheck",
        {"a.sh": '#!/bin/sh\n\techo "😀é"; rm $1\necho "at `date`"\n'},
        "a.sh", (("SC2006", "`date`"), ("SC2086", "$1")), '#!/bin/sh\nrm "$1"\n', (".shellcheckrc", "nonsense\n"),
        fixed='#!/bin/sh\n\techo "😀é"; rm $1\necho "at $(date)"\n',
    ),
    Case(
        "clippy",
        {
            "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
            "src/main.rs": 'fn main() {\n    let s = "😀é"; if s.len() == 0 { println!("{s}"); }\n}\n',
        },
        "src/main.rs", (("clippy::len_zero", "s.len() == 0"),), "fn main() {}\n", ("Cargo.toml", "[package"),
        fixed='fn main() {\n    let s = "😀é"; if s.is_empty() { println!("{s}"); }\n}\n',
    ),
    Case(
        "go vet",
        {
            "go.mod": "module shop\n\ngo 1.19\n",
            "main.go": 'package main\n\nimport "fmt"\n\nfunc main() {\n\ts := "😀é"; fmt.Printf("%d", s)\n}\n',
        },
        "main.go", (("printf", ""),), "package main\n\nfunc main() {}\n", ("go.mod", "nonsense"),
    ),
    Case(
        "pre-commit",
        {
            ".pre-commit-config.yaml": "repos: [{repo: local, hooks: [{id: blanks, name: no blanks at the end, "
            "language: system, entry: sed -i 's/ *$//', files: 'a\\.txt$'}]}]\n",
            "a.txt": "x  \n",
        },
        "a.txt", (("blanks", ""),), "x\n", (".pre-commit-config.yaml", "repos: 3\n"), fixed="x\n",
    ),
)  # fmt: skip


def which(tool: str) -> str:
    """The linter's program; skips the test where there is none that works."""
    found = shutil.which(PROGRAMS[tool], path=FOLDERS)
    if not found:
        pytest.skip(f"{PROGRAMS[tool]} is not installed here")
    if tool == "clippy" and subprocess.run([found, "clippy", "--version"], capture_output=True, check=False).returncode:
        pytest.skip("clippy is not installed here")
    return found


@pytest.fixture(params=CASES, ids=lambda case: case.tool)
def case(request: pytest.FixtureRequest, repo: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """One linter's project, laid out in the repository, which is committed."""
    rustup = Path(pwd.getpwuid(os.getuid()).pw_dir) / ".rustup"
    if rustup.is_dir():
        monkeypatch.setenv("RUSTUP_HOME", str(rustup))  # the home is another one in tests
    found: Case = request.param
    which(found.tool)
    lay(repo, found.files)
    for command in (["add", "-A"], ["commit", "-qm", "project"]):
        subprocess.run(["git", *command], cwd=repo, check=True)
    return found


def some(cases: Iterable[Case]) -> pytest.MarkDecorator:
    """Only these of the projects."""
    return pytest.mark.parametrize("case", list(cases), indirect=True, ids=lambda case: case.tool)


def lay(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="")


def linters(root: Path, tool: str) -> Linters:
    return Linters(root, consent=lambda name: True, programs={tool: which(tool)})


async def report(root: Path, case: Case, overlay: Mapping[str, str] | None = None) -> CheckReport:
    data = {path: text.encode() for path, text in (overlay or {}).items()}
    (found,) = await linters(root, case.tool).reports([case.path], data, only=[case.tool])
    return found


def said(found: CheckReport, text: str) -> list[tuple[str, str]]:
    """Rule and marked text of each finding."""
    rows = text.split("\n")
    return sorted(
        (f.code, rows[f.line - 1][f.column - 1 : f.end_column - 1] if f.end_column else "") for f in found.findings
    )


def status(root: Path) -> str:
    """What git says of the tree, ignored files included."""
    command = ["git", "status", "--porcelain", "--ignored"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout


async def test_it_finds_and_marks_what_is_wrong(repo: Path, case: Case) -> None:
    found = await report(repo, case)
    assert found.broke == ""
    assert said(found, case.files[case.path]) == sorted(case.said)
    assert {f.path for f in found.findings} <= {case.path, ""}
    assert status(repo) == "", "it left something behind"


async def test_it_sees_bytes_that_are_not_on_disk(repo: Path, case: Case) -> None:
    right = await report(repo, case, {case.path: case.right})
    assert (right.broke, right.findings) == ("", ())
    lay(repo, {case.path: case.right})
    wrong = await report(repo, case, {case.path: case.files[case.path]})
    assert said(wrong, case.files[case.path]) == sorted(case.said)


@some(case for case in CASES if case.partner)
async def test_it_sees_a_neighbour_that_is_not_on_disk(repo: Path, case: Case) -> None:
    found = await report(repo, case, case.partner)
    assert (found.broke, found.findings) == ("", ())
    assert status(repo) == ""


async def test_a_broken_configuration_is_told_from_a_finding(repo: Path, case: Case) -> None:
    lay(repo, dict([case.broken]))
    found = await report(repo, case)
    assert found.findings == ()
    assert found.broke.startswith(f"{case.tool} could not work: ")
    assert len(found.broke) > len(f"{case.tool} could not work: it gave no reason.")


async def test_its_safe_fixer_changes_nothing_on_disk(repo: Path, case: Case) -> None:
    fixed = await linters(repo, case.tool).fix([case.path], only=[case.tool])
    assert fixed.broke == ()
    assert fixed.files == ({case.path: case.fixed.encode()} if case.fixed else {})
    assert status(repo) == ""


@some(
    case for case in CASES if case.fixed and case.tool not in ("pre-commit", "shellcheck")
)  # for sed and sh \r is text
async def test_its_safe_fixer_keeps_line_ends_and_starts_from_what_is_shown(repo: Path, case: Case) -> None:
    given = {case.path: case.files[case.path].replace("\n", "\r\n").encode()}
    lay(repo, {case.path: case.right})
    fixed = await linters(repo, case.tool).fix([case.path], given, only=[case.tool])
    assert fixed.files == {case.path: case.fixed.replace("\n", "\r\n").encode()}


@some(case for case in CASES if case.tool != "pre-commit")  # which works in git's top folder only
async def test_it_works_in_a_folder_of_its_own_below_the_root(repo: Path, case: Case) -> None:
    for path in case.files:
        (repo / path).unlink()
    lay(repo, {f"inner/deep/{path}": text for path, text in case.files.items()})
    inner = f"inner/deep/{case.path}"
    for overlay in ({}, {inner: case.files[case.path].encode()}):
        (found,) = await linters(repo, case.tool).reports([inner], overlay, only=[case.tool])
        assert found.broke == ""
        assert {f.path for f in found.findings} == {inner}
        assert said(found, case.files[case.path]) == sorted(case.said)


async def test_a_program_installed_in_the_project_is_used(repo: Path) -> None:
    place = which("eslint")
    lay(
        repo,
        {"web/eslint.config.mjs": "export default [];\n", "web/a.js": "debugger;\n", ".gitignore": "node_modules\n"},
    )
    (repo / "web/node_modules").symlink_to(Path(place).parent.parent)
    (linter,) = Linters(repo, consent=lambda name: True).available(["web/a.js"])
    assert linter.program == str(repo / "web/node_modules/.bin/eslint")
    (found,) = await Linters(repo, consent=lambda name: True).reports(["web/a.js"])
    assert (found.broke, found.findings) == ("", ())


async def test_hooks_that_are_not_there_are_not_downloaded(repo: Path) -> None:
    which("pre-commit")
    text = "repos: [{repo: 'https://example.invalid/hooks', rev: v1, hooks: [{id: x}]}]\n"
    lay(repo, {".pre-commit-config.yaml": text})
    (found,) = await linters(repo, "pre-commit").reports(["README.md"])
    assert found.broke.startswith("pre-commit could not work: ")
    assert "Run pre-commit yourself once" in found.broke
