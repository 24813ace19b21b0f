"""Conversations, charges and prompts in one SQLite file."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from threading import RLock
from typing import Literal

from haikuterm.core.errors import StoreError
from haikuterm.core.messages import Message, Text, from_wire, to_wire
from haikuterm.core.money import Charge, Usage
from haikuterm.core.ports import Saved

PATIENCE = 5.0  # seconds to wait for another haikuterm that writes
TITLE = 80  # characters
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CORRUPT_VTAB", "SQLITE_CORRUPT_INDEX")


def _first(db: sqlite3.Connection) -> None:
    """Version 1. Money is text, as floats would round it; a message is the JSON that the Messages API takes."""
    db.execute(
        "CREATE TABLE sessions (id TEXT PRIMARY KEY, root TEXT NOT NULL, model TEXT NOT NULL, title TEXT NOT NULL,"
        " attached TEXT NOT NULL, saved REAL NOT NULL, revision INTEGER NOT NULL UNIQUE)"
    )
    db.execute(
        "CREATE TABLE messages (session TEXT NOT NULL, position INTEGER NOT NULL, wire TEXT NOT NULL,"
        " PRIMARY KEY (session, position)) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE charges (number INTEGER PRIMARY KEY, session TEXT NOT NULL, at REAL NOT NULL,"
        " model TEXT NOT NULL, served TEXT NOT NULL, usage TEXT NOT NULL, usd TEXT, purpose TEXT NOT NULL,"
        " request_id TEXT NOT NULL, estimated INTEGER NOT NULL)"
    )
    db.execute("CREATE INDEX charges_by_session ON charges (session)")
    db.execute("CREATE INDEX sessions_by_root ON sessions (root, revision)")
    db.execute(
        "CREATE TABLE prompts (number INTEGER PRIMARY KEY, root TEXT NOT NULL, prompt TEXT NOT NULL,"
        " UNIQUE (root, prompt) ON CONFLICT REPLACE)"
    )


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first,)  # each makes the next version


@dataclass(frozen=True, slots=True)
class _Known:
    """What the file holds of a session, as far as we wrote it."""

    revision: int
    messages: tuple[Message, ...]


class SqliteStore:
    """Everything that was said and paid, in the file at `path`.

    The file is opened at the first use. Any thread may call; other processes may use the same file. What a call has
    written survives a killed process.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._db: sqlite3.Connection | None = None
        self._lock = RLock()
        self._known: dict[str, _Known] = {}
        self._paid: dict[str, list[int]] = {}  # charges since a session was saved last

    def save(
        self, session: str, root: str, model: str, messages: Sequence[Message], attached: Mapping[str, str]
    ) -> str:
        """Keep the conversation as it now is; only what changed since the last time is written. Raises StoreError.

        Returns the id it is kept under: a new one if another process saved the session since we saved or loaded it,
        so that both conversations are kept. What was charged since then goes with ours.
        """
        with self._lock:
            with self._transaction("IMMEDIATE") as db:
                given, held = session, self._held(db, session)
                if held is None:
                    session, held = self._fork(db, session), ()
                revision = db.execute("SELECT coalesce(max(revision), 0) + 1 FROM sessions").fetchone()[0]
                same = _shared(held, messages)
                db.execute("DELETE FROM messages WHERE session = ? AND position >= ?", (session, same))
                rows = ((session, at, json.dumps(to_wire(messages[at]))) for at in range(same, len(messages)))
                db.executemany("INSERT INTO messages VALUES (?, ?, ?)", rows)
                row = (
                    session,
                    _storable(root),
                    model,
                    _title(messages),
                    json.dumps(dict(attached)),
                    time.time(),
                    revision,
                )
                db.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._known[session] = _Known(revision, tuple(messages))  # not before all of it is kept
            self._paid.pop(given, None)
        return session

    def charge(self, session: str, charge: Charge) -> None:
        """Add one request to the ledger. Raises StoreError."""
        row = (
            session,
            time.time(),
            charge.model,
            charge.served,
            json.dumps(asdict(charge.usage)),
            None if charge.usd is None else str(charge.usd),
            charge.purpose,
            charge.request_id,
            charge.estimated,
        )
        with self._transaction("IMMEDIATE") as db:
            db.execute(
                "INSERT INTO charges (session, at, model, served, usage, usd, purpose, request_id, estimated)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            number = db.execute("SELECT last_insert_rowid()").fetchone()[0]
        self._paid.setdefault(session, []).append(number)

    def last(self, root: str) -> Saved | None:
        """The conversation of this root that was saved last and is not empty. Raises StoreError."""
        with self._transaction("DEFERRED") as db:
            row = db.execute(
                "SELECT id, model, title, attached, revision FROM sessions WHERE root = ?"
                " AND EXISTS (SELECT 1 FROM messages WHERE session = id) ORDER BY revision DESC LIMIT 1",
                (_storable(root),),
            ).fetchone()
            if row is None:
                return None
            session, model, title, attached, revision = row
            wires = db.execute("SELECT wire FROM messages WHERE session = ? ORDER BY position", (session,))
            messages = tuple(from_wire(json.loads(wire)) for (wire,) in wires)
            charges = db.execute(
                "SELECT model, served, usage, usd, purpose, request_id, estimated FROM charges"
                " WHERE session = ? ORDER BY number",
                (session,),
            )
            paid = tuple(_charge(*charge) for charge in charges)
            self._known[session] = _Known(revision, messages)
        return Saved(session, root, model, title, messages, paid, tuple(json.loads(attached).items()))

    def prompts(self, root: str, limit: int = 200) -> tuple[str, ...]:
        """What was typed before, oldest first, this root's prompts last; each once. Raises StoreError."""
        query = "SELECT prompt FROM prompts WHERE root {} ? ORDER BY number DESC LIMIT ?"
        with self._using() as db:
            ours = [row[0] for row in db.execute(query.format("="), (_storable(root), limit))]
            others = [row[0] for row in db.execute(query.format("!="), (_storable(root), limit))]
        newest_first = tuple(dict.fromkeys([*ours, *others]))[:limit]
        return newest_first[::-1]

    def remember(self, root: str, prompt: str) -> None:
        """Keep a prompt for the history; one that was typed before moves to the end. Raises StoreError."""
        with self._transaction("IMMEDIATE") as db:
            db.execute("INSERT INTO prompts (root, prompt) VALUES (?, ?)", (_storable(root), _storable(prompt)))

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        with self._lock:
            db, self._db = self._db, None
            if db is not None:
                db.close()

    def _held(self, db: sqlite3.Connection, session: str) -> tuple[Message, ...] | None:
        """What the file holds of the session, () if nothing; None if another process saved it since we did."""
        known = self._known.get(session)
        row = db.execute("SELECT revision FROM sessions WHERE id = ?", (session,)).fetchone()
        if row is None:
            return ()
        return known.messages if known is not None and known.revision == row[0] else None

    def _fork(self, db: sqlite3.Connection, session: str) -> str:
        """A new id for our conversation; what we were charged since the two parted goes there."""
        ours = secrets.token_hex(8)
        rows = ((ours, number) for number in self._paid.get(session, ()))
        db.executemany("UPDATE charges SET session = ? WHERE number = ?", rows)
        return ours

    @contextmanager
    def _transaction(self, kind: Literal["IMMEDIATE", "DEFERRED"]) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is kept, or nothing; IMMEDIATE to write, DEFERRED to read one state of things."""
        with self._using() as db:
            db.execute(f"BEGIN {kind}")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        """The open database, for one thread at a time. Turns its errors into StoreError."""
        with self._lock:
            try:
                if self._db is None:
                    self._db = self._open()
                yield self._db
            except (sqlite3.Error, OSError) as error:
                raise StoreError(self._sentence(error)) from error

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


def _charge(
    model: str, served: str, usage: str, usd: str | None, purpose: str, request_id: str, estimated: int
) -> Charge:
    amount = None if usd is None else Decimal(usd)
    return Charge(model, served, Usage(**json.loads(usage)), amount, purpose, request_id, bool(estimated))


def _shared(held: Sequence[Message], messages: Sequence[Message]) -> int:
    """How many messages from the start are the same."""
    pairs = enumerate(zip(held, messages, strict=False))
    return next((at for at, (old, new) in pairs if old is not new and old != new), min(len(held), len(messages)))


def _title(messages: Sequence[Message]) -> str:
    """The first line that the user typed; what is attached goes before it, in parts of its own."""
    said = [part.text.strip() for message in messages[:1] for part in message.parts if isinstance(part, Text)]
    return _storable(said[-1].split("\n")[0][:TITLE]) if said else ""


def _storable(text: str) -> str:
    """The text in UTF-8, as SQLite takes it: bytes of odd names and terminals are written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
