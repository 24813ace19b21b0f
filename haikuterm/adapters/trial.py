"""A test command on a copy of the project, with candidates for files in place; the user's own files stay out of it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import tempfile
import weakref
from asyncio.subprocess import STDOUT
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from haikuterm.adapters.repo_git import Git
from haikuterm.adapters.walk import entries, walk
from haikuterm.adapters.withheld import OURS, without_keys
from haikuterm.core.errors import SettingsError

SECONDS = 300.0  # for one run of the command
LINES = 40  # of its output that are told
TAIL = 100_000  # bytes at the end of its output that are looked at
MOST_FILES = 50_000
MOST_BYTES = 500_000_000  # of the files that git lists
MOST_IGNORED = 100_000_000  # bytes of those that git ignores: built modules, generated sources, fixtures
MANY_IGNORED = 20_000  # of them

# $1: the command, $2: the folder. Standard input is a pipe that only we hold: its end means that we were killed, and
# then all that the command started ends, and the copy goes. (No other system has Linux's PR_SET_PDEATHSIG.)
_WATCHED = """
exec 3<&0 </dev/null
{ read -r _ <&3; trap '' TERM; kill -s TERM 0; rm -rf -- "$2"; kill -s KILL 0; } &
exec 3<&-
/bin/sh -c "$1"
"""
_REPOSITORIES = (".git", ".hg", ".svn")
_CACHES = ("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox")


class Trials:
    """Makes a Trial of a test command, as it would be typed in a shell at the root.

    seconds: the limit of one run.
    """

    def __init__(self, root: str | Path, *, seconds: float = SECONDS) -> None:
        self._root = Path(root).resolve()
        self._seconds = seconds

    def __call__(self, command: str) -> ShellTrial:
        """The trial of this command; its copy of the tree is made when it first runs."""
        return ShellTrial(self._root, command, self._seconds)


class ShellTrial:
    """One test command and the copy it runs in, made once; afterwards only the candidates in it are rewritten.

    The copy holds the files that git lists or would list, and the ignored ones as far as they are small. Environments
    (.venv, node_modules) are linked; of node_modules only what is in it, so that a cache made there is made in the
    copy. Nothing else is a link out of it, unless to what the user may not write. There is no .git in it.
    """

    def __init__(self, root: Path, command: str, seconds: float = SECONDS) -> None:
        self._root = root
        self._command = command
        self._seconds = seconds
        self._folder: Path | None = None
        self._originals: dict[str, bytes | None] = {}  # of the files that hold a candidate now

    async def __call__(self, images: Mapping[str, bytes]) -> str:
        """The last lines of its output if it fails with these bytes (path -> bytes) in place, "" if it passes.

        Raises SettingsError if the project cannot be copied.
        """
        if self._folder is None:
            self._folder = await self._copied()
        tree = self._folder / "tree"
        outside = await asyncio.to_thread(self._lay, tree, images)
        if outside:
            return f"{outside} lies in a folder that is only linked into the copy, so no test can be run with it."
        said = self._folder / "said"
        code = await self._run(tree, said)
        if code == 0:
            return ""
        why = f"It did not end within {self._seconds:g} seconds." if code is None else f"It ended with code {code}."
        return "\n".join([*await asyncio.to_thread(_last_lines, said), why])

    async def _copied(self) -> Path:
        """A new folder with the copy in it, gone with this object; also gone when we are cancelled meanwhile."""
        folder = _scratch()
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        work = asyncio.ensure_future(asyncio.to_thread(_copy, self._root, folder / "tree"))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody waits for it any more
            raise
        except OSError as error:
            raise SettingsError(
                f"The project cannot be copied for --test: {error}. Make room, or run it without --test."
            ) from error
        return folder

    def _lay(self, tree: Path, images: Mapping[str, bytes]) -> str:
        """Put the candidates in place and the originals back; returns a path that lies outside of the copy, or ""."""
        wanted = {path: data for path, data in self._originals.items() if path not in images}
        for path, data in {**wanted, **images}.items():
            place = tree / path
            if ".." in PurePosixPath(path).parts or not place.parent.resolve().is_relative_to(tree):
                return path
            if path not in self._originals:
                self._originals[path] = place.read_bytes() if place.is_file() else None
            mode = stat.S_IMODE(place.stat().st_mode) if place.is_file() else None
            place.unlink(missing_ok=True)
            if data is None:
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            if mode is not None:
                place.chmod(mode)
        return ""

    async def _run(self, tree: Path, said: Path) -> int | None:
        """Run the command; its exit code, None if it took too long. All it started ends with it, and with us.

        Its output goes into a file: what it leaves running in the background must not keep us waiting.
        """
        with said.open("wb") as out, _alive() as alive:
            try:
                child = await asyncio.create_subprocess_exec(
                    "/bin/sh", "-c", _WATCHED, "sh", self._command, tree.parent,
                    cwd=tree, stdin=alive, stdout=out, stderr=STDOUT, env=_environment(self._root, tree),
                    start_new_session=True,
                )  # fmt: skip
            except (OSError, ValueError) as error:
                raise SettingsError(f"--test cannot be run: {error}. Run it without --test.") from error
            try:
                async with asyncio.timeout(self._seconds):
                    return await child.wait()
            except TimeoutError:
                return None
            finally:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(child.pid, signal.SIGKILL)
                await child.wait()  # at once, for it is dead; or the interpreter would warn of it


@contextmanager
def _alive() -> Iterator[int]:
    """The end of a pipe that can be read to its end once we are gone, or the block is left."""
    outlet, inlet = os.pipe()
    try:
        yield outlet
    finally:
        os.close(outlet)
        os.close(inlet)


def _scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="haikuterm-")).resolve()  # tools name files by their real place


def _last_lines(said: Path) -> list[str]:
    with said.open("rb") as file:
        file.seek(max(0, said.stat().st_size - TAIL))
        text = file.read().decode("utf-8", "replace")
    return text.rstrip().split("\n")[-LINES:] if text.strip() else []


def _environment(root: Path, tree: Path) -> dict[str, str]:
    """Ours without keys and git's own; Python imports from the copy, also what is installed from the project itself.

    No byte code is written: in an environment that is only linked it would be the user's.
    """
    kept = without_keys(os.environ, *OURS)
    named = [part for part in kept.get("PYTHONPATH", "").split(os.pathsep) if part]
    moved = [str(tree / Path(part).relative_to(root)) if Path(part).is_relative_to(root) else part for part in named]
    own = [str(folder) for folder in (tree / "src", tree) if folder.is_dir()]
    path = os.pathsep.join(dict.fromkeys([*own, *moved]))
    return {
        **kept,
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "PWD": str(tree),
    }


def _copy(root: Path, tree: Path) -> None:
    """Copy the project. Raises SettingsError if it is too large, OSError."""
    names = Git(str(root)).files()
    listed = frozenset(walk(str(root)) if names is None else names)
    own, ignored = _Room(MOST_FILES, MOST_BYTES), _Room(MANY_IGNORED, MOST_IGNORED)
    tree.mkdir()
    for path, entry in entries(root, _opens):
        if not _wanted(entry):
            continue
        if entry.is_symlink():
            _link(root, tree, path, Path(entry.path))
        elif entry.is_dir(follow_symlinks=False):
            _folder(entry, tree / path)
        elif entry.is_file(follow_symlinks=False):
            with suppress(FileNotFoundError):  # it was there a moment ago
                if (own if path in listed else ignored).takes(entry.stat(follow_symlinks=False).st_size):
                    shutil.copy2(entry.path, tree / path)
                elif path in listed:
                    raise SettingsError(
                        f"The project is too large to be copied for --test (at most {MOST_FILES} files, "
                        f"{MOST_BYTES // 1_000_000} MB). Run it without --test."
                    )


@dataclass(slots=True)
class _Room:
    """How many more files and bytes may be copied."""

    files: int
    size: int

    def takes(self, size: int) -> bool:
        """Whether there is room for one more file of this size, which it has then."""
        if self.files < 1 or size > self.size:
            return False
        self.files, self.size = self.files - 1, self.size - size
        return True


def _folder(entry: os.DirEntry[str], place: Path) -> None:
    """A real folder, or a link to an environment."""
    if entry.name == "node_modules":
        place.mkdir()
        for package in Path(entry.path).iterdir():
            if package.name not in (".cache", ".vite"):
                (place / package.name).symlink_to(package)
    elif _environment_folder(entry):
        place.symlink_to(entry.path)
    else:
        place.mkdir()


def _environment_folder(entry: os.DirEntry[str]) -> bool:
    return Path(entry.path, "pyvenv.cfg").is_file()


def _link(root: Path, tree: Path, path: str, link: Path) -> None:
    """The same link within the copy; one that leads out of the project only where the user may not write."""
    target = link.resolve()
    if target.is_relative_to(root):
        inside = tree / target.relative_to(root)
        (tree / path).symlink_to(os.path.relpath(inside, (tree / path).parent))
    elif not os.access(target, os.W_OK):
        (tree / path).symlink_to(target)


def _wanted(entry: os.DirEntry[str]) -> bool:
    """Whether the entry belongs into the copy."""
    return entry.name not in _REPOSITORIES and not (entry.is_dir(follow_symlinks=False) and _is_cache(entry))


def _opens(entry: os.DirEntry[str]) -> bool:
    """Whether what is in the entry is copied."""
    folder = entry.is_dir(follow_symlinks=False) and _wanted(entry)
    return folder and entry.name != "node_modules" and not _environment_folder(entry)


def _is_cache(entry: os.DirEntry[str]) -> bool:
    return entry.name in _CACHES or Path(entry.path, "CACHEDIR.TAG").is_file()  # bford.info/cachedir: target and others
