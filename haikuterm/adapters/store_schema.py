"""The tables of the store, version by version; each migration makes the next version of an older file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable


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


def _second(db: sqlite3.Connection) -> None:
    """Version 2: charges become attempts, the ledger of core.ledger. What was paid before keeps its price, text for
    text; its rates were not kept, so they stay unknown.
    """
    db.execute(
        "CREATE TABLE attempts (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, session TEXT NOT NULL,"
        " root TEXT NOT NULL, turn INTEGER NOT NULL, at REAL NOT NULL, purpose TEXT NOT NULL, model TEXT NOT NULL,"
        " served TEXT NOT NULL, input INTEGER NOT NULL, output INTEGER NOT NULL, cache_read INTEGER NOT NULL,"
        " cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, thinking INTEGER NOT NULL, usd TEXT,"
        " request_id TEXT NOT NULL, estimated INTEGER NOT NULL, known TEXT NOT NULL, prices TEXT NOT NULL,"
        " rates TEXT, most TEXT, first REAL, seconds REAL, stop TEXT NOT NULL, calls INTEGER NOT NULL, done INTEGER,"
        " failed INTEGER, refusal TEXT NOT NULL, error TEXT NOT NULL, pid INTEGER NOT NULL)"
    )
    db.execute("CREATE INDEX attempts_by_session ON attempts (session, number)")
    db.execute("CREATE INDEX attempts_by_time ON attempts (at)")
    db.execute("CREATE INDEX attempts_open ON attempts (known) WHERE known = 'open'")
    classes = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "thinking")
    tokens = ", ".join(f"coalesce(json_extract(usage, '$.{name}'), 0)" for name in classes)
    db.execute(
        "INSERT INTO attempts SELECT number, 'charge-' || number, session,"
        " coalesce((SELECT root FROM sessions WHERE sessions.id = charges.session), ''), 0, at, purpose, model, served,"
        f" {tokens}, usd, request_id, estimated, CASE estimated WHEN 0 THEN 'said' ELSE 'begun' END, '', NULL, usd,"
        " NULL, NULL, '', 0, NULL, NULL, '', '', 0 FROM charges"
    )
    db.execute("DROP TABLE charges")


def _third(db: sqlite3.Connection) -> None:
    """Version 3: attempts keep what their prompt was estimated at; 0 where that is not known any more."""
    db.execute("ALTER TABLE attempts ADD COLUMN estimate INTEGER NOT NULL DEFAULT 0")
    db.execute(
        "CREATE INDEX attempts_measured ON attempts (model, number)"
        " WHERE known = 'said' AND purpose = 'turn' AND estimate > 0"
    )


def _fourth(db: sqlite3.Connection) -> None:
    """Version 4: what a conversation was before it was shortened; a record is the JSON of core.compaction."""
    db.execute(
        "CREATE TABLE shortened (session TEXT NOT NULL, number INTEGER NOT NULL, record TEXT NOT NULL,"
        " PRIMARY KEY (session, number)) WITHOUT ROWID"
    )


def _fifth(db: sqlite3.Connection) -> None:
    """Version 5: what the user calls a conversation."""
    db.execute("CREATE TABLE names (session TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first, _second, _third, _fourth, _fifth)
