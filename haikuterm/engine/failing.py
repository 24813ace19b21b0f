"""Where a failing assertion is to be mended: in the code of the project that the test calls, not in the test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from haikuterm.core.errors import HaikutermError
from haikuterm.core.meaning import tree
from haikuterm.core.ports import Workspace
from haikuterm.core.textfile import decode

MOST = 50  # files that are looked into
_CALLED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")


def called(workspace: Workspace, test: str, name: str, section: str, files: tuple[str, ...]) -> tuple[str, int] | None:
    """(path, line) of the definition that a test calls, as far as the test file's imports lead to it; None if not.

    test: the test file; name: the test, as in "TestBox::test_open[1]"; section: its traceback, "" where there is none;
    files: those of the project that hold no tests. Looks at the disk.
    """
    module = tree(_text(workspace, test))
    if module is None:
        return None
    words = [*reversed(_CALLED.findall(section) or _CALLED.findall(_function(module, name)))]
    names = {alias.name for node in ast.walk(module) if isinstance(node, ast.ImportFrom) for alias in node.names}
    texts = {path: _text(workspace, path) for path in [*dict.fromkeys(_imported(module, files))][:MOST]}
    for word in dict.fromkeys([*words, *sorted(names)]):
        form = re.compile(rf"^[ \t]*(?:async\s+def|def|class)\s+{re.escape(word)}\b", re.MULTILINE)
        for path, text in texts.items():
            if found := form.search(text):
                return path, text.count("\n", 0, found.start()) + 1
    return None


def _function(module: ast.Module, name: str) -> str:
    """The source of the test, evened out; "" where it is not found."""
    last = name.rpartition("::")[2].partition("[")[0]
    found = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return next((ast.unparse(node) for node in found if node.name == last), "")


def _imported(module: ast.Module, files: tuple[str, ...]) -> Iterator[str]:
    """The files that the module's imports may mean, wherever their packages lie, those of the very module first."""
    for inner in (False, True):
        for node in ast.walk(module):
            match node:
                case ast.Import(names=names):
                    wanted = [alias.name for alias in names]
                case ast.ImportFrom(module=str(base), names=names):
                    wanted = [base, *(f"{base}.{alias.name}" for alias in names)]
                case _:
                    continue
            for dotted in wanted:
                place = dotted.replace(".", "/")
                ends = (f"/{place}.py", f"/{place}/__init__.py")
                for path in files:
                    if f"/{path}".endswith(ends) or (inner and path.endswith(".py") and f"/{place}/" in f"/{path}"):
                        yield path


def _text(workspace: Workspace, path: str) -> str:
    try:
        return decode(workspace.read_bytes(path) or b"").text
    except HaikutermError:  # huge
        return ""
