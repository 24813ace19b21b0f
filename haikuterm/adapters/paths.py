"""Where a name leads: the rules that keep every path inside the root."""

from __future__ import annotations

import os
import re
from pathlib import Path
from unicodedata import category

from haikuterm.core.errors import PathRefused

_DRIVE = re.compile(r"[A-Za-z]:")
_GIT_NAMES = (".git", "git~1")  # git~1: the short name of .git on Windows file systems


def find_root(start: str) -> str:
    """The real path of the top folder of the git work tree around `start`, else of `start` itself.

    Raises PathRefused if there is no such folder.
    """
    here = Path(os.path.realpath(start))
    if not here.is_dir():
        raise PathRefused(f"There is no folder {start!r}. Start haikuterm in a folder that exists.")
    return str(next((folder for folder in (here, *here.parents) if git_folder(folder)), here))


def git_folder(root: Path) -> Path | None:
    """The folder that holds the index of the repository whose top folder this is, or None if it is none.

    A linked work tree and a submodule have a file `.git` that names the folder (gitrepository-layout(5)).
    """
    place = root / ".git"
    try:
        if place.is_file():
            said = place.read_text(encoding="utf-8", errors="surrogateescape")
            place = root / said.removeprefix("gitdir:").strip()
        return place if (place / "HEAD").is_file() else None
    except (OSError, ValueError):
        return None


def relative(root: str, name: str, base: str = "") -> str:
    """The path relative to the root, "/" between parts, of a name seen from the folder `base` (relative to the root).

    Links are not looked at here: `real` does that. Raises PathRefused.
    """
    _check_form(name)
    path = os.path.normpath("/".join((root, base, name))) if not name.startswith("/") else _absolute(root, name)
    if not _within(root, path):
        raise PathRefused(f"{name!r} leads out of {root}. Only files inside of it can be used.")
    inside = path[len(root) :].strip("/") or "."
    _check_form(inside)  # ./~ too: a path that is given out must keep its meaning when it comes back
    _check_parts(name, inside)
    return inside


def real(root: str, path: str) -> Path:
    """The absolute place, links followed, of a path relative to the root. Raises PathRefused if a link leads out."""
    followed = os.path.realpath("/".join((root, path)))
    if not _within(root, followed):
        raise PathRefused(f"{path!r} is a link that leads out of {root}. Only files inside of it can be used.")
    _check_parts(path, followed[len(root) :].strip("/"))
    return Path(followed)


def own(root: str, path: str, place: Path) -> Path:
    """The place again. Raises PathRefused if it is in a submodule or another repository inside of the root."""
    for folder in place.parents:
        if str(folder) == root or not _within(root, str(folder)):
            break
        if (folder / ".git").exists():
            other = str(folder)[len(root) :].strip("/")
            raise PathRefused(f"{path!r} belongs to another repository ({other}). Start haikuterm there to change it.")
    return place


def _check_form(name: str) -> None:
    """Refuse names that mean something else elsewhere: NUL, ~, Windows forms, what no file system can hold."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError as error:
        raise PathRefused(f"{name!r} cannot be the name of a file. Name another one.") from error
    if not name or "\0" in name:
        raise PathRefused("The name of the file is empty or holds a NUL. Name a file inside the folder.")
    if name.startswith("~"):
        raise PathRefused(f"{name!r} starts at a home folder. Name a file inside this folder, as in src/app.py.")
    if "\\" in name or _DRIVE.match(name):
        raise PathRefused(f"{name!r} has the form of a Windows path. Write / between the parts, as in src/app.py.")


def _check_parts(name: str, inside: str) -> None:
    if any(_is_git(part) for part in inside.split("/")):
        raise PathRefused(f"{name!r} is inside git's own folder, which is never read or written.")


def _is_git(part: str) -> bool:
    """Whether a file system may take the name for .git: case, ignored signs, streams, dots and spaces at the end."""
    shown = "".join(sign for sign in part if category(sign) != "Cf")
    return shown.casefold().split(":")[0].rstrip(". ") in _GIT_NAMES


def _absolute(root: str, name: str) -> str:
    """An absolute path as one below the real root, where another way (through links) leads there."""
    path = "/" + os.path.normpath(name).lstrip("/")
    if _within(root, path):
        return path
    folder, _, last = path.rpartition("/")
    return f"{os.path.realpath(folder or '/')}/{last}"


def _within(root: str, path: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")
