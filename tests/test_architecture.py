"""The house keeps its limits: sizes, one sentence a file, who imports whom, and what start-up leaves out."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "haikuterm"
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE, LONGEST_CLASS, LONGEST_FUNCTION = 400, 250, 50

# Who alone may import a library. The rooms among themselves are import-linter's business (pyproject.toml).
HOMES = {
    "anthropic": ("adapters/claude",),
    "httpx2": ("adapters/claude", "adapters/embedded"),
    "git": ("adapters/repo", "adapters/walk"),
    "textual": ("ui/tui/",),
    "prompt_toolkit": ("ui/repl",),
    "pygments": ("ui/",),
    "markdown_it": ("ui/tui/",),
    "xllamacpp": ("adapters/embedded",),
    "sqlite3": ("adapters/store",),
    "editorconfig": ("adapters/repo_style",),
    "PIL": ("adapters/pictures",),
    "pypdf": ("adapters/pictures",),
}
BANNED_IN_CORE = {"asyncio", "os", "subprocess", "socket", "threading", "sqlite3"}
BANNED_NAMES = ("utils", "helpers", "misc", "common")


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """The top names of all modules a file imports, also inside functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def catches_all(node: ast.ExceptHandler) -> bool:
    return node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))


def length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_every_file_is_small_and_says_what_it_owns() -> None:
    first = {name(path): (ast.get_docstring(tree(path)) or "").split("\n\n")[0].strip() for path in FILES}
    assert [file for file, sentence in first.items() if not sentence.endswith(".")] == []
    lines = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {file: count for file, count in lines.items() if count > LONGEST_FILE} == {}


def test_every_function_and_class_is_small() -> None:
    limits = {ast.ClassDef: LONGEST_CLASS, ast.FunctionDef: LONGEST_FUNCTION, ast.AsyncFunctionDef: LONGEST_FUNCTION}
    long = [
        f"{name(path)}: {node.name} has {length(node)} lines"
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and length(node) > limits[type(node)]
    ]
    assert long == []


def test_every_class_and_public_function_has_a_docstring() -> None:
    classes = [(path, node) for path in FILES for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    functions = [
        (path, node)
        for path in FILES
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    bare = [
        f"{name(path)}: {node.name}"
        for path, node in (*classes, *functions)
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert bare == []


def test_libraries_are_imported_in_their_own_rooms_only() -> None:
    strays = [
        f"{name(path)}: {lib}"
        for path in FILES
        for lib in imports(path)
        if lib in HOMES and not name(path).startswith(HOMES[lib])
    ]
    assert strays == []


def test_core_neither_waits_nor_reaches_out() -> None:
    core = [path for path in FILES if name(path).startswith("core/")]
    assert [f"{name(path)}: {lib}" for path in core for lib in imports(path) if lib in BANNED_IN_CORE] == []


def test_only_the_command_line_catches_everything() -> None:
    broad = [
        f"{name(path)}, line {node.lineno}"
        for path in FILES
        for node in ast.walk(tree(path))
        if name(path) != "cli.py" and isinstance(node, ast.ExceptHandler) and catches_all(node)
    ]
    assert broad == []


def test_no_file_is_named_for_nothing() -> None:
    assert [name(path) for path in FILES if path.stem in BANNED_NAMES] == []


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("haikuterm.cli", ("anthropic", "git", "textual", "prompt_toolkit", "sqlite3", "pygments")),
        ("haikuterm.wiring", ("anthropic", "git", "textual", "prompt_toolkit", "xllamacpp", "httpx2", "PIL", "pypdf")),
        (
            "haikuterm.ui.tui.app",
            # The first key waits for all that this imports: what the conversation needs comes after it.
            (
                "anthropic",
                "git",
                "markdown_it",
                "prompt_toolkit",
                "pygments",
                "sqlite3",
                "haikuterm.core.edits",
                "haikuterm.core.events",
                "haikuterm.core.ports",
                "haikuterm.core.settings",
                "haikuterm.ui.present",
                "haikuterm.ui.tui.transcript",
                "haikuterm.ui.tui.status",
                "haikuterm.engine.engine",
                "textual.widgets._markdown",
            ),
        ),
        (  # the first frame: hardly more than Python itself needs
            "haikuterm.ui.first_frame",
            ("argparse", "asyncio", "dataclasses", "enum", "pathlib", "re", "signal", "tomllib", "typing"),
        ),
    ],
)
def test_start_up_leaves_slow_libraries_out(module: str, absent: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print([m for m in {absent!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
