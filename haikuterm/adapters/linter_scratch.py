"""A copy of the project in a temporary folder, in which a linter sees files as they would be."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from haikuterm.adapters.linter_run import Broke
from haikuterm.adapters.walk import SKIPPED, entries

MOST_FILES = 50_000
MOST_BYTES = 500_000_000
_REPOSITORIES = (".git", ".hg", ".svn")


@contextmanager
def mirror(root: Path, overlay: Mapping[str, bytes]) -> Iterator[Path]:
    """A tree of links to the root's files, with real files for the overlay; for tools that only read.

    Folders are real, so that a file keeps its neighbours; what git and the package tools own (node_modules, .venv) and
    caches are linked as a whole. Gone when the block ends. Raises Broke if the project is too large, OSError.
    """
    with _folder() as scratch:
        for path, entry in _entries(root):
            if _open(entry):
                (scratch / path).mkdir()
            else:
                (scratch / path).symlink_to(entry.path)
        _lay(scratch, overlay)
        yield scratch


@contextmanager
def copy(root: Path, overlay: Mapping[str, bytes]) -> Iterator[Path]:
    """Like `mirror`, with real copies, so that a tool that writes cannot reach the root's files through a link.

    Caches and links are left out. Raises Broke if the project is too large, OSError.
    """
    with _folder() as scratch:
        size = 0
        for path, entry in _entries(root):
            if _open(entry):
                (scratch / path).mkdir()
            elif entry.name in SKIPPED and entry.name not in _REPOSITORIES:
                (scratch / path).symlink_to(entry.path)
            if not entry.is_file(follow_symlinks=False) or entry.name in SKIPPED:
                continue
            size += entry.stat(follow_symlinks=False).st_size
            if size > MOST_BYTES:
                raise Broke(f"The project is larger than {MOST_BYTES // 1_000_000} megabytes, too large to copy.")
            shutil.copy2(entry.path, scratch / path)
        _lay(scratch, overlay)
        yield scratch


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="haikuterm-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()  # tools name files by their real place


def _entries(root: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """(path relative to the root, entry) of everything to be made, a folder before what is in it."""
    for seen, found in enumerate(entries(root, _open)):
        if seen == MOST_FILES:
            raise Broke(f"The project has more than {MOST_FILES} files, too many to look at in a copy.")
        yield found


def _open(entry: os.DirEntry[str]) -> bool:
    """Whether the entry is a folder whose own entries are looked at."""
    if not entry.is_dir(follow_symlinks=False) or entry.name in SKIPPED:
        return False
    return not Path(entry.path, "CACHEDIR.TAG").is_file()  # a cache (bford.info/cachedir): target, .mypy_cache


def _lay(scratch: Path, overlay: Mapping[str, bytes]) -> None:
    """Put real files in the place of links; nothing is ever written through a link into the project."""
    for path, data in overlay.items():
        parts = PurePosixPath(path).parts
        if not parts or ".." in parts or path.startswith("/"):
            raise Broke(f"{path!r} is no file inside the project.")
        folder = scratch
        for part in parts[:-1]:
            folder /= part
            _make_real(folder)
        place = folder / parts[-1]
        if place.is_symlink():
            place.unlink()
        place.write_bytes(data)


def _make_real(folder: Path) -> None:
    """Make the folder, or a real one in the place of a link to it, with links to what is in that."""
    if not folder.is_symlink():
        folder.mkdir(exist_ok=True)
        return
    target = folder.resolve()
    folder.unlink()
    folder.mkdir()
    for entry in target.iterdir() if target.is_dir() else ():
        (folder / entry.name).symlink_to(entry)
