"""The SQLite file of the store: opened at the first use, brought to our version, its errors as sentences."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Literal

from haikuterm.adapters.store_schema import MIGRATIONS
from haikuterm.core.errors import StoreError

PATIENCE = 5.0  # seconds to wait for another haikuterm that writes
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CORRUPT_VTAB", "SQLITE_CORRUPT_INDEX")


class StoreFile:
    """The database at `path`. Any thread may use it, one at a time; other processes may use the same file."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._db: sqlite3.Connection | None = None
        self.lock = RLock()

    @contextmanager
    def transaction(self, kind: Literal["IMMEDIATE", "DEFERRED"]) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is kept, or nothing; IMMEDIATE to write, DEFERRED to read one state of things."""
        with self.using() as db:
            db.execute(f"BEGIN {kind}")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    @contextmanager
    def using(self) -> Iterator[sqlite3.Connection]:
        """The open database, for one thread at a time. Turns its errors into StoreError."""
        with self.lock:
            try:
                if self._db is None:
                    self._db = self._open()
                yield self._db
            except (sqlite3.Error, OSError) as error:
                raise StoreError(self._sentence(error)) from error

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self.lock:
            db, self._db = self._db, None
            if db is not None:
                db.close()

    def _open(self) -> sqlite3.Connection:
        """Open or make the file and bring it to our version."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # before SQLite, for the mode
        db = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        ready = False
        try:
            self._migrate(db)
            ready = True
        finally:
            if not ready:
                db.close()
        return db

    def _migrate(self, db: sqlite3.Connection) -> None:
        if self._version(db) < len(MIGRATIONS):
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("BEGIN IMMEDIATE")
            for number in range(self._version(db), len(MIGRATIONS)):  # another process may have been quicker
                MIGRATIONS[number](db)
                db.execute(f"PRAGMA user_version = {number + 1}")
            db.execute("COMMIT")
        db.execute("PRAGMA synchronous = NORMAL")  # enough with WAL: only a power cut may lose the last transactions

    def _version(self, db: sqlite3.Connection) -> int:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{self._path} was written by a newer haikuterm (version {version} of the file, we know "
                f"{len(MIGRATIONS)}). Update haikuterm, or move the file away to start without its conversations."
            )
        return version

    def _sentence(self, error: Exception) -> str:
        name = getattr(error, "sqlite_errorname", "")
        if name in _DAMAGED:
            return (
                f"The session database {self._path} is damaged. Move it away ({self._path}.old) to start a new one; "
                "`sqlite3 FILE .recover` may save its conversations."
            )
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return f"Another haikuterm is writing to {self._path}. Try again in a moment."
        if name == "SQLITE_FULL":
            return f"The disk of {self._path} is full. Free some space; what was kept before is safe."
        return (
            f"The session database {self._path} cannot be used: {error}. Check the file's folder and its permissions."
        )


def storable(text: str) -> str:
    """The text in UTF-8, as SQLite takes it: bytes of odd names and terminals are written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def marks(values: Sequence[object]) -> str:
    """A question mark for each value of a row, as SQL wants them."""
    return ", ".join("?" * len(values))
