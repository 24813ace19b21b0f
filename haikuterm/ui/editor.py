"""The user's own editor on the terminal: a text goes in, the text that they left comes out."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from haikuterm.core.errors import SettingsError

USUAL = ("nano", "vim", "vi")  # looked for in this order where the user named no editor
LONGEST_NAME = 80  # characters; file systems take 255 bytes
_UNSAFE = re.compile(r"[^\w.+-]")


def edit(text: str, name: str) -> str | None:
    """Let the user change the text in $VISUAL, $EDITOR or a usual editor; blocks until that has ended.

    The terminal must be in its ordinary mode. name: of the file the editor shows. An editor with a window of its own
    must be told to wait, as in EDITOR="code --wait". Returns None if the editor ended with an error code or removed
    the file, which means "forget it". Raises SettingsError if there is no editor, it cannot start or saves no UTF-8.
    """
    words = _command()
    try:
        with tempfile.TemporaryDirectory(prefix="haikuterm-", ignore_cleanup_errors=True) as folder:
            file = Path(folder, _file_name(name))
            file.write_bytes(text.encode("utf-8", "replace"))
            failed = _run([*words, str(file)])
            return None if failed or not file.exists() else file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError("The editor did not save the text as UTF-8. Set it to UTF-8 and try again.") from error
    except OSError as error:
        raise SettingsError(
            f"The text for the editor cannot be kept in a file: {error.strerror}. Make room for temporary files."
        ) from error


def _command() -> list[str]:
    """The editor and its arguments. Raises SettingsError."""
    for name in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(os.environ.get(name, ""))
        except ValueError as error:
            raise SettingsError(f"${name} cannot be read as a command: {error}. Look at its quotes.") from error
        if words:
            return words
    for name in USUAL:
        if shutil.which(name):
            return [name]
    raise SettingsError(f"There is no editor: none of {', '.join(USUAL)} was found. Set $EDITOR to yours.")


def _file_name(name: str) -> str:
    """The last part of the name as one that every file system and every editor's command line takes."""
    last = re.split(r"[/\\]", name)[-1]
    return _UNSAFE.sub("_", last)[-LONGEST_NAME:].lstrip(".-") or "text"


def _run(words: Sequence[str]) -> int:
    """Run the editor on the terminal to its end; its exit code. Raises SettingsError."""
    screen = 2 if os.isatty(2) and not os.isatty(1) else None  # stdout goes to a file or a pipe
    try:
        with _interrupts_are_the_editors():
            return subprocess.run(words, stdout=screen, check=False).returncode
    except OSError as error:
        why = error.strerror or "it cannot be run"
        raise SettingsError(f"The editor {words[0]!r} did not start: {why}. Set $EDITOR to one that does.") from error


@contextmanager
def _interrupts_are_the_editors() -> Iterator[None]:
    """Ctrl+C in the editor reaches every program on the terminal, and must not stop ours.

    A function that does nothing, since a program that is started inherits SIG_IGN, but no function.
    """
    ours = signal.getsignal(signal.SIGINT)
    if ours in (None, signal.SIG_IGN) or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, ours)
