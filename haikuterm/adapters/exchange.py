"""Changes files that others may change at the same time, so that neither their bytes nor ours are lost."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Literal, Self

from haikuterm.adapters import disk

ROUNDS = 50  # how often bytes are given back while others go on writing
PATIENCE = 0.03  # seconds for which a program that has the file open may take to close it; `busy` tells before
MOST = 64_000_000  # bytes that are compared; no file that we hold is as large
# Also EPERM: so some sandboxes say that they do not know a call. Where it is meant, the next way fails with it as well.
_MISSING = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM})
_NO_LINKS = _MISSING | {errno.EMLINK}

Steps = Generator[str, None, bool]


def rename(source: Path, target: Path, how: Literal["swap", "new"]) -> bool:
    """Swap two files, or give one a name that nothing has yet, in one step; False where the system cannot.

    Raises OSError: FileNotFoundError if one of them is missing, FileExistsError if a "new" name is taken.
    """
    call = _system_rename()
    number = call(os.fsencode(source), os.fsencode(target), how == "swap") if call else errno.ENOSYS
    if number and number not in _MISSING:
        raise OSError(number, os.strerror(number), str(source), None, str(target))
    return number == 0


@dataclass(frozen=True, slots=True)
class System:
    """What writing needs of the system. rename: as the function of this name. patience: as PATIENCE, in seconds."""

    rename: Callable[[Path, Path, Literal["swap", "new"]], bool] = rename
    patience: float = PATIENCE


SYSTEM = System()


def at_once(steps: Steps) -> bool:
    """Take all steps of a `swap`, `make` or `remove`: whether it was done. They can be taken one by one, too."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return bool(end.value)


def swap(place: Path, data: bytes, held: bytes, system: System = SYSTEM) -> Steps:
    """Replace the file's bytes `held` by `data`, its mode, owner and attributes kept.

    False, and the file is as others left it, if it holds anything else at the moment in which the two change places.
    Whatever others do at any point, their bytes and ours are not lost to each other: what a swap brings out is looked
    at, and is given back unless it is what was held. Raises OSError; then nothing is left behind.
    """
    yield "compare"
    if not _see(place).holds(held):
        return False
    try:
        with _on_the_way(place) as temporary:
            yield "write"
            disk.write_new(temporary.place, data, like=place)
            yield "swap"
            with _Watched(temporary.place) as ours:
                if system.rename(temporary.place, place, "swap"):
                    return (yield from _swapped(temporary, place, held, ours, system))
            last = _see(place, system.patience)  # the best there is on such a file system: one last look
            if last.holds(held) and not last.busy:
                temporary.place.replace(place)
            return _verdict(place, last, held)
    except FileNotFoundError:  # removed a moment ago
        return False


def make(place: Path, data: bytes, mode: int | None = None, system: System = SYSTEM) -> Steps:
    """Make a file that is not there, and the folders it needs; False if something has its name by then.

    mode: permission bits, else what the umask leaves. Raises OSError; then nothing is left behind.
    """
    if disk.look(place):
        return False
    made, done = disk.make_folders(place.parent), False
    try:
        with _on_the_way(place) as temporary:
            yield "write"
            disk.write_new(temporary.place, data, mode)
            yield "name"
            _name(temporary.place, place, system)
        done = True
        return True
    except FileExistsError:
        return False
    finally:
        if not done:
            disk.remove_folders(made)


def remove(place: Path, held: bytes, system: System = SYSTEM) -> Steps:
    """Remove a file that holds `held`; False, and the file is as others left it, if it holds anything else.

    Raises OSError; then the file is still there.
    """
    temporary = disk.beside(place)
    yield "compare"
    if not _see(place).holds(held):
        return False
    yield "take"
    try:
        place.rename(temporary)
    except FileNotFoundError:
        return False
    yield "look"
    out = _see(temporary, system.patience)
    if out.holds(held) and not out.busy:
        temporary.unlink()
        disk.sync_folder(place.parent)
        return True
    yield "give back"
    try:
        _name(temporary, place, system)
    except FileExistsError:
        _keep_aside(temporary, place, system)
    return _verdict(place, out, held)


def busy(place: Path) -> bool:
    """Whether another program has the file open for writing, as far as the system tells."""
    return _see(place, 0.0, 0).busy


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was looked at; data is None for what is no regular file, or huge.

    busy: somebody has it open for writing.
    """

    inode: tuple[int, int] = (0, 0)
    changed: int = 0
    data: bytes | None = None
    busy: bool = field(default=False, compare=False)

    def holds(self, data: bytes) -> bool:
        """Whether these were its bytes."""
        return self.data == data


def _see(place: Path, patience: float | None = None, most: int = MOST) -> _Seen:
    """The file now, its bytes if they are not more than `most`.

    patience: how long to wait for those who have it open for writing, None not to ask.
    """
    facts = disk.look(place)
    if facts is None:
        return _Seen()
    inode = (facts.st_dev, facts.st_ino)
    try:
        with os.fdopen(disk.open_file(place), "rb") as file:
            busy = patience is not None and _busy(file.fileno(), patience)  # first: whoever has closed it is done
            facts = os.fstat(file.fileno())
            data = file.read(most + 1) if facts.st_size <= most else None
            return _Seen(inode, facts.st_mtime_ns, data, busy)
    except OSError:
        return _Seen(inode)


class _Watched:
    """A file that we put under a name, held on to, so that it is known what becomes of it."""

    def __init__(self, place: Path) -> None:
        self.seen = _see(place)
        self._descriptor = -1
        with suppress(OSError):
            flags = getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK)
            self._descriptor = os.open(place, flags | os.O_NOFOLLOW | os.O_CLOEXEC)

    @property
    def linked(self) -> bool:
        """Whether it still has a name anywhere."""
        return self._descriptor >= 0 and os.fstat(self._descriptor).st_nlink > 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)


@dataclass(slots=True)
class _OnTheWay:
    """A temporary file. theirs: it holds bytes of another program, so it may not be cleared away."""

    place: Path
    theirs: bool = False


@contextmanager
def _on_the_way(place: Path) -> Iterator[_OnTheWay]:
    """A name beside the place; what stands there in the end is cleared away, and the folder made durable."""
    temporary = _OnTheWay(disk.beside(place))
    try:
        yield temporary
    finally:
        if not temporary.theirs:
            with suppress(OSError):
                temporary.place.unlink()
        disk.sync_folder(place.parent)


def _busy(descriptor: int, patience: float) -> bool:
    """Whether another program has the file open for writing, as far as the system tells.

    Linux grants a read lease exactly if nobody has (fcntl(2)); it is given back at once. SIGURG, which does nothing, is
    named as its signal, since the usual one ends the process.
    """
    if sys.platform != "linux":
        return False
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError as error:
            if error.errno != errno.EAGAIN:  # somebody else's file, or a file system without leases
                return False
        else:
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            return False
        if time.monotonic() >= end:
            return True
        time.sleep(0.01)


def _swapped(temporary: _OnTheWay, place: Path, held: bytes, ours: _Watched, system: System) -> Steps:
    """The second half of `swap`: whether what came out is what was held."""
    temporary.theirs = True
    yield "look"
    out = _see(temporary.place, system.patience)
    if out.busy or not out.holds(held):
        yield from _give_back(temporary.place, place, ours, system)
    temporary.theirs = False
    return _verdict(place, out, held)


def _verdict(place: Path, out: _Seen, held: bytes) -> bool:
    """Whether it was what was held. Raises OSError if it was, but somebody has it open for writing."""
    if out.busy and out.holds(held):
        raise OSError(errno.ETXTBSY, os.strerror(errno.ETXTBSY), str(place))
    return out.holds(held)


def _give_back(temporary: Path, place: Path, expected: _Watched, system: System) -> Generator[str, None, None]:
    """Give the bytes in the temporary file, which are another program's, their name back.

    expected: what stands under the name, as we put it there. If something else comes out, somebody has written anew:
    that is newer still, and is given back in its turn, until what comes out is what we put there. What is left in the
    end may go if others overwrote what stood for it. If that still exists (moved away, or written to), it is kept.
    """
    doubt = False
    with ExitStack() as watched:
        for _ in range(ROUNDS):
            put = watched.enter_context(_Watched(temporary))
            yield "give back"
            try:
                if not system.rename(temporary, place, "swap"):
                    break
            except FileNotFoundError:  # removed meanwhile, or moved away
                if expected.linked:
                    break
                with suppress(FileExistsError):
                    return _name(temporary, place, system)
                continue
            yield "look again"
            out = _see(temporary, system.patience)
            if out == expected.seen and not out.busy and not doubt:
                return None
            if out == expected.seen:  # if busy, somebody is about to write there
                break
            doubt = doubt or expected.linked
            expected = put
        _keep_aside(temporary, place, system)


def _keep_aside(temporary: Path, place: Path, system: System) -> None:
    """Raises OSError that says under which name another program's bytes are kept, as theirs is taken again."""
    for number in count(1):
        aside = place.with_name(f"{place.name}.kept-{number}")
        with suppress(FileExistsError):
            _name(temporary, aside, system)
            said = f"several programs write to it at the same time, and what one of them wrote is now in {aside.name}"
            raise OSError(errno.EAGAIN, said)


def _name(temporary: Path, place: Path, system: System) -> None:
    """Move a file to a name that nothing has. Raises FileExistsError, OSError."""
    if system.rename(temporary, place, "new"):
        return
    try:
        place.hardlink_to(temporary)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if disk.look(place):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(place)) from error
        temporary.rename(place)  # no links and no such rename: a moment remains, as everywhere on such a system
    else:
        temporary.unlink()


@cache
def _system_rename() -> Callable[[bytes, bytes, bool], int] | None:
    """The C library's rename with flags: paths, whether to swap -> error number; None if it has none."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    linux = sys.platform == "linux"
    function = getattr(library, "renameat2" if linux else "renamex_np", None)
    if function is None:
        return None

    def call(source: bytes, target: bytes, swap: bool) -> int:
        if linux:  # AT_FDCWD -100, RENAME_NOREPLACE 1, RENAME_EXCHANGE 2: renameat2(2)
            failed = function(-100, source, -100, target, ctypes.c_uint(2 if swap else 1))
        else:  # RENAME_SWAP 2, RENAME_EXCL 4: renamex_np(2) of macOS
            failed = function(source, target, ctypes.c_uint(2 if swap else 4))
        return ctypes.get_errno() if failed else 0

    return call
