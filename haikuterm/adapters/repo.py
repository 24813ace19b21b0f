"""The files inside the root and git's facts about them; the only importer of git, and only when it is asked."""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path, PurePosixPath

from haikuterm.adapters import disk, paths
from haikuterm.core.errors import AttachmentRefused, PathRefused
from haikuterm.core.fuzzy import rank
from haikuterm.core.guard import SECRET_TEXT, secret_name, secret_text
from haikuterm.core.ports import FileText, Match, RepoFacts
from haikuterm.core.textfile import decode, is_binary

HUGE_TEXT = 1_000_000  # bytes of a file that may be sent to a model
HUGE = 10_000_000  # bytes of a file that is read at all
FRESH = 2.0  # seconds for which a listing is taken as it is
SHARE = 10  # a listing that took long is kept for so many times as long
CLOSE = 5_000  # file names that are compared letter by letter to find what was meant

# Set where a git hook or alias runs us (git rev-parse --local-env-vars); they would point git at another repository.
_INHERITED = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX",
)  # fmt: skip
_GLOB = re.compile(r"[*?\[]")
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_REASONS = {
    errno.ENOSPC: "the disk is full. Free some space",
    errno.EDQUOT: "your disk quota is used up. Free some space",
    errno.EROFS: "the file system is read-only. Remount it or work in a copy",
    errno.EACCES: "permission is missing. Change it (chmod, chown)",
    errno.EPERM: "permission is missing. Change it (chmod, chattr)",
    errno.ENOTDIR: "a part of its path is a file, not a folder. Name another path",
    errno.ENAMETOOLONG: "its name is too long. Choose a shorter one",
}


class _Git:
    """What git says of the repository whose top folder is `root`; silent where there is none."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._folder = paths.git_folder(Path(root))

    @property
    def present(self) -> bool:
        """Whether there is a repository."""
        return self._folder is not None

    def index_time(self) -> int:
        """When the index last changed, in nanoseconds; 0 if there is none."""
        facts = disk.look(self._folder / "index") if self._folder else None
        return facts.st_mtime_ns if facts else 0

    def files(self) -> set[str] | None:
        """All files that are there and not ignored, those of other repositories left out; None if git does not say.

        Never through index.entries: that takes 1.9 s for 100,000 files, this 0.3 s.
        """
        output = self._run("ls-files", "-z", "-t", "--cached", "--others", "--deleted", "--exclude-standard")
        if output is None:
            return None
        rows = output.split("\0")
        absent = {row[2:] for row in rows if row[:1] in ("R", "S")}  # removed, skipped by a sparse checkout
        listed = {row[2:] for row in rows if row and not row.endswith("/")} - absent
        if Path(self._root, ".gitmodules").exists():
            listed = {path for path in listed if not Path(self._root, path).is_dir()}
        return listed

    def facts(self) -> RepoFacts:
        """Branch and dirty mark; untracked files do not count, as in `git describe --dirty`."""
        if self._folder is None:
            return RepoFacts(is_git=False)
        options = ("--porcelain=v2", "--branch", "-z", "--untracked-files=no", "--ignore-submodules=dirty")
        output = self._run("status", *options)
        if output is None:
            return RepoFacts(is_git=True)
        rows = [row for row in output.split("\0") if row]
        head = dict(row[2:].split(" ", 1) for row in rows if row.startswith("# "))
        branch = head.get("branch.head", "")
        if branch == "(detached)":
            branch = head.get("branch.oid", "")[:7]
        return RepoFacts(True, branch, any(not row.startswith("#") for row in rows))

    def _run(self, *command: str) -> str | None:
        """What git prints, names that are not UTF-8 with surrogates; None if git is missing or refuses this folder."""
        if self._folder is None:
            return None
        for name in _INHERITED:
            os.environ.pop(name, None)
        try:
            import git
        except ImportError:  # GitPython raises it where there is no git program
            return None
        line = ["git", "-c", "core.fsmonitor=false", *command]  # a repository may name a program there
        try:
            output = git.Git(self._root).execute(line, env={"GIT_OPTIONAL_LOCKS": "0"}, stdout_as_string=False)
        except git.GitError:
            return None
        return os.fsdecode(output)


class RepoWorkspace:
    """The files inside the root, and nothing outside of it.

    The root is the top folder of the git work tree around `start`, else `start`. Names that a person types are also
    looked for in `start`; every path that is given out is relative to the root. Raises PathRefused without a folder.
    clock: seconds that only grow, by which a listing ages.
    """

    def __init__(self, start: str | Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = paths.find_root(str(start))
        self._start = os.path.relpath(os.path.realpath(start), self._root)
        self._git = _Git(self._root)
        self._clock = clock
        self._files: tuple[str, ...] | None = None
        self._index_time = 0  # mtime of git's index when the files were listed, in nanoseconds
        self._stale_at = 0.0  # by the clock

    @property
    def root(self) -> str:
        """The absolute, real path of the root."""
        return self._root

    @property
    def in_git(self) -> bool:
        """Whether the root is a git repository's."""
        return self._git.present

    def resolve(self, path: str) -> str:
        """The path relative to the root of a name, which may not exist yet.

        A name that stands at the root means that file, so that every path given out keeps its meaning; else, and for
        names that begin with "." or "..", the folder the program was started in is looked into. Raises PathRefused.
        """
        dotted = path.split("/")[0] in (".", "..")
        return self._place(path, (self._start, "") if dotted else ("", self._start))

    def expand(self, pattern: str) -> tuple[str, ...]:
        """The files that a file's name, a folder or a glob names; ignored files only by their own name.

        The folder started in comes first, then the root. Raises PathRefused where nothing is found.
        """
        for base in dict.fromkeys((self._start, "")):
            found = self._named(pattern, base) or self._globbed(pattern, base)
            if found:
                return found
        self._place(pattern, (self._start, ""))  # says so where the name itself is not allowed
        raise PathRefused(f"{pattern!r} names no file (an ignored one only by its name).{self._nearest(pattern)}")

    def files(self) -> tuple[str, ...]:
        """All files that are not ignored, sorted; kept for FRESH, until git's index changes or `forget_files`.

        Nothing tells of a file that another program made, so an old listing is made anew when somebody asks.
        """
        from haikuterm.adapters.walk import walk

        changed, now = self._git.index_time(), self._clock()
        if self._files is None or changed != self._index_time or now >= self._stale_at:
            listed = self._git.files()
            self._files = tuple(sorted(walk(self._root) if listed is None else listed))
            self._index_time, done = changed, self._clock()
            self._stale_at = done + max(FRESH, SHARE * (done - now))
        return self._files

    def forget_files(self) -> None:
        """List the files anew next time."""
        self._files = None

    def read_bytes(self, path: str) -> bytes | None:
        """The file's bytes, None if there is no such file. Raises PathRefused; AttachmentRefused over 10 MB."""
        return _read(path, self._checked(path), HUGE)

    def read_text(self, path: str) -> FileText:
        """A text file of up to 1 MB. Raises PathRefused, AttachmentRefused."""
        path, place = paths.relative(self._root, path), self._checked(path)
        if secret_name(path) or secret_name(str(place)):
            raise AttachmentRefused(
                f"{path!r} has the name of a file of secrets, so it is not sent. Rename it if it is none."
            )
        data = _read(path, place, HUGE_TEXT)
        if data is None:
            raise AttachmentRefused(f"There is no file {path!r}.{self._nearest(path)}")
        text = _text(path, data)
        secret = secret_text(text)
        if secret:
            raise AttachmentRefused(f"{path!r} seems to hold {secret}, so it is not sent. Take it out first.")
        return FileText(path, text, data, sha256(data).hexdigest())

    def write(self, path: str, data: bytes | None) -> None:
        """Replace the file in one step, its mode and its links kept, or remove it (None).

        Missing folders are made. Raises PathRefused; then nothing has changed.
        """
        place = self._checked(path)
        try:
            before = _regular(path, place)
            if data is None:
                self._remove(path, place)
            elif before is None:
                disk.replace(place, data)
            elif before.st_nlink > 1:
                disk.overwrite(place, data)
            else:
                owner = (before.st_uid, before.st_gid)
                disk.replace(place, data, mode=stat.S_IMODE(before.st_mode), owner=owner)
        except OSError as error:
            raise PathRefused(f"{path!r} was not written: {_reason(error)}.") from error
        if data is None or before is None:
            self.forget_files()

    def search(self, pattern: str, glob: str = "") -> tuple[Match, ...]:
        """Lines of listed text files that match a Python regular expression, at most 100 and for at most 6 seconds.

        glob: as a line of a .gitignore file, so "*.py" means any folder. Files that are named like secrets, or hold
        one anywhere, are left out. Raises ValueError for a bad pattern.
        """
        from haikuterm.adapters.grep import grep

        named = self._matching(glob) if glob else self.files()
        secrets = [secret.pattern for _, secret in SECRET_TEXT]
        found = grep(self._root, [path for path in named if not secret_name(path)], pattern, secrets=secrets)
        return tuple(Match(path, line, text) for path, line, text in found)

    def facts(self) -> RepoFacts:
        """Branch (a short commit id if detached) and whether tracked files differ from it; runs git."""
        return self._git.facts()

    def _place(self, name: str, bases: Sequence[str]) -> str:
        """The name seen from the first base where it exists, else from the first where it may. Raises PathRefused."""
        allowed: list[str] = []
        refused: PathRefused | None = None
        for base in bases:
            try:
                path = paths.relative(self._root, name, base)
                if disk.look(paths.real(self._root, path)):
                    return path
                allowed.append(path)
            except PathRefused as error:
                refused = refused or error
        if refused and not allowed:
            raise refused
        return allowed[0]

    def _named(self, name: str, base: str) -> tuple[str, ...]:
        """The file of this name, or the listed files of the folder of this name."""
        try:
            path = paths.relative(self._root, name, base)
            place = paths.real(self._root, path)
        except PathRefused:
            return ()
        facts = disk.look(place)
        if facts is None or not stat.S_ISDIR(facts.st_mode):
            return (path,) if facts else ()
        folder = paths.relative(self._root, str(place))  # git lists files by their real place
        below = "" if folder == "." else folder + "/"
        return tuple(file for file in self.files() if file.startswith(below))

    def _globbed(self, pattern: str, base: str) -> tuple[str, ...]:
        if not _GLOB.search(pattern):
            return ()
        try:
            return self._matching("/" + paths.relative(self._root, pattern, base))
        except (PathRefused, ValueError):
            return ()

    def _matching(self, glob: str) -> tuple[str, ...]:
        """The listed files that a line of a .gitignore file would name. Raises ValueError."""
        from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

        wanted = GitIgnoreSpecPattern(glob).regex
        if wanted is None:
            raise ValueError(f"{glob!r} is not a glob. Write one as in src/**/*.py.")
        return tuple(path for path in self.files() if wanted.match(path))

    def _nearest(self, name: str) -> str:
        """A sentence with names that may have been meant, or ""."""
        files = self.files()
        near = rank(name.lstrip("./"), files, 3)
        if not near:
            known = {PurePosixPath(path).name: path for path in files[:CLOSE]}
            near = [known[base] for base in get_close_matches(PurePosixPath(name).name, known, 3)]
        return f" Did you mean {', '.join(near)}?" if near else " Type @ to see the files there are."

    def _checked(self, path: str) -> Path:
        """The real place of a path that is relative to the root. Raises PathRefused."""
        return paths.real(self._root, paths.relative(self._root, path))

    def _remove(self, path: str, place: Path) -> None:
        if Path(self._root, path).is_symlink():
            raise PathRefused(f"{path!r} is a link, which is never removed. Remove it by hand if you want it gone.")
        place.unlink(missing_ok=True)


def _read(path: str, place: Path, limit: int) -> bytes | None:
    """The bytes, None for no file. Raises AttachmentRefused for no file, unreadable or over the limit."""
    try:
        facts = place.lstat()
        if stat.S_ISDIR(facts.st_mode):
            raise AttachmentRefused(f"{path!r} is a folder. Name a file in it, or a glob such as {path}/*.py.")
        if not stat.S_ISREG(facts.st_mode):
            raise AttachmentRefused(f"{path!r} is not a regular file. Only files can be read.")
        data = disk.read(place, limit) if facts.st_size <= limit else b""
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise AttachmentRefused(f"{path!r} cannot be read: {_reason(error)}.") from error
    size = max(facts.st_size, len(data))
    if size > limit:
        raise AttachmentRefused(
            f"{path!r} is huge: {size / 1e6:.1f} MB, and the limit is {limit / 1e6:.0f} MB. Name a smaller file."
        )
    return data


def _text(path: str, data: bytes) -> str:
    """The bytes as text. Raises AttachmentRefused for what is none."""
    decoded = decode(data)
    if is_binary(data) or (decoded.encoding == "latin-1" and _NOT_TEXT.search(decoded.text)):
        raise AttachmentRefused(f"{path!r} is a binary file. Only text can be sent.")
    return decoded.text


def _regular(path: str, place: Path) -> os.stat_result | None:
    """What stands there now, None for nothing. Raises PathRefused for what must not be written over."""
    try:
        facts = place.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(facts.st_mode):
        raise PathRefused(f"{path!r} is not a regular file, so it is not written. Name another path.")
    if not facts.st_mode & 0o222:
        raise PathRefused(f"{path!r} is marked read-only. Make it writable first: chmod u+w {path}.")
    return facts


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, f"{error.strerror or error}. Look at the file and try again")
