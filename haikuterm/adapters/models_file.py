"""The user's own files of the catalogue: models.toml, written by hand, and models-listed.toml, from the endpoint."""

from __future__ import annotations

from pathlib import Path

from haikuterm.adapters import config_files
from haikuterm.adapters.config_files import config_folder
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
    texts = [
        (place, text) for place in (listed_file(folder), own_file(folder)) if (text := config_files.read_own(place))
    ]
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
    config_files.write(place, text)
    return f"Kept in {place}; rows of your own belong in {own_file(folder)}."
