"""Bytes on disk: read without waiting, written whole or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path


def look(place: Path) -> os.stat_result | None:
    """What stands there, a link not followed; None for nothing, or nothing that can be looked at."""
    try:
        return place.lstat()
    except OSError:
        return None


def read(place: Path, limit: int) -> bytes:
    """The bytes of a regular file, at most limit + 1 of them; the last part of the path is never followed as a link.

    Raises OSError, also for a folder, a pipe or a device: none of them can keep us waiting.
    """
    descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("not a regular file")
        return file.read(limit + 1)


def replace(place: Path, data: bytes, *, mode: int | None = None, owner: tuple[int, int] | None = None) -> None:
    """Put the bytes there in one step: a reader sees the old file or the new one, also after a crash.

    mode: permission bits, else what the umask leaves. owner: user and group to give it to, where we may.
    Missing folders are made. Raises OSError; then nothing is left behind.
    """
    made = _make_folders(place.parent)
    temporary = place.parent / f".haikuterm-{os.urandom(6).hex()}"
    done = False
    try:
        _write_new(temporary, data, mode, owner)
        temporary.replace(place)
        done = True
    finally:
        if not done:
            with suppress(OSError):
                temporary.unlink()
            _remove_folders(made)
    sync_folder(place.parent)


def overwrite(place: Path, data: bytes) -> None:
    """Put the bytes into the file that is there, so that its other names (hard links) show them too.

    Raises OSError; then the old bytes are put back.
    """
    before = place.read_bytes()
    with place.open("r+b", buffering=0) as file:
        try:
            _fill(file.fileno(), data)
        except OSError:
            _fill(file.fileno(), before)
            raise


def sync_folder(folder: Path) -> None:
    """Make the new names in it durable; some file systems cannot, and then there is nothing more to do."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _fill(descriptor: int, data: bytes) -> None:
    at = 0
    while at < len(data):
        at += os.pwrite(descriptor, data[at:], at)
    os.ftruncate(descriptor, len(data))
    os.fsync(descriptor)


def _write_new(place: Path, data: bytes, mode: int | None, owner: tuple[int, int] | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(place, flags, 0o666 if mode is None else 0o600), "wb") as file:
        file.write(data)
        file.flush()
        if owner is not None:
            with suppress(PermissionError):  # only root may give files away
                os.fchown(file.fileno(), *owner)
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())


def _make_folders(folder: Path) -> list[Path]:
    """Make the folder and those above it that are missing; returns the new ones, outermost first."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    made: list[Path] = []
    for new in reversed(missing):
        try:
            new.mkdir()
        except OSError:
            if new.is_dir():  # another process was quicker
                continue
            _remove_folders(made)
            raise
        made.append(new)
    return made


def _remove_folders(made: list[Path]) -> None:
    for folder in reversed(made):
        with suppress(OSError):
            folder.rmdir()
