"""The files of a repository as completion sees them: with their folders, and found by what was typed of a path."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice

from haikuterm.core.fuzzy import Search, lowered

ENOUGH = 8  # names that hold what was typed in one piece, the rows of a list: others would only be noise
AFTER = chr(ord("/") + 1)  # sorts behind everything in a folder


class Listing:
    """Files and folders; a folder's path ends with "/". files: sorted, "/" between parts."""

    def __init__(self, files: tuple[str, ...]) -> None:
        self.files = files
        folders = {f"{folder}/" if folder else "" for folder in {path.rpartition("/")[0] for path in files}}
        for folder in [*folders]:
            while folder and (folder := folder[: folder.rfind("/", 0, -1) + 1]) not in folders:
                folders.add(folder)
        self.folders = frozenset(folders - {""})
        self._search = Search([*files, *sorted(self.folders)])

    def like(self, typed: str, limit: int = 50, *, begins: bool = False) -> list[str]:
        """What may be meant: in a folder, what is in it; else what is named so. begins: no other names than these."""
        if not typed or typed in self.folders:
            return self._inside(typed, limit)
        wanted = lowered(typed)
        found = self._search.best(wanted, limit, ENOUGH) if wanted else []
        if begins:
            return [path for path in found if path.lower().startswith(wanted) or _base(path).startswith(wanted)]
        return found

    def beginning(self, typed: str, limit: int = 50) -> list[str]:
        """What is in the typed path's folder and begins with the rest of it, as a shell completes."""
        folder = typed[: typed.rfind("/") + 1]
        if folder and folder not in self.folders:
            return []
        found = [*islice((path for path in self._children(folder) if path.startswith(typed)), limit)]
        return sorted(found, key=lambda path: not path.endswith("/"))

    def count(self, folder: str) -> int:
        """How many files are in it, at any depth."""
        return bisect_left(self.files, folder[:-1] + AFTER) - bisect_left(self.files, folder)

    def _inside(self, folder: str, limit: int) -> list[str]:
        """The folders and then the files that are directly in it."""
        found: list[str] = []
        for path in self._children(folder):
            if path.endswith("/") or len(found) < limit:
                found.append(path)
            if len(found) >= 2 * limit:
                break
        return sorted(found, key=lambda path: not path.endswith("/"))[:limit]

    def _children(self, folder: str) -> Iterator[str]:
        files, at = self.files, bisect_left(self.files, folder)
        while at < len(files) and files[at].startswith(folder):
            slash = files[at].find("/", len(folder)) + 1
            yield files[at][:slash] if slash else files[at]
            at = bisect_left(files, files[at][: slash - 1] + AFTER, at) if slash else at + 1


def _base(path: str) -> str:
    return path[path.rfind("/", 0, -1) + 1 :].lower()


_last: list[Listing] = []  # at most one: that of the files as they are now


def listing(files: tuple[str, ...]) -> Listing:
    """The listing of these files; the last one is remembered, for building it takes longer than using it."""
    if not _last or _last[0].files is not files:
        _last[:] = [Listing(files)]
    return _last[0]
