"""The user's editor in tests: a real shell script, on real files in a folder that can be looked at afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Install = Callable[[str], Path]


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Makes a shell script with this body the editor; "$1" is the file. Its files lie in the folder tmp."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)  # the standard library keeps the first folder it found
    (tmp_path / "tmp").mkdir()

    def install(body: str) -> Path:
        script = tmp_path / "my editor"
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
        monkeypatch.setenv("EDITOR", f"'{script}'")
        return script

    return install
