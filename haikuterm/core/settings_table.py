"""Every setting as a row: its value, where that comes from, and what else it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from haikuterm.core.guard import visible_line
from haikuterm.core.setting_values import CHOICES
from haikuterm.core.settings import AMOUNTS, CREDENTIALS, MOST_RETRIES, NAMES, Endpoint, Origin, Settings

MAY_BE = {
    "model": "a name: `haikuterm models`",
    "base_url": "a web address",
    "api_key": "a key",
    "auth_token": "a token",
    "local": "only by --local",
    "theme": "auto, or a name: /theme",
    "theme_dark": "a name: /theme",
    "theme_light": "a name: /theme",
    "notify": "auto, bell, osc9, osc777, off, or a command",
    "notify_after": "seconds",
    "yes": "only by --yes",
    "max_tokens": "a number; 0: the model's own",
    "timeout": "seconds",
    "retries": f"0 to {MOST_RETRIES}",
    "commit_trailer": "a line",
    "lint": "a command",
    "endpoints": "tables: [endpoints.NAME]",
    "keys": "a table: [keys]",
}
TRUTHS, DOLLARS = "true, false", "dollars, or off"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting. value: as one would write it, "" for none, "set" for a key. note: what else is to be said of it."""

    name: str
    value: str
    origin: Origin
    may_be: str
    note: str = ""

    @property
    def source(self) -> str:
        """Where the value comes from, in few words; a file without its folders."""
        layer, place = self.origin.layer, self.origin.place
        if layer in ("user", "repository"):
            line = place.rpartition(":")[2]
            return f"{layer} file{f':{line}' if line.isdecimal() else ''}"
        return place if layer in ("environment", "flag") else layer


def rows(settings: Settings) -> tuple[Row, ...]:
    """All settings in the order of `Settings`; what a terminal could take for a command is made visible."""
    return tuple(
        Row(
            name,
            visible_line(settings.model_name if name == "model" else _value(name, getattr(settings, name))),
            Origin() if name in CREDENTIALS and not getattr(settings, name) else settings.origin(name),
            _may_be(name, getattr(settings, name)),
            settings.origins.passed.get(name, ""),
        )
        for name in NAMES
    )


def _value(name: str, value: Any) -> str:
    if name in CREDENTIALS:
        return "set" if value else ""
    if isinstance(value, bool):
        return str(value).lower()
    if name == "endpoints":
        return _endpoints(value)
    if name == "keys":
        return ", ".join(f"{key}: {action or 'nothing'}" for key, action in value)
    return "off" if value is None else str(value)


def _endpoints(endpoints: Sequence[Endpoint]) -> str:
    return ", ".join(f"{row.name} ({row.base_url})" for row in endpoints)


def _may_be(name: str, value: Any) -> str:
    if name in CHOICES:
        return ", ".join(choice for choice in CHOICES[name] if choice)
    if name in AMOUNTS:
        return DOLLARS
    return MAY_BE.get(name, TRUTHS if isinstance(value, bool) else "a text")
