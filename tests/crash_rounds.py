"""Kills a process with SIGKILL while it writes a step of many files, again and again, and looks at what is left.

Run as `python -m tests.crash_rounds FOLDER ROUNDS SEED`; writes one JSON object. A process of its own, with one thread,
so that it can fork: each round would cost a new interpreter otherwise.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.events import Notice
from haikuterm.core.settings import Settings
from haikuterm.engine.landing import Landing
from tests.scripted import Rig, ScriptedAsker, rig

FILES = 50


def image(name: int, version: str) -> bytes:
    """A file's bytes; long enough that a torn write could be seen."""
    return f"{version} {name}\r\n".encode() * (1 + name * 40)


def prepare(root: Path) -> list[FileChange]:
    """The files of a step: replaced ones, new ones and removed ones."""
    changes = []
    for n in range(FILES):
        before, after = image(n, "before"), image(n, "after")
        change = FileChange(f"d{n % 5}/f{n}.txt", None if n % 10 == 3 else before, None if n % 10 == 7 else after)
        place = root / change.path
        place.parent.mkdir(parents=True, exist_ok=True)
        if change.before is None:
            place.unlink(missing_ok=True)
        else:
            place.write_bytes(change.before)
        changes.append(change)
    return changes


def write(r: Rig, changes: list[FileChange]) -> None:
    """One step, as a turn would write it."""
    landing = Landing(r.engine.ports, r.engine.session, Settings(), ScriptedAsker(), "prompt")
    landing.write(changes, Proposal(tuple(changes)))


def killed(root: Path, changes: list[FileChange], after: float) -> bool:
    """Write in a child and kill it after so many seconds; False if it was done before."""
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        r = rig(root)
        os.write(go, b".")
        write(r, changes)
        os._exit(0)
    os.read(ready, 1)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.close(ready)
    os.close(go)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def states(root: Path, changes: list[FileChange]) -> Counter[str]:
    """How many files hold their image of before, of after, or anything else."""
    found = Counter[str]()
    for change in changes:
        place = root / change.path
        now = place.read_bytes() if place.exists() else None
        found["before" if now == change.before else "after" if now == change.after else "other"] += 1
    return found


async def repaired(root: Path) -> list[str]:
    """What the next start says, the user having chosen to roll back."""
    r = rig(root)
    return [event.text async for event in r.engine.repair(ScriptedAsker(choice="back")) if isinstance(event, Notice)]


def main(root: Path, rounds: int, seed: int) -> dict[str, int]:
    """All rounds; the counts of what was seen."""
    chance, seen = random.Random(seed), Counter[str]()
    changes = prepare(root)
    start = time.perf_counter()
    write(rig(root), changes)
    whole = time.perf_counter() - start
    for _ in range(rounds):
        changes = prepare(root)
        died = killed(root, changes, chance.uniform(0, whole * 1.1))
        left = states(root, changes)
        said = asyncio.run(repaired(root))
        again = states(root, changes)
        seen["killed"] += died
        seen["torn files"] += left["other"] + again["other"]
        seen["half written"] += died and 0 < left["after"] < FILES
        seen["offered"] += bool(said)
        seen["half written, not offered"] += 0 < left["after"] < FILES and not said
        seen["not rolled back"] += bool(said) and again["before"] != FILES
        seen["finished, yet gone"] += not died and left["after"] != FILES
        seen["stray files"] += sum(1 for _ in root.rglob(".haikuterm-*"))
        for stray in root.rglob(".haikuterm-*"):
            stray.unlink()
    return {**seen}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
