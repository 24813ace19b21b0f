"""A step of fifty files, killed at random points as it is written, undone or redone: each file is whole, and the next
start can roll back or finish.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = (30, pytest.param(200, marks=pytest.mark.slow))


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_killed_write_undo_or_redo_leaves_whole_files_and_can_be_repaired(repo: Path, rounds: int) -> None:
    command = [sys.executable, "-m", "tests.crash_rounds", str(repo), str(rounds), "7"]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    assert seen["torn files"] == 0
    assert seen["half written, not offered"] == 0
    assert seen["not repaired"] == 0
    assert seen["finished, yet gone"] == 0
    assert seen["not undone later"] == 0
    assert seen["undone later"] > 0
    hit = {kind: seen[f"half written by {kind}"] for kind in ("edit", "undo", "redo")}
    assert sum(hit.values()) > rounds // 4, "the kills must hit the writing itself"
    if rounds > 100:  # enough of them for each kind to be hit
        for kind, share in (("edit", 3), ("undo", 1), ("redo", 1)):
            assert hit[kind] > rounds * share // 20
