"""Settings: one frozen value, made of layers, each checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from haikuterm.core.errors import SettingsError
from haikuterm.core.models import DEFAULT_LOCAL, DEFAULT_MODEL

EFFORTS = ("low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person can set; the names are those of the settings file.

    base_url: an endpoint that speaks the Messages API, without /v1. api_key, auth_token: the credential.
    local: run the embedded model. yes: write edits without asking. check: run the linter after a write.
    max_budget_usd: stop before a request that could pass it. max_tokens: longest answer, 0 for the model's default.
    timeout: seconds of silence after which a stream counts as broken.
    """

    model: str = ""
    effort: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    auth_token: str = field(default="", repr=False)
    local: bool = False
    theme: str = "dark"
    yes: bool = False
    check: bool = True
    mouse: bool = True
    max_budget_usd: Decimal | None = None
    max_tokens: int = 0
    timeout: float = 90.0
    retries: int = 4

    @property
    def model_name(self) -> str:
        """The model to start with."""
        return self.model or (DEFAULT_LOCAL if self.local else DEFAULT_MODEL)

    @property
    def has_credential(self) -> bool:
        """Whether there is anything to talk to. A named endpoint counts: local servers need no key."""
        return bool(self.api_key or self.auth_token or self.local or self.base_url)


FILE_KEYS = frozenset(f.name for f in fields(Settings)) - {"local", "yes"}


def merge(base: Settings, layer: Mapping[str, Any], where: str) -> Settings:
    """The settings with one more layer on top; None values are left out.

    where: names the layer in the error, as in "the settings file ~/.config/haikuterm/config.toml".
    Raises SettingsError for an unknown name or a value of the wrong kind.
    """
    known = {f.name: f.type for f in fields(Settings)}
    given = {k: v for k, v in layer.items() if v is not None}
    for name in given:
        if name not in known:
            raise SettingsError(f"{where} has an unknown setting {name!r}. Known are: {', '.join(sorted(FILE_KEYS))}.")
    return replace(base, **{name: _value(name, value, where) for name, value in given.items()})


def _value(name: str, value: Any, where: str) -> Any:
    """The value in the type of its field."""
    kind = type(getattr(Settings(), name))
    if name == "max_budget_usd":
        return _money(value, where)
    if name == "effort" and value not in ("", *EFFORTS):
        raise SettingsError(f"{where}: effort must be one of {', '.join(EFFORTS)}, not {value!r}.")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise SettingsError(f"{where}: {name} must be {_KINDS[kind]}, not {value!r}.")
    if name == "base_url" and value:
        _check_url(value, where)
    if kind in (int, float) and value < 0:
        raise SettingsError(f"{where}: {name} must not be negative.")
    return value


_KINDS: Mapping[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number of seconds",
}


def _money(value: Any, where: str) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise SettingsError(f"{where}: max_budget_usd must be an amount in US dollars such as 0.50, not {value!r}.")
    return amount


def _check_url(value: str, where: str) -> None:
    try:
        url = urlsplit(value)
        good = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        good = False
    if not good:
        raise SettingsError(f"{where}: base_url must be a web address such as http://localhost:8080, not {value!r}.")
