"""Before- and after-images of every file we write, kept outside of the repository: undo, redo, repair after a crash.

On disk, below <folder>/<id of the root>: `steps.jsonl`, to which lines are only added (a step, or what became of
one), and `images/`, each named by the SHA-256 of its bytes. No git object is made and no index is touched.
"""

from __future__ import annotations

import errno
import fcntl
import json
import math
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from haikuterm.adapters import disk
from haikuterm.core.changes import FileChange
from haikuterm.core.errors import JournalError
from haikuterm.core.ports import Step

DAYS = 30  # how long a step is kept
MOST = 200_000_000  # bytes of images that are kept; the oldest steps go first
PATIENCE = 5.0  # seconds for which another process may go on writing
_WAIT = 0.05  # seconds between two looks whether it is done

_IMAGE = re.compile(r"[0-9a-f]{64}")

State = Literal["begun", "done", "undone", "dropped"]


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a step: the names of its images instead of its bytes."""

    path: str
    before: str | None
    after: str | None
    mode: int | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    """A step as its line tells it."""

    id: str
    at: float
    prompt: str
    model: str
    session: str
    files: tuple[_File, ...]
    state: State = "begun"

    @property
    def images(self) -> frozenset[str]:
        """The names of all images it needs."""
        return frozenset(name for file in self.files for name in (file.before, file.after) if name)

    def row(self) -> dict[str, Any]:
        """Its line."""
        files = [[file.path, file.before, file.after, file.mode] for file in self.files]
        said = {"step": self.id, "at": self.at, "prompt": self.prompt, "model": self.model}
        return {**said, "session": self.session, "files": files}


class _Damaged(JournalError):
    """An image is lost or holds other bytes than its name says."""


class FileJournal:
    """The steps of one root; any number of processes may use it at the same time.

    root: the workspace's root. folder: where the journals of all roots are kept; made when first written to. patience:
    seconds to wait for another process that writes. The lock of `alone` is another one than that of the log, so that a
    step can be recorded inside of it.
    """

    def __init__(self, root: str, folder: str | Path, patience: float = PATIENCE) -> None:
        self._folder = Path(folder) / sha256(os.fsencode(root)).hexdigest()[:16]
        self._log = self._folder / "steps.jsonl"
        self._images = self._folder / "images"
        self._patience = patience
        self._running: set[str] | None = None  # steps that began in our own `alone`; None outside of it

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While it lasts no other process writes files of this root; the system ends it with the process.

        Raises JournalError if another one still writes after PATIENCE.
        """
        writer = self._writer(fcntl.LOCK_EX, self._patience)
        if writer is None:
            raise JournalError(
                "Another haikuterm is writing files of this folder. Nothing was changed. Wait until it is done, "
                "then try again."
            )
        try:
            self._running = set()
            yield
        finally:
            self._running = None
            os.close(writer)

    def begin(self, files: Sequence[FileChange], prompt: str, model: str, session: str) -> str:
        """Record a step and return its id; everything is safe on disk then. Raises JournalError."""
        step = os.urandom(8).hex()
        with self._locked():
            self._prune()
            kept = tuple(_File(f.path, self._keep(f.before), self._keep(f.after), f.mode) for f in files)
            self._add(_Entry(step, time.time(), prompt, model, session, kept).row())
        if self._running is not None:
            self._running.add(step)
        return step

    def finish(self, step: str) -> None:
        """The step's files are written. Raises JournalError."""
        self.mark(step, "done")

    def mark(self, step: str, state: Literal["done", "undone", "dropped"]) -> None:
        """Note what became of a step. Raises JournalError."""
        with self._locked():
            if all(entry.id != step for entry in self._entries()):
                raise JournalError(f"The undo journal has no step {step}. It may be older than {DAYS} days.")
            self._add({"step": step, "state": state})

    def last_done(self) -> Step | None:
        """The step that undo would take back. Raises JournalError; a step that is damaged is out of the way then."""
        done = [entry for entry in self._read() if entry.state == "done"]
        return self._whole(done[-1]) if done else None

    def last_undone(self) -> Step | None:
        """The step that redo would do again; none once something new was done. Raises JournalError as above."""
        undone = [entry for entry in self._read() if entry.state == "undone"]
        return self._whole(undone[0]) if undone else None

    def steps(self, session: str) -> tuple[Step, ...]:
        """The steps of one conversation that are done and not taken back, oldest first; damaged ones are left out.

        Raises JournalError.
        """
        found = []
        for entry in self._read():
            if entry.session == session and entry.state == "done":
                with suppress(_Damaged):
                    found.append(self._step(entry))
        return tuple(found)

    def half_done(self) -> Step | None:
        """The latest step that began and never finished, though nobody writes now. Raises JournalError as above."""
        if not self._exists():
            return None
        running, writer = self._running, None
        if running is None:
            writer = self._writer(fcntl.LOCK_SH, 0.0)
            if writer is None:
                return None
        try:
            begun = [entry for entry in self._read() if entry.state == "begun" and entry.id not in (running or ())]
            return self._whole(begun[-1]) if begun else None
        finally:
            if writer is not None:
                os.close(writer)

    def _exists(self) -> bool:
        with _as_journal_error("read"):
            return self._log.exists()

    def _writer(self, lock: int, patience: float) -> int | None:
        """A descriptor that holds the writer's lock, None if another process holds it. Raises JournalError."""
        with _as_journal_error("written"):
            self._make_folders()
            descriptor = os.open(self._folder / "writer", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            held, end = False, time.monotonic() + patience
            try:
                while not (held := _try_lock(descriptor, lock)) and time.monotonic() < end:
                    time.sleep(_WAIT)
            finally:
                if not held:
                    os.close(descriptor)
        return descriptor if held else None

    def _read(self) -> list[_Entry]:
        if not self._exists():
            return []
        with self._locked():
            return self._entries()

    def _entries(self) -> list[_Entry]:
        """All steps in the order they began; lines that make no sense (half written as we were killed) are left out."""
        entries: dict[str, _Entry] = {}
        for line in self._log.read_bytes().split(b"\n") if self._log.exists() else ():
            try:
                _take(json.loads(line), entries)
            except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
                continue
        return list(entries.values())

    def _whole(self, entry: _Entry) -> Step:
        """The step with its bytes. Raises JournalError; one that is damaged is dropped, so that it is the only loss."""
        try:
            return self._step(entry)
        except _Damaged as error:
            self.mark(entry.id, "dropped")
            raise JournalError(f"{error} That step is left out from now on; the ones before it are whole.") from error

    def _step(self, entry: _Entry) -> Step:
        with _as_journal_error("read"):
            files = tuple(FileChange(f.path, self._image(f.before), self._image(f.after), f.mode) for f in entry.files)
        return Step(entry.id, files, entry.prompt, entry.model, entry.at, entry.session)

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

    def _prune(self) -> None:
        """Forget steps of more than DAYS and, oldest first, what goes beyond MOST bytes; the newest always stays."""
        entries = self._entries()
        sizes = {image.name: image.stat().st_size for image in self._images.iterdir()}
        oldest, total, seen = time.time() - DAYS * 86_400, 0, set[str]()
        kept: list[_Entry] = []
        for entry in reversed(entries):
            fresh = entry.images - seen
            total += sum(sizes.get(name, 0) for name in fresh)
            if kept and (entry.at < oldest or total > MOST):
                break
            seen |= fresh
            kept.append(entry)
        if len(kept) < len(entries):
            self._rewrite(kept[::-1])
        for name in sizes.keys() - seen:
            (self._images / name).unlink(missing_ok=True)

    def _rewrite(self, entries: Sequence[_Entry]) -> None:
        rows = [entry.row() for entry in entries]
        ended = [e for e in entries if e.state != "begun"]
        rows += [{"step": e.id, "state": e.state} for e in sorted(ended, key=lambda e: e.state != "done")]
        disk.replace(self._log, "".join(json.dumps(row) + "\n" for row in rows).encode("ascii"), mode=0o600)

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


def _take(row: Mapping[str, Any], entries: dict[str, _Entry]) -> None:
    """Take one line into account. Raises ValueError, KeyError, TypeError for a line that is none of ours."""
    step = str(row["step"])
    if "state" not in row:
        files = tuple(_file(*said) for said in row["files"])
        at = float(row["at"])
        if not math.isfinite(at):
            raise ValueError(at)
        entries[step] = _Entry(step, at, str(row["prompt"]), str(row["model"]), str(row.get("session", "")), files)
        return
    if row["state"] not in ("done", "undone", "dropped"):
        raise ValueError(row["state"])
    if row["state"] == "done" and entries[step].state == "begun":  # something new: there is nothing to redo any more
        for other in [e for e in entries.values() if e.state == "undone"]:
            entries[other.id] = replace(other, state="dropped")
    entries[step] = replace(entries[step], state=row["state"])


def _file(path: object, before: object, after: object, mode: object = None) -> _File:
    """A file of a line; the mode is missing in lines of an earlier format. Raises ValueError."""
    names = [name for name in (before, after) if name is not None]
    if not isinstance(path, str) or not all(isinstance(name, str) and _IMAGE.fullmatch(name) for name in names):
        raise ValueError(path)
    bits = mode if isinstance(mode, int) and 0 <= mode <= 0o7777 else None
    return _File(path, before, after, bits)  # type: ignore[arg-type] # looked at two lines above


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
