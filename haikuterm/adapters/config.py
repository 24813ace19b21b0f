"""The layers of settings (defaults, files, environment, flags), and what is written down for the next start."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from haikuterm.adapters import disk
from haikuterm.core.errors import SettingsError
from haikuterm.core.models import catalogue
from haikuterm.core.settings import CREDENTIALS, FILE_KEYS, Settings, merge

ENVIRONMENT = {
    "ANTHROPIC_API_KEY": "api_key",
    "ANTHROPIC_AUTH_TOKEN": "auth_token",
    "ANTHROPIC_BASE_URL": "base_url",
    "ANTHROPIC_MODEL": "model",
    "HAIKUTERM_THEME": "theme",
}
_VALUE = r"""[ \t]*(?:"(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*'|[^#"'\r\n]*?)"""
_TABLE = re.compile(r"^\s*\[", re.MULTILINE)


def config_folder() -> Path:
    """Where the user's settings are, as in ~/.config/haikuterm."""
    from platformdirs import user_config_path

    return user_config_path("haikuterm", appauthor=False)


def state_folder() -> Path:
    """Where sessions and undo journals are, as in ~/.local/state/haikuterm."""
    from platformdirs import user_state_path

    return user_state_path("haikuterm", appauthor=False)


def settings_file(folder: Path | None = None) -> Path:
    """The file of settings that the user may edit."""
    return (folder or config_folder()) / "config.toml"


def key_file(folder: Path | None = None) -> Path:
    """The file that holds a kept key."""
    return (folder or config_folder()) / "credentials.toml"


def load(flags: Mapping[str, Any], environ: Mapping[str, str], folder: Path | None = None) -> Settings:
    """The settings of all layers: defaults < files < environment < flags (None: not given).

    folder: where the files are, by default `config_folder()`. A layer that names a key or a token replaces both of
    the layers below; the kept key is for Anthropic's own endpoint and goes to no other. With --local no other layer
    than the command line may name a model, and an embedded one only. Raises SettingsError.
    """
    kept, written = key_file(folder), settings_file(folder)
    own = _read(kept, CREDENTIALS)
    layers = (
        (own, f"The file {kept}"),
        (_read(written, FILE_KEYS), f"The settings file {written}"),
        (
            {name: text for variable, name in ENVIRONMENT.items() if (text := environ.get(variable, "").strip())},
            "The environment",
        ),
        (dict(flags), "The command line"),
    )
    settings = Settings()
    for layer, where in layers:
        settings = merge(settings, _one_credential(layer), where)
    if settings.api_key == str(own.get("api_key", "")).strip() and not settings.at_anthropic:
        settings = replace(settings, api_key="")
    return _embedded_only(settings, flags.get("model") or "") if settings.local else settings


def _embedded_only(settings: Settings, asked: str) -> Settings:
    """The settings with an embedded model, whatever lower layers name: who says --local wants nothing to be sent.

    asked: the model that the command line names, "" for none. Raises SettingsError if that one is not embedded.
    """
    if not settings.model or catalogue().resolve(settings.model).local:
        return settings
    if asked:
        names = ", ".join(model.alias for model in catalogue().models if model.local)
        raise SettingsError(
            f"--local runs an embedded model, and {asked!r} is none. Choose one of {names}, or leave --local out."
        )
    return replace(settings, model="")


def keep_key(key: str, folder: Path | None = None) -> str:
    """Write the key down for the next start, readable by this user only; returns a sentence that says where.

    Raises SettingsError for what cannot be a key, or if the file cannot be written.
    """
    key = key.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError("That is no API key: a key is one word of letters, digits and signs. Copy it again.")
    place = key_file(folder)
    _write(place, f"api_key = {_toml(key)}\n")
    return f"The key is kept in {place}, readable by you only. Delete the file to forget it."


def set_default(name: str, value: Any, folder: Path | None = None) -> str:
    """Put one setting into the settings file, the rest of it untouched; returns a sentence that says where.

    Raises SettingsError for an unknown name or a wrong value, or if the file cannot be read or written.
    """
    place = settings_file(folder)
    before = _read(place, FILE_KEYS)
    merge(Settings(), {**before, name: value}, f"The settings file {place}")
    if name not in FILE_KEYS or name in CREDENTIALS:
        raise SettingsError(f"{name} is not kept in {place}. Give it on the command line.")
    text = _with_line(_text(place), name, f"{name} = {_toml(value)}")
    try:
        sound = tomllib.loads(text) == {**before, name: tomllib.loads(f"x = {_toml(value)}")["x"]}
    except tomllib.TOMLDecodeError:
        sound = False
    if not sound:  # the name also stands in a text of several lines, or so
        raise SettingsError(f"{name} cannot be changed in {place} without harm. Set it there by hand.")
    _write(place, text)
    return f"{name} = {value} is kept in {place}."


def _read(place: Path, known: Collection[str]) -> dict[str, Any]:
    """The file's settings, none if there is no file. Raises SettingsError with the place of what is wrong."""
    try:
        data = tomllib.loads(_text(place))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{place} is not valid TOML: {error}. Correct that line, or delete the file.") from error
    for name in data:
        if name not in known:
            raise SettingsError(
                f"{place} has a setting {name!r} that does not belong there. Known are: {', '.join(sorted(known))}."
            )
    return data


def _text(place: Path) -> str:
    """The file's text with its own line endings, "" if there is none; a byte order mark is left out."""
    try:
        return place.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise SettingsError(f"{place} is not UTF-8 (byte {error.start}). Save it as UTF-8, or delete it.") from error
    except OSError as error:
        raise SettingsError(
            f"{place} cannot be read: {error.strerror}. Change its permissions, or delete it."
        ) from error


def _write(place: Path, text: str) -> None:
    """Replace the file, or the one it is a link to; only this user may read it."""
    try:
        disk.replace(place.resolve(), text.encode(), mode=0o600)
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or "it would hold what is no character"
        raise SettingsError(f"{place} cannot be written: {reason}. Change it, or the folder's permissions.") from error


def _one_credential(layer: Mapping[str, Any]) -> dict[str, Any]:
    """The layer; one that names a key or a token takes the other away, as the two are never sent together."""
    given = {name: value for name, value in layer.items() if value is not None}
    if any(given.get(name) for name in CREDENTIALS):
        return {**dict.fromkeys(CREDENTIALS, ""), **given}
    return given


def _with_line(text: str, name: str, line: str) -> str:
    """The TOML text with this line in place of the one that sets the name, else at the end of what is in no table."""
    end = "\r\n" if "\r\n" in text else "\n"
    head = _TABLE.search(text)
    top, rest = (text[: head.start()], text[head.start() :]) if head else (text, "")
    set_here = re.compile(rf"^[ \t]*{name}[ \t]*={_VALUE}(?=[ \t]*(?:#.*)?\r?$)", re.MULTILINE)
    if set_here.search(top):
        return set_here.sub(lambda _: line, top, count=1) + rest
    if top and not top.endswith("\n"):
        top += end
    return f"{top}{line}{end}{rest}"


def _toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # the one control that JSON lets stand
