"""The store: what was said and paid, exact, shared by processes, whole after a crash."""

from __future__ import annotations

import os
import secrets
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest

import haikuterm
from haikuterm.adapters.store import SqliteStore
from haikuterm.adapters.store_schema import MIGRATIONS
from haikuterm.core.compaction import Shortened
from haikuterm.core.errors import StoreError
from haikuterm.core.ledger import Attempt, Known
from haikuterm.core.messages import Image, Message, Opaque, Text, Thinking, ToolResult, ToolUse
from haikuterm.core.money import Charge, Usage

TALK = (
    Message("user", (Text('<file path="a.py">\nx\n</file>'), Text("fix the lint ☃\nplease"))),
    Message("assistant", (Thinking("hm", "sig"), Text("ok"), ToolUse("t1", "edit", {"path": "a.py", "n": [1, None]}))),
    Message("user", (ToolResult("t1", "no", is_error=True), Image("image/png", b"\x89\0"))),
    Message("assistant", (Opaque({"type": "redacted_thinking", "data": "x"}), Text("done\udce9"))),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database will be."""
    return tmp_path / "state/sessions.db"


@pytest.fixture
def store(path: Path) -> SqliteStore:
    """A store that has not been used yet."""
    return SqliteStore(path)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    db = sqlite3.connect(path)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


def pay(store: SqliteStore, session: str, charge: Charge) -> None:
    """Put a request into the ledger of which no more is known than this."""
    known: Known = "begun" if charge.estimated else "said"
    store.settle(Attempt(secrets.token_hex(8), session, "", 0, time.time(), charge, known, most=charge.usd))


def test_a_store_opens_its_file_at_the_first_use(store: SqliteStore, path: Path) -> None:
    assert not path.parent.exists()
    assert store.last("/root") is None
    assert path.exists()
    store.close()
    store.close()


def test_only_this_user_may_read_the_file(store: SqliteStore, path: Path) -> None:
    store.remember("/root", "hello")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()} == {0o600}


def test_a_conversation_comes_back_as_it_was(store: SqliteStore, path: Path) -> None:
    store.save("s1", "/root\udce9", "claude-haiku-4-5", TALK, {"a.py": "d1", "b\udce9": "d2"})
    saved = SqliteStore(path).last("/root\udce9")
    assert saved is not None
    assert (saved.id, saved.root, saved.model) == ("s1", "/root\udce9", "claude-haiku-4-5")
    assert saved.title == "fix the lint ☃"
    assert saved.messages == TALK
    assert saved.attachments == (("a.py", "d1"), ("b\udce9", "d2"))
    assert saved.charges == ()


def test_the_last_conversation_is_that_of_the_root_saved_last(store: SqliteStore) -> None:
    for session, root in (("s1", "/a"), ("s2", "/a"), ("s3", "/b"), ("s1", "/a")):
        store.save(session, root, "m", TALK, {})
    store.save("s4", "/a", "m", (), {})
    saved = store.last("/a")
    assert saved is not None
    assert saved.id == "s1", "an empty conversation is nothing to go on with"
    assert store.last("/c") is None


def test_only_what_is_new_is_written(store: SqliteStore, path: Path) -> None:
    """A trigger counts the rows that change."""
    store.save("s1", "/root", "m", TALK[:2], {})
    db = sqlite3.connect(path)
    db.executescript(
        "CREATE TABLE touched (what TEXT);"
        "CREATE TRIGGER i AFTER INSERT ON messages BEGIN INSERT INTO touched VALUES ('+' || new.position); END;"
        "CREATE TRIGGER d AFTER DELETE ON messages BEGIN INSERT INTO touched VALUES ('-' || old.position); END;"
    )
    db.close()
    store.save("s1", "/root", "m", TALK[:2], {})
    assert rows(path, "SELECT what FROM touched") == []
    store.save("s1", "/root", "m", list(TALK), {})
    assert rows(path, "SELECT what FROM touched") == [("+2",), ("+3",)]


def test_a_conversation_that_was_rewritten_is_kept_as_it_is_now(store: SqliteStore, path: Path) -> None:
    other = Message("user", (Text("another"),))
    for messages in (TALK, (*TALK[:1], other), (), TALK[1:], (other, *TALK), TALK[:3]):
        store.save("s1", "/root", "m", messages, {})
        saved = SqliteStore(path).last("/root")
        assert (saved.messages if saved else ()) == messages


BEFORE = Shortened(TALK, 2, 1, "m", 900, {"a.py": "d"}, ("a.py",))


def test_what_a_conversation_was_before_it_was_shortened_comes_back(store: SqliteStore, path: Path) -> None:
    store.save("s1", "/root", "m", TALK, {})
    store.save("s1", "/root", "m", TALK[2:], {}, (BEFORE,))
    saved = SqliteStore(path).last("/root")
    assert saved is not None
    assert saved.shortened == (replace(BEFORE, before=saved.shortened[0].before),)
    assert saved.shortened[0].before[:3] == TALK[:3]
    assert saved.title == "fix the lint ☃"


def test_only_a_new_record_of_what_was_before_is_written_and_one_that_was_put_back_goes(
    store: SqliteStore, path: Path
) -> None:
    store.save("s1", "/root", "m", TALK, {}, (BEFORE,))
    db = sqlite3.connect(path)
    db.execute("UPDATE shortened SET record = 'as it was'")
    db.commit()
    store.save("s1", "/root", "m", TALK, {}, (BEFORE, replace(BEFORE, size=7)))
    assert db.execute("SELECT record FROM shortened ORDER BY number").fetchone() == ("as it was",)
    store.save("s1", "/root", "m", TALK, {})
    assert db.execute("SELECT count(*) FROM shortened").fetchone() == (0,)
    db.close()


def test_of_two_that_go_on_with_one_session_each_keeps_its_way_back(store: SqliteStore, path: Path) -> None:
    store.save("s1", "/root", "m", TALK, {}, (BEFORE,))
    other = SqliteStore(path)
    assert other.last("/root") is not None
    other.save("s1", "/root", "m", TALK[:2], {})
    ours = store.save("s1", "/root", "m", TALK, {}, (BEFORE,))
    assert ours != "s1"
    assert rows(path, "SELECT session FROM shortened") == [(ours,)]
    other.close()


def test_two_that_go_on_with_one_session_both_keep_what_was_said(store: SqliteStore, path: Path) -> None:
    """The second to save gets a session of its own, with what it was charged since the two parted."""
    paid = [Charge("m", "m", Usage(output=n), Decimal(n)) for n in range(4)]
    pay(store, "s1", paid[0])
    assert store.save("s1", "/root", "m", TALK[:1], {}) == "s1"
    other = SqliteStore(path)
    assert other.last("/root") is not None
    theirs = (*TALK[:1], *(Message("user", (Text(f"theirs {n}"),)) for n in range(5)))
    pay(other, "s1", paid[1])
    assert other.save("s1", "/root", "m", theirs, {}) == "s1", "what was loaded is not foreign"
    pay(store, "s1", paid[2])
    forked = store.save("s1", "/root", "m", TALK[:3], {"a.py": "d"})
    assert forked != "s1"
    mine = SqliteStore(path).last("/root")
    pay(store, forked, paid[3])
    assert store.save(forked, "/root", "m", TALK, {}) == forked
    assert mine is not None
    assert (mine.id, mine.messages, mine.charges) == (forked, TALK[:3], (paid[2],))
    assert other.save("s1", "/root", "m", (*theirs, TALK[2]), {}) == "s1"
    kept = SqliteStore(path).last("/root")
    assert kept is not None
    assert (kept.id, kept.messages, kept.charges) == ("s1", (*theirs, TALK[2]), (paid[0], paid[1]))
    assert len(rows(path, "SELECT * FROM attempts")) == len(paid)


def test_an_id_that_the_file_has_already_is_not_written_over(store: SqliteStore, path: Path) -> None:
    store.save("s1", "/root", "m", TALK, {})
    assert SqliteStore(path).save("s1", "/root", "m", TALK[:1], {}) != "s1"
    assert len(rows(path, "SELECT * FROM messages")) == len(TALK) + 1


def test_a_file_that_was_taken_away_is_filled_anew_as_a_whole(store: SqliteStore, path: Path) -> None:
    store.save("s1", "/root", "m", TALK[:3], {})
    store.close()
    for part in path.parent.iterdir():
        part.unlink()
    assert store.save("s1", "/root", "m", TALK, {}) == "s1"
    saved = SqliteStore(path).last("/root")
    assert saved is not None
    assert saved.messages == TALK


def test_charges_are_exact_and_in_order(store: SqliteStore, path: Path) -> None:
    charges = (
        Charge("haiku", "haiku-1", Usage(1, 2, 3, 4, 5, 6), Decimal("0.0000001234567890123456789"), request_id="r1"),
        Charge("local", "local", Usage(), Decimal(0)),
        Charge("odd", "odd", Usage(input=10**12), None, "title", estimated=True),
    )
    for charge in charges:
        pay(store, "s1", charge)
    store.save("s1", "/root", "m", TALK, {})
    store.save("s1", "/root", "m", TALK[:1], {})
    saved = SqliteStore(path).last("/root")
    assert saved is not None
    assert saved.charges == charges


def test_prompts_come_oldest_first_and_this_roots_last(store: SqliteStore) -> None:
    for root, prompt in (("/a", "one"), ("/b", "two"), ("/a", "three"), ("/b", "four\n☃\ud800"), ("/a", "one")):
        store.remember(root, prompt)
    assert store.prompts("/a") == ("two", "four\n☃\\ud800", "three", "one")
    assert store.prompts("/b") == ("three", "one", "two", "four\n☃\\ud800")
    assert store.prompts("/a", 3) == ("four\n☃\\ud800", "three", "one")
    assert store.prompts("/a", 1) == ("one",)


def test_a_file_of_a_newer_version_is_refused_and_left_alone(store: SqliteStore, path: Path) -> None:
    store.remember("/root", "x")
    store.close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"newer haikuterm.*Update haikuterm"):
            store.save("s1", "/root", "m", TALK, {})
    assert path.read_bytes() == before


@pytest.mark.parametrize("at", [0, 100])
def test_a_damaged_file_is_refused_by_name_and_left_alone(store: SqliteStore, path: Path, at: int) -> None:
    store.save("s1", "/root", "m", TALK, {})
    store.close()
    damaged = path.read_bytes()[:at] + b"not a database at all" * 200
    path.write_bytes(damaged)
    with pytest.raises(StoreError, match=rf"{path} is damaged\. Move it away"):
        store.last("/root")
    assert path.read_bytes() == damaged


def test_a_file_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be used: .* Check the file's folder"):
        SqliteStore(tmp_path / "file/sessions.db").remember("/root", "x")
    for place in (tmp_path, tmp_path / ("x" * 300) / "sessions.db"):
        with pytest.raises(StoreError, match="cannot be used"):
            SqliteStore(place).remember("/root", "x")


def test_a_save_that_fails_in_the_middle_changes_nothing(store: SqliteStore) -> None:
    store.save("s1", "/root", "m", TALK[:2], {})
    with pytest.raises(TypeError):
        store.save("s1", "/root", "m", (TALK[0], Message("assistant", (Opaque({"x": object()}),))), {})
    saved = store.last("/root")
    assert saved is not None
    assert saved.messages == TALK[:2]
    store.save("s1", "/root", "m", TALK, {})
    saved = store.last("/root")
    assert saved is not None
    assert saved.messages == TALK


def test_threads_may_share_a_store(store: SqliteStore) -> None:
    def work(name: str) -> None:
        for count in range(1, 11):
            store.save(name, f"/{name}", "m", TALK * count, {})
            pay(store, name, Charge("m", "m", Usage(), Decimal("0.1")))
            store.remember(f"/{name}", f"{name} {count}")

    threads = [Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in "abcd":
        saved = store.last(f"/{name}")
        assert saved is not None
        assert (len(saved.messages), len(saved.charges)) == (40, 10)


CHILD = """
import sys
import time
from decimal import Decimal
from haikuterm.adapters.store import SqliteStore
from haikuterm.core.ledger import Attempt
from haikuterm.core.messages import Message, Text
from haikuterm.core.money import Charge, Usage
path, name, most = sys.argv[1], sys.argv[2], int(sys.argv[3])
store, talk = SqliteStore(path), []
while len(talk) < most:
    talk.append(Message("user", (Text(f"{len(talk)} " + "x" * 5000),)))
    charge = Charge("m", "m", Usage(), Decimal("0.1"))
    store.settle(Attempt(f"{name}{len(talk)}", name, "", 0, time.time(), charge, "said", most=charge.usd))
    store.save(name, "/" + name, "m", talk, {})
    print(len(talk), flush=True)
"""


def child(path: Path, name: str, most: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(haikuterm.__file__).parents[1])}
    command = [sys.executable, "-c", CHILD, str(path), name, str(most)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_what_was_saved_outlives_a_killed_process(path: Path) -> None:
    for name in ("first", "second", "third"):
        with child(path, name, 10**6) as process:
            assert process.stdout is not None
            for _ in range(20):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            told = 20 + len(process.stdout.read().split())
        assert process.returncode == -signal.SIGKILL
        store = SqliteStore(path)
        saved = store.last(f"/{name}")
        assert saved is not None
        assert len(saved.messages) in (told, told + 1)
        assert len(saved.charges) in (len(saved.messages), len(saved.messages) + 1)
        assert [int(m.text.split()[0]) for m in saved.messages] == list(range(len(saved.messages)))
        store.save(name, f"/{name}", "m", TALK, {})
        store.close()
        assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def test_processes_make_and_fill_one_file_together(path: Path) -> None:
    names = [f"n{number}" for number in range(4)]
    processes = [child(path, name, 10) for name in names]
    assert [len(process.communicate()[0].split()) for process in processes] == [10] * 4
    store = SqliteStore(path)
    assert [len(saved.messages) for name in names if (saved := store.last(f"/{name}"))] == [10] * 4
