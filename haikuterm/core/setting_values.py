"""The check of each setting's value: its kind, its limits, and a sentence that names it where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from math import inf, isnan
from typing import Any
from urllib.parse import urlsplit

from haikuterm.core.errors import SettingsError
from haikuterm.core.keymap import check as check_keys
from haikuterm.core.models import shipped
from haikuterm.core.settings import (
    AMOUNTS,
    CREDENTIALS,
    EFFORTS,
    ESCALATIONS,
    HEADERS,
    KITTY_KEYS,
    MOST_RETRIES,
    PROVIDERS,
    THINKING,
    Endpoint,
    Settings,
)

Where = Callable[[str], str]  # the dotted name of a setting -> the place of it, to begin a sentence with
CHOICES: Mapping[str, tuple[str, ...]] = {
    "effort": ("", *EFFORTS),
    "thinking": ("", *THINKING),
    "escalate": ESCALATIONS,
    "provider": ("", *PROVIDERS),
    "kitty_keys": KITTY_KEYS,
}
TRUE, FALSE = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")
_KINDS: Mapping[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number of seconds",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEFAULTS = Settings()


def checked(name: str, value: Any, where: Where) -> Any:
    """The value in the type of its field. Raises SettingsError, which begins with its place."""
    kind = type(getattr(_DEFAULTS, name))
    if name in CREDENTIALS:
        return _credential(name, value, where(name))
    if name in AMOUNTS:
        return _money(name, value, where(name))
    if name == "endpoints":
        return _endpoints(value, where)
    if name == "keys":
        return check_keys(value, where)
    if name in CHOICES and value not in CHOICES[name]:
        options = ", ".join(choice for choice in CHOICES[name] if choice)
        raise SettingsError(f"{where(name)}: {name} must be one of {options}, not {value!r}.")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise SettingsError(f"{where(name)}: {name} must be {_KINDS[kind]}, not {value!r}.")
    if name == "base_url":
        return _url(name, value.strip(), where(name))
    if kind in (int, float):
        _check_number(name, value, where(name))
    return value


def typed(name: str, text: str, where: str) -> Any:
    """What a word of the command line or of the environment means as a value of that setting, not yet checked.

    Raises SettingsError for a word that can be none.
    """
    kind = type(getattr(_DEFAULTS, name))
    try:
        if name in AMOUNTS:
            return text if text.lower() == "off" else Decimal(text.removeprefix("$"))
        if kind is bool:
            return flag(name, text, where)
        return kind(text) if kind in (int, float) else text
    except (ValueError, InvalidOperation):
        what = "an amount in US dollars such as 0.50, or off" if name in AMOUNTS else _KINDS[kind]
        raise SettingsError(f"{where}: {name} must be {what}, not {text!r}.") from None


def flag(name: str, text: str, where: str) -> bool:
    """What a word says of a setting that is on or off. Raises SettingsError."""
    if text.lower() in (*TRUE, *FALSE):
        return text.lower() in TRUE
    raise SettingsError(f"{where}: {name} must be true or false, not {text!r}.")


def _credential(name: str, value: Any, where: str) -> str:
    """The key or token without the line end that a file left on it; what is wrong with it is said without quoting it.

    A control character or a blank inside would be refused by the network library in words that show the key.
    """
    key = value.strip() if isinstance(value, str) else None
    if key is None or not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError(
            f"{where}: {name} must be one word of letters, digits and signs; there is a blank, a line break or a sign "
            "in it that no key has. Copy it again."
        )
    return key


def _check_number(name: str, value: float, where: str) -> None:
    if value < 0:
        raise SettingsError(f"{where}: {name} must not be negative.")
    if isnan(value) or (name == "timeout" and not 0 < value < inf):
        raise SettingsError(f"{where}: {name} must be a number of seconds above 0 such as 60, not {value}.")
    if name == "retries" and value > MOST_RETRIES:
        raise SettingsError(f"{where}: retries must be 0 to {MOST_RETRIES}, not {value}.")


def _money(name: str, value: Any, where: str) -> Decimal | None:
    """An amount; None for "off" and false, which mean that there is none."""
    if value is False or value == "off":
        return None
    try:
        amount = Decimal("NaN" if value is True else str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise SettingsError(f"{where}: {name} must be an amount in US dollars such as 0.50, or off, not {value!r}.")
    return amount


def _url(name: str, value: str, where: str) -> str:
    """The address as it is. Raises SettingsError if it is none; "" is allowed."""
    try:
        url = urlsplit(value)
        if url.username or url.password:  # not quoted: addresses stand on screens and in reports
            raise SettingsError(
                f"{where}: {name} holds a user name or a password, which would be shown wherever the address is. "
                "Take it out; a key goes into api_key, or into the variable that key_env names."
            )
        good = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        good = False
    if value and not (good and value.isprintable() and " " not in value):
        raise SettingsError(f"{where}: {name} must be a web address such as http://localhost:8080, not {value!r}.")
    return value


def _endpoints(value: Any, where: Where) -> tuple[Endpoint, ...]:
    """The tables [endpoints.NAME]; a value that is checked already is taken as it is."""
    if isinstance(value, tuple) and all(isinstance(row, Endpoint) for row in value):
        return value
    if not isinstance(value, Mapping):
        raise SettingsError(f"{where('endpoints')}: endpoints are tables such as [endpoints.ollama].")
    return tuple(_endpoint(name, row, where) for name, row in value.items())


def _endpoint(name: str, row: Any, where: Where) -> Endpoint:
    here = f"endpoints.{name}"
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{where(here)}: {name!r} cannot name an endpoint. Use letters, digits, dots and dashes.")
    if shipped().resolve(name).known:  # what is meant for that model would go to this server
        raise SettingsError(f"{where(here)}: {name!r} is the name of a model. Give the endpoint another one.")
    if not isinstance(row, Mapping):
        raise SettingsError(f"{where(here)}: an endpoint is a table, as in [endpoints.{name}].")
    for key, text in row.items():
        place = where(f"{here}.{key}")
        if key not in ("base_url", "key_env", "header", "model"):
            raise SettingsError(f"{place}: an endpoint has base_url, key_env, header and model, not {key!r}.")
        if not isinstance(text, str):
            raise SettingsError(f"{place}: {key} must be a text.")
    if not row.get("base_url", "").strip():
        raise SettingsError(f"{where(here)}: the endpoint {name} needs a base_url such as http://localhost:11434.")
    url = _url("base_url", row["base_url"].strip(), where(f"{here}.base_url"))
    if row.get("header", HEADERS[0]) not in HEADERS:
        raise SettingsError(f"{where(f'{here}.header')}: header must be bearer or x-api-key, not {row['header']!r}.")
    if row.get("key_env") and not _VARIABLE.fullmatch(row["key_env"]):  # perhaps the key itself: it is not quoted
        raise SettingsError(
            f"{where(f'{here}.key_env')}: key_env names the environment variable that holds the key, such as "
            "OPENROUTER_API_KEY; it is never the key itself."
        )
    return Endpoint(name, url, row.get("key_env", ""), row.get("header", HEADERS[0]), row.get("model", ""))
