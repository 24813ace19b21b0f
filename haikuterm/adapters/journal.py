"""Before- and after-images of every file we write, kept outside of the repository: undo, redo, repair after a crash.

On disk, below <folder>/<id of the root>: `steps.jsonl`, to which lines are only added (a step, or what became of
one), and `images/`, each named by the SHA-256 of its bytes. No git object is made and no index is touched.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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

State = Literal["begun", "done", "undone", "dropped"]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A step as its line tells it: image names instead of bytes. process: who writes it."""

    id: str
    at: float
    prompt: str
    model: str
    process: int
    files: tuple[tuple[str, str | None, str | None], ...]
    state: State = "begun"

    @property
    def images(self) -> frozenset[str]:
        """The names of all images it needs."""
        return frozenset(name for _, *names in self.files for name in names if name)


class FileJournal:
    """The steps of one root; any number of processes may use it at the same time.

    root: the workspace's root. folder: where the journals of all roots are kept; made when first written to.
    """

    def __init__(self, root: str, folder: str | Path) -> None:
        self._folder = Path(folder) / sha256(os.fsencode(root)).hexdigest()[:16]
        self._log = self._folder / "steps.jsonl"
        self._images = self._folder / "images"

    def begin(self, files: Sequence[FileChange], prompt: str, model: str) -> str:
        """Record a step and return its id; everything is safe on disk then. Raises JournalError."""
        step = os.urandom(8).hex()
        with self._locked():
            self._prune()
            rows = [[f.path, self._keep(f.before), self._keep(f.after)] for f in files]
            self._add(
                {"step": step, "at": time.time(), "prompt": prompt, "model": model, "pid": os.getpid(), "files": rows}
            )
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
        """The step that undo would take back. Raises JournalError."""
        done = [entry for entry in self._read() if entry.state == "done"]
        return self._step(done[-1]) if done else None

    def last_undone(self) -> Step | None:
        """The step that redo would do again; none once something new was done. Raises JournalError."""
        undone = [entry for entry in self._read() if entry.state == "undone"]
        return self._step(undone[0]) if undone else None

    def half_done(self) -> Step | None:
        """The latest step that began and never finished, and whose process is no more. Raises JournalError."""
        begun = [entry for entry in self._read() if entry.state == "begun" and not _lives(entry.process)]
        return self._step(begun[-1]) if begun else None

    def _read(self) -> list[_Entry]:
        with _as_journal_error("read"):
            if not self._log.exists():
                return []
        with self._locked():
            return self._entries()

    def _entries(self) -> list[_Entry]:
        """All steps in the order they began; lines that make no sense (half written as we were killed) are left out."""
        entries: dict[str, _Entry] = {}
        for line in self._log.read_bytes().split(b"\n") if self._log.exists() else ():
            try:
                _take(json.loads(line), entries)
            except (ValueError, KeyError, TypeError):
                continue
        return list(entries.values())

    def _step(self, entry: _Entry) -> Step:
        with _as_journal_error("read"):
            files = tuple(FileChange(path, self._image(old), self._image(new)) for path, old, new in entry.files)
        return Step(entry.id, files, entry.prompt, entry.model, entry.at)

    def _image(self, name: str | None) -> bytes | None:
        if name is None:
            return None
        place = self._images / name
        data = place.read_bytes() if place.exists() else b""
        if sha256(data).hexdigest() != name:
            raise JournalError(f"The undo journal has lost {place} or it is damaged. Use git to restore the file.")
        return data

    def _keep(self, data: bytes | None) -> str | None:
        """Store the bytes under their own name."""
        if data is None:
            return None
        name = sha256(data).hexdigest()
        kept = disk.look(self._images / name)
        if kept is None or kept.st_size != len(data):
            disk.replace(self._images / name, data, mode=0o600)
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
        rows = [
            {"step": e.id, "at": e.at, "prompt": e.prompt, "model": e.model, "pid": e.process, "files": e.files}
            for e in entries
        ]
        ended = [e for e in entries if e.state != "begun"]
        rows += [{"step": e.id, "state": e.state} for e in sorted(ended, key=lambda e: e.state != "done")]
        disk.replace(self._log, "".join(json.dumps(row) + "\n" for row in rows).encode("ascii"), mode=0o600)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among all processes; makes the folders. Turns OSError into JournalError."""
        with _as_journal_error("written"):
            for folder in (self._folder, self._images):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self._folder / "lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield


def _take(row: Mapping[str, Any], entries: dict[str, _Entry]) -> None:
    """Take one line into account. Raises ValueError, KeyError, TypeError for a line that is none of ours."""
    step = str(row["step"])
    if "state" not in row:
        files = tuple((str(path), old, new) for path, old, new in row["files"])
        entries[step] = _Entry(step, float(row["at"]), str(row["prompt"]), str(row["model"]), int(row["pid"]), files)
        return
    if row["state"] == "done" and entries[step].state == "begun":  # something new: there is nothing to redo any more
        for other in [e for e in entries.values() if e.state == "undone"]:
            entries[other.id] = replace(other, state="dropped")
    entries[step] = replace(entries[step], state=row["state"])


def _lives(process: int) -> bool:
    """Whether another process of this number runs; our own steps are over when we ask."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
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
