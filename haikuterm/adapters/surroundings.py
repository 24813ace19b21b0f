"""What is around the program, as a checkup wants to know it: git, the terminal, folders that must be writable."""

from __future__ import annotations

import locale
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from haikuterm.core.checkup import Git, Terminal

PATIENCE = 10.0  # seconds for one question to git
NO_REPOSITORY = "fatal: not a git repository (or any"  # git's words where there is none, and nothing is wrong


def git(folder: Path) -> Git:
    """What git says of itself and of the folder."""
    version, _ = _git(folder, "--version")
    if not version:
        return Git()
    (name, _), (email, _) = (_git(folder, "config", key) for key in ("user.name", "user.email"))
    root, trouble = _git(folder, "rev-parse", "--show-toplevel")
    return Git(version, name, email, root, "" if trouble.startswith(NO_REPOSITORY) else trouble)


def _git(folder: Path, *words: str) -> tuple[str, str]:
    """The first line that git prints, "" where it fails or is not there, and its complaint."""
    try:
        done = subprocess.run(
            ["git", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError) as error:
        return "", str(error)
    if done.returncode:
        return "", " ".join(done.stderr.split())
    return done.stdout.partition("\n")[0].strip(), ""


def terminal(environ: Mapping[str, str]) -> Terminal:
    """What the terminal says of itself, by variables of the environment; nothing is sent to it."""
    size = shutil.get_terminal_size()
    language = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "")
    return Terminal(
        term=environ.get("TERM", ""),
        colors=environ.get("COLORTERM", ""),
        program=environ.get("TERM_PROGRAM", ""),
        columns=size.columns,
        rows=size.lines,
        encoding=getattr(sys.stdout, "encoding", "") or locale.getpreferredencoding(False),
        interactive=sys.stdout.isatty(),
        tmux=bool(environ.get("TMUX")),
        ssh=bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY")),
        kitty=not environ.get("TEXTUAL_DISABLE_KITTY_KEY"),
        language=language,
    )


def unwritable(folder: Path) -> str:
    """Why nothing can be written into the folder, or made in the one that it would stand in; "" if it can be."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        return f"{place} is no folder"
    return "" if os.access(place, os.W_OK | os.X_OK) else f"{place} cannot be written to"
