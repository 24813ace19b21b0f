"""The layers of settings: how one lies on top of another, and what a repository may say before it is trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from haikuterm.core.errors import SettingsError
from haikuterm.core.setting_values import checked
from haikuterm.core.settings import AMOUNTS, CREDENTIALS, FILE_KEYS, NAMES, LayerName, Origin, Settings

PROJECT_FILE = ".haikuterm.toml"
# They neither spend, nor write, nor send anything elsewhere. No timeout: a short one breaks answers that are paid for.
HARMLESS = (
    "theme", "theme_dark", "theme_light", "mouse", "motion", "title", "notify_after", "kitty_keys", "check",
)  # fmt: skip
_BOLDNESS = ("never", "ask", "auto")


@dataclass(frozen=True, slots=True)
class Layer:
    """What one place sets. where: names the place in an error. values: by name; None is "not given".

    spots: what to add to `where` for a setting ("endpoints.x.base_url" for one of a table), as in ", line 3".
    places: what `Origin.place` says of a setting.
    """

    name: LayerName
    where: str
    values: Mapping[str, Any]
    spots: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)

    def at(self, name: str) -> str:
        """The place of a setting, as a sentence about it begins; of the table around it if it has none of its own."""
        while name and name not in self.spots:
            name = name.rpartition(".")[0]
        return self.where + self.spots.get(name, "")


def merge(base: Settings, layer: Mapping[str, Any], where: str) -> Settings:
    """The settings with one more layer on top; None values are left out; nothing is noted of where they come from.

    where: names the layer in the error, as in "the settings file ~/.config/haikuterm/config.toml".
    Raises SettingsError for an unknown name or a value of the wrong kind.
    """
    return replace(lay(base, Layer("default", where, layer)), origins=base.origins)


def lay(base: Settings, layer: Layer) -> Settings:
    """The settings with the layer on top, and where each comes from.

    A layer that names a key or a token takes the other one of the layers below away, as the two are never sent
    together. Endpoints are added to those below; one of the same name is replaced. Raises SettingsError.
    """
    given = {name: value for name, value in layer.values.items() if value is not None}
    for name in given:
        if name not in NAMES:
            raise SettingsError(
                f"{layer.at(name)} has an unknown setting {name!r}. Known are: {', '.join(sorted(FILE_KEYS))}."
            )
    values = {name: checked(name, value, layer.at) for name, value in given.items()}
    if "endpoints" in values:
        below = {endpoint.name: endpoint for endpoint in base.endpoints}
        values["endpoints"] = tuple({**below, **{row.name: row for row in values["endpoints"]}}.values())
    if "keys" in values:
        values["keys"] = tuple({**dict(base.keys), **dict(values["keys"])}.items())
    origins = {name: Origin(layer.name, layer.places.get(name, "")) for name in values}
    if any(values.get(name) for name in CREDENTIALS):
        values = {**dict.fromkeys(CREDENTIALS, ""), **values}
    of = {**base.origins.of, **origins}
    return replace(base, **values, origins=replace(base.origins, of=of))


def lay_repository(base: Settings, layer: Layer, *, trusted: bool) -> Settings:
    """The settings with a repository's own on top, as far as the user lets it; the notes say what is left out.

    It never holds keys, and its amounts can only lower those below. Until it is trusted, no more is taken than what
    neither spends, writes, runs nor sends anything: see `HARMLESS` and `_careful`. Raises SettingsError.
    """
    _check_secrets(layer)
    taken: dict[str, Any] = {}
    passed: dict[str, str] = {}
    for name in layer.values:
        value = checked(name, layer.values[name], layer.at)
        if name in AMOUNTS and not _lower(value, getattr(base, name)):
            amount = "off" if value is None else f"${value}"
            passed[name] = f"{amount} of {PROJECT_FILE} is not taken: a repository can only lower it"
        elif trusted or name in HARMLESS or _careful(name, value, base):
            taken[name] = layer.values[name]
        elif value != getattr(base, name):
            passed[name] = f"that of {PROJECT_FILE} is not trusted yet"
    settings = lay(base, replace(layer, values=taken))
    waiting = [name for name in passed if name not in AMOUNTS]
    note = (
        f"{PROJECT_FILE} of this repository also sets {', '.join(waiting)}; that is left out until you trust the file. "
        "Read it, then run: haikuterm config trust"
    )
    notes = (*settings.origins.notes, note) if waiting else settings.origins.notes
    return replace(settings, origins=replace(settings.origins, passed=passed, notes=notes))


def _check_secrets(layer: Layer) -> None:
    """Raises SettingsError for what would hold a key, or send one of the user's to where the repository wants."""
    for name in CREDENTIALS:
        if name in layer.values:
            raise SettingsError(
                f"{layer.at(name)}: {name} must not be in a repository, where everyone who has the files can read it. "
                "Take it out, and make a new key if the file was ever shared."
            )
    tables = layer.values.get("endpoints")
    for name, row in tables.items() if isinstance(tables, Mapping) else ():
        if isinstance(row, Mapping) and str(row.get("key_env", "")).upper().startswith("ANTHROPIC_"):
            raise SettingsError(
                f"{layer.at(f'endpoints.{name}.key_env')}: a repository's endpoint gets no key of Anthropic's. "
                "Name another variable, or put the endpoint into your own settings."
            )


def _lower(value: Any, base: Any) -> bool:
    """Whether the amount is a stricter one; None is no limit."""
    return value is not None and (base is None or value < base)


def _careful(name: str, value: Any, base: Settings) -> bool:
    """Whether the value only makes haikuterm do less than it would do without."""
    if name == "escalate":
        return _BOLDNESS.index(value) <= _BOLDNESS.index(base.escalate)
    return name in AMOUNTS or (name == "offline" and value is True) or (name == "thinking" and value == "off")
