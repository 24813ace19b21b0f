"""Conversations, charges and prompts in one SQLite file."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from haikuterm.adapters import store_ledger as rows
from haikuterm.adapters import store_names, store_shortened
from haikuterm.adapters.store_file import StoreFile, storable
from haikuterm.core.budget import Limit, Standing
from haikuterm.core.compaction import Shortened
from haikuterm.core.ledger import Attempt, Sample
from haikuterm.core.messages import Message, Text, from_wire, to_wire
from haikuterm.core.ports import Kept, Saved

TITLE = 80  # characters


@dataclass(frozen=True, slots=True)
class _Known:
    """What the file holds of a session, as far as we wrote it."""

    revision: int = 0
    messages: tuple[Message, ...] = ()
    shortened: tuple[Shortened, ...] = ()


class SqliteStore:
    """Everything that was said and paid, in the file at `path`.

    The file is opened at the first use. Any thread may call; other processes may use the same file. What a call has
    written survives a killed process.
    """

    def __init__(self, path: str | Path) -> None:
        self._file = StoreFile(path)
        self._known: dict[str, _Known] = {}
        self._paid: dict[str, list[int]] = {}  # charges since a session was saved last

    def save(
        self,
        session: str,
        root: str,
        model: str,
        messages: Sequence[Message],
        attached: Mapping[str, str],
        shortened: Sequence[Shortened] = (),
    ) -> str:
        """Keep the conversation as it now is; only what changed since the last time is written. Raises StoreError.

        Returns the id it is kept under: a new one if another process saved the session since we saved or loaded it,
        so that both conversations are kept. What was charged since then goes with ours.
        """
        with self._file.lock:
            with self._file.transaction("IMMEDIATE") as db:
                given, known = session, self._held(db, session)
                if known is None:
                    session, known = self._fork(db, session), _Known()
                held = known.messages
                revision = db.execute("SELECT coalesce(max(revision), 0) + 1 FROM sessions").fetchone()[0]
                same = _shared(held, messages)
                db.execute("DELETE FROM messages WHERE session = ? AND position >= ?", (session, same))
                new = ((session, at, json.dumps(to_wire(messages[at]))) for at in range(same, len(messages)))
                db.executemany("INSERT INTO messages VALUES (?, ?, ?)", new)
                store_shortened.write(db, session, known.shortened, shortened)
                row = (
                    session,
                    storable(root),
                    model,
                    _title(shortened[0].before if shortened else messages),
                    json.dumps(dict(attached)),
                    time.time(),
                    revision,
                )
                db.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._known[session] = _Known(revision, tuple(messages), tuple(shortened))  # not before all of it is kept
            self._paid.pop(given, None)
        return session

    def reserve(self, attempt: Attempt, limits: Sequence[Limit]) -> tuple[Standing, ...]:
        """Write down an attempt before it is sent, if its `most` fits into every budget. Raises StoreError.

        Returns where the budgets stand without it. No other process can reserve in between.
        """
        with self._file.transaction("IMMEDIATE") as db:
            rows.expire(db)
            found = tuple(rows.standing(db, limit) for limit in limits)
            if not any(standing.short(attempt.most or Decimal(0)) for standing in found):
                self._add(db, attempt)
        return found

    def settle(self, attempt: Attempt) -> None:
        """Put what became of it in the place of the reservation, or in as it is. Raises StoreError."""
        with self._file.transaction("IMMEDIATE") as db:
            self._add(db, attempt)

    def used(self, attempt: str, done: int, failed: int) -> None:
        """Note how the tool calls of an attempt went. Raises StoreError."""
        with self._file.transaction("IMMEDIATE") as db:
            db.execute("UPDATE attempts SET done = ?, failed = ? WHERE id = ?", (done, failed, attempt))

    def standings(self, limits: Sequence[Limit]) -> tuple[Standing, ...]:
        """Where the budgets stand. Raises StoreError."""
        with self._file.transaction("DEFERRED") as db:
            return tuple(rows.standing(db, limit) for limit in limits)

    def attempts(self, session: str = "") -> tuple[Attempt, ...]:
        """All rows of the ledger, or those of one session, oldest first. Raises StoreError."""
        with self._file.transaction("IMMEDIATE") as db:
            rows.expire(db)
            return tuple(rows.read(db, session))

    def samples(self, model: str, most: int) -> tuple[Sample, ...]:
        """The last answers in conversations with the model of that id, newest first. Raises StoreError."""
        with self._file.using() as db:
            return rows.samples(db, model, most)

    def last(self, root: str) -> Saved | None:
        """The conversation of this root that was saved last and is not empty. Raises StoreError."""
        return self._load(root, "EXISTS (SELECT 1 FROM messages WHERE session = id)")

    def load(self, root: str, session: str) -> Saved | None:
        """That conversation of this root, None if there is none. Raises StoreError."""
        return self._load(root, "id = ?", storable(session))

    def kept(self, root: str, limit: int = 200) -> tuple[Kept, ...]:
        """The conversations of this root in which something was said, the last one first. Raises StoreError."""
        with self._file.using() as db:
            return store_names.kept(db, storable(root), limit)

    def rename(self, session: str, name: str) -> None:
        """Call the conversation so, now and when it is saved; "" forgets the name. Raises StoreError."""
        with self._file.transaction("IMMEDIATE") as db:
            store_names.rename(db, session, storable(name))

    def _load(self, root: str, which: str, *given: str) -> Saved | None:
        """The newest of the conversations that a condition of SQL is true of."""
        query = f"SELECT id, model, title, attached, revision FROM sessions WHERE root = ? AND {which}"
        with self._file.transaction("IMMEDIATE") as db:
            row = db.execute(f"{query} ORDER BY revision DESC LIMIT 1", (storable(root), *given)).fetchone()
            if row is None:
                return None
            session, model, title, attached, revision = row
            wires = db.execute("SELECT wire FROM messages WHERE session = ? ORDER BY position", (session,))
            messages = tuple(from_wire(json.loads(wire)) for (wire,) in wires)
            rows.expire(db)
            asked = tuple(rows.read(db, session))
            before = store_shortened.read(db, session)
            self._known[session] = _Known(revision, messages, before)
        paid, turns = tuple(row.charge for row in asked if row.counts), max((row.turn for row in asked), default=0)
        files = tuple(json.loads(attached).items())
        return Saved(session, root, model, title, messages, paid, files, turns, before)

    def prompts(self, root: str, limit: int = 200) -> tuple[str, ...]:
        """What was typed before, oldest first, this root's prompts last; each once. Raises StoreError."""
        query = "SELECT prompt FROM prompts WHERE root {} ? ORDER BY number DESC LIMIT ?"
        with self._file.using() as db:
            ours = [row[0] for row in db.execute(query.format("="), (storable(root), limit))]
            others = [row[0] for row in db.execute(query.format("!="), (storable(root), limit))]
        newest_first = tuple(dict.fromkeys([*ours, *others]))[:limit]
        return newest_first[::-1]

    def remember(self, root: str, prompt: str) -> None:
        """Keep a prompt for the history; one that was typed before moves to the end. Raises StoreError."""
        with self._file.transaction("IMMEDIATE") as db:
            db.execute("INSERT INTO prompts (root, prompt) VALUES (?, ?)", (storable(root), storable(prompt)))

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._file.close()

    def _add(self, db: sqlite3.Connection, attempt: Attempt) -> None:
        """Write a row, and remember those that are new since the session was saved last."""
        number, ours = rows.write(db, attempt), self._paid.setdefault(attempt.session, [])
        if number not in ours[-8:]:
            ours.append(number)

    def _held(self, db: sqlite3.Connection, session: str) -> _Known | None:
        """What the file holds of the session, empty if nothing; None if another process saved it since we did."""
        known = self._known.get(session)
        row = db.execute("SELECT revision FROM sessions WHERE id = ?", (session,)).fetchone()
        if row is None:
            return _Known()
        return known if known is not None and known.revision == row[0] else None

    def _fork(self, db: sqlite3.Connection, session: str) -> str:
        """A new id for our conversation; what we were charged since the two parted goes there."""
        ours = secrets.token_hex(8)
        since = ((ours, number) for number in self._paid.get(session, ()))
        db.executemany("UPDATE attempts SET session = ? WHERE number = ?", since)
        return ours


def _shared(held: Sequence[Message], messages: Sequence[Message]) -> int:
    """How many messages from the start are the same."""
    pairs = enumerate(zip(held, messages, strict=False))
    return next((at for at, (old, new) in pairs if old is not new and old != new), min(len(held), len(messages)))


def _title(messages: Sequence[Message]) -> str:
    """The first line that the user typed; what is attached goes before it, in parts of its own."""
    said = [part.text.strip() for message in messages[:1] for part in message.parts if isinstance(part, Text)]
    return storable(said[-1].split("\n")[0][:TITLE]) if said else ""
