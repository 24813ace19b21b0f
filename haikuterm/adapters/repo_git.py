"""What git says and does here; the only importer of the git library, and only when it is asked."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

from haikuterm.adapters import disk, paths
from haikuterm.core.errors import CommitRefused
from haikuterm.core.ports import RepoFacts

LIMIT = 120.0  # seconds for a commit with its hooks
SAID = 20  # lines of what git or a hook said that are shown
_LOOK = 0.1  # seconds between two looks whether a commit is to be stopped
_KINDLY = 5.0  # seconds for git to end by itself when it is told to
_SHA256 = 64  # signs of an object's name in a repository of that kind
_UNDER_WAY = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick"}  # git: "cannot do a partial commit during a"

# Set where a git hook or alias runs us (git rev-parse --local-env-vars); they would point git at another repository.
_INHERITED = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX",
)  # fmt: skip
# Nothing may ask: there is no editor, and no terminal that a prompt or gpg's pinentry could draw on.
_SILENT = {"GIT_EDITOR": "true", "GIT_TERMINAL_PROMPT": "0"}
_ASKS = ("GPG_TTY",)
_WAYS = ["git", "-c", "core.fsmonitor=false"]  # a repository may name a program there


class _Ended(NamedTuple):
    """How a git command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


class Git:
    """What git says of the repository whose top folder is `root`; silent where there is none."""

    def __init__(self, root: str, limit: float = LIMIT) -> None:
        self._root, self._limit = root, limit
        self._folder = paths.git_folder(Path(root))

    @property
    def present(self) -> bool:
        """Whether there is a repository."""
        return self._folder is not None

    def index_time(self) -> int:
        """When the index last changed, in nanoseconds; 0 if there is none."""
        facts = disk.look(self._folder / "index") if self._folder else None
        return facts.st_mtime_ns if facts else 0

    def files(self) -> Sequence[str] | None:
        """All files that are there and not ignored, those of other repositories left out; None if git does not say.

        Each once, nearly sorted, as git lists them: so that whoever sorts them does not keep other threads waiting.

        Never through index.entries: that takes 1.9 s for 100,000 files, this 0.3 s.
        """
        output = self._run("ls-files", "-z", "-t", "--cached", "--others", "--deleted", "--exclude-standard")
        if output is None:
            return None
        rows = output.split("\0")
        absent = {row[2:] for row in rows if row[:1] in ("R", "S")}  # removed, skipped by a sparse checkout
        listed = dict.fromkeys(row[2:] for row in rows if row and not row.endswith("/"))
        modules = Path(self._root, ".gitmodules").exists()
        return [path for path in listed if path not in absent and not (modules and Path(self._root, path).is_dir())]

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

    def changed(self) -> set[str]:
        """The files that are there and differ from the last commit, staged or not, or are new and not ignored."""
        differ = self._run(
            "diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", "--no-ext-diff", "HEAD", "--"
        )
        fresh = self._run("ls-files", "-z", "--others", "--exclude-standard")
        if differ is None:  # there is no commit yet: all is new
            return set(self.files() or ())
        names = {*differ.split("\0"), *(fresh or "").split("\0")} - {""}
        return {name for name in names if not name.endswith("/") and Path(self._root, name).is_file()}

    def as_committed(self, path: str, data: bytes | None) -> bool:
        """Whether a file of these bytes is that of the last commit, as git reckons: line ends and filters apart.

        Raises CommitRefused if git cannot be run.
        """
        name = (self._run("rev-parse", "-q", "--verify", f"HEAD:{path}") or "").strip()
        if data is None or not name:
            return data is None and not name
        kind = "sha256" if len(name) == _SHA256 else "sha1"
        if hashlib.new(kind, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() == name:
            return True
        ended = _Shell(self._root, self._limit).call("hash-object", "--stdin", f"--path={path}", said=data)
        return ended.code == 0 and ended.out.strip() == name

    def attributes(self, path: str, *names: str) -> dict[str, str]:
        """What the .gitattributes files say of a path: "set", "unset", "unspecified" or a value, by name."""
        fields = (self._run("check-attr", "-z", *names, "--", path) or "").split("\0")
        return dict(zip(fields[1::3], fields[2::3], strict=False))

    def setting(self, name: str) -> str:
        """A value of git's configuration in lower case, "" if it is not set."""
        return (self._run("config", "--get", name) or "").strip().lower()

    @property
    def has_attributes(self) -> bool:
        """Whether there is a file of attributes for the whole of the repository."""
        return self._folder is not None and any(
            disk.look(place) for place in (Path(self._root, ".gitattributes"), self._folder / "info/attributes")
        )

    def committable(self, paths: Sequence[str]) -> frozenset[str]:
        """Those of the files that git knows or may know: not ignored, not in a repository inside of this one.

        Raises CommitRefused where git takes no commit of single files now.
        """
        if self._folder is None:
            raise CommitRefused(f"{self._root} is in no git repository. Make one first: git init.")
        self._check_ready(self._folder)
        known, new = self._named(_Shell(self._root, self._limit), paths)
        return known | new

    def _check_ready(self, folder: Path) -> None:
        """Raise CommitRefused for what git would only say after a message was written."""
        for name, what in _UNDER_WAY.items():
            if self._run("rev-parse", "-q", "--verify", name) is not None:
                raise CommitRefused(
                    f"A {what} is under way, and until it is over git commits no single files. Finish it, or leave it "
                    f"with git {what} --abort, then try again."
                )
        if disk.look(folder / "index.lock"):
            raise CommitRefused(
                f"Another git is at work here: {folder / 'index.lock'} is there. Wait until it is done; if none runs, "
                "remove that file."
            )
        if self._run("var", "GIT_AUTHOR_IDENT") is None or self._run("var", "GIT_COMMITTER_IDENT") is None:
            raise CommitRefused(
                "git does not know who you are. Tell it with git config --global user.name NAME and "
                "git config --global user.email ADDRESS, then try again."
            )

    def commit(self, paths: Sequence[str], message: str, stopped: Callable[[], bool] | None = None) -> str:
        """Commit exactly these files as they are on disk, hooks included, and return git's line on it.

        What else is staged stays so, and out of the commit; files that git does not know and ignores stay out, too.
        stopped: asked all the while; once it says yes, git and its hooks are ended, unless the commit is made by then.
        Raises CommitRefused with what git or a hook said, or that it was stopped; then the index is as it was.
        """
        if self._folder is None:
            raise CommitRefused(f"{self._root} is in no git repository. Make one first: git init.")
        shell = _Shell(self._root, self._limit, stopped)
        known, new = self._named(shell, paths)
        wanted = [path for path in dict.fromkeys(paths) if path in known or path in new]
        if not wanted:
            raise CommitRefused("None of these files is one that git knows or may know, so there is nothing to commit.")
        index, head, done = _Index(self._folder / "index"), self._head(), False
        try:
            if new:
                shell.told("add", "--intent-to-add", paths=sorted(new))
                index.ours()
            said = shell.told("commit", "--only", "-F", "-", paths=wanted, said=message.encode("utf-8", "replace")).out
            done = True
        except CommitRefused:
            if self._head() == head:
                raise
            done, said = True, self._made(wanted)
        finally:
            if new and not done and not index.put_back():  # somebody else changed it too: take back ours only
                _Shell(self._root, self._limit).call("reset", "-q", paths=sorted(new))
        return next((row for row in said.splitlines() if row.startswith("[")), "Committed.")

    def _head(self) -> str | None:
        return self._run("rev-parse", "-q", "--verify", "HEAD")

    def _made(self, paths: Sequence[str]) -> str:
        """A line on the last commit, whose git was ended after it was made; the index may not know of it yet."""
        _Shell(self._root, self._limit).call("reset", "-q", paths=paths)
        return self._run("log", "-1", "--format=[%h] %s (what git or a hook does after a commit was ended)") or ""

    def _named(self, shell: _Shell, paths: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Those of the paths that are in the index or in the last commit, and those that are new and not ignored."""
        known = _listed(shell, "--cached", *(["--with-tree=HEAD"] if self._head() else []), paths=paths)
        new = _listed(shell, "--others", "--exclude-standard", paths=[path for path in paths if path not in known])
        return known, new

    def _run(self, *command: str) -> str | None:
        """What git prints, names that are not UTF-8 with surrogates; None if git is missing or refuses this folder."""
        output = self._bytes(*command)
        return None if output is None else os.fsdecode(output)

    def _bytes(self, *command: str) -> bytes | None:
        """What git prints, as it is; None as above."""
        if self._folder is None:
            return None
        for name in _INHERITED:
            os.environ.pop(name, None)
        try:
            import git
        except ImportError:  # GitPython raises it where there is no git program
            return None
        quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
        try:
            output = git.Git(self._root).execute(
                [*_WAYS, *command], env=quiet, stdout_as_string=False, strip_newline_in_stdout=False
            )
        except git.GitError:
            return None
        return bytes(output)


@dataclass(frozen=True, slots=True)
class _Shell:
    """Runs git apart from our terminal until it ends, is stopped, or takes too long."""

    root: str
    limit: float
    stopped: Callable[[], bool] | None = None

    def told(self, *command: str, paths: Sequence[str], said: bytes = b"") -> _Ended:
        """Run git, which must succeed. Raises CommitRefused with what it or a hook said."""
        ended = self.call(*command, paths=paths, said=said)
        if ended.code == 0:
            return ended
        if command[0] == "commit" and self.call("diff", "--quiet", "--no-ext-diff", "HEAD", paths=paths).code == 0:
            raise CommitRefused("These files are as in the last commit, so there is nothing to commit.")
        lines = [line for line in f"{ended.err}\n{ended.out}".splitlines() if line.strip()]
        told = "\n".join(lines[-SAID:]) or "nothing"
        raise CommitRefused(f"Nothing was committed. Mend what git or a hook says, then try again:\n{told}")

    def call(self, *command: str, paths: Sequence[str] = (), said: bytes = b"") -> _Ended:
        """Run git on these paths. Raises CommitRefused if it does not end, is stopped, or there is none."""
        self._check()
        named = ["--", *(f":(literal){path}" for path in paths)] if paths else []  # no option: hooks would inherit it
        with TemporaryFile() as question, TemporaryFile() as out, TemporaryFile() as err:
            question.write(said)
            question.seek(0)
            try:
                process = subprocess.Popen(
                    [*_WAYS, *command, *named], cwd=self.root, env=_environment(os.environ), stdin=question,
                    stdout=out, stderr=err, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise CommitRefused(
                    f"git cannot be run: {error.strerror or error}. Install git, then try again."
                ) from error
            try:
                self._wait(process)
            finally:
                _end(process)
            out.seek(0)
            err.seek(0)
            return _Ended(process.returncode, os.fsdecode(out.read()), os.fsdecode(err.read()))

    def _check(self) -> None:
        if self.stopped is not None and self.stopped():
            raise CommitRefused("Nothing was committed: git was stopped.")

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        """Until it has ended. Raises CommitRefused."""
        end = time.monotonic() + self.limit
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(min(_LOOK, self.limit))
                return
            self._check()
            if time.monotonic() >= end:
                raise CommitRefused(
                    f"git and its hooks did not end within {self.limit:.0f} seconds, so they were stopped and nothing "
                    "was committed. Commit from a terminal, where they may take their time."
                )


def _listed(shell: _Shell, *options: str, paths: Sequence[str]) -> frozenset[str]:
    """Those of the paths that `git ls-files` with these options names."""
    ended = shell.told("ls-files", "-z", *options, paths=paths) if paths else _Ended(0, "", "")
    return frozenset(path for path in ended.out.split("\0") if path)


class _Index:
    """The index as it was, to be put back byte for byte after a commit that failed."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._before = self._ours = self._now()

    def ours(self) -> None:
        """What we wanted to change in it is changed."""
        self._ours = self._now()

    def put_back(self) -> bool:
        """Under git's own lock; False if anybody else changed it after us, or is about to."""
        if self._now() == self._before:
            return True
        lock = self._place.with_name("index.lock")
        try:
            disk.write_new(lock, self._before or b"", like=self._place)
        except OSError:  # somebody holds the lock
            return False
        try:
            if self._now() != self._ours:
                return False
            if self._before is None:
                self._place.unlink()
            else:
                lock.replace(self._place)
            return True
        finally:
            with suppress(OSError):
                lock.unlink()

    def _now(self) -> bytes | None:
        try:
            return self._place.read_bytes()
        except OSError:
            return None


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in variables.items() if name not in _INHERITED and name not in _ASKS}
    return kept | _SILENT


def _end(process: subprocess.Popen[bytes]) -> None:
    """End git and what it started if git still runs: kindly first, so that they take their locks away."""
    if process.poll() is not None:
        return
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_KINDLY)
    with suppress(OSError):  # a hook may have outlived git
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
