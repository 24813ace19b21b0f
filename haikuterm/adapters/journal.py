"""Before- and after-images of every file we write, kept outside of the repository: undo, redo, repair after a crash.

On disk, below <folder>/<id of the root>: `steps.jsonl`, to which lines are only added (a step, or what became of
one), and `images/`, each named by the SHA-256 of its bytes. No git object is made and no index is touched.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from haikuterm.adapters import disk
from haikuterm.adapters.journal_log import Entry, File, State, finished, marked, read
from haikuterm.core.changes import FileChange
from haikuterm.core.errors import JournalError
from haikuterm.core.steps import Kind, Step

DAYS = 30  # how long a step is kept
MOST = 200_000_000  # bytes of images that are kept; the oldest steps go first


class _Damaged(JournalError):
    """An image is lost or holds other bytes than its name says."""


class FileJournal:
    """The steps of one root; any number of processes may use it at the same time.

    root: the workspace's root. folder: where the journals of all roots are kept; made when first written to. The lock
    of `alone` is another one than that of the log, so that a step can be recorded inside of it.
    """

    def __init__(self, root: str, folder: str | Path) -> None:
        self._root = root
        self._folder = Path(folder) / sha256(os.fsencode(root)).hexdigest()[:16]
        self._log = self._folder / "steps.jsonl"
        self._images = self._folder / "images"
        self._running: set[str] | None = None  # steps that began in our own `alone`; None outside of it

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no other process writes files of this root; if so, none does while it lasts. Never waits.

        The system ends it with the process. Raises JournalError.
        """
        writer = self._writer(fcntl.LOCK_EX)
        if writer is None:
            yield False
            return
        try:
            self._running = set()
            yield True
        finally:
            self._running = None
            os.close(writer)

    def begin(
        self, files: Sequence[FileChange], prompt: str, model: str, session: str, *, kind: Kind = "edit", of: str = ""
    ) -> str:
        """Record a write and return its id; everything is safe on disk then. Raises JournalError."""
        step = os.urandom(8).hex()
        with self._locked():
            entries = self._prune(of)
            kept = tuple(
                File(f.path, self._keep(f.before), self._keep(f.after), f.mode, place=self._link(f.path)) for f in files
            )
            folders = self._missing([f.path for f in files if f.before is None])
            if of:
                folders = next((entry.folders for entry in entries if entry.id == of), folders)
            self._add(Entry(step, time.time(), prompt, model, session, kept, kind, of, folders).row())
        if self._running is not None:
            self._running.add(step)
        return step

    def finish(self, step: str, written: Collection[str] | None = None) -> None:
        """The write is over: these of its files are written, None for all. Raises JournalError."""
        self._note(step, finished(step, written))

    def mark(self, step: str, state: Literal["done", "undone", "left"], paths: Collection[str] | None = None) -> None:
        """Note what became of a step, or of these of its files. Raises JournalError."""
        self._note(step, marked(step, state, paths))

    def last_done(self, session: str | None = None) -> Step | None:
        """The step that undo would take back. Raises JournalError; a step that is damaged is out of the way then."""
        done = self._edits(session, "done")
        return self._whole(done[-1]) if done else None

    def last_undone(self, session: str | None = None) -> Step | None:
        """The step that redo would do again; none once something new was done. Raises JournalError as above."""
        undone = self._edits(session, "undone")
        return self._whole(undone[0]) if undone else None

    def steps(self, session: str) -> tuple[Step, ...]:
        """The edits of one conversation that hold, oldest first; damaged ones are left out. Raises JournalError."""
        found = []
        for entry in self._edits(session, "done", "left"):
            with suppress(_Damaged):
                found.append(self._step(entry))
        return tuple(found)

    def half_done(self) -> Step | None:
        """The latest write that began and never finished, though nobody writes now. Raises JournalError as above."""
        if not self._exists():
            return None
        running, writer = self._running, None
        if running is None:
            writer = self._writer(fcntl.LOCK_SH)
            if writer is None:
                return None
        try:
            begun = [entry for entry in self._read() if entry.begun and entry.id not in (running or ())]
            return self._whole(begun[-1]) if begun else None
        finally:
            if writer is not None:
                os.close(writer)

    def _edits(self, session: str | None, *states: State) -> list[Entry]:
        """The edits, of one conversation or of all, that have files in one of these states, without their others."""
        ours = [e for e in self._read() if e.kind == "edit" and session in (None, e.session)]
        return [found for found in (e.only(*states) for e in ours) if found.files]

    def _exists(self) -> bool:
        with _as_journal_error("read"):
            return self._log.exists()

    def _writer(self, lock: int) -> int | None:
        """A descriptor that holds the writer's lock, None if another process holds it. Raises JournalError."""
        with _as_journal_error("written"):
            self._make_folders()
            descriptor = os.open(self._folder / "writer", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            held = False
            try:
                held = _try_lock(descriptor, lock)
            finally:
                if not held:
                    os.close(descriptor)
        return descriptor if held else None

    def _read(self) -> list[Entry]:
        if not self._exists():
            return []
        with self._locked():
            return self._entries()

    def _entries(self) -> list[Entry]:
        return read(self._log.read_bytes().split(b"\n")) if self._log.exists() else []

    def _note(self, step: str, row: Mapping[str, Any]) -> None:
        """Add a line on a step."""
        with self._locked():
            if all(entry.id != step for entry in self._entries()):
                raise JournalError(f"The undo journal has no step {step}. It may be older than {DAYS} days.")
            self._add(row)

    def _whole(self, entry: Entry) -> Step:
        """The step with its bytes. Raises JournalError; a damaged one is never offered again: it is the only loss."""
        try:
            return self._step(entry)
        except _Damaged as error:
            self._note(entry.id, marked(entry.id, "damaged", None))
            raise JournalError(f"{error} That step is left out from now on; the ones before it are whole.") from error

    def _step(self, entry: Entry) -> Step:
        with _as_journal_error("read"):
            files = tuple(FileChange(f.path, self._image(f.before), self._image(f.after), f.mode) for f in entry.files)
        elsewhere = frozenset(f.path for f in entry.files if self._link(f.path) != f.place)
        said = (entry.prompt, entry.model, entry.at, entry.session, entry.kind, entry.of, entry.folders)
        return Step(entry.id, files, *said, elsewhere)

    def _link(self, path: str) -> str:
        """Where the path leads, relative to the root, if that is another place; else "": also what is no path."""
        with suppress(ValueError):
            place = os.path.relpath(os.path.realpath(f"{self._root}/{path}"), os.path.realpath(self._root))
            return "" if place == os.path.normpath(path) else place
        return ""

    def _missing(self, paths: Sequence[str]) -> tuple[str, ...]:
        """The folders that files of these paths need and that are not there, outermost first."""
        needed = {"/".join(path.split("/")[:n]) for path in paths for n in range(1, path.count("/") + 1)}
        return tuple(sorted(folder for folder in needed if not disk.look(Path(self._root, folder))))

    def _image(self, name: str | None) -> bytes | None:
        if name is None:
            return None
        place = self._images / name
        data = place.read_bytes() if place.exists() else b""
        if sha256(data).hexdigest() != name:
            raise _Damaged(f"The undo journal has lost {place} or it is damaged. Use git to restore the file.")
        return data

    def _keep(self, data: bytes | None) -> str | None:
        """Store the bytes under their own name."""
        if data is None:
            return None
        name = sha256(data).hexdigest()
        place = self._images / name
        kept = disk.look(place)
        if kept is None or kept.st_size != len(data) or place.read_bytes() != data:
            disk.replace(place, data, mode=0o600)
        return name

    def _add(self, row: Mapping[str, Any]) -> None:
        """Add a line, durably; begins on a line of its own even after one that was cut short."""
        descriptor = os.open(self._log, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "rb+", buffering=0) as log:
            size = log.seek(0, os.SEEK_END)
            whole = size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"
            data = (b"" if whole else b"\n") + json.dumps(row).encode("ascii") + b"\n"
            if log.write(data) != len(data):
                raise OSError("only a part of the line could be written")
            os.fsync(descriptor)
        disk.sync_folder(self._folder)

    def _prune(self, needed: str = "") -> list[Entry]:
        """Forget steps of more than DAYS and, oldest first, what goes beyond MOST bytes; returns those left.

        The newest always stays, and the one that is needed now; what undos and redos did is part of their steps then.
        """
        entries = self._entries()
        sizes = {image.name: image.stat().st_size for image in self._images.iterdir()}
        oldest, total, seen = time.time() - DAYS * 86_400, 0, set[str]()
        kept: list[Entry] = []
        full = False
        for entry in reversed([entry for entry in entries if not entry.over]):
            fresh = entry.images - seen
            size = sum(sizes.get(name, 0) for name in fresh)
            full = full or bool(kept and (entry.at < oldest or total + size > MOST))
            if full and entry.id != needed:
                continue
            total += size
            seen |= fresh
            kept.append(entry)
        if len(kept) < len(entries):
            rows = "".join(json.dumps(entry.row()) + "\n" for entry in kept[::-1])
            disk.replace(self._log, rows.encode("ascii"), mode=0o600)
        for name in sizes.keys() - seen:
            (self._images / name).unlink(missing_ok=True)
        return kept[::-1]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among all processes; makes the folders. Turns OSError into JournalError."""
        with _as_journal_error("written"):
            self._make_folders()
            with (self._folder / "lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield

    def _make_folders(self) -> None:
        for folder in (self._folder, self._images):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _try_lock(descriptor: int, lock: int) -> bool:
    try:
        fcntl.flock(descriptor, lock | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True


@contextmanager
def _as_journal_error(what: str) -> Iterator[None]:
    """Turns OSError into a JournalError that says what to do."""
    try:
        yield
    except OSError as error:
        raise JournalError(
            f"The undo journal cannot be {what}: {error.strerror or error} ({error.filename or 'no file'}). "
            "Nothing is changed without it: free some space or make the folder writable, then try again."
        ) from error
