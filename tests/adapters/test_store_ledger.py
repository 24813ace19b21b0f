"""The ledger in the store: reserved before, settled after, shared by processes, old files and their history kept."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import haikuterm
from haikuterm.adapters.store import SqliteStore
from haikuterm.adapters.store_schema import MIGRATIONS
from haikuterm.core.budget import Limit, Standing
from haikuterm.core.ledger import Attempt, Known, Sample
from haikuterm.core.messages import Message, Text
from haikuterm.core.money import Charge, Rates, Usage

HAIKU = Rates(Decimal(1), Decimal(5), Decimal("1.25"), Decimal(2), Decimal("0.10"))
DAY = Limit("day", Decimal(1))
HELLO = (Message("user", (Text("hello"),)),)


def row(name: str, usd: str | None = "0.3", known: Known = "open", most: str | None = None, **more: object) -> Attempt:
    """A row of session s1, sent now by this process, that can cost `most` (else what it costs)."""
    paid = None if usd is None else Decimal(usd)
    charge = Charge("claude-haiku-4-5", "", Usage(1, 2, 3, 4, 5, 6), paid, request_id="r", estimated=known != "said")
    worst = Decimal(most) if most else paid
    made = Attempt(name, "s1", "/root", 3, time.time(), charge, known, "2026-11-20", HAIKU, worst, pid=os.getpid())
    return replace(made, **more)  # type: ignore[arg-type] # a test's own fields


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database will be."""
    return tmp_path / "state/sessions.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """A store on that file."""
    opened = SqliteStore(path)
    yield opened
    opened.close()


def test_a_row_comes_back_as_it_was(store: SqliteStore, path: Path) -> None:
    full = row(
        "a1", "0.0000001234567890123456789", "said", first=0.25, seconds=1.5, stop="tool_use", calls=2, refusal="cyber",
        error="overloaded", estimate=7, rates=replace(HAIKU, up_to=100_000), most="0.0000001234567890123456789",
    )  # fmt: skip
    bare = row("a2", None, "nothing", rates=None, root="/odd\udce9")
    store.settle(full)
    store.settle(bare)
    assert SqliteStore(path).attempts() == (full, replace(bare, root="/odd\\udce9"))


def test_a_reservation_is_settled_in_its_place(store: SqliteStore) -> None:
    assert store.reserve(row("a1", most="0.9"), (DAY,)) == (Standing(DAY),)
    assert store.standings((DAY,)) == (Standing(DAY, Decimal(0), Decimal("0.9")),)
    done = row("a1", "0.2", "said", seconds=1.0)
    store.settle(done)
    assert store.attempts() == (done,)
    assert store.standings((DAY,)) == (Standing(DAY, Decimal("0.2"), Decimal(0)),)


def test_what_does_not_fit_is_not_written(store: SqliteStore) -> None:
    store.settle(row("a1", "0.8", "said"))
    (standing,) = store.reserve(row("a2", most="0.3"), (DAY,))
    assert standing.short(Decimal("0.3")) == Decimal("0.1")
    assert [kept.id for kept in store.attempts()] == ["a1"]
    store.reserve(row("a3", most="0.2"), (DAY,))
    assert [kept.id for kept in store.attempts()] == ["a1", "a3"]


def test_a_resumed_conversation_knows_what_was_paid_and_the_number_of_its_last_line(store: SqliteStore) -> None:
    store.save("s1", "/root", "m", HELLO, {})
    store.settle(row("a1", "0.1", "said", turn=4))
    store.settle(row("a2", "0", "nothing", turn=5))
    saved = store.last("/root")
    assert saved is not None
    assert (len(saved.charges), saved.turns) == (1, 5)


def test_a_budget_counts_its_own_time_and_session_only(store: SqliteStore) -> None:
    store.settle(row("a1", "0.1", "said", at=100.0))
    store.settle(row("a2", "0.2", "said", at=200.0, session="s2"))
    store.settle(row("a3", "0.4", "said", at=300.0))
    limits = (Limit("session", DAY.usd, session="s1"), Limit("day", DAY.usd, since=200.0), Limit("month", DAY.usd))
    assert [standing.spent for standing in store.standings(limits)] == [
        Decimal("0.5"),
        Decimal("0.6"),
        Decimal("0.7"),
    ]


def test_an_answer_that_broke_off_counts_with_the_most_it_can_have_cost(store: SqliteStore) -> None:
    store.settle(row("a1", "0.1", "begun", most="0.6"))
    store.settle(row("a2", "0.1", "nothing", most="0"))
    assert store.standings((DAY,)) == (Standing(DAY, Decimal("0.2"), Decimal("0.4")),)


def test_tool_calls_are_noted_once_they_have_run_and_settling_leaves_them(store: SqliteStore) -> None:
    asked = row("a1", "0.1", "said", calls=3)
    store.settle(asked)
    store.used("a1", 2, 1)
    store.settle(asked)
    assert store.attempts() == (replace(asked, done=2, failed=1),)


def test_the_rows_of_one_session_follow_it_where_it_forks(store: SqliteStore, path: Path) -> None:
    """A reservation that is settled after the fork stays with the fork."""
    store.save("s1", "/root", "m", HELLO, {})
    other = SqliteStore(path)
    assert other.last("/root") is not None
    other.save("s1", "/root", "m", HELLO * 2, {})
    store.reserve(row("a1"), ())
    forked = store.save("s1", "/root", "m", HELLO, {})
    store.settle(row("a1", "0.1", "said"))
    assert [kept.id for kept in store.attempts(forked)] == ["a1"]
    assert store.attempts("s1") == ()


CHILD = """
import json, os, sys, time
from decimal import Decimal
from haikuterm.adapters.store import SqliteStore
from haikuterm.core.budget import Limit
from haikuterm.core.ledger import Attempt
from haikuterm.core.money import Charge, Usage
store = SqliteStore(sys.argv[1])
for line in sys.stdin:
    order, sent = json.loads(line), 0
    limit = Limit("day", Decimal(order["cap"]), since=order["since"])
    for name, most, usd, end in order["work"]:
        charge = Charge("m", "m", Usage(), Decimal(0), estimated=True)
        row = Attempt(name, "s", "/", 1, order["since"], charge, most=Decimal(most), pid=os.getpid())
        worst = row.most
        if any(standing.short(worst) for standing in store.reserve(row, (limit,))):
            continue
        sent += 1
        if end == "said":
            charge = Charge("m", "m", Usage(), Decimal(usd))
            store.settle(Attempt(name, "s", "/", 1, order["since"], charge, "said", most=Decimal(usd)))
    print(sent, flush=True)
"""


def child(path: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(haikuterm.__file__).parents[1])}
    command = [sys.executable, "-c", CHILD, str(path)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def order(process: subprocess.Popen[str], **what: object) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(what, default=str) + "\n")
    process.stdin.flush()


def told(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


@pytest.fixture
def two(path: Path) -> Iterator[tuple[subprocess.Popen[str], subprocess.Popen[str]]]:
    """Two processes that reserve and settle in one file."""
    with child(path) as one, child(path) as other:
        yield one, other
        for process in (one, other):
            assert process.stdin is not None
            process.stdin.close()


CENTS = st.integers(min_value=0, max_value=200)
WORK = st.lists(st.tuples(CENTS, CENTS, st.sampled_from(("said", "said", "open"))), max_size=6)
ROUNDS = count(1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(cap=CENTS, ours=WORK, theirs=WORK)
def test_two_processes_never_pass_a_cap_they_share(
    store: SqliteStore,
    two: tuple[subprocess.Popen[str], subprocess.Popen[str]],
    cap: int,
    ours: list[tuple[int, int, str]],
    theirs: list[tuple[int, int, str]],
) -> None:
    """Whatever a request can cost and then does, and also where nobody hears the end of it."""
    number = next(ROUNDS)
    work = [
        [(f"{number}-{who}-{at}", Decimal(most) / 100, Decimal(min(most, usd)) / 100, end) for at, (most, usd, end) in
         enumerate(given)] for who, given in enumerate((ours, theirs))
    ]  # fmt: skip
    for process, part in zip(two, work, strict=True):
        order(process, cap=Decimal(cap) / 100, since=number * 10.0, work=part)
    sent = [told(process) for process in two]
    limit = Limit("day", Decimal(cap) / 100, since=number * 10.0)
    (standing,) = store.standings((limit,))
    assert standing.spent + standing.held <= limit.usd
    first = [part[0][1] for part in work if part]
    assert sum(sent) > 0 or not first or min(first) > limit.usd, "a cap is no reason to send nothing"


def test_the_reservation_of_a_killed_process_becomes_a_row_that_says_so(store: SqliteStore, path: Path) -> None:
    """The server may have billed it: it counts with the most that it can have cost."""
    with child(path) as process:
        order(process, cap=1, since=time.time(), work=[("a1", "0.6", "0.1", "open")])
        assert told(process) == 1
        assert [kept.known for kept in store.attempts()] == ["open"]
        process.send_signal(signal.SIGKILL)
    (lost,) = store.attempts()
    assert (lost.known, lost.error, lost.counts) == ("unknown", "killed", True)
    assert store.standings((DAY,)) == (Standing(DAY, Decimal(0), Decimal("0.6")),)


def test_a_reservation_of_a_quarter_of_an_hour_has_lost_its_process(store: SqliteStore) -> None:
    store.reserve(row("a1", at=time.time() - 15 * 60 - 1), ())
    store.reserve(row("a2", at=time.time() - 14 * 60), ())
    assert [kept.known for kept in store.attempts()] == ["unknown", "open"]
    store.settle(row("a1", "0.2", "said"))
    assert [kept.known for kept in store.attempts()] == ["said", "open"], "its end may still be heard"


OLD: tuple[tuple[Any, ...], ...] = (
    ("s1", 100.5, "claude-haiku-4-5", "claude-haiku-4-5-20251001", {"input": 10, "output": 5, "cache_read": 7,
     "cache_write_5m": 1, "cache_write_1h": 2, "thinking": 3}, "0.0000001234567890123456789", "turn", "req_1", 0),
    ("s1", 101.5, "odd", "odd", {"input": 1}, None, "fix", "", 1),
    ("gone", 102.5, "odd", "odd", {}, "0.10", "turn", "", 0),
)  # fmt: skip


@pytest.fixture
def old(path: Path) -> Path:
    """A file of version 1, as the first haikuterm wrote it."""
    path.parent.mkdir()
    db = sqlite3.connect(path)
    MIGRATIONS[0](db)
    db.execute("PRAGMA user_version = 1")
    wire = json.dumps({"role": "user", "content": [{"type": "text", "text": "hello"}]})
    db.execute("INSERT INTO sessions VALUES ('s1', '/root', 'm', 'hello', '{}', 1.0, 1)")
    db.execute("INSERT INTO messages VALUES ('s1', 0, ?)", (wire,))
    for name, at, model, served, usage, usd, *rest in OLD:
        given = (name, at, model, served, json.dumps(usage), usd, *rest)
        db.execute(
            "INSERT INTO charges (session, at, model, served, usage, usd, purpose, request_id, estimated)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            given,
        )
    db.commit()
    db.close()
    return path


def test_an_old_file_opens_and_keeps_its_history_to_the_last_digit(old: Path) -> None:
    store = SqliteStore(old)
    saved = store.last("/root")
    assert saved is not None
    assert saved.messages == HELLO
    exact = Decimal("0.0000001234567890123456789")
    assert saved.charges == (
        Charge("claude-haiku-4-5", "claude-haiku-4-5-20251001", Usage(10, 5, 7, 1, 2, 3), exact, "turn", "req_1"),
        Charge("odd", "odd", Usage(input=1), None, "fix", estimated=True),
    )
    rows = store.attempts()
    assert [(r.session, r.root, r.at, r.known, r.prices, r.rates) for r in rows] == [
        ("s1", "/root", 100.5, "said", "", None),
        ("s1", "/root", 101.5, "begun", "", None),
        ("gone", "", 102.5, "said", "", None),
    ]
    assert store.standings((DAY,)) == (Standing(DAY, exact + Decimal("0.10"), Decimal(0)),)


def test_an_old_file_goes_on_in_the_new_way(old: Path) -> None:
    store = SqliteStore(old)
    store.settle(row("a1", "0.1", "said"))
    assert [kept.id for kept in SqliteStore(old).attempts()] == ["charge-1", "charge-2", "charge-3", "a1"]


def test_the_last_answers_of_a_model_tell_what_was_estimated_and_what_was_said(store: SqliteStore) -> None:
    for number in range(4):
        store.settle(row(f"a{number}", known="said", estimate=10 + number))
    other = row("b", known="said", estimate=5)
    store.settle(replace(other, charge=replace(other.charge, model="claude-opus-5")))
    store.settle(replace(row("c", known="said", estimate=5), charge=replace(other.charge, purpose="commit")))
    store.settle(row("d", known="begun", estimate=5))
    store.settle(row("e", known="said"))
    assert store.samples("claude-haiku-4-5", 2) == (Sample(13, 13, 2), Sample(12, 13, 2))


def test_a_file_of_the_second_version_goes_on_without_estimates(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        for migration in MIGRATIONS[:2]:
            migration(db)
        db.execute("PRAGMA user_version = 2")
    db.close()
    opened = SqliteStore(path)
    opened.settle(row("a1", known="said", estimate=9))
    assert opened.samples("claude-haiku-4-5", 5) == (Sample(9, 13, 2),)
    opened.close()
