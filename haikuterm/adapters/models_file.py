"""The user's own files of the catalogue: models.toml, written by hand, and models-listed.toml, from the endpoint."""

from __future__ import annotations

from pathlib import Path

from haikuterm.adapters import disk
from haikuterm.adapters.config import config_folder
from haikuterm.core.errors import SettingsError
from haikuterm.core.models import Catalogue, shipped


def own_file(folder: Path | None = None) -> Path:
    """The file of rows that the user writes: prices of their contract, models of their gateway."""
    return (folder or config_folder()) / "models.toml"


def listed_file(folder: Path | None = None) -> Path:
    """The file that keeps what the endpoint listed last."""
    return (folder or config_folder()) / "models-listed.toml"


def read(folder: Path | None = None) -> Catalogue | None:
    """The shipped catalogue with what was listed on top, and the user's own rows on top of that.

    None where there is neither file. Raises SettingsError that names the file and the key.
    """
    texts = [(place, text) for place in (listed_file(folder), own_file(folder)) if (text := _text(place))]
    if not texts:
        return None
    from haikuterm.core.model_rows import overlaid  # most people have no such file

    known = shipped()
    for place, text in texts:
        known = overlaid(known, text, f"The file {place}")
    return known


def keep_listed(text: str, folder: Path | None = None) -> str:
    """Write down what the endpoint listed; returns a sentence that says where. Raises SettingsError."""
    place = listed_file(folder)
    try:
        disk.replace(place.resolve(), text.encode(), mode=0o600)
    except OSError as error:
        raise SettingsError(
            f"{place} cannot be written: {error.strerror}. Change it, or the folder's permissions."
        ) from error
    return f"Kept in {place}; rows of your own belong in {own_file(folder)}."


def _text(place: Path) -> str:
    """The file's text, "" if there is none."""
    try:
        return place.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise SettingsError(f"{place} is not UTF-8 (byte {error.start}). Save it as UTF-8, or delete it.") from error
    except OSError as error:
        raise SettingsError(f"{place} cannot be read: {error.strerror}. Change its rights, or delete it.") from error
