"""Which linters a project turns on, and where their programs are; nothing is ever installed or downloaded."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from haikuterm.adapters.linter_run import environment
from haikuterm.adapters.linter_table import Tool

_FOLDERS = (".venv", "venv", "node_modules")
_HEAD = 200  # bytes of a file in which its first line is looked for


def concerned(tool: Tool, root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Those of the paths that the tool speaks of by their suffix or first line, where a configuration turns it on."""
    on: dict[str, bool] = {}  # by folder: many files share one
    kept = []
    for path in paths:
        if _speaks(tool, root, path):
            folder = path.rpartition("/")[0]
            if folder not in on:
                on[folder] = _evidence(tool, root, path)
            if on[folder]:
                kept.append(path)
    return tuple(kept)


def once(root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """The paths without links to others of them: a file is looked at, and fixed, under one name."""
    links = {path for path in paths if (root / path).is_symlink()}
    if not links:
        return tuple(paths)
    real = {os.path.realpath(root / path) for path in paths if path not in links}
    kept: list[str] = []
    for path in paths:
        place = os.path.realpath(root / path)
        if path not in links or place not in real:
            kept.append(path)
            real.add(place)
    return tuple(kept)


def not_excluded(tool: Tool, root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """The paths without those that mypy's `exclude` leaves out, which it heeds only for files that are not named."""
    homes: dict[str, str] = {}
    forms: dict[str, list[re.Pattern[str]]] = {}
    kept = []
    for path in paths:
        inner = path.rpartition("/")[0]
        folder = homes[inner] if inner in homes else homes.setdefault(inner, home(tool, root, path))
        if folder not in forms:
            forms[folder] = list(_excludes(tool, root, path))
        name = path.removeprefix(f"{folder}/") if folder else path
        ways = (
            [f"{way.as_posix()}/" for way in PurePosixPath(name).parents if way.name] + [name] if forms[folder] else []
        )
        if not any(form.search(way) for form in forms[folder] for way in ways):
            kept.append(path)
    return tuple(kept)


def _excludes(tool: Tool, root: Path, path: str) -> Iterator[re.Pattern[str]]:
    """The regular expressions in the configuration nearest to the file; none where it cannot be read."""
    import configparser  # not needed at start-up

    place = next(_configurations(tool, root, [path]), None)
    try:
        if place is None:
            return
        if place.suffix == ".toml":
            given = tomllib.loads(_text(place))["tool"]["mypy"].get("exclude", [])
        else:
            ini = configparser.RawConfigParser()
            ini.read_string(_text(place))
            given = ini.get("mypy", "exclude", fallback="")
        for form in [given] if isinstance(given, str) else given:
            if form:
                yield re.compile(form)
    except (ValueError, KeyError, AttributeError, TypeError, configparser.Error, re.error):
        return  # mypy will say so itself


def home(tool: Tool, root: Path, path: str) -> str:
    """The folder, relative to the root and "" for that, whose configuration counts for the file: the nearest.

    Most tools look for it where they run, so that is where they have to.
    """
    if tool.fixes == "tree":
        return ""  # it wants git's top folder
    place = next(_configurations(tool, root, [path]), None)
    folder = place.parent.relative_to(root).as_posix() if place else "."
    return "" if folder == "." else folder


def above(root: Path, paths: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """The files of these names in the paths' folders and those above them, relative to the root."""
    folders = dict.fromkeys(folder for path in paths for folder in PurePosixPath(path).parents)
    places = ((folder / name).as_posix() for folder in folders for name in names)
    return tuple(place for place in places if (root / place).is_file())


def find(tool: Tool, root: Path, paths: Sequence[str]) -> tuple[str, bool]:
    """(the program's absolute path, whether it lies in the root); ("", False) where there is none.

    Looked for in .venv/bin, $VIRTUAL_ENV/bin and node_modules/.bin of the files' folders and all above them up to the
    root, then on PATH; ruff last in our own installation. A relative or empty part of PATH is not followed.
    """
    if "/" in tool.program:  # a command that somebody named by its place
        named = root / tool.program
        return (str(named), named.is_relative_to(root)) if os.access(named, os.X_OK) else ("", False)
    for folder in local_folders(root, paths):
        place = folder / tool.program
        if place.is_file() and os.access(place, os.X_OK):
            return str(place), place.is_relative_to(root)
    safe = os.pathsep.join(part for part in os.environ.get("PATH", "").split(os.pathsep) if part.startswith("/"))
    found = shutil.which(tool.program, path=safe) or ""
    if tool.program == "ruff":
        found = found or find_ruff()
    return found, bool(found) and Path(found).is_relative_to(root)


def local_folders(root: Path, paths: Sequence[str]) -> Iterator[Path]:
    """The folders of the project that may hold programs, nearest to the files first, that exist."""
    folders: dict[PurePosixPath, None] = {}
    for path in paths:
        folders.update(dict.fromkeys(PurePosixPath(path).parents))
    for inner in sorted(folders or {PurePosixPath("."): None}, key=lambda folder: -len(folder.parts)):
        for name in (".venv/bin", "venv/bin", "node_modules/.bin"):
            if (root / inner / name).is_dir():
                yield root / inner / name
    active = os.environ.get("VIRTUAL_ENV", "")
    if active.startswith("/"):
        yield Path(active) / "bin"


def carried(root: Path) -> bool:
    """Whether the root's own programs may have come with the repository: git tracks some, or there is no git to ask.

    An environment that git does not know was made on this machine, by somebody who may write here anyway.
    """
    forms = (f":(glob,icase)**/{name}{end}" for name in _FOLDERS for end in ("", "/**"))  # "": a link of that name
    command = ("git", "-c", "core.fsmonitor=false", "ls-files", "-z", "--recurse-submodules", "--", *forms)
    try:
        done = subprocess.run(
            command,
            cwd=root,
            capture_output=True,
            timeout=20,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environment({}),
        )
    except (OSError, subprocess.TimeoutExpired):
        return True
    return done.returncode != 0 or bool(done.stdout)


def needs_consent(tool: Tool, root: Path, paths: Sequence[str], *, inside: bool) -> str:
    """Why the user must agree before the tool runs, or "". inside: its program lies in the root. Asks git for that."""
    if tool.consent:
        return tool.consent
    for place in _configurations(tool, root, paths):
        word = next((word for word in tool.config if word in _text(place)), "")
        if word:
            return f"{place.name} sets {word}, which names code of the repository"
    if inside and carried(root):
        return "the program itself came with the repository"
    return ""


def find_ruff() -> str:
    """The ruff of our own installation, else the one on PATH, else ""."""
    beside = Path(sys.executable).with_name("ruff")
    try:
        from ruff import find_ruff_bin  # type: ignore[import-untyped]  # it ships no types

        return str(find_ruff_bin())
    except (ImportError, FileNotFoundError):
        return str(beside) if beside.is_file() else shutil.which("ruff") or ""


def _speaks(tool: Tool, root: Path, path: str) -> bool:
    if path.endswith(tool.suffixes):
        return True
    if not tool.shebang or PurePosixPath(path).suffix:
        return False
    try:
        with (root / path).open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    first = head.split(b"\n")[0].decode("latin-1")
    return first.startswith("#!") and bool({PurePosixPath(word).name for word in first[2:].split()} & {*tool.shebang})


def _evidence(tool: Tool, root: Path, path: str) -> bool:
    return not tool.evidence or next(_configurations(tool, root, [path]), None) is not None


def _configurations(tool: Tool, root: Path, paths: Sequence[str]) -> Iterator[Path]:
    """The configuration files in the paths' folders and those above that turn the tool on."""
    folders = dict.fromkeys(folder for path in paths for folder in PurePosixPath(path).parents)
    for folder in folders:
        for evidence in tool.evidence:
            name, _, table = evidence.partition("#")
            place = root / folder / name
            if place.is_file() and (not table or _has_table(place, table)):
                yield place


def _has_table(place: Path, table: str) -> bool:
    """Whether the file has the table [tool.x], or one below it; read as text, for it may not parse."""
    heads = (f"[{table}]", f"[{table}.", f"[[{table}.", f"[{table}-")
    return any(line.strip().replace(" ", "").startswith(heads) for line in _text(place).splitlines())


def _text(place: Path) -> str:
    try:
        return place.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
