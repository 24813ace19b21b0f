"""The layers of settings laid on top of each other: defaults, kept key, user, repository, environment, flags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from haikuterm.adapters import config_files, keys, trusting
from haikuterm.adapters.config_files import config_folder as config_folder
from haikuterm.adapters.config_files import set_default as set_default
from haikuterm.adapters.config_files import settings_file as settings_file
from haikuterm.adapters.config_files import state_folder as state_folder
from haikuterm.adapters.config_files import unset_default as unset_default
from haikuterm.adapters.keys import Found
from haikuterm.adapters.keys import keep_key as keep_key
from haikuterm.adapters.keys import key_file as key_file
from haikuterm.core.errors import SettingsError
from haikuterm.core.guard import visible_line
from haikuterm.core.models import catalogue
from haikuterm.core.setting_values import flag
from haikuterm.core.settings import CREDENTIALS, FILE_KEYS, Origin, Settings
from haikuterm.core.settings_layers import Layer, lay, lay_repository

ENVIRONMENT = {
    "ANTHROPIC_API_KEY": "api_key",
    "ANTHROPIC_AUTH_TOKEN": "auth_token",
    "ANTHROPIC_BASE_URL": "base_url",
    "ANTHROPIC_MODEL": "model",
    "HAIKUTERM_THEME": "theme",
}
HABITS = {  # what people who come from Claude Code have set
    "CLAUDE_CODE_USE_BEDROCK": "bedrock",
    "CLAUDE_CODE_USE_VERTEX": "vertex",
    "CLAUDE_CODE_USE_FOUNDRY": "foundry",
}
STILL = ("REDUCE_MOTION", "NO_MOTION")  # what people set who want nothing to move
KEPT = ("key file", "keyring")


@dataclass(frozen=True, slots=True)
class _Layers:
    """Those of one start. trusted: whether the repository's file is."""

    user: Layer
    repository: Layer
    trusted: bool
    environment: Layer
    flags: Layer

    def on(self, kept: Layer) -> Settings:
        """All of them on top of a kept key. Raises SettingsError."""
        settings = lay_repository(lay(lay(Settings(), kept), self.user), self.repository, trusted=self.trusted)
        return lay(lay(settings, self.environment), self.flags)


def load(
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    folder: Path | None = None,
    *,
    root: Path | None = None,
    state: Path | None = None,
    keyring: Callable[[], Found] | None = None,
) -> Settings:
    """The settings of all layers: defaults < kept key < user's file < repository's file < environment < flags.

    flags: None is "not given". folder: of the user's files, by default `config_folder()`. root: of the repository,
    None for no layer of it. state: where trust is kept. keyring: what to ask for a kept key where no layer names one
    and one is needed. A layer that names a key or a token replaces both of the layers below; a kept key is for
    Anthropic's own endpoint and goes to no other, and to an endpoint of the repository goes no key at all. With
    --local no other layer than the command line may name a model, and an embedded one only. Raises SettingsError.
    """
    kept, elsewhere = keys.kept(folder)
    user = config_files.layer("user", settings_file(folder), FILE_KEYS)
    repository, trusted = trusting.layer(root, state)
    layers = _Layers(user, repository, trusted, _environment(environ), _flags(flags))
    settings = layers.on(kept)
    notes: list[str] = []
    if keyring is not None and _keyless(settings):
        found = keyring()
        if found.key:
            place = "the system's keyring"
            settings = layers.on(Layer("keyring", place, {"api_key": found.key}, {}, {"api_key": place}))
        elif elsewhere and found.trouble:  # nobody else put a key there, so nobody else waits for one
            notes.append(found.trouble)
    files = {key_file(folder): kept, settings_file(folder): user}
    notes += [config_files.open_to_others(place) for place, layer in files.items() if {*CREDENTIALS} & {*layer.values}]
    settings = _noted(_own_keys_only(settings), *notes)
    return _embedded_only(settings, flags.get("model") or "") if settings.local else settings


def _environment(environ: Mapping[str, str]) -> Layer:
    """What the environment sets; an empty variable sets nothing. Raises SettingsError."""
    given = {
        variable: environ.get(variable, "").strip() for variable in (*ENVIRONMENT, *HABITS, *STILL, "HAIKUTERM_OFFLINE")
    }
    set_by = {name: variable for variable, name in ENVIRONMENT.items() if given[variable]}
    values: dict[str, Any] = {name: given[variable] for name, variable in set_by.items()}
    if given["HAIKUTERM_OFFLINE"]:
        values["offline"] = flag("HAIKUTERM_OFFLINE", given["HAIKUTERM_OFFLINE"], "The environment")
        set_by["offline"] = "HAIKUTERM_OFFLINE"
    for variable in STILL:
        if flag(variable, given[variable], "The environment"):
            values["motion"], set_by["motion"] = False, variable
    clouds = [variable for variable in HABITS if flag(variable, given[variable], "The environment")]
    if len(clouds) > 1:
        raise SettingsError(f"The environment sets {' and '.join(clouds)}, and only one can hold. Unset the others.")
    for variable in clouds:
        values["provider"], set_by["provider"] = HABITS[variable], variable
    spots = {name: f" ({variable})" for name, variable in set_by.items()}
    return Layer("environment", "The environment", values, spots, set_by)


def _flags(flags: Mapping[str, Any]) -> Layer:
    names = {name: f"--{'no-' if value is False else ''}{name.replace('_', '-')}" for name, value in flags.items()}
    return Layer("flag", "The command line", dict(flags), {}, names)


def _keyless(settings: Settings) -> bool:
    """Whether a key from the keyring would be used: none is set, or only one of the file below it."""
    named = any(settings.origin(name).layer not in ("default", "key file") for name in CREDENTIALS)
    elsewhere = settings.local or settings.offline or settings.provider or not settings.at_anthropic
    return not (named or elsewhere)


def _own_keys_only(settings: Settings) -> Settings:
    """The settings without a key that must not go to their endpoint."""
    if settings.at_anthropic:
        return settings
    strange = settings.origin("base_url").layer == "repository"
    gone = [
        name for name in CREDENTIALS if getattr(settings, name) and (strange or settings.origin(name).layer in KEPT)
    ]
    if gone:  # the two are never set together
        settings = replace(settings, api_key="", auth_token="")
    if gone and strange:
        return _noted(
            settings,
            f"The repository chose the endpoint {visible_line(settings.base_url)}, so it gets no key of yours. "
            "Put base_url into your own settings if it should.",
        )
    return settings


def _noted(settings: Settings, *notes: str) -> Settings:
    said = (*settings.origins.notes, *(note for note in notes if note))
    return replace(settings, origins=replace(settings.origins, notes=said))


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
    of = {**settings.origins.of, "model": settings.origins.of.get("local", Origin())}
    return replace(settings, model="", origins=replace(settings.origins, of=of))
