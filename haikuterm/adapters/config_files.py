"""The files of settings: where they are, how one is read as a layer, and how one setting is written or taken out."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from haikuterm.adapters import disk
from haikuterm.core.errors import SettingsError
from haikuterm.core.guard import visible_line
from haikuterm.core.settings import CREDENTIALS, FILE_KEYS, LayerName, Settings
from haikuterm.core.settings_layers import PROJECT_FILE, Layer, merge
from haikuterm.core.toml_lines import key_lines, toml, with_line, without_line

LARGEST = 1_000_000  # bytes of a settings file


def config_folder() -> Path:
    """Where the user's settings are, as in ~/.config/haikuterm."""
    from platformdirs import user_config_path

    return _own(user_config_path)


def state_folder() -> Path:
    """Where sessions and undo journals are, as in ~/.local/state/haikuterm."""
    from platformdirs import user_state_path

    return _own(user_state_path)


def data_folder() -> Path:
    """Where the weights of embedded models are, as in ~/.local/share/haikuterm."""
    from platformdirs import user_data_path

    return _own(user_data_path)


def _own(folder: Callable[..., Path]) -> Path:
    """Our part of a folder of the user's. Raises SettingsError for a user who has no home."""
    try:
        return folder("haikuterm", appauthor=False)
    except RuntimeError as error:
        raise SettingsError("You have no home folder, and HOME is not set. Set it to a folder of yours.") from error


def settings_file(folder: Path | None = None) -> Path:
    """The file of settings that the user may edit."""
    return (folder or config_folder()) / "config.toml"


def layer(name: LayerName, place: Path, known: Collection[str], text: str | None = None) -> Layer:
    """The settings of a file; no values if there is no file.

    known: what may stand in it. text: of the file, if it was read already. Raises SettingsError with file and line.
    """
    shown = visible_line(str(place))
    values, text = _parsed(place, text)
    lines = key_lines(text)
    for key in values:
        if key not in known:
            at = f", line {lines[key]}," if key in lines else ""
            raise SettingsError(
                f"{shown}{at} has a setting {key!r} that does not belong there. Known are: {', '.join(sorted(known))}."
            )
    return Layer(
        name,
        f"The settings file {shown}",
        values,
        {key: f", line {line}" for key, line in lines.items()},
        {key: f"{shown}:{lines[key]}" if key in lines else shown for key in values},
    )


def project_file(root: Path) -> Path:
    """The settings file that a repository may bring."""
    return root / PROJECT_FILE


def read_plain(place: Path) -> bytes:
    """What is in the file, b"" if there is none.

    A link is not followed, and no pipe or device is waited for: the file may have come from a stranger.
    Raises SettingsError if it cannot be read.
    """
    shown = visible_line(str(place))
    try:
        data = disk.read(place, LARGEST)
    except FileNotFoundError:
        return b""
    except OSError as error:
        why = error.strerror or str(error)
        raise SettingsError(
            f"{shown} cannot be read ({why}); a link is not followed. Make it a plain file, or remove it."
        ) from error
    if len(data) > LARGEST:
        raise SettingsError(f"{shown} is larger than {LARGEST:,} bytes. That is no settings file; remove it.")
    return data


def read_own(place: Path) -> str:
    """The text of a file of the user's own, "" if there is none. Raises SettingsError."""
    try:
        return decoded(place, place.read_bytes())
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SettingsError(
            f"{place} cannot be read: {error.strerror}. Change its permissions, or delete it."
        ) from error


def decoded(place: Path, data: bytes) -> str:
    """The file's text with its own line endings; a byte order mark is left out. Raises SettingsError."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        shown = visible_line(str(place))
        raise SettingsError(f"{shown} is not UTF-8 (byte {error.start}). Save it as UTF-8, or delete it.") from error


def open_to_others(place: Path) -> str:
    """What to do about a file of keys that other users may read, as a sentence; "" if none may."""
    facts = disk.look(place.resolve())
    if facts is None or os.name != "posix" or not facts.st_mode & 0o077:
        return ""
    return f"{place} holds a key, and other users of this machine may read it. Run: chmod 600 {place}"


def set_default(name: str, value: Any, folder: Path | None = None) -> str:
    """Put one setting into the settings file, the rest of it untouched; returns a sentence that says where.

    Raises SettingsError for an unknown name or a wrong value, or if the file cannot be read or written.
    """
    place = settings_file(folder)
    with _alone(place):
        before, text = _parsed(place)
        merge(Settings(), {**before, name: value}, f"The settings file {place}")
        if name not in FILE_KEYS or name in CREDENTIALS:
            raise SettingsError(f"{name} is not kept in {place}. Give it on the command line.")
        if isinstance(value, (list, tuple, dict)):
            raise SettingsError(f"{name} are tables. Write them into {place} by hand, as docs/settings.md shows.")
        text = with_line(text, name, f"{name} = {toml(value)}")
        _write_sound(place, text, {**before, name: tomllib.loads(f"x = {toml(value)}")["x"]}, name)
    return f"{name} = {value} is kept in {place}."


def unset_default(name: str, folder: Path | None = None) -> str:
    """Take one setting out of the settings file, the rest of it untouched; returns a sentence that says so.

    Raises SettingsError for an unknown name, or if the file cannot be read or written.
    """
    place = settings_file(folder)
    if name not in FILE_KEYS:
        raise SettingsError(f"There is no setting {name!r} in {place}. Known are: {', '.join(sorted(FILE_KEYS))}.")
    if not place.exists():
        return f"{name} is not set in {place}."
    with _alone(place):
        before, text = _parsed(place)
        if name not in before:
            return f"{name} is not set in {place}."
        _write_sound(place, without_line(text, name), {key: before[key] for key in before if key != name}, name)
    return f"{name} is no longer set in {place}."


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """No other process of ours changes the file meanwhile. Raises SettingsError."""
    try:
        with disk.alone(place.parent):
            yield
    except OSError as error:
        raise SettingsError(
            f"{place} cannot be written: {error.strerror}. Change it, or the folder's permissions."
        ) from error


def write(place: Path, text: str) -> None:
    """Replace the file, or the one it is a link to; only this user may read it. Raises SettingsError."""
    try:
        disk.replace(place.resolve(), text.encode(), mode=0o600)
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or "it would hold what is no character"
        raise SettingsError(f"{place} cannot be written: {reason}. Change it, or the folder's permissions.") from error


def _write_sound(place: Path, text: str, wanted: dict[str, Any], name: str) -> None:
    """Write the text if it means what it should."""
    try:
        sound = tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        sound = False
    if not sound:  # the name also stands in a text of several lines, or so
        raise SettingsError(f"{name} cannot be changed in {place} without harm. Set it there by hand.")
    write(place, text)


def _parsed(place: Path, text: str | None = None) -> tuple[dict[str, Any], str]:
    """What is in the file, none if there is no file, and its text."""
    if text is None:
        text = read_own(place)
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        shown = visible_line(str(place))
        raise SettingsError(
            f"{shown} is not valid TOML: {visible_line(str(error))}. Correct that line, or delete the file."
        ) from error
