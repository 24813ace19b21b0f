"""Keeps what is written but not sent, so that it outlives the process; each process keeps a file of its own."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

from haikuterm.adapters import disk
from haikuterm.core.drafts import Draft

MOST = 20  # of those that nobody came back for; the oldest go


class DraftFiles:
    """The drafts of one root. folder: where those of all roots are kept.

    A draft belongs to the process that holds the lock beside it; the system gives the lock back however that ends, and
    then the draft is anybody's who starts next.
    """

    def __init__(self, root: str, folder: Path) -> None:
        self._folder = folder
        self._prefix = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
        self._lock: int | None = None
        self._file = folder

    def take(self) -> Draft | None:
        """The newest draft that nobody holds, which is ours from now on; None if there is none, or it cannot be read.

        It stays kept until it is replaced.
        """
        for place in self._by_age():
            lock = _locked(place.with_suffix(".lock"))
            if lock is None:
                continue
            if self._lock is None and (draft := _read(place)) is not None:
                self._lock, self._file = lock, place
                return draft
            _remove(place)
            os.close(lock)
        return None

    def keep(self, draft: Draft) -> None:
        """Keep this one instead; an empty one is none. Where the disk says no, it is not kept; any thread may call."""
        with suppress(OSError):
            if not draft.text.strip():
                if self._lock is not None:
                    self._file.unlink(missing_ok=True)
                return
            if not self._hold():
                return  # no locks on this file system: another process would take it for its own
            told = {"text": draft.text, "pasted": draft.pasted}
            disk.replace(self._file, json.dumps(told).encode("ascii"), mode=0o600)

    def close(self) -> None:
        """Let go of what is kept: whoever starts next may have it."""
        if self._lock is not None:
            if not self._file.exists():
                _remove(self._file)
            os.close(self._lock)
            self._lock = None

    def _hold(self) -> bool:
        if self._lock is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = self._folder / f"{self._prefix}-{secrets.token_hex(6)}.json"
            self._lock = _locked(self._file.with_suffix(".lock"))
        return self._lock is not None

    def _by_age(self) -> list[Path]:
        """Those of the root, newest first; beyond MOST they are removed, unless somebody holds them."""
        for alone in self._folder.glob(f"{self._prefix}-*.lock"):  # of a process that was killed with nothing to keep
            if not alone.with_suffix(".json").exists() and (lock := _locked(alone)) is not None:
                _remove(alone.with_suffix(".json"))
                os.close(lock)
        ages: list[tuple[float, Path]] = []
        for place in self._folder.glob(f"{self._prefix}-*.json"):
            with suppress(OSError):
                ages.append((place.stat().st_mtime, place))
        places = [place for _, place in sorted(ages, reverse=True)]
        for place in places[MOST:]:
            if (lock := _locked(place.with_suffix(".lock"))) is not None:
                _remove(place)
                os.close(lock)
        return places[:MOST]


def _locked(place: Path) -> int | None:
    """A descriptor that holds the lock, None if another process has it or there can be none."""
    try:
        lock = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_nlink:  # else whoever had it before us has just removed it
            return lock
    except OSError:
        pass
    os.close(lock)
    return None


def _remove(place: Path) -> None:
    for file in (place, place.with_suffix(".lock")):
        with suppress(OSError):
            file.unlink(missing_ok=True)


def _read(place: Path) -> Draft | None:
    try:
        told = json.loads(place.read_bytes())
        return Draft(str(told["text"]), tuple(map(str, told["pasted"]))) if told["text"].strip() else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
