"""What the linters really printed, read as findings; recorded by running them on the small files in sources/."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from haikuterm.core.findings import Finding
from haikuterm.core.linters import edits
from haikuterm.core.linters.formats import FORMATS, recognise

RECORDINGS = Path(__file__).parent / "recordings"

# Recorded with ruff 0.17.6, mypy 2.4.1, pyright 1.1.414, ty 0.0.105, ESLint 10.15.0, Biome 2.6, TypeScript 6,
# ShellCheck 0.11.0, clippy 0.1.95, go vet 1.19.8, pre-commit 4.7.0, pytest 9.2.0, pylint 4.1.4, flake8 7.5.0, gcc 12.2.
# Each file has characters of two UTF-16 units and four bytes, so that a column counted in another unit shows.
# First the format that the text is recognised as, then: tool, severity, place, rule.
EXPECTED: dict[str, tuple[str, ...]] = {
    "biome.rdjson": (
        "rdjson",
        "biome warning web.js:2:17-2:20 lint/style/useConst",
        "biome warning web.js:3:7-3:13 lint/correctness/noUnusedVariables",
        "biome error web.js:2:34-2:36 lint/suspicious/noDoubleEquals",
        "biome error web.js:2:42-2:51 lint/suspicious/noDebugger",
    ),
    "biome.sarif": (
        "sarif",
        "biome warning web.js:2:17-2:20 lint/style/useConst",
        "biome warning web.js:3:7-3:13 lint/correctness/noUnusedVariables",
        "biome error web.js:2:34-2:36 lint/suspicious/noDoubleEquals",
        "biome error web.js:2:42-2:51 lint/suspicious/noDebugger",
    ),
    "clippy.jsonl": (
        "cargo",
        "clippy warning src/main.rs:7:9-7:15 unused_variables",
        "clippy warning src/main.rs:3:5-3:13 clippy::needless_return",
        "clippy warning src/main.rs:2:27-2:35 clippy::unnecessary_cast",
        "clippy warning src/main.rs:2:40-2:52 clippy::len_zero",
    ),
    "eslint.json": (
        "eslint",
        "eslint error web.js:1:1-1:11 no-var",
        "eslint warning web.js:2:21-2:22 prefer-const",
        "eslint error web.js:2:34-2:36 eqeqeq",
        "eslint error web.js:2:42-2:51 no-debugger",
        "eslint warning web.js:3:7-3:13 no-unused-vars",
    ),
    "flake8.txt": (
        "lines",
        "text warning calls.py:5:5-0:0 F841",
        "text warning calls.py:5:16-0:0 E702",
    ),
    "gcc.txt": (
        "lines",
        "text error c.c:2:40-0:0 ",
        "text warning c.c:2:22-0:0 ",
        "text warning c.c:2:13-0:0 ",
        "text warning c.c:3:1-0:0 ",
    ),
    "go-vet.txt": (
        "go-vet",
        "go vet warning main.go:6:13-0:0 printf",
        "go vet warning main.go:7:2-0:0 printf",
    ),
    "mypy.jsonl": (
        "mypy",
        "mypy error app.py:6:18-6:24 name-defined",
        "mypy error calls.py:5:21-5:30 return-value",
        "mypy error calls.py:5:26-5:29 arg-type",
    ),
    "mypy.txt": (
        "mypy-text",
        "mypy error app.py:6:18-6:24 name-defined",
        "mypy error calls.py:5:21-5:30 return-value",
        "mypy error calls.py:5:26-5:29 arg-type",
    ),
    "pre-commit.txt": (
        "pre-commit",
        "pre-commit warning app.py:1:8-0:0 F401",
        "pre-commit warning app.py:2:8-0:0 F401",
        "pre-commit error app.py:6:22-0:0 F821",
        "pre-commit warning :0:0-0:0 strip",
    ),
    "pylint.txt": (
        "lines",
        "pylint warning calls.py:1:1-0:0 C0114",
        "pylint warning calls.py:4:1-0:0 C0116",
        "pylint warning calls.py:5:22-0:0 C0321",
        "pylint warning calls.py:5:5-0:0 W0612",
    ),
    "pyright.json": (
        "pyright",
        "pyright error app.py:6:22-6:28 reportUndefinedVariable",
        "pyright error calls.py:5:25-5:34 reportReturnType",
        "pyright error calls.py:5:30-5:33 reportArgumentType",
    ),
    "pyright.txt": (
        "lines",
        "text error app.py:6:23-0:0 reportUndefinedVariable",
        "text error calls.py:5:26-0:0 ",
        "text error calls.py:5:31-0:0 ",
    ),
    "pytest-collect.txt": (
        "pytest",
        "pytest error tests/test_broken.py:1:1-0:0 ERROR",
    ),
    "pytest-line.txt": (
        "pytest",
        "pytest error tests/test_shop.py:1:1-0:0 FAILED",
        "pytest error tests/test_shop.py:1:1-0:0 FAILED",
        "pytest error tests/test_shop.py:1:1-0:0 FAILED",
        "pytest error tests/test_shop.py:1:1-0:0 FAILED",
        "pytest error tests/test_shop.py:1:1-0:0 ERROR",
    ),
    "pytest-long.txt": (
        "pytest",
        "pytest error tests/test_shop.py:6:1-0:0 FAILED",
        "pytest error shop.py:9:1-0:0 FAILED",
        "pytest error tests/test_shop.py:24:1-0:0 FAILED",
        "pytest error tests/test_shop.py:24:1-0:0 FAILED",
        "pytest error tests/test_shop.py:11:1-0:0 ERROR",
    ),
    "pytest-short.txt": (
        "pytest",
        "pytest error tests/test_shop.py:6:1-0:0 FAILED",
        "pytest error shop.py:9:1-0:0 FAILED",
        "pytest error tests/test_shop.py:24:1-0:0 FAILED",
        "pytest error tests/test_shop.py:24:1-0:0 FAILED",
        "pytest error tests/test_shop.py:11:1-0:0 ERROR",
    ),
    "ruff-concise.txt": (
        "lines",
        "text warning app.py:1:8-0:0 F401",
        "text warning app.py:2:8-0:0 F401",
        "text warning app.py:6:13-0:0 E702",
        "text error app.py:6:22-0:0 F821",
        "text warning calls.py:5:5-0:0 F841",
        "text warning calls.py:5:16-0:0 E702",
    ),
    "ruff-full.txt": (
        "lines",
        "text warning app.py:1:8-0:0 F401",
        "text warning app.py:2:8-0:0 F401",
        "text warning app.py:6:13-0:0 E702",
        "text error app.py:6:22-0:0 F821",
        "text warning calls.py:5:5-0:0 F841",
        "text warning calls.py:5:16-0:0 E702",
    ),
    "ruff.json": (
        "ruff",
        "ruff warning app.py:1:8-1:10 F401",
        "ruff warning app.py:2:8-2:11 F401",
        "ruff warning app.py:6:13-6:14 E702",
        "ruff error app.py:6:22-6:28 F821",
        "ruff warning calls.py:5:5-5:9 F841",
        "ruff warning calls.py:5:16-5:17 E702",
    ),
    "ruff.rdjson": (
        "rdjson",
        "ruff warning app.py:1:8-1:10 F401",
        "ruff warning app.py:2:8-2:11 F401",
        "ruff warning app.py:6:13-6:14 E702",
        "ruff error app.py:6:22-6:28 F821",
        "ruff warning calls.py:5:5-5:9 F841",
        "ruff warning calls.py:5:16-5:17 E702",
    ),
    "ruff.sarif": (
        "sarif",
        "ruff warning app.py:1:8-1:10 F401",
        "ruff warning app.py:2:8-2:11 F401",
        "ruff warning app.py:6:13-6:14 E702",
        "ruff error app.py:6:22-6:28 F821",
        "ruff warning calls.py:5:5-5:9 F841",
        "ruff warning calls.py:5:16-5:17 E702",
    ),
    "shellcheck-gcc.txt": (
        "lines",
        "shellcheck error run.sh:2:10-0:0 SC2045",
        "shellcheck info run.sh:2:15-0:0 SC2035",
        "shellcheck info run.sh:3:16-0:0 SC2086",
        "shellcheck warning run.sh:5:1-0:0 SC2164",
    ),
    "shellcheck.json1": (
        "shellcheck",
        "shellcheck error run.sh:2:10-2:21 SC2045",
        "shellcheck info run.sh:2:15-2:16 SC2035",
        "shellcheck info run.sh:3:16-3:18 SC2086",
        "shellcheck warning run.sh:5:1-5:8 SC2164",
    ),
    "tsc.txt": (
        "tsc",
        "tsc error shop.ts:1:14-0:0 TS2322",
        "tsc error shop.ts:2:30-0:0 TS2322",
        "tsc error shop.ts:3:22-0:0 TS2307",
    ),
    "ty.gitlab.json": (
        "gitlab",
        "gitlab error app.py:6:22-6:28 unresolved-reference",
        "gitlab error calls.py:5:25-5:34 invalid-explicit-return",
        "gitlab error calls.py:5:30-5:33 invalid-argument-type",
    ),
    "ty.sarif": (
        "sarif",
        "ty error app.py:6:22-6:28 unresolved-reference",
        "ty error calls.py:5:25-5:34 invalid-explicit-return",
        "ty error calls.py:5:30-5:33 invalid-argument-type",
    ),
}


def source(path: str) -> str:
    """The text of the file that the tools looked at."""
    place = RECORDINGS / "sources" / f"{PurePosixPath(path).name}.txt"
    return place.read_text(encoding="utf-8") if place.is_file() else ""


def read(name: str) -> str:
    return (RECORDINGS / name).read_text(encoding="utf-8")


def findings(name: str, form: str = "") -> tuple[Finding, ...]:
    return FORMATS[form or EXPECTED[name][0]].parse(read(name), "/repo", source)


def say(f: Finding) -> str:
    return f"{f.tool} {f.severity} {f.path}:{f.line}:{f.column}-{f.end_line}:{f.end_column} {f.code}"


def marked(finding: Finding) -> str:
    """The text from the finding's start to its end."""
    rows = source(finding.path).split("\n")
    return rows[finding.line - 1][finding.column - 1 : finding.end_column - 1]


def test_every_recording_is_expected_something_of() -> None:
    assert {place.name for place in RECORDINGS.iterdir() if place.is_file()} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_the_format_is_recognised_by_its_content(name: str) -> None:
    form = recognise(read(name))
    assert form is not None
    assert form.name == EXPECTED[name][0]


@pytest.mark.parametrize("name", EXPECTED)
def test_the_findings_are_those_that_the_tool_told(name: str) -> None:
    assert [say(finding) for finding in findings(name)] == [*EXPECTED[name][1:]]


@pytest.mark.parametrize("name", EXPECTED)
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(name: str) -> None:
    form = FORMATS[EXPECTED[name][0]]
    other = "\ufeff" + read(name).replace("\n", "\r\n")
    assert recognise(other) == form
    assert [say(f) for f in form.parse(other, "/repo", source)] == [*EXPECTED[name][1:]]


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("ruff.json", "F821", "nobody"),
        ("ruff.sarif", "F821", "nobody"),
        ("ruff.rdjson", "F821", "nobody"),
        ("pyright.json", "reportUndefinedVariable", "nobody"),
        ("pyright.json", "reportArgumentType", '"2"'),
        ("ty.gitlab.json", "unresolved-reference", "nobody"),
        ("ty.sarif", "invalid-argument-type", '"2"'),
        ("eslint.json", "no-debugger", "debugger;"),
        ("biome.sarif", "lint/suspicious/noDebugger", "debugger;"),
        ("biome.rdjson", "lint/suspicious/noDebugger", "debugger;"),
        ("clippy.jsonl", "clippy::len_zero", "s.len() == 0"),
        ("shellcheck.json1", "SC2086", "$f"),
    ],
)
def test_columns_are_characters_whatever_the_tool_counts(name: str, code: str, text: str) -> None:
    assert [marked(f) for f in findings(name) if f.code == code] == [text]


def test_a_tool_without_an_end_still_points_at_the_right_character() -> None:
    assert [source(f.path).split("\n")[f.line - 1][f.column - 1 :][:1] for f in findings("tsc.txt")[1:2]] == ["n"]
    assert source("main.go").split("\n")[5][findings("go-vet.txt")[0].column - 1 :].startswith("fmt.Printf")


def test_without_the_text_a_column_stays_as_the_tool_counts_it() -> None:
    bare = FORMATS["pyright"].parse(read("pyright.json"), "/repo")
    assert [f.column for f in bare] == [23, 26, 31]


def test_mypys_columns_are_its_own_after_signs_that_are_not_ascii() -> None:
    """Pinned: mypy 2.4 counts neither characters nor bytes there; a test that fails says that it has learnt to."""
    assert {marked(f) for f in findings("mypy.jsonl")} != {"nobody", 'area("2")', '"2"'}
    assert [f.column for f in findings("mypy.jsonl")] == [f.column for f in findings("mypy.txt")]


def test_safe_fixes_are_edits_and_the_others_only_offered() -> None:
    ruff = {f.code: (f.fix, f.edits, f.offered) for f in findings("ruff.json")}
    assert ruff["F401"][0] == "Remove unused import: `sys`"
    assert ruff["F401"][1]
    assert not ruff["F401"][2]
    assert ruff["F841"][:2] == ("", ())
    assert ruff["F841"][2]
    assert all(not f.edits for name in ("ruff.sarif", "biome.rdjson", "ty.sarif") for f in findings(name))
    shell = {f.code: (f.edits, f.offered) for f in findings("shellcheck.json1")}
    assert not shell["SC2086"][0], "quotes change what a script does"
    assert shell["SC2086"][1]


@pytest.mark.parametrize(
    ("name", "path", "after"),
    [
        ("ruff.json", "app.py", '\n\ndef area(width: int) -> int:\n    s = "😀é"; return nobody + width + s\n'),
        (
            "eslint.json",
            "web.js",
            'let a = 1;\nconst s = "😀é"; const b = 2; if (a == b) { debugger; }\nconst unused = s;\n',
        ),
        (
            "clippy.jsonl",
            "src/main.rs",
            (
                'fn area(w: u32) -> u32 {\n    let s = "😀é"; let x = w; if s.is_empty() { return x; }\n    x\n}\n'
                '\nfn main() {\n    let _unused = 1;\n    println!("{}", area(2));\n}\n'
            ),
        ),
    ],
)
def test_the_tools_edits_fit_the_text(name: str, path: str, after: str) -> None:
    given = [f for f in findings(name) if f.path == path]
    assert edits.apply(source(path), given)[0] == after


def test_a_hint_may_be_applied_as_well() -> None:
    quoted = next(f for f in findings("shellcheck.json1") if f.code == "SC2086")
    text, _ = edits.apply(source("run.sh"), [replace(quoted, edits=quoted.offered)])
    assert 'rm "$f"' in text


def test_rules_have_the_address_that_the_tool_gives() -> None:
    urls = {f.tool: f.url for name in EXPECTED for f in findings(name) if f.url}
    assert urls["ruff"].startswith("https://docs.astral.sh/ruff/rules/")
    assert urls["biome"].startswith("https://biomejs.dev/linter/rules/")
    assert urls["shellcheck"] == "https://www.shellcheck.net/wiki/SC2164"
    assert "rust-clippy" in urls["clippy"]


def test_a_test_that_failed_says_where_the_error_arose_and_what_it_was() -> None:
    price = next(f for f in findings("pytest-long.txt") if "test_price" in f.message)
    assert (price.path, price.line) == ("shop.py", 9)
    assert price.message == "tests/test_shop.py::test_price: KeyError: 'apple'"
    assert [(f.path, f.line) for f in findings("pytest-short.txt")] == [
        (f.path, f.line) for f in findings("pytest-long.txt")
    ]


def test_what_stands_after_a_tools_json_does_no_harm() -> None:
    text = read("biome.rdjson") + "\nlint ━━━\n\n  × Some errors were emitted while running checks.\n"
    form = recognise(text)
    assert form is not None
    assert [say(f) for f in form.parse(text, "/repo", source)] == [*EXPECTED["biome.rdjson"][1:]]
