"""A step of fifty files, killed at random points: each file is whole, and the next start can roll back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROUNDS = 200


def test_a_killed_step_leaves_whole_files_and_can_be_rolled_back(repo: Path) -> None:
    command = [sys.executable, "-m", "tests.crash_rounds", str(repo), str(ROUNDS), "7"]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    assert seen["torn files"] == 0
    assert seen["half written, not offered"] == 0
    assert seen["not rolled back"] == 0
    assert seen["finished, yet gone"] == 0
    assert seen["half written"] > ROUNDS // 4, "the kills must hit the writing, not only what is around it"
