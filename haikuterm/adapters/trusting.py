"""The repository's own settings file: what it sets, and the user's trust in it, by place and content."""

from __future__ import annotations

from pathlib import Path

from haikuterm.adapters import config_files
from haikuterm.adapters.consents import Consents
from haikuterm.core.errors import SettingsError
from haikuterm.core.guard import visible_line
from haikuterm.core.settings import CREDENTIALS, REPOSITORY_KEYS, Settings
from haikuterm.core.settings_layers import Layer, lay_repository


def layer(root: Path | None, state: Path | None = None) -> tuple[Layer, bool]:
    """The layer of the repository's file, and whether the user trusts it as it is now; empty without root or file.

    state: the folder that trust is kept in. Raises SettingsError with file, line and key.
    """
    if root is None:
        return Layer("repository", "", {}), False
    found, data = _read(root)
    return found, bool(found.values) and _kept(root, state).given(_digest(data))


def trust(root: Path, state: Path | None = None) -> str:
    """Trust the file as it is now; returns what that means, line by line.

    Raises SettingsError if there is none, if something in it is wrong, or if the trust cannot be kept.
    """
    place = config_files.project_file(root)
    found, data = _read(root)
    if not found.values:
        raise SettingsError(f"There is nothing to trust: {visible_line(str(place))} does not exist or sets nothing.")
    lay_repository(Settings(), found, trusted=True)
    _kept(root, state).give(_digest(data))
    rows = [visible_line(f"  {name} = {value!r}") for name, value in found.values.items()]
    end = "When the file changes, it must be trusted again. `haikuterm config distrust` takes it back."
    return "\n".join([f"{visible_line(str(place))} is trusted as it is now:", *rows, end])


def distrust(root: Path, state: Path | None = None) -> str:
    """Take back all trust in this repository's file; returns a sentence. Raises SettingsError."""
    shown = visible_line(str(config_files.project_file(root)))
    if _kept(root, state).take_back():
        return f"{shown} is no longer trusted; only what can do no harm is taken from it."
    return f"{shown} was not trusted."


def _read(root: Path) -> tuple[Layer, bytes]:
    """The file as a layer, and its bytes: read once, so that what is trusted is what was looked at."""
    place = config_files.project_file(root)
    data = config_files.read_plain(place)
    text = config_files.decoded(place, data)
    return config_files.layer("repository", place, {*REPOSITORY_KEYS, *CREDENTIALS}, text), data


def _kept(root: Path, state: Path | None) -> Consents:
    folder = state or config_files.state_folder()
    return Consents(str(config_files.project_file(root)), folder / "trusted.json")


def _digest(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()
