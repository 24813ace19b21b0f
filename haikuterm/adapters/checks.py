"""The checker that comes with the program: ruff alone, quick enough for every edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from haikuterm.adapters.linter_checks import Job, Project, check
from haikuterm.adapters.linter_programs import find_ruff
from haikuterm.adapters.linter_run import Broke
from haikuterm.adapters.linter_table import PYTHON, TOOLS
from haikuterm.core.findings import CheckReport

SECONDS = 60.0  # for one run of ruff


class RuffChecker:
    """Ruff on Python files, by the project's own configuration; it runs in the root.

    A file named here is checked even where the configuration leaves it out of a search, unless it says
    `force-exclude`. program: where ruff is, "" for none; by default it is looked for.
    """

    def __init__(self, root: str | Path, *, program: str | None = None, seconds: float = SECONDS) -> None:
        self._project = Project(Path(root).resolve(), Path(), {})  # ruff names files by their real place
        self._program = program
        self._tool = replace(next(tool for tool in TOOLS if tool.name == "ruff"), seconds=seconds)

    async def check(self, paths: Sequence[str], overlay: Mapping[str, bytes] | None = None) -> CheckReport:
        """Findings in the Python files among the paths; `overlay` holds bytes that stand in for files on disk.

        Never raises for a linter that fails: `broke` says why, and there are no findings then.
        """
        known = tuple(dict.fromkeys(path for path in paths if path.endswith(PYTHON)))
        if self._program is None:
            self._program = find_ruff()
        if known and not self._program:
            return CheckReport(
                "ruff", known, broke="ruff is not installed here. Install it (pip install ruff), then try again."
            )
        try:
            found = await check(Job(self._tool, self._program, self._project, overlay or {}), known)
        except Broke as broke:
            return CheckReport("ruff", known, broke=str(broke))
        return CheckReport("ruff", known, found)
