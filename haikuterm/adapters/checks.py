"""Linters as subprocesses; ruff is the one that comes with the program."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from haikuterm.core.findings import CheckReport, Finding, Severity

SUFFIXES = (".py", ".pyi")
SECONDS = 60.0  # for one run of ruff
AT_ONCE = 1_000  # files of one run: a command line has its limits
_OPTIONS = ("check", "--output-format", "json", "--no-fix", "--no-cache", "--quiet")  # the repository gets no cache
_CLEAN, _FOUND = 0, 1  # ruff's exit codes; 2 says that it could not work (docs.astral.sh/ruff/linter)

# Rules of which each finding is a program that does not run, not a matter of taste.
_ERRORS = ("E9", "F50", "F63", "F7", "F82", "PLE", "invalid-syntax")


class RuffChecker:
    """Ruff on Python files, by the project's own configuration; it runs in the root.

    A file named here is checked even where the configuration leaves it out of a search, unless it says
    `force-exclude`. program: where ruff is, "" for none; by default it is looked for.
    """

    def __init__(self, root: str | Path, *, program: str | None = None, seconds: float = SECONDS) -> None:
        self._root = Path(root).resolve()  # ruff names files by their real place
        self._program = program
        self._seconds = seconds

    async def check(self, paths: Sequence[str], overlay: Mapping[str, bytes] | None = None) -> CheckReport:
        """Findings in the Python files among the paths; `overlay` holds bytes that stand in for files on disk.

        Never raises for a linter that fails: `broke` says why, and there are no findings then.
        """
        shown = overlay or {}
        known = tuple(dict.fromkeys(path for path in paths if path.endswith(SUFFIXES)))
        there = [path for path in known if path not in shown and (self._root / path).is_file()]
        findings: list[Finding] = []
        try:
            for at in range(0, len(there), AT_ONCE):
                findings += await self._ruff(["--", *there[at : at + AT_ONCE]])
            for path in known:
                if path in shown:
                    findings += await self._ruff([f"--stdin-filename={path}", "-"], shown[path])
        except _Broke as broke:
            return CheckReport("ruff", known, broke=str(broke))
        return CheckReport("ruff", known, tuple(findings))

    async def _ruff(self, arguments: Sequence[str], text: bytes = b"") -> tuple[Finding, ...]:
        """One run. Raises _Broke; a run that is cancelled or late is killed."""
        if self._program is None:
            self._program = find_ruff()
        if not self._program:
            raise _Broke("ruff is not installed here. Install it (pip install ruff), then try again.")
        try:
            command = (self._program, *_OPTIONS, *arguments)
            child = await asyncio.create_subprocess_exec(*command, cwd=self._root, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        except OSError as error:
            raise _Broke(f"ruff could not be started: {error}. Install it again, then try again.") from error
        try:
            async with asyncio.timeout(self._seconds):
                output, complaint = await child.communicate(text)
        except TimeoutError as error:
            raise _Broke(f"ruff did not end within {self._seconds:g} seconds. Check fewer files at once.") from error
        finally:
            if child.returncode is None:
                child.kill()
        if child.returncode not in (_CLEAN, _FOUND):
            raise _Broke(f"ruff could not work: {_reason(complaint)}")
        return parse(output, self._root)


class _Broke(Exception):
    """Ruff could not say anything of the files; the sentence is for the report."""


def find_ruff() -> str:
    """The ruff of our own installation, else the one on PATH, else ""."""
    beside = Path(sys.executable).with_name("ruff")
    try:
        from ruff import find_ruff_bin  # type: ignore[import-untyped]  # it ships no types

        return str(find_ruff_bin())
    except (ImportError, FileNotFoundError):
        return str(beside) if beside.is_file() else shutil.which("ruff") or ""


def parse(output: bytes, root: Path) -> tuple[Finding, ...]:
    """The findings of ruff's JSON; paths relative to the root, lines and columns 1-based, as ruff counts them.

    Raises _Broke for what is no such JSON.
    """
    try:
        return tuple(_finding(row, root) for row in json.loads(output))
    except (ValueError, KeyError, TypeError) as error:
        raise _Broke(f"ruff said something we do not understand ({error}). Another version may help.") from error


def _finding(row: Mapping[str, Any], root: Path) -> Finding:
    code = row["code"] or "invalid-syntax"  # null in versions before 0.12
    fix = row.get("fix") or {}
    start, end = row["location"], row["end_location"]
    return Finding(
        tool="ruff",
        code=code,
        severity=_severity(code),
        path=_relative(row["filename"], root),
        line=start["row"],
        column=start["column"],
        message=row["message"],
        end_line=end["row"],
        end_column=end["column"],
        fix=(fix.get("message") or "") if fix.get("applicability") == "safe" else "",
    )


def _severity(code: str) -> Severity:
    return "error" if code.startswith(_ERRORS) else "warning"


def _relative(name: str, root: Path) -> str:
    path = Path(name)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _reason(complaint: bytes) -> str:
    """The first lines that say why, on one line."""
    lines = [line.strip() for line in complaint.decode("utf-8", "replace").splitlines() if line.strip()]
    return " ".join(lines[:4])[:400] or "it gave no reason."
