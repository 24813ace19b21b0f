"""All the linters that a project turns on: which they are, what they find, and what their safe fixers make of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from haikuterm.adapters import linter_fixes, linter_programs
from haikuterm.adapters.linter_checks import Job, Project, check
from haikuterm.adapters.linter_run import Broke, run, together
from haikuterm.adapters.linter_table import TOOLS, Tool
from haikuterm.core.findings import CheckReport, Finding, Fixed, Linter, merge

AT_ONCE = 2  # linters that run at the same time; most of them use several cores themselves
_RULE = re.compile(r"^[A-Z]{1,8}\d{1,5}$")


def nobody(_tool: str) -> bool:
    """The consent of a user who was not asked."""
    return False


class Linters:
    """The linters of one project; a `Checker` and more. Nothing is installed, downloaded or written in the root.

    consent: whether the user has agreed that this tool (by name) runs in this repository; asked before each use.
    cache: a folder for the tools' caches; default: one that goes with this object. programs: where a tool is, by its
    name, for those that need not be looked for.
    """

    def __init__(
        self,
        root: str | Path,
        *,
        consent: Callable[[str], bool] = nobody,
        cache: Path | None = None,
        tools: Sequence[Tool] = TOOLS,
        programs: Mapping[str, str] | None = None,
    ) -> None:
        self._root = Path(root).resolve()  # tools name files by their real place
        self._consent = consent
        self._cache = cache
        self._tools = {tool.name: tool for tool in tools}
        self._programs = dict(programs or {})
        self._rules: dict[str, str] = {}

    def available(self, paths: Sequence[str]) -> tuple[Linter, ...]:
        """The linters that the project turns on for these files (relative to the root), found or not, agreed or not.

        Looks at the disk and asks git: meant for a thread.
        """
        once = linter_programs.once(self._root, paths)
        return tuple(linter for tool in self._tools.values() if (linter := self._linter(tool, once)))

    async def check(self, paths: Sequence[str], overlay: Mapping[str, bytes] | None = None) -> CheckReport:
        """The findings of the quick linters that can and may run, as one report: for each edit. See `reports`."""
        known = await asyncio.to_thread(self.available, tuple(dict.fromkeys(paths)))
        names = tuple(linter.name for linter in known if linter.quick)
        return merge(await self.reports(paths, overlay, only=names) if names else ())

    async def reports(
        self,
        paths: Sequence[str],
        overlay: Mapping[str, bytes] | None = None,
        *,
        only: Collection[str] = (),
        everywhere: bool = False,
    ) -> tuple[CheckReport, ...]:
        """One report for each linter that can and may run on the paths, in the table's order.

        overlay: bytes that stand in for files on disk, also for files that are not in `paths` but that those lean on.
        only: the names of the linters to run; none: all. everywhere: keep findings in other files than the paths, too:
        whoever checks a whole project sees what a change broke elsewhere. A linter that fails is told in `broke`.
        """
        shown = dict(overlay or {})
        ready = await self._ready(paths, only)
        project = await asyncio.to_thread(self._project)
        runs = [self._report(linter, project, shown, everywhere) for linter in ready]
        return tuple(await together(runs, AT_ONCE))

    async def fix(
        self,
        paths: Sequence[str],
        overlay: Mapping[str, bytes] | None = None,
        *,
        only: Collection[str] = (),
        reports: Sequence[CheckReport] = (),
    ) -> Fixed:
        """What the linters' SAFE fixers make of the files, one after the other; nothing is written in the root.

        overlay and only as for `reports`. reports: what `reports` has just said of the same bytes; it spares each tool
        a run, unless another one has changed its files since.
        """
        start = dict(overlay or {})
        files, broke = dict(start), []
        project = await asyncio.to_thread(self._project)
        for linter in await self._ready(paths, only):
            tool = self._tools[linter.name]
            if not tool.fixes:
                continue
            try:
                job = Job(tool, linter.program, project, dict(files))
                fresh = files.keys() - start.keys() or any(files[path] != data for path, data in start.items())
                known = None if fresh else self._known(linter, reports)
                files |= await linter_fixes.fix(job, linter.paths, known)
            except (Broke, OSError) as error:
                broke.append((linter.name, _said(linter.name, error)))
        changed = {path: data for path, data in files.items() if data != self._before(path, start)}
        return Fixed(changed, tuple(broke))

    async def explain(self, finding: Finding) -> str:
        """What the rule wants and why, in Markdown, as ruff itself tells it offline; for other tools the rule's URL."""
        if finding.tool != "ruff" or not _RULE.match(finding.code):
            return finding.url
        if finding.code not in self._rules:
            self._rules[finding.code] = await self._rule(finding.code)
        return self._rules[finding.code] or finding.url

    async def _rule(self, code: str) -> str:
        program = self._programs.get("ruff") or linter_programs.find_ruff()
        try:
            ran = await run((program, "rule", code, "--output-format", "json"), self._root, 20.0, name="ruff")
            return str(json.loads(ran.output)["explanation"]).strip()
        except (Broke, ValueError, KeyError, TypeError):
            return ""

    async def _ready(self, paths: Sequence[str], only: Collection[str]) -> list[Linter]:
        known = await asyncio.to_thread(self.available, tuple(dict.fromkeys(paths)))
        return [linter for linter in known if linter.ready and (not only or linter.name in only)]

    def _linter(self, tool: Tool, paths: Sequence[str]) -> Linter | None:
        wanted = linter_programs.concerned(tool, self._root, paths)
        if tool.name == "mypy":
            wanted = linter_programs.not_excluded(tool, self._root, wanted)
        if not wanted:
            return None
        given = self._programs.get(tool.name)
        program, inside = (given, False) if given else linter_programs.find(tool, self._root, wanted)
        why = linter_programs.needs_consent(tool, self._root, wanted, inside=inside) if program else ""
        agreed = not why or self._consent(tool.name)
        quick = not tool.whole and tool.fixes != "tree"
        return Linter(tool.name, wanted, program, why, agreed, quick, tool.across or tool.whole)

    async def _report(
        self, linter: Linter, project: Project, overlay: Mapping[str, bytes], everywhere: bool
    ) -> CheckReport:
        try:
            found = await check(Job(self._tools[linter.name], linter.program, project, overlay), linter.paths)
        except (Broke, OSError) as error:
            return CheckReport(linter.name, linter.paths, broke=_said(linter.name, error))
        shown = tuple(f for f in found if everywhere or not f.path or f.path in linter.paths)
        return CheckReport(linter.name, linter.paths, tuple(dict.fromkeys(shown)))

    def _project(self) -> Project:
        if self._cache is None:
            self._cache = Path(tempfile.mkdtemp(prefix="haikuterm-"))
            weakref.finalize(self, shutil.rmtree, self._cache, ignore_errors=True)
        own = self._cache / hashlib.sha256(os.fsencode(self._root)).hexdigest()[:16]
        own.mkdir(parents=True, exist_ok=True)
        return Project(self._root, own, self._environment())

    def _environment(self) -> dict[str, str]:
        """The project's own programs first on PATH, where they did not come with the repository."""
        folders = list(linter_programs.local_folders(self._root, ()))
        inside = any(folder.is_relative_to(self._root) for folder in folders)
        if not folders or (inside and linter_programs.carried(self._root)):
            return {}
        path = os.pathsep.join((*map(str, folders), os.environ.get("PATH", "")))
        venv = next((str(f.parent) for f in folders if (f.parent / "pyvenv.cfg").is_file()), "")
        return {"PATH": path, "VIRTUAL_ENV": venv} if venv else {"PATH": path}

    def _known(self, linter: Linter, reports: Sequence[CheckReport]) -> tuple[Finding, ...] | None:
        """What the reports tell of all the linter's files, None if one of them is missing or it broke."""
        known = next((report for report in reports if report.tool == linter.name and not report.broke), None)
        return known.findings if known and {*linter.paths} <= {*known.paths} else None

    def _before(self, path: str, start: Mapping[str, bytes]) -> bytes | None:
        try:
            return start[path] if path in start else (self._root / path).read_bytes()
        except OSError:
            return None


def _said(name: str, error: Broke | OSError) -> str:
    """The sentence for the report."""
    if isinstance(error, Broke):
        return str(error)
    return f"{name} could not be run: {error}. See whether the files can be read and the disk has room, then try again."
