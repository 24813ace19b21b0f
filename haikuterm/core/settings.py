"""Settings: one frozen value, made of layers, each checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from haikuterm.core.errors import SettingsError
from haikuterm.core.models import DEFAULT_LOCAL, DEFAULT_MODEL

ESCALATIONS = ("ask", "auto", "never")
EFFORTS = ("low", "medium", "high", "xhigh", "max")
THINKING = ("on", "off", "show")  # "" is the model's own way
CREDENTIALS = ("api_key", "auth_token")
AMOUNTS = ("max_budget_usd", "max_day_usd", "max_month_usd", "confirm_usd")
PROVIDERS = ("bedrock", "vertex", "foundry", "aws", "google-cloud")
ANTHROPIC_URL = "https://api.anthropic.com"
MOST_RETRIES = 20


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A named server that speaks the Messages API, a table [endpoints.NAME] of the settings file.

    base_url: without /v1. key_env: the environment variable that holds its key, "" for none. header: how the key is
    sent, "bearer" or "x-api-key". model: the one to use when only the endpoint's name is given.
    """

    name: str
    base_url: str
    key_env: str = ""
    header: str = "bearer"
    model: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person can set; the names are those of the settings file.

    base_url: an endpoint that speaks the Messages API, without /v1. api_key, auth_token: the credential.
    local: run the embedded model. yes: write edits without asking. check: run the linter after a write.
    max_budget_usd, max_day_usd, max_month_usd: stop before a request that could pass it in a session, a day, a month.
    max_tokens: longest answer, 0 for the model's default.
    timeout: seconds of silence after which a stream counts as broken. retries: of a request that failed, 0 to 20.
    escalate: what to do about findings that the model could not fix: "ask" before a bigger one is asked, with the
    price, "auto", or "never". commit_trailer: the last line of a message that /commit writes, "" for none.
    confirm_usd: ask before a request that will probably cost more than this; None never asks. offline: send nothing.
    provider: whose cloud serves the models, one of PROVIDERS, "" for Anthropic's own or base_url. endpoints: further
    servers that speak the Messages API; a model is asked there under the name "ENDPOINT/MODEL".
    lint: a command of the user's own that prints findings (SARIF, rdjson, path:line:column: message); the files go
    where {paths} stands, else at the end.
    thinking: "on", "off" or "show" (readable where the model lets it), "" for the model's own way.
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
    max_day_usd: Decimal | None = None
    max_month_usd: Decimal | None = None
    max_tokens: int = 0
    timeout: float = 60.0
    retries: int = 4
    commit_trailer: str = ""
    escalate: str = "ask"
    lint: str = ""
    thinking: str = ""
    confirm_usd: Decimal | None = Decimal("0.50")
    offline: bool = False
    provider: str = ""
    endpoints: tuple[Endpoint, ...] = ()

    @property
    def model_name(self) -> str:
        """The model to start with."""
        return self.model or (DEFAULT_LOCAL if self.local else DEFAULT_MODEL)

    @property
    def at_anthropic(self) -> bool:
        """Whether the endpoint is Anthropic's own, named or not."""
        return not self.base_url or is_anthropic(self.base_url)

    @property
    def has_credential(self) -> bool:
        """Whether there is anything to talk to. Another endpoint counts: local servers need no key."""
        return bool(self.api_key or self.auth_token or self.local or not self.at_anthropic)


FILE_KEYS = frozenset(f.name for f in fields(Settings)) - {"local", "yes"}


def is_anthropic(url: str) -> bool:
    """Whether the address is that of the Anthropic API itself, which takes nothing without a key."""
    return url.rstrip("/").removesuffix("/v1").lower() == ANTHROPIC_URL


def merge(base: Settings, layer: Mapping[str, Any], where: str) -> Settings:
    """The settings with one more layer on top; None values are left out.

    where: names the layer in the error, as in "the settings file ~/.config/haikuterm/config.toml".
    Raises SettingsError for an unknown name or a value of the wrong kind.
    """
    known = {f.name for f in fields(Settings)}
    given = {k: v for k, v in layer.items() if v is not None}
    for name in given:
        if name not in known:
            raise SettingsError(f"{where} has an unknown setting {name!r}. Known are: {', '.join(sorted(FILE_KEYS))}.")
    return replace(base, **{name: _value(name, value, where) for name, value in given.items()})


def _value(name: str, value: Any, where: str) -> Any:
    """The value in the type of its field."""
    kind = type(getattr(Settings(), name))
    if name in CREDENTIALS:
        return _credential(name, value, where)
    if name in AMOUNTS:
        return _money(name, value, where)
    if name == "effort" and value not in ("", *EFFORTS):
        raise SettingsError(f"{where}: effort must be one of {', '.join(EFFORTS)}, not {value!r}.")
    if name == "thinking" and value not in ("", *THINKING):
        raise SettingsError(f"{where}: thinking must be one of {', '.join(THINKING)}, not {value!r}.")
    if name == "escalate" and value not in ESCALATIONS:
        raise SettingsError(f"{where}: escalate must be one of {', '.join(ESCALATIONS)}, not {value!r}.")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise SettingsError(f"{where}: {name} must be {_KINDS[kind]}, not {value!r}.")
    if name == "base_url":
        return _url(value.strip(), where)
    if kind in (int, float):
        _check_number(name, value, where)
    return value


_KINDS: Mapping[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number of seconds",
}


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
    if name == "timeout" and not (value > 0 and isfinite(value)):
        raise SettingsError(f"{where}: timeout must be a number of seconds above 0 such as 60, not {value}.")
    if name == "retries" and value > MOST_RETRIES:
        raise SettingsError(f"{where}: retries must be 0 to {MOST_RETRIES}, not {value}.")


def _money(name: str, value: Any, where: str) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise SettingsError(f"{where}: {name} must be an amount in US dollars such as 0.50, not {value!r}.")
    return amount


def _url(value: str, where: str) -> str:
    """The address as it is. Raises SettingsError if it is none; "" is allowed."""
    try:
        url = urlsplit(value)
        good = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        good = False
    if value and not (good and value.isprintable() and " " not in value):
        raise SettingsError(f"{where}: base_url must be a web address such as http://localhost:8080, not {value!r}.")
    return value
