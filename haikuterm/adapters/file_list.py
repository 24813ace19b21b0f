"""The list of a root's files, kept as long as it can be trusted, and made anew aside for those who cannot wait."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

from haikuterm.adapters import disk
from haikuterm.adapters.repo_git import Git
from haikuterm.adapters.walk import walk
from haikuterm.core.listing import listing

FRESH = 2.0  # seconds for which a list is taken as it is
SHARE = 10  # a list that took long is kept for so many times as long
NEVER = float("-inf")
PATIENCE = 0.03  # seconds for which somebody who types waits for a new list; small repositories are listed by then


class FileList:
    """The files below `root` that are not ignored. clock: seconds that only grow, by which a list ages."""

    def __init__(self, root: str, git: Git, clock: Callable[[], float]) -> None:
        self._root, self._git, self._clock = root, git, clock
        self._files: tuple[str, ...] | None = None
        self._index_time = 0  # mtime of git's index when the files were listed, in nanoseconds
        self._stale_at = NEVER  # by the clock
        self._forgotten = 0  # how often
        self._aside: Thread | None = None

    def now(self) -> tuple[str, ...]:
        """All of them, sorted; kept for FRESH, until git's index changes or `forget`.

        Nothing tells of a file that another program made, so an old list is made anew when somebody asks.
        """
        changed, now, forgotten = self._git.index_time(), self._clock(), self._forgotten
        if self._files is None or self._is_old(changed, now):
            listed = self._git.files()
            found = walk(self._root) if listed is None else listed
            files = tuple(sorted(path for path in found if not disk.is_temporary(path.rpartition("/")[2])))
            if files != self._files:  # else what others made of the same tuple can still be used
                self._files = files
            self._index_time, done = changed, self._clock()
            fresh = forgotten == self._forgotten  # else something was written meanwhile
            self._stale_at = done + max(FRESH, SHARE * (done - now)) if fresh else NEVER
        return self._files or ()

    def soon(self) -> tuple[str, ...]:
        """The same, but an old list rather than a long wait; then a new one is made aside, for the next who asks."""
        if self._files is None:
            return self.now()
        going = self._aside is not None and self._aside.is_alive()
        if not going and self._is_old(self._git.index_time(), self._clock()):
            self._aside = Thread(target=lambda: listing(self.now()), daemon=True, name="files")
            self._aside.start()
            self._aside.join(PATIENCE)
        return self._files

    def forget(self) -> None:
        """List them anew next time."""
        self._forgotten += 1
        self._stale_at = NEVER

    def _is_old(self, changed: int, now: float) -> bool:
        return changed != self._index_time or now >= self._stale_at
