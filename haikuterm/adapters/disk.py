"""Bytes on disk: read without waiting, written whole or not at all; what it makes on the way is cleared away."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

DAY = 86_400  # seconds after which a temporary file is one that a killed process left
_TEMPORARY = re.compile(r"\.haikuterm-[0-9a-f]{12}")


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
    with os.fdopen(open_file(place), "rb") as file:
        return file.read(limit + 1)


def replace(place: Path, data: bytes, *, mode: int | None = None) -> None:
    """Put the bytes there in one step, whatever stood there: a reader sees the old file or the new one.

    mode: permission bits, else what the umask leaves. Missing folders are made. Raises OSError; then nothing is left.
    """
    made = make_folders(place.parent)
    temporary = beside(place)
    done = False
    try:
        write_new(temporary, data, mode)
        temporary.replace(place)
        done = True
    finally:
        if not done:
            with suppress(OSError):
                temporary.unlink()
            remove_folders(made)
    sync_folder(place.parent)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Whoever reads a file of ours in this folder to change it is the only process to do so; waits for the others.

    The folder itself is locked, so that no file is made for it; where it is missing it is made, for its user only, and
    does not stay if nothing is put into it. On a file system that cannot lock, nobody waits. Raises OSError.
    """
    made = make_folders(folder, 0o700)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
        remove_folders(made)


def overwrite(place: Path, data: bytes, held: bytes) -> bool:
    """Put the bytes into the file that is there, so that its other names (hard links) show them too.

    False, and nothing is changed, if it does not hold `held`. Between that look and the write a moment remains in which
    another program's bytes would be lost, and a killed process leaves a part of the new ones: no system can do better
    with a file of several names. Raises OSError; then the old bytes are put back.
    """
    with place.open("r+b", buffering=0) as file:
        if file.read(len(held) + 1) != held:
            return False
        try:
            _fill(file.fileno(), data)
        except OSError:
            _fill(file.fileno(), held)
            raise
    return True


def sync_folder(folder: Path) -> None:
    """Make the new names in it durable; some file systems cannot, and then there is nothing more to do."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def is_temporary(name: str) -> bool:
    """Whether a file's name, without its folder, is one of our temporary files'."""
    return _TEMPORARY.fullmatch(name) is not None


def sweep(folder: Path, now: float) -> None:
    """Remove temporary files that a killed process left there a day or more ago; now: seconds since the epoch.

    Their age is that of their name (ctime): a file that was just swapped out may itself be years old.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_temporary(entry.name):
                facts = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(facts.st_mode) and now - facts.st_ctime > DAY:
                    Path(entry.path).unlink()


def beside(place: Path) -> Path:
    """A name in the same folder that no other process chooses, for a file on its way to `place`."""
    return place.parent / f".haikuterm-{os.urandom(6).hex()}"


def open_file(place: Path) -> int:
    """A descriptor to read from. Raises OSError for anything but a regular file."""
    descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a regular file")
    return descriptor


def _fill(descriptor: int, data: bytes) -> None:
    at = 0
    while at < len(data):
        at += os.pwrite(descriptor, data[at:], at)
    os.ftruncate(descriptor, len(data))
    os.fsync(descriptor)


def write_new(place: Path, data: bytes, mode: int | None = None, like: Path | None = None) -> None:
    """Make a file, its bytes safe on disk then. Raises OSError; then a part of it may be there.

    mode: permission bits, else what the umask leaves. like: a file whose mode, owner and attributes it takes.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    bits = 0o666 if mode is None and like is None else 0o600
    with os.fdopen(os.open(place, flags, bits), "wb") as file:
        file.write(data)
        file.flush()
        if like is not None:
            mode = _take_over(file.fileno(), like)
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())


def _take_over(descriptor: int, like: Path) -> int:
    """Give the new file the owner and the extended attributes of another, where we may; returns its mode bits."""
    facts = like.lstat()
    for owner in ((facts.st_uid, facts.st_gid), (-1, facts.st_gid)):  # only root may give files away
        with suppress(OSError):
            os.fchown(descriptor, *owner)
            break
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for name in os.listxattr(like, follow_symlinks=False):
                with suppress(OSError):
                    os.setxattr(descriptor, name, os.getxattr(like, name, follow_symlinks=False))
    kept = os.fstat(descriptor).st_uid == facts.st_uid
    return stat.S_IMODE(facts.st_mode) if kept else stat.S_IMODE(facts.st_mode) & 0o777


def make_folders(folder: Path, mode: int = 0o777) -> list[Path]:
    """Make the folder and those above it that are missing; returns the new ones, outermost first."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    made: list[Path] = []
    for new in reversed(missing):
        try:
            new.mkdir(mode)
        except OSError:
            if new.is_dir():  # another process was quicker
                continue
            remove_folders(made)
            raise
        made.append(new)
    return made


def remove_folders(made: Sequence[Path]) -> None:
    """Remove the folders that were made, outermost first, those that are still empty; a link is none."""
    for folder in reversed(made):
        with suppress(OSError):
            folder.rmdir()


def why_not(place: Path) -> OSError | None:
    """What would be said if a file were put there: a folder that may not be written, or that cannot be made."""
    folder = place.parent
    while not (facts := look(folder)):
        folder = folder.parent
    if not stat.S_ISDIR(facts.st_mode):
        return OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if not os.access(folder, os.W_OK | os.X_OK):
        return OSError(errno.EACCES, os.strerror(errno.EACCES))
    return None
