"""The first AGENTS.md of a repository, drafted from what its files say: layout, languages, commands."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from haikuterm.core.guard import visible_line

LANGUAGES = {
    "c": "C", "cc": "C++", "cpp": "C++", "cs": "C#", "css": "CSS", "dart": "Dart", "ex": "Elixir", "exs": "Elixir",
    "go": "Go", "h": "C", "hpp": "C++", "hs": "Haskell", "html": "HTML", "java": "Java", "js": "JavaScript",
    "jsx": "JavaScript", "kt": "Kotlin", "lua": "Lua", "mjs": "JavaScript", "php": "PHP", "pl": "Perl",
    "py": "Python", "r": "R", "rb": "Ruby", "rs": "Rust", "scala": "Scala", "sh": "shell", "sql": "SQL",
    "swift": "Swift", "ts": "TypeScript", "tsx": "TypeScript", "vue": "Vue", "zig": "Zig",
}  # fmt: skip
READ = ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "package.json", "Cargo.toml", "go.mod", "Makefile")
MOST = 12  # folders that are listed
_RUNNERS = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun", "bun.lockb": "bun"}
_TARGET = re.compile(r"^([\w-]+)[ \t]*:(?!=)", re.MULTILINE)
_WORDS = ("build", "lint", "format", "typecheck", "check")
_RULES = """## Rules
- (What a newcomer would get wrong: conventions, what must not be touched, how to name things.)
"""


def commands_of_tests(paths: Sequence[str], texts: Mapping[str, str]) -> tuple[str, ...]:
    """How the tests are run here, the surest way first. texts: what the files of READ hold that are there."""
    found = [_script(paths, "test")] if "test" in _scripts(texts) else []
    if "test" in _targets(texts):
        found.append("make test")
    configured = any("pytest" in texts.get(name, "") for name in READ[:4])
    if configured or any(re.search(r"(^|/)test_[^/]*\.py$", path) for path in paths):
        found.append(f"{_python(paths)}pytest")
    if "Cargo.toml" in texts:
        found.append("cargo test")
    if "go.mod" in texts:
        found.append("go test ./...")
    return tuple(found)


def draft(name: str, paths: Sequence[str], texts: Mapping[str, str], linters: Sequence[str]) -> str:
    """The text of AGENTS.md. name: of the project. paths: all its files. linters: that are turned on, by name."""
    shown = Counter(filter(None, map(_language, paths)))
    what = ", ".join(language for language, _ in shown.most_common(3))
    rows = [f"- test: `{command}`" for command in commands_of_tests(paths, texts)]
    rows += [f"- {word}: `{_script(paths, word)}`" for word in _WORDS if word in _scripts(texts)]
    rows += [f"- {word}: `make {word}`" for word in _WORDS if word in _targets(texts)]
    rows += [f"- linters: {', '.join(linters)}"] if linters else []
    parts = [f"# {visible_line(name)}\n\n{what or 'No code yet'}, {len(paths):,} file{'s' * (len(paths) != 1)}.\n"]
    parts += ["## Layout\n" + "".join(f"{row}\n" for row in _layout(paths))] if paths else []
    parts += ["## Commands\n" + "".join(f"{row}\n" for row in rows)] if rows else []
    return "\n".join([*parts, _RULES])


def _language(path: str) -> str:
    base = path.rpartition("/")[2]
    return LANGUAGES.get(base.rpartition(".")[2].lower(), "") if "." in base else ""


def _layout(paths: Sequence[str]) -> list[str]:
    """The folders of the root, the largest first, each with what is mostly in it."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        folder, slash, _ = path.partition("/")
        if slash and not folder.startswith("."):
            folders.setdefault(folder, []).append(path)
    largest = sorted(folders, key=lambda folder: (-len(folders[folder]), folder))
    rows = [_folder(folder, folders[folder]) for folder in largest[:MOST]]
    rest = len(largest) - MOST
    return [*rows, f"- and {rest} more"] if rest > 0 else rows or ["- all files are in the root"]


def _folder(name: str, paths: Sequence[str]) -> str:
    mostly = Counter(filter(None, map(_language, paths))).most_common(1)
    kind = f", mostly {mostly[0][0]}" if mostly else ""
    return f"- `{visible_line(name)}/`: {len(paths):,} file{'s' * (len(paths) != 1)}{kind}"


def _scripts(texts: Mapping[str, str]) -> Mapping[str, str]:
    """The scripts of package.json; npm's own stand-in for tests is none."""
    try:
        found = json.loads(texts.get("package.json") or "{}").get("scripts", {})
    except (ValueError, AttributeError):
        return {}
    scripts = found if isinstance(found, dict) else {}
    return {name: line for name, line in scripts.items() if "no test specified" not in str(line)}


def _script(paths: Sequence[str], name: str) -> str:
    runner = next((runner for lock, runner in _RUNNERS.items() if lock in paths), "npm")
    return f"{runner} {name}" if name == "test" and runner != "bun" else f"{runner} run {name}"


def _targets(texts: Mapping[str, str]) -> frozenset[str]:
    return frozenset(_TARGET.findall(texts.get("Makefile", "")))


def _python(paths: Sequence[str]) -> str:
    """What stands before a Python program to find the project's own."""
    return "uv run " if "uv.lock" in paths else "poetry run " if "poetry.lock" in paths else ""
