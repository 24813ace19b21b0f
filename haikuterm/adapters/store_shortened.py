"""What conversations were before they were shortened, in the store's file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from haikuterm.core.compaction import Shortened, from_record, to_record


def write(db: sqlite3.Connection, session: str, held: Sequence[Shortened], now: Sequence[Shortened]) -> None:
    """Keep these for the session, where the file holds `held` of it; mostly there is nothing to do."""
    pairs = zip(held, now, strict=False)
    same = next((at for at, (old, new) in enumerate(pairs) if old is not new and old != new), min(len(held), len(now)))
    if len(held) > same:
        db.execute("DELETE FROM shortened WHERE session = ? AND number >= ?", (session, same))
    new = ((session, number, json.dumps(to_record(now[number]))) for number in range(same, len(now)))
    db.executemany("INSERT INTO shortened VALUES (?, ?, ?)", new)


def read(db: sqlite3.Connection, session: str) -> tuple[Shortened, ...]:
    """Those of the session, oldest first."""
    found = db.execute("SELECT record FROM shortened WHERE session = ? ORDER BY number", (session,))
    return tuple(from_record(json.loads(record)) for (record,) in found)
