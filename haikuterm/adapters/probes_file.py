"""The file that keeps what probes found out about models of named endpoints, in the state folder."""

from __future__ import annotations

from pathlib import Path

from haikuterm.adapters import disk
from haikuterm.adapters.config import state_folder
from haikuterm.core.abilities import Abilities, from_json, to_json
from haikuterm.core.errors import SettingsError


def probes_file(folder: Path | None = None) -> Path:
    """Where it is."""
    return (folder or state_folder()) / "probes.json"


def read(folder: Path | None = None) -> tuple[Abilities, ...]:
    """What was found so far; nothing where the file is not there or cannot be read."""
    try:
        return from_json(probes_file(folder).read_bytes())
    except OSError:
        return ()


def keep(found: Abilities, folder: Path | None = None) -> None:
    """Keep what was found of one model, in the place of what was known. Raises SettingsError."""
    place = probes_file(folder)
    try:
        with disk.alone(place.parent):
            others = [one for one in read(folder) if one.model != found.model]
            disk.replace(place, to_json([*others, found]).encode(), mode=0o600)
    except OSError as error:
        raise SettingsError(f"{place} cannot be written ({error.strerror}), so it will be asked again.") from error
