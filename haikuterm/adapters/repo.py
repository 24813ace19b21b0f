"""The files inside the root: named, listed, read, searched and written, and nothing outside of it."""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path, PurePosixPath

from haikuterm.adapters import disk, exchange, paths
from haikuterm.adapters.file_list import FileList
from haikuterm.adapters.repo_git import Git
from haikuterm.core.errors import AttachmentRefused, FileChanged, PathRefused
from haikuterm.core.fuzzy import rank
from haikuterm.core.guard import SECRET_TEXT, secret_name, secret_text
from haikuterm.core.ports import FileText, Match, RepoFacts, TextStyle
from haikuterm.core.textfile import decode, is_binary

HUGE_TEXT = 1_000_000  # bytes of a file that may be sent to a model
HUGE = 10_000_000  # bytes of a file that is read at all
CLOSE = 5_000  # file names that are compared letter by letter to find what was meant

_GLOB = re.compile(r"[*?\[]")
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_REASONS = {
    errno.ENOSPC: "the disk is full. Free some space",
    errno.EDQUOT: "your disk quota is used up. Free some space",
    errno.EROFS: "the file system is read-only. Remount it or work in a copy",
    errno.EACCES: "permission is missing. Change it (chmod, chown)",
    errno.EPERM: "permission is missing. Change it (chmod, chattr)",
    errno.ENOTDIR: "a part of its path is a file, not a folder. Name another path",
    errno.EISDIR: "it is a folder. Name a file",
    errno.ETXTBSY: "another program has it open for writing. Close it there, then try again",
    errno.EBUSY: "it is mounted by itself and cannot be replaced. Work in a copy",
    errno.ENAMETOOLONG: "its name is too long. Choose a shorter one",
}


class RepoWorkspace:
    """The files inside the root, and nothing outside of it.

    The root is the top folder of the git work tree around `start`, else `start`. Names that a person types are also
    looked for in `start`; every path that is given out is relative to the root. Raises PathRefused without a folder.
    clock: seconds that only grow, by which a listing ages. now: seconds since the epoch, by which leftovers do.
    """

    def __init__(
        self, start: str | Path, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time
    ) -> None:
        self._root = paths.find_root(str(start))
        self._start = os.path.relpath(os.path.realpath(start), self._root)
        self._git = Git(self._root)
        self._now = now
        self._swept: set[Path] = set()  # folders whose leftovers are gone
        self._list = FileList(self._root, self._git, clock)

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
        raise PathRefused(
            f"{pattern!r} names no file (an ignored one only by its name).{_nearest(pattern, self.files())}"
        )

    def files(self) -> tuple[str, ...]:
        """All files that are not ignored, sorted, as they are now or were a moment ago."""
        return self._list.now()

    def listed(self) -> tuple[str, ...]:
        """The same at once, perhaps of a while ago."""
        return self._list.soon()

    def forget_files(self) -> None:
        """List the files anew next time."""
        self._list.forget()

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
            raise AttachmentRefused(f"There is no file {path!r}.{_nearest(path, self.files())}")
        text = _text(path, data)
        secret = secret_text(text)
        if secret:
            raise AttachmentRefused(f"{path!r} seems to hold {secret}, so it is not sent. Take it out first.")
        return FileText(path, text, data, sha256(data).hexdigest())

    def write(self, path: str, data: bytes | None, held: bytes | None, mode: int | None = None) -> None:
        """Replace the bytes `held` by `data` in one step; None stands for no file in both.

        The file's mode, owner, attributes and links are kept; mode is for one that is made, whose missing folders are
        made too. Raises FileChanged if it holds anything else, PathRefused; then nothing of ours is left.
        """
        place = self._ours(path)
        try:
            done = self._exchange(path, place, data, held, mode)
        except OSError as error:
            raise PathRefused(
                f"{path!r} was not written: {_reason(error)}. Change the permissions or make room, then try again."
            ) from error
        if not done:
            raise FileChanged(path)
        if data is None or held is None:
            self.forget_files()

    def writable(self, path: str) -> str:
        """Why the file cannot be written, changed or removed, as a sentence; "" if nothing speaks against it."""
        return _unwritable(path, self._ours)

    def busy(self, path: str) -> bool:
        """Whether another program has the file open for writing, as far as the system tells. Raises PathRefused."""
        return exchange.busy(self._checked(path))

    def remove_folders(self, paths: Sequence[str]) -> None:
        """Remove those of the folders that are empty, the last first; none through a link."""
        for path in reversed(paths):
            with suppress(PathRefused):
                disk.remove_folders([self._checked(path)] if self._real(path) == path else [])

    def mode(self, path: str) -> int | None:
        """The file's permission bits, None if there is no such file. Raises PathRefused."""
        facts = disk.look(self._checked(path))
        return stat.S_IMODE(facts.st_mode) if facts and stat.S_ISREG(facts.st_mode) else None

    def style(self, path: str) -> TextStyle:
        """How a new text file there is to be written: .editorconfig, .gitattributes, else UTF-8 and LF.

        May run git; raises PathRefused.
        """
        from haikuterm.adapters.repo_style import style

        return style(self._root, self._real(path), self._git)

    def changed(self) -> tuple[str, ...]:
        """The files that differ from the last commit or are not tracked, sorted, those that are gone left out."""
        return tuple(sorted(path for path in self._git.changed() if not disk.is_temporary(path.rsplit("/", 1)[-1])))

    def as_committed(self, path: str, data: bytes | None) -> bool:
        """Whether git sees no change in the file with these bytes (None: gone). Raises PathRefused, CommitRefused."""
        return self._git.as_committed(self._real(path), data)

    def committable(self, paths: Sequence[str]) -> frozenset[str]:
        """Those of the files that a commit can hold. Raises CommitRefused where git takes none now, PathRefused."""
        real = {path: self._real(path) for path in paths}
        found = self._git.committable([*real.values()])
        return frozenset(path for path, place in real.items() if place in found)

    def commit(self, paths: Sequence[str], message: str, stopped: Callable[[], bool] | None = None) -> str:
        """Commit these files as they are on disk, ignored new ones left out. Raises CommitRefused, PathRefused."""
        return self._git.commit([self._real(path) for path in paths], message, stopped)

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

    def _ours(self, path: str) -> Path:
        """The real place of a path that may be written. Raises PathRefused, also for a submodule's."""
        return paths.own(self._root, path, self._checked(path)) if self.in_git else self._checked(path)

    def _checked(self, path: str) -> Path:
        """The real place of a path that is relative to the root. Raises PathRefused."""
        return paths.real(self._root, paths.relative(self._root, path))

    def _real(self, path: str) -> str:
        """The path git knows the file by: links followed, relative to the root. Raises PathRefused."""
        return paths.relative(self._root, str(self._checked(path)))

    def _exchange(self, path: str, place: Path, data: bytes | None, held: bytes | None, mode: int | None) -> bool:
        """Write; False if the file holds anything but `held`. Raises PathRefused, OSError."""
        facts = _regular(path, place)
        if place.parent not in self._swept:
            self._swept.add(place.parent)
            disk.sweep(place.parent, self._now())
        if held is None:
            return facts is None and (data is None or exchange.at_once(exchange.make(place, data, mode)))
        if facts is None:
            return False
        if data is None:
            if Path(self._root, path).is_symlink():
                raise PathRefused(f"{path!r} is a link, which is never removed. Remove it by hand if you want it gone.")
            return exchange.at_once(exchange.remove(place, held))
        if facts.st_nlink > 1:
            return disk.overwrite(place, data, held)
        return exchange.at_once(exchange.swap(place, data, held))


def _nearest(name: str, files: Sequence[str]) -> str:
    """A sentence with names of files that may have been meant, or ""."""
    near = rank(name.lstrip("./"), files, 3)
    if not near:
        known = {PurePosixPath(path).name: path for path in files[:CLOSE]}
        near = [known[base] for base in get_close_matches(PurePosixPath(name).name, known, 3)]
    return f" Did you mean {', '.join(near)}?" if near else " Type @ to see the files there are."


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
        raise AttachmentRefused(
            f"{path!r} cannot be read: {_reason(error)}. Change its permissions, or name another file."
        ) from error
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


def _unwritable(path: str, checked: Callable[[str], Path]) -> str:
    """Why a file would not be written there, "" if nothing speaks against it. checked: the place of a path."""
    try:
        place = checked(path)
        facts = _regular(path, place)
        refused = None if facts and facts.st_nlink > 1 else disk.why_not(place)  # it is written in place then
    except PathRefused as error:
        return str(error)
    except OSError as error:
        refused = error
    return f"{path!r} cannot be written: {_reason(refused)}." if refused else ""


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
    if not os.access(place, os.W_OK):  # its folder would let us put another file in its place
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return facts


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, f"{error.strerror or error}. Look at the file and try again")
