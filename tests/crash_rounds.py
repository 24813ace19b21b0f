"""Kills a process with SIGKILL while it writes, undoes or redoes a step of many files, again and again.

Run as `python -m tests.crash_rounds FOLDER ROUNDS SEED`; writes one JSON object: what was left each time. A process of
its own, with one thread, so that it can fork: each round would cost a new interpreter otherwise.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from contextlib import aclosing
from itertools import count
from pathlib import Path

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.events import Notice
from haikuterm.core.settings import Settings
from haikuterm.engine.landing import Landing
from tests.scripted import Rig, ScriptedAsker, rig

FILES = 50
KINDS = ("edit", "edit", "undo", "edit", "redo")  # of the rounds, again and again
LATER = 7  # of so many rounds, one looks whether what is written can be undone later
WAY = {"edit": ("before", "after"), "undo": ("after", "before"), "redo": ("before", "after")}


def image(name: int, version: str) -> bytes:
    """A file's bytes; long enough that a torn write could be seen."""
    return f"{version} {name}\r\n".encode() * (1 + name * 40)


def a_change(n: int) -> FileChange:
    """A file of a step: replaced, new or removed."""
    before, after = image(n, "before"), image(n, "after")
    return FileChange(f"d{n % 5}/f{n}.txt", None if n % 10 == 3 else before, None if n % 10 == 7 else after)


CHANGES = [a_change(n) for n in range(FILES)]
BACK = [FileChange(change.path, change.after, change.before) for change in CHANGES]


def prepare(root: Path, kind: str) -> None:
    """The files and the journal as they are before a step of this kind, without the time that safe writing takes."""
    for change in BACK if kind == "undo" else CHANGES:
        place = root / change.path
        place.parent.mkdir(parents=True, exist_ok=True)
        if change.before is None:
            place.unlink(missing_ok=True)
        else:
            place.write_bytes(change.before)
    for log in (root.parent / "state").glob("journal/*/steps.jsonl"):  # only the first step, which keeps the images
        log.write_bytes(b"\n".join(log.read_bytes().split(b"\n")[:2]) + b"\n")
    journal = rig(root).engine.ports.journal
    if kind != "edit":
        step = journal.begin(CHANGES, "prompt", "model", "s1")
        journal.finish(step)
        if kind == "redo":
            journal.finish(journal.begin(BACK, "/undo", "model", "s1", kind="undo", of=step))


async def write(r: Rig) -> None:
    """One step, as a turn would write it."""
    landing = Landing(r.engine.ports, r.engine.session, Settings(), ScriptedAsker(), "prompt")
    async with aclosing(landing.write(CHANGES, Proposal(tuple(CHANGES)))) as events:
        async for _ in events:
            pass


def do(kind: str, r: Rig) -> None:
    """Write the step, or take it back, or do it again."""
    asyncio.run(write(r) if kind == "edit" else _command(r, kind))


async def _command(r: Rig, kind: str) -> None:
    await r.run(f"/{kind}")


def killed(root: Path, kind: str, after: int) -> bool:
    """Do it in a child that is killed after so many acts; False if it was done before.

    An act is whatever Python tells an audit hook of: a file opened, renamed, removed, a call into the C library.
    """
    child = os.fork()
    if child == 0:
        r, acts = rig(root), count()
        sys.addaudithook(lambda *_: os.kill(os.getpid(), signal.SIGKILL) if next(acts) == after else None)
        do(kind, r)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def counted(root: Path, kind: str) -> int:
    """How many acts it takes."""
    prepare(root, kind)
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        r, acts = rig(root), count()
        sys.addaudithook(lambda *_: next(acts) and None)
        do(kind, r)
        os.write(tell, str(next(acts)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    said = os.read(told, 100)
    os.close(told)
    os.close(tell)
    return int(said)


def states(root: Path) -> Counter[str]:
    """How many files hold their image of before, of after, or anything else."""
    found = Counter[str]()
    for change in CHANGES:
        place = root / change.path
        now = place.read_bytes() if place.exists() else None
        found["before" if now == change.before else "after" if now == change.after else "other"] += 1
    return found


async def repaired(root: Path, choice: str) -> list[str]:
    """What the next start says, the user having chosen this."""
    r = rig(root)
    return [event.text async for event in r.engine.repair(ScriptedAsker(choice=choice)) if isinstance(event, Notice)]


def play(root: Path, kind: str, chance: random.Random, whole: int) -> Counter[str]:
    """One round: what was seen in it. whole: the acts of one that nobody kills."""
    prepare(root, kind)
    seen, (old, new) = Counter[str](), WAY[kind]
    died = killed(root, kind, chance.randrange(whole * 11 // 10))
    left = states(root)
    choice = chance.choice(("back", "back", "finish"))
    said = asyncio.run(repaired(root, choice))
    again = states(root)
    half = 0 < left[new] < FILES
    seen["killed"] += died
    seen[f"half written by {kind}"] += died and half
    seen["torn files"] += left["other"] + again["other"]
    seen["half written, not offered"] += half and not said
    seen["not repaired"] += bool(said) and again[old if choice == "back" else new] != FILES
    seen["finished, yet gone"] += not died and left[new] != FILES
    if again["after"] == FILES and not chance.randrange(LATER):
        do("undo", rig(root))
        seen["not undone later"] += states(root)["before"] != FILES
        seen["undone later"] += 1
    return seen


def main(root: Path, rounds: int, seed: int) -> dict[str, int]:
    """All rounds; the counts of what was seen."""
    chance, seen = random.Random(seed), Counter[str]()
    whole = {kind: counted(root, kind) for kind in WAY}
    for number in range(rounds):
        kind = KINDS[number % len(KINDS)]
        seen.update(play(root, kind, chance, whole[kind]))
        for stray in root.rglob(".haikuterm-*"):
            stray.unlink()
    return {**seen}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
