"""The conversations of the store's file as a list, with the names that the user gave them."""

from __future__ import annotations

import sqlite3

from haikuterm.core.ports import Kept


def kept(db: sqlite3.Connection, root: str, limit: int) -> tuple[Kept, ...]:
    """Those of the root in which something was said, the last one first."""
    found = db.execute(
        "SELECT id, coalesce(name, title), model, saved, (SELECT count(*) FROM messages WHERE session = id) AS said"
        " FROM sessions LEFT JOIN names ON names.session = id WHERE root = ? AND said > 0"
        " ORDER BY revision DESC LIMIT ?",
        (root, limit),
    )
    return tuple(Kept(*row) for row in found)


def rename(db: sqlite3.Connection, session: str, name: str) -> None:
    """Call it so; "" forgets the name."""
    db.execute("DELETE FROM names WHERE session = ?", (session,))
    if name:
        db.execute("INSERT INTO names VALUES (?, ?)", (session, name))
