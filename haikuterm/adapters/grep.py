"""Searches files line by line, in a process of its own: a pattern that runs away can only be ended from outside."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

LIMIT = 100  # matches
LINE = 1_000  # characters of a line that are looked at and returned
HUGE = 1_000_000  # bytes; larger files are left out
SECONDS = 6.0  # by default, after which what was found so far is the answer
PATIENCE = 1.5  # times as long, and the pattern itself is at fault


def grep(root: str, paths: Sequence[str], pattern: str, seconds: float = SECONDS) -> list[tuple[str, int, str]]:
    """Up to LIMIT of (path, 1-based line, its text), in the order of the paths.

    Binary and huge files and links are left out. Raises ValueError for a pattern that is wrong or takes too long.
    """
    task = json.dumps({"root": root, "paths": paths, "pattern": pattern, "seconds": seconds}).encode("ascii")
    command = [sys.executable, "-I", "-S", __file__]
    try:
        done = subprocess.run(command, input=task, capture_output=True, timeout=seconds * PATIENCE, check=True)
    except subprocess.TimeoutExpired as error:
        raise ValueError("the pattern takes too long on a single line. Use a simpler one.") from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise ValueError(f"the search could not run: {error}.") from error
    answer = json.loads(done.stdout)
    if answer["error"]:
        raise ValueError(f"the pattern is not a regular expression: {answer['error']}.")
    return [(path, line, text) for path, line, text in answer["found"]]


def _answer(task: dict[str, Any]) -> dict[str, Any]:
    """What the child says of its task."""
    try:
        pattern = re.compile(task["pattern"])
    except (re.error, RecursionError, OverflowError) as error:
        return {"error": str(error), "found": []}
    found: list[tuple[str, int, str]] = []
    end = time.monotonic() + task["seconds"]
    for path in task["paths"]:
        for number, line in _lines(f"{task['root']}/{path}"):
            if pattern.search(line):
                found.append((path, number, line))
            if len(found) == LIMIT or time.monotonic() > end:
                return {"error": "", "found": found}
    return {"error": "", "found": found}


def _lines(path: str) -> Iterator[tuple[int, str]]:
    """The numbered lines of a text file, cut to LINE; none of anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            data = file.read() if stat.S_ISREG(facts.st_mode) and facts.st_size <= HUGE else b""
    except OSError:
        return
    if b"\0" in data:
        return
    for number, line in enumerate(data.decode("utf-8-sig", "replace").split("\n"), 1):
        yield number, line.rstrip("\r")[:LINE]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_answer(json.load(sys.stdin.buffer))))
