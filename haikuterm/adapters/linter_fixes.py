"""The linters' own safe fixers, on bytes in memory; the user's files are never written."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from haikuterm.adapters.linter_checks import AT_ONCE, Job, check, in_copy
from haikuterm.adapters.linter_run import Broke, Ran, chunks, reason, together
from haikuterm.core.findings import Finding, by_path
from haikuterm.core.linters import edits, eslint
from haikuterm.core.linters.shape import NotThisFormat

PASSES = 10  # as many as ESLint takes; a fix may bring another finding with a fix
_BOM = b"\xef\xbb\xbf"


async def fix(job: Job, paths: Sequence[str], known: Sequence[Finding] | None = None) -> dict[str, bytes]:
    """The bytes of those of the paths that the tool's safe fixer changes.

    known: what the tool says of the very same bytes, where it has just been asked. Files that are no UTF-8 are left
    alone. Raises Broke.
    """
    if job.tool.fixes == "tree":
        return (await in_copy(job, paths))[1]
    if job.tool.fixes == "edits":
        return await _by_edits(job, paths, known)
    found = await check(job, paths) if known is None else known
    worth = by_path(f for f in found if (f.edits or f.offered) and f.path in paths)
    texts = {path: data for path in worth if (data := _read(job, path)) is not None}
    if job.tool.fixes == "eslint" and not texts.keys() & job.overlay.keys():
        return await _at_once(job, list(texts))
    after = await together([_by_stdin(job, path, data) for path, data in texts.items()], AT_ONCE)
    changed = {path: data for path, data in zip(texts, after, strict=True) if data != texts[path]}
    return {path: data for path, data in changed.items() if data.strip() or _emptied(texts[path], worth[path])}


def _emptied(data: bytes, found: Sequence[Finding]) -> bool:
    """Whether nothing is what the fixes leave; else an empty answer is a tool's way to fail."""
    return not edits.apply(data.decode(), found)[0].strip()


async def _by_stdin(job: Job, path: str, data: bytes) -> bytes:
    """What the fixer makes of the file that it reads from its standard input."""
    [(folder, _)] = job.homes([path]).items()
    name = posixpath.relpath(path, folder or ".")
    ran = await job.run(job.tool.fix, job.project.root / folder, [name], data)
    _worked(job, ran, path)
    if job.tool.fixes == "eslint":
        return _eslint(ran.output, job.project.root).get(path, data)
    return ran.output.encode()


async def _at_once(job: Job, paths: Sequence[str]) -> dict[str, bytes]:
    """What ESLint makes of files on disk, all in one run: it takes long to start."""
    changed: dict[str, bytes] = {}
    for folder, members in job.homes(paths).items():
        for part in chunks([posixpath.relpath(path, folder or ".") for path in members]):
            ran = await job.run(("--fix-dry-run", *job.tool.check), job.project.root / folder, part)
            _worked(job, ran, ", ".join(members[:3]))
            changed.update(_eslint(ran.output, job.project.root))
    return {path: data for path, data in changed.items() if path in paths}


def _worked(job: Job, ran: Ran, what: str) -> None:
    """Raises Broke for a run that failed: by its code, or because it has only complaints."""
    if ran.code not in job.tool.found or (ran.code and not ran.output.strip() and ran.complaint.strip()):
        raise Broke(f"{job.tool.name} could not fix {what}: {reason(ran.complaint or ran.output)}")


def _eslint(output: str, root: Path) -> dict[str, bytes]:
    try:
        return {path: text.encode("utf-8", "replace") for path, text in eslint.fixed(output, str(root)).items()}
    except NotThisFormat as error:
        raise Broke(f"eslint said something we do not understand. {error} Another version may help.") from error


async def _by_edits(job: Job, paths: Sequence[str], known: Sequence[Finding] | None) -> dict[str, bytes]:
    """What the edits that the findings bring make of the files, run after run until none is left."""
    changed: dict[str, bytes] = {}
    for _ in range(PASSES):
        now = replace(job, overlay={**job.overlay, **changed})
        found = await check(now, paths) if known is None else known
        known = None
        step = await asyncio.to_thread(_apply, now, found, paths)
        if not step:
            break
        changed.update(step)
    return {path: data for path, data in changed.items() if data != _read(job, path)}


def _apply(job: Job, found: Sequence[Finding], paths: Sequence[str]) -> Mapping[str, bytes]:
    """The files with as many of the findings' edits as fit in one pass."""
    changed = {}
    for path, findings in by_path(f for f in found if f.edits and f.path in paths).items():
        data = _read(job, path)
        if data is not None:
            bom = _BOM if data.startswith(_BOM) else b""
            after, used = edits.apply(data[len(bom) :].decode(), findings)
            if used:
                changed[path] = bom + after.encode("utf-8", "replace")
    return changed


def _read(job: Job, path: str) -> bytes | None:
    """The file's bytes if they are UTF-8."""
    try:
        data = job.overlay[path] if path in job.overlay else (job.project.root / path).read_bytes()
        data.decode()
    except (OSError, UnicodeDecodeError):
        return None
    return data
