"""What is in a folder: the files that its .gitignore files do not name, or all entries that somebody wants."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SKIPPED = frozenset({".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__"})
MOST = 100_000  # a home folder can hold millions; nobody completes on those

Rules = tuple[tuple[str, "GitIgnoreSpec"], ...]  # (folder it speaks of, its patterns), outermost first


def walk(root: str) -> list[str]:
    """The paths relative to the root, sorted within each folder; links to folders are not followed."""
    found: list[str] = []
    for path in _below(root, "", ()):
        found.append(path)
        if len(found) == MOST:
            break
    return found


def entries(root: Path, opens: Callable[[os.DirEntry[str]], bool]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """(path relative to the root, entry) of all there is, a folder before what is in it.

    opens: whether what is in an entry is wanted too; it is asked once it was yielded. A folder that cannot be read is
    passed over.
    """
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as scan:
                found = list(scan)
        except OSError:
            continue
        for entry in found:
            yield folder + entry.name, entry
            if opens(entry):
                waiting.append(f"{folder}{entry.name}/")


def _below(root: str, folder: str, rules: Rules) -> Iterator[str]:
    """The files below one folder, "" for the root itself."""
    try:
        with os.scandir(Path(root, folder)) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError:
        return
    if any(entry.name == ".gitignore" for entry in entries):
        rules = (*rules, *_rules(root, folder))
    for entry in entries:
        path = folder + entry.name
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in SKIPPED and not _ignored(path + "/", rules):
                yield from _below(root, path + "/", rules)
        elif not _ignored(path, rules):
            yield path


def _rules(root: str, folder: str) -> Rules:
    """What the .gitignore of this folder says; nothing if it cannot be read."""
    from pathspec import GitIgnoreSpec

    try:
        text = Path(root, folder, ".gitignore").read_text(encoding="utf-8", errors="surrogateescape")
        return ((folder, GitIgnoreSpec.from_lines(text.splitlines())),)
    except (OSError, ValueError):
        return ()


def _ignored(path: str, rules: Rules) -> bool:
    """Whether the innermost .gitignore that speaks of the path says so."""
    for folder, spec in reversed(rules):
        include = spec.check_file(path[len(folder) :]).include
        if include is not None:
            return include
    return False
