"""One run of one linter on files as they are or would be, told as findings or as the reason why it broke."""

from __future__ import annotations

import asyncio
import posixpath
import re
import shutil
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from haikuterm.adapters import linter_programs, linter_scratch
from haikuterm.adapters.linter_run import Broke, Ran, chunks, reason, run, together
from haikuterm.adapters.linter_table import Tool
from haikuterm.core.findings import Finding, Sources
from haikuterm.core.linters.places import relative
from haikuterm.core.linters.shape import NotThisFormat

_CRASHED = re.compile(r"INTERNAL ERROR|Traceback \(most recent call last\)|panicked at")
_NETWORK = re.compile(
    r"transport '\w+' not allowed|--offline|offline mode|127\.0\.0\.1:9\b|disabled by GOPROXY|ENOTCACHED|--no-index"
)
GIT_SECONDS = 60.0
AT_ONCE = 4  # runs of one linter, each for one file


@dataclass(frozen=True, slots=True)
class Project:
    """Where linters run. cache: a folder for their caches, outside of the project. extra: environment they get."""

    root: Path
    cache: Path
    extra: Mapping[str, str]

    def sources(self, overlay: Mapping[str, bytes]) -> Sources:
        """The files' texts as a linter sees them."""

        def text(path: str) -> str:
            try:
                data = overlay[path] if path in overlay else (self.root / path).read_bytes()
            except OSError:
                return ""
            return data.decode("utf-8", "replace")

        return text


@dataclass(frozen=True, slots=True)
class Job:
    """A linter at work on files of a project. overlay: bytes that stand in for files on disk."""

    tool: Tool
    program: str
    project: Project
    overlay: Mapping[str, bytes]

    async def run(self, words: Sequence[str], folder: Path, paths: Sequence[str], text: bytes | None = None) -> Ran:
        """One run of the program in the folder; the paths are relative to that. Raises Broke."""
        filled: list[str] = []
        for word in words:
            if word == "{paths}":
                filled += [f"./{path}" if path.startswith("-") else path for path in paths]
            else:
                name = paths[0] if paths else ""
                filled.append(word.replace("{path}", name).replace("{cache}", str(self.project.cache)))
        return await run(
            (self.program, *filled),
            folder,
            self.tool.seconds,
            name=self.tool.name,
            text=text,
            extra=self.project.extra,
        )

    def homes(self, paths: Sequence[str]) -> dict[str, list[str]]:
        """The paths by the folder in which the tool looks at them: where the configuration nearest to them is."""
        homes: dict[str, list[str]] = {}
        of: dict[str, str] = {}  # by folder: many files share one
        for path in paths:
            folder = path.rpartition("/")[0]
            if folder not in of:
                of[folder] = linter_programs.home(self.tool, self.project.root, path)
            homes.setdefault(of[folder], []).append(path)
        return homes


async def check(job: Job, paths: Sequence[str]) -> tuple[Finding, ...]:
    """The findings of the tool in the paths, and in others that it looked at on the way. Raises Broke.

    Bytes that are not on disk reach it by its standard input, else in a scratch tree; the project's own files are
    never written.
    """
    root = job.project.root
    overlay = {path: data for path, data in job.overlay.items() if _matters(job.tool, path, paths)}
    if job.tool.fixes == "tree":
        return (await in_copy(job, paths))[0]
    there = [path for path in paths if path not in overlay and (root / path).is_file()]
    if job.tool.stdin or not (overlay or job.tool.rewrites):
        found = await _on_disk(job, root, there)
        shown = [_on_stdin(job, path) for path in paths if path in overlay]
        return tuple(chain(found, *await together(shown, AT_ONCE)))
    own = [*there, *linter_programs.above(root, paths, job.tool.rewrites)]
    real = {path: (root / path).read_bytes() for path in own}  # some tools do not follow links, others write there
    async with _opened(linter_scratch.mirror(root, {**real, **overlay})) as scratch:
        return tuple(await _on_disk(job, scratch, [path for path in paths if (scratch / path).is_file()]))


def _matters(tool: Tool, path: str, paths: Sequence[str]) -> bool:
    """Whether the tool could see the file: one of its own, or any if it looks at whole projects."""
    return tool.whole or tool.fixes == "tree" or path.endswith(tool.suffixes) or path in paths


async def in_copy(job: Job, paths: Sequence[str]) -> tuple[tuple[Finding, ...], dict[str, bytes]]:
    """(findings, the bytes of the paths that the tool changed) of a tool that writes, run in a copy with its own git.

    Raises Broke.
    """
    async with _opened(linter_scratch.copy(job.project.root, job.overlay)) as scratch:
        for words in (("init", "-q"), ("add", "-A")):
            await run(("git", *words), scratch, GIT_SECONDS, name="git")
        there = [path for path in paths if (scratch / path).is_file()]
        before = {path: (scratch / path).read_bytes() for path in there}
        found = await _on_disk(job, scratch, there)
        after = {path: (scratch / path).read_bytes() for path in there if (scratch / path).is_file()}
    return tuple(found), {path: data for path, data in after.items() if data != before[path]}


async def _on_disk(job: Job, tree: Path, paths: Sequence[str]) -> list[Finding]:
    """The findings of as many runs as there are configurations, and as the command line needs."""
    found: list[Finding] = []
    for folder, members in job.homes(paths).items():
        names = [posixpath.relpath(path, folder or ".") for path in members]
        for part in [names] if job.tool.whole else chunks(names):
            ran = await job.run(job.tool.check, tree / folder, part)
            found += await asyncio.to_thread(_findings, job, ran, tree, folder)
    return found


async def _on_stdin(job: Job, path: str) -> list[Finding]:
    folder = linter_programs.home(job.tool, job.project.root, path)
    name = posixpath.relpath(path, folder or ".")
    ran = await job.run(job.tool.stdin, job.project.root / folder, [name], job.overlay[path])
    return await asyncio.to_thread(_findings, job, ran, job.project.root, folder)


def _findings(job: Job, ran: Ran, tree: Path, folder: str) -> list[Finding]:
    """What the run says. Raises Broke for one that says it could not work, in whichever way this tool does."""
    from haikuterm.core.linters.formats import (
        FORMATS,
        recognise,
    )  # a score of regular expressions, not needed at start-up

    tool = job.tool
    said = f"{ran.output}\n{ran.complaint}" if tool.both else ran.output
    why = _why(tool, ran)
    if ran.code not in tool.found or _CRASHED.search(ran.complaint):
        raise Broke(f"{tool.name} could not work: {why}")
    texts = job.project.sources(job.overlay)
    form = FORMATS.get(tool.format) or recognise(said) or FORMATS["lines"]
    try:
        found = form.parse(said, str(tree / folder), lambda path: texts(_from_root(path, folder, job.project.root)))
    except NotThisFormat as error:
        raise Broke(_not_understood(tool, ran, why, error)) from error
    if ran.code and not found:
        raise Broke(f"{tool.name} could not work: {why}")
    fatal = next((f for f in found if tool.fatal and re.search(tool.fatal, str(f))), None)
    if fatal:
        raise Broke(f"{tool.name} could not work: {fatal}")
    where = {path: _from_root(path, folder, job.project.root) for path in {f.path for f in found}}
    # under its own name: pyright's form is also basedpyright's
    return [replace(f, path=where[f.path], tool=tool.name if tool.format else f.tool) for f in found]


def _from_root(path: str, folder: str, root: Path) -> str:
    """The path relative to the root, of one that a tool names relative to its folder, or by its real place."""
    if not path or path.startswith("/"):
        return relative(path, str(root))
    return posixpath.normpath(f"{folder}/{path}" if folder else path)


def _why(tool: Tool, ran: Ran) -> str:
    why = reason(ran.complaint if ran.complaint.strip() else ran.output)
    if _NETWORK.search(ran.complaint) or (ran.code and _NETWORK.search(ran.output)):
        why += f" (Linters get no network here. Run {tool.program} yourself once, so that it has what it needs.)"
    return why


def _not_understood(tool: Tool, ran: Ran, why: str, error: NotThisFormat) -> str:
    if ran.code and (ran.complaint.strip() or not ran.output.strip().startswith(("{", "["))):
        return f"{tool.name} could not work: {why}"
    return f"{tool.name} said something we do not understand. {error} Another version may help."


@asynccontextmanager
async def _opened(scratch: AbstractContextManager[Path]) -> AsyncGenerator[Path, None]:
    """The scratch folder, made in a thread; gone afterwards, also when we are cancelled while it is made."""
    made = asyncio.ensure_future(asyncio.to_thread(scratch.__enter__))
    try:
        folder = await asyncio.shield(made)
    except asyncio.CancelledError:
        made.add_done_callback(_remove)
        raise
    try:
        yield folder
    finally:
        scratch.__exit__(None, None, None)


def _remove(made: asyncio.Future[Path]) -> None:
    if not made.cancelled() and made.exception() is None:
        shutil.rmtree(made.result(), ignore_errors=True)
