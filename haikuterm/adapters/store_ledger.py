"""The ledger's rows in the store's file: reserved before a request is sent, settled after it."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

from haikuterm.adapters.store_file import marks, storable
from haikuterm.core.budget import Limit, Standing
from haikuterm.core.ledger import NEVER_ENDED, Attempt, Sample
from haikuterm.core.money import Charge, Rates, Usage

LONGEST = 15 * 60.0  # seconds; a request that is open for longer has lost its process, even if the number lives on
CLASSES = tuple(field.name for field in fields(Usage))
COLUMNS = (
    "id", "session", "root", "turn", "at", "purpose", "model", "served", *CLASSES, "usd", "request_id", "estimated",
    "known", "prices", "rates", "most", "first", "seconds", "stop", "calls", "done", "failed", "refusal", "error",
    "pid", "estimate",
)  # fmt: skip
FIXED = ("id", "session", "done", "failed")  # what settling leaves alone: a session that forked meanwhile, `used`


def write(db: sqlite3.Connection, attempt: Attempt) -> int:
    """Put the row in, or in the place of its reservation; returns its number."""
    row = _values(attempt)
    kept = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in FIXED)
    found = db.execute(
        f"INSERT INTO attempts ({', '.join(COLUMNS)}) VALUES ({marks(row)})"
        f" ON CONFLICT (id) DO UPDATE SET {kept} RETURNING number",
        row,
    ).fetchone()
    return int(found[0])


def read(db: sqlite3.Connection, session: str = "") -> Iterator[Attempt]:
    """All rows, or those of one session, oldest first."""
    where, given = ("WHERE session = ?", (session,)) if session else ("", ())
    for row in db.execute(f"SELECT {', '.join(COLUMNS)} FROM attempts {where} ORDER BY number", given):
        yield _attempt(dict(zip(COLUMNS, row, strict=True)))


def samples(db: sqlite3.Connection, model: str, most: int) -> tuple[Sample, ...]:
    """The last answers in conversations with that model whose prompt was estimated before, newest first."""
    found = db.execute(
        "SELECT estimate, input + cache_read + cache_write_5m + cache_write_1h, output FROM attempts"
        " WHERE model = ? AND known = 'said' AND purpose = 'turn' AND estimate > 0 ORDER BY number DESC LIMIT ?",
        (model, most),
    )
    return tuple(Sample(*row) for row in found)


def standing(db: sqlite3.Connection, limit: Limit) -> Standing:
    """Where the budget stands: what is known to be spent, and what may come to it."""
    spent = most = Decimal(0)
    where, given = ("session = ?", limit.session) if limit.session else ("at >= ?", limit.since)
    for known, usd, worst in db.execute(f"SELECT known, usd, most FROM attempts WHERE {where}", (given,)):
        spent += Decimal(usd or 0) if known != "open" else 0
        most += Decimal(worst or 0)
    return Standing(limit, spent, max(Decimal(0), most - spent))


def expire(db: sqlite3.Connection) -> None:
    """Close the rows of processes that are gone: sent, and nobody heard the end.

    They count against budgets with the most they can have cost, as a server may have billed them.
    """
    oldest = time.time() - LONGEST
    rows = db.execute("SELECT number, pid, at FROM attempts WHERE known = 'open'").fetchall()
    lost = [(NEVER_ENDED, number) for number, pid, at in rows if at < oldest or not alive(pid)]
    db.executemany("UPDATE attempts SET known = 'unknown', error = ? WHERE number = ?", lost)


def alive(pid: int) -> bool:
    """Whether a process of this number runs; True where nobody can say."""
    if os.name == "nt":  # there os.kill would end it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _values(attempt: Attempt) -> Sequence[Any]:
    """The row as SQLite takes it, in the order of `COLUMNS`. Money is text."""
    charge = attempt.charge
    plain = {name: getattr(attempt, name) for name in COLUMNS if hasattr(attempt, name)}
    plain |= {name: getattr(charge.usage, name) for name in CLASSES}
    plain |= {name: getattr(charge, name) for name in ("purpose", "model", "served", "request_id", "estimated")}
    plain |= {"usd": _text(charge.usd), "most": _text(attempt.most)}
    plain["rates"] = json.dumps(asdict(attempt.rates), default=str) if attempt.rates else None
    row = (plain[name] for name in COLUMNS)
    return [storable(value) if isinstance(value, str) else value for value in row]


def _attempt(row: dict[str, Any]) -> Attempt:
    usage = Usage(**{name: row.pop(name) for name in CLASSES})
    names = ("model", "served", "purpose", "request_id")
    charge = Charge(
        usage=usage,
        usd=_money(row.pop("usd")),
        estimated=bool(row.pop("estimated")),
        **{name: row.pop(name) for name in names},
    )
    rates, most = row.pop("rates"), _money(row.pop("most"))
    return Attempt(**row, charge=charge, rates=_rates(rates), most=most)


def _rates(text: str | None) -> Rates | None:
    if text is None:
        return None
    given = json.loads(text)
    up_to = given.pop("up_to")
    return Rates(**{name: Decimal(value) for name, value in given.items()}, up_to=up_to)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
