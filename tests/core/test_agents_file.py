"""The first AGENTS.md says what the files say: languages, folders, and how tests and linters are run."""

from __future__ import annotations

import pytest

from haikuterm.core.agents_file import commands_of_tests, draft

PATHS = ("README.md", "pyproject.toml", "src/app/main.py", "src/app/page.ts", "src/app/wire.py", "tests/test_main.py")


def test_the_whole_draft() -> None:
    texts = {"pyproject.toml": "[tool.pytest.ini_options]\n", "Makefile": "lint: all\n\truff\nX := 1\nall:\n"}
    assert draft("thing", PATHS, texts, ("ruff",)) == (
        "# thing\n\nPython, TypeScript, 6 files.\n\n"
        "## Layout\n- `src/`: 3 files, mostly Python\n- `tests/`: 1 file, mostly Python\n\n"
        "## Commands\n- test: `pytest`\n- lint: `make lint`\n- linters: ruff\n\n"
        "## Rules\n- (What a newcomer would get wrong: conventions, what must not be touched, how to name things.)\n"
    )


@pytest.mark.parametrize(
    ("paths", "texts", "found"),
    [
        (("a.py",), {}, ()),
        (("a/test_b.py",), {}, ("pytest",)),
        (("uv.lock",), {"pytest.ini": "[pytest]"}, ("uv run pytest",)),
        (("poetry.lock",), {"setup.cfg": "[tool:pytest]"}, ("poetry run pytest",)),
        ((), {"package.json": '{"scripts": {"test": "jest"}}'}, ("npm test",)),
        (("pnpm-lock.yaml",), {"package.json": '{"scripts": {"test": "jest"}}'}, ("pnpm test",)),
        (("bun.lock",), {"package.json": '{"scripts": {"test": "jest"}}'}, ("bun run test",)),
        ((), {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'}, ()),
        ((), {"package.json": "[1"}, ()),
        ((), {"package.json": "[1]"}, ()),
        ((), {"package.json": '{"scripts": [1]}'}, ()),
        ((), {"Makefile": "test: all\n\tpytest\n", "Cargo.toml": "[package]"}, ("make test", "cargo test")),
        ((), {"go.mod": "module x"}, ("go test ./...",)),
    ],
)
def test_the_command_of_the_tests(paths: tuple[str, ...], texts: dict[str, str], found: tuple[str, ...]) -> None:
    assert commands_of_tests(paths, texts) == found


def test_an_empty_folder_and_a_hostile_name() -> None:
    assert draft("a\x1b[2J", (), {}, ()).startswith("# a␛[2J\n\nNo code yet, 0 files.\n\n## Rules")


def test_of_many_folders_the_largest_are_named() -> None:
    paths = [f"d{n:02}/{m}.go" for n in range(14) for m in range(n + 1)]
    text = draft("x", paths, {}, ())
    assert "- `d13/`: 14 files, mostly Go\n" in text
    assert "- and 2 more\n" in text
    assert "`d01/`" not in text
