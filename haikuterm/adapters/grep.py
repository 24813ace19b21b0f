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


def grep(
    root: str, paths: Sequence[str], pattern: str, *, secrets: Sequence[str] = (), seconds: float = SECONDS
) -> list[tuple[str, int, str]]:
    """Up to LIMIT of (path, 1-based line, its text), in the order of the paths.

    secrets: patterns; a file whose text has one of them anywhere is left out, and so are binary and huge files and
    links. Raises ValueError for a pattern that is wrong or takes too long.
    """
    asked = {"root": root, "paths": paths, "pattern": pattern, "secrets": secrets, "seconds": seconds}
    task = json.dumps(asked).encode("ascii")
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
    secrets = [re.compile(secret) for secret in task["secrets"]]
    found: list[tuple[str, int, str]] = []
    end = time.monotonic() + task["seconds"]
    for path in task["paths"]:
        text = _text(f"{task['root']}/{path}")
        before = len(found)
        for number, line in _lines(text):
            if pattern.search(line):
                if len(found) == before and any(secret.search(text) for secret in secrets):
                    break  # looked for at a file's first match only: most files have none
                found.append((path, number, line))
            if len(found) == LIMIT or time.monotonic() > end:
                return {"error": "", "found": found}
    return {"error": "", "found": found}


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The numbered lines, cut to LINE."""
    for number, line in enumerate(text.split("\n"), 1):
        yield number, line.rstrip("\r")[:LINE]


def _text(path: str) -> str:
    """The text of a text file; "" of anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            data = file.read() if stat.S_ISREG(facts.st_mode) and facts.st_size <= HUGE else b""
    except OSError:
        return ""
    return "" if b"\0" in data else data.decode("utf-8-sig", "replace")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_answer(json.load(sys.stdin.buffer))))
