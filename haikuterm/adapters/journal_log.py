"""What the lines of an undo journal mean: the writes that were begun, and what became of each of their files."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, cast, get_args

from haikuterm.core.steps import Kind

# What became of a file of a step. Only what is begun, done or undone is ever offered again.
State: TypeAlias = Literal[
    "begun",  # about to be written; whether it was, the disk tells
    "done",  # written: undo takes it back
    "undone",  # taken back: redo does it again
    "unwritten",  # the write failed or was rolled back, and the file is as before
    "superseded",  # taken back, and then something new was done; earlier versions said "dropped" of all that was over
    "left",  # done, and the user let undo pass over it
    "damaged",  # an image of the step is lost
]
_STATES, _KINDS = frozenset(get_args(State)), frozenset(get_args(Kind))
_IMAGE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a step: the names of its images with and without our change, as they were last written.

    place: where its path led when it was first written, if that is another one (a link).
    """

    path: str
    before: str | None
    after: str | None
    mode: int | None = None
    state: State = "begun"
    place: str = ""

    def row(self) -> list[object]:
        """Its part of the step's line."""
        said: list[object] = [self.path, self.before, self.after, self.mode]
        return said if self.state == "begun" and not self.place else [*said, self.state, self.place]


@dataclass(frozen=True, slots=True)
class Entry:
    """A step. of: the step that an undo takes back, or that a redo does again. folders: those that were not there."""

    id: str
    at: float
    prompt: str
    model: str
    session: str
    files: tuple[File, ...]
    kind: Kind = "edit"
    of: str = ""
    folders: tuple[str, ...] = ()

    @property
    def images(self) -> frozenset[str]:
        """The names of all images it needs."""
        return frozenset(name for file in self.files for name in (file.before, file.after) if name)

    @property
    def begun(self) -> bool:
        """Whether it was begun and never finished."""
        return any(file.state == "begun" for file in self.files)

    @property
    def over(self) -> bool:
        """Whether it has done its work: what an undo or a redo did is told by the step it was of."""
        return self.kind != "edit" and not self.begun

    def only(self, *states: State) -> Entry:
        """The step with only those of its files that are in one of these states."""
        return replace(self, files=tuple(file for file in self.files if file.state in states))

    def row(self) -> dict[str, Any]:
        """Its line."""
        said = {"step": self.id, "at": self.at, "prompt": self.prompt, "model": self.model, "session": self.session}
        more = {"of": self.of, "kind": self.kind} if self.of else {}
        folders = {"folders": [*self.folders]} if self.folders else {}
        return {**said, "files": [file.row() for file in self.files], **more, **folders}


def read(lines: Iterable[bytes]) -> list[Entry]:
    """All steps in the order they began; lines that make no sense (half written as we were killed) are left out."""
    entries: dict[str, Entry] = {}
    for line in lines:
        try:
            _take(json.loads(line), entries)
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            continue
    return list(entries.values())


def finished(step: str, written: Collection[str] | None) -> dict[str, Any]:
    """The line that says that a step is over: these of its files are written, None for all."""
    return {"step": step, "state": "done"} if written is None else {"step": step, "written": sorted(written)}


def marked(step: str, state: State, paths: Collection[str] | None) -> dict[str, Any]:
    """The line that says what became of a step, or of these of its files."""
    return {"step": step, "state": state} | ({} if paths is None else {"paths": sorted(paths)})


def _take(row: Mapping[str, Any], entries: dict[str, Entry]) -> None:
    """Take one line into account. Raises ValueError, KeyError, TypeError for a line that is none of ours."""
    if "files" in row:
        entry = _entry(row)
        entries[entry.id] = entry
        return
    entry = entries[str(row["step"])]
    if "written" in row:
        _finish(entry, {str(path) for path in row["written"]}, entries)
    elif row["state"] == "done" and entry.begun:
        _finish(entry, {file.path for file in entry.files}, entries)
    else:
        paths = {str(path) for path in row["paths"]} if "paths" in row else None
        state = "superseded" if row["state"] == "dropped" else _state(row["state"])
        entries[entry.id] = _marked(entry, state, paths)


def _finish(entry: Entry, written: Collection[str], entries: dict[str, Entry]) -> None:
    """A step's files are written, or not; an undo or a redo changes the step that it was of."""
    files = [replace(file, state="done" if file.path in written else "unwritten") for file in entry.files]
    entries[entry.id] = replace(entry, files=tuple(files))
    done = {file.path: file for file in files if file.state == "done"}
    if entry.kind == "edit":
        if done:  # something new: there is nothing to redo any more
            for other in [*entries.values()]:
                entries[other.id] = _marked(other, "superseded", {f.path for f in other.only("undone").files})
    elif entry.of in entries:
        of = entries[entry.of]
        entries[of.id] = replace(of, files=tuple(_after(file, done.get(file.path), entry.kind) for file in of.files))


def _after(file: File, write: File | None, kind: Kind) -> File:
    """A step's file after an undo or a redo wrote it; the bytes that were found then are those with our change."""
    if write is None:
        return file
    if kind == "undo":
        return replace(file, before=write.after, after=write.before, state="undone")
    return replace(file, before=write.before, after=write.after, state="done")


def _marked(entry: Entry, state: State, paths: Collection[str] | None) -> Entry:
    def become(file: File) -> File:
        if paths is not None and file.path not in paths:
            return file
        if state == "left" and file.state != "done":  # of no use to undo: then redo is meant
            return replace(file, state="superseded" if file.state == "undone" else file.state)
        return replace(file, state=state)

    return replace(entry, files=tuple(map(become, entry.files)))


def _entry(row: Mapping[str, Any]) -> Entry:
    at, kind = float(row["at"]), row.get("kind", "edit")
    if not math.isfinite(at) or kind not in _KINDS:
        raise ValueError(row)
    step, prompt, model = (str(row[name]) for name in ("step", "prompt", "model"))
    session, of = (str(row.get(name, "")) for name in ("session", "of"))
    folders = tuple(str(folder) for folder in row.get("folders", ()))
    return Entry(step, at, prompt, model, session, tuple(_files(row["files"])), kind, of, folders)


def _files(rows: Iterable[Iterable[object]]) -> Iterator[File]:
    for row in rows:
        yield _file(*row)


def _file(
    path: object, before: object, after: object, mode: object = None, state: object = "begun", place: object = ""
) -> File:
    """A file of a line; what earlier formats did not have is missing. Raises ValueError."""
    names = [name for name in (before, after) if name is not None]
    if not isinstance(path, str) or not all(isinstance(name, str) and _IMAGE.fullmatch(name) for name in names):
        raise ValueError(path)
    bits = mode if isinstance(mode, int) and 0 <= mode <= 0o7777 else None
    images = cast("tuple[str | None, str | None]", (before, after))  # looked at three lines above
    return File(path, *images, bits, _state(state), str(place))


def _state(said: object) -> State:
    if said not in _STATES:
        raise ValueError(said)
    return cast("State", said)
