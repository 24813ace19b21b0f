"""Settings: one frozen value that says what a person set, and where each of it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Literal, TypeAlias

from haikuterm.core.models import DEFAULT_LOCAL, DEFAULT_MODEL

ESCALATIONS = ("ask", "auto", "never")
EFFORTS = ("low", "medium", "high", "xhigh", "max")
KITTY_KEYS = ("auto", "on", "off")
THINKING = ("on", "off", "show")  # "" is the model's own way
CREDENTIALS = ("api_key", "auth_token")
AMOUNTS = ("max_budget_usd", "max_day_usd", "max_month_usd", "confirm_usd")
PROVIDERS = ("bedrock", "vertex", "foundry", "aws", "google-cloud")
HEADERS = ("bearer", "x-api-key")
ANTHROPIC_URL = "https://api.anthropic.com"
MOST_RETRIES = 20
LayerName: TypeAlias = Literal["default", "key file", "keyring", "user", "repository", "environment", "flag"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from. place: "FILE:LINE", a variable, a flag; "" for a default."""

    layer: LayerName = "default"
    place: str = ""


@dataclass(frozen=True, slots=True)
class Origins:
    """What the layers of settings leave to be said.

    of: where each setting that was set comes from. passed: why a repository's value of a setting is not taken.
    notes: sentences that the user should read at the start.
    """

    of: Mapping[str, Origin] = field(default_factory=dict)
    passed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


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
    where {paths} stands, else at the end. origins: no setting, but where each of them comes from.
    theme: a name, or "auto" for theme_dark or theme_light, whichever fits the terminal's ground. motion: let anything
    move that is no text. notify: how the end of a turn that took notify_after seconds is told to who looks elsewhere,
    "auto", "bell", "osc9", "osc777", "off", or a command. title: name the terminal's window. kitty_keys: ask the
    terminal for the keyboard protocol of kitty, "auto" where it is known to lose no text.
    keys: the user's own keys, pairs of a key and an action of core.keymap, "" to take the key away. vim: vim's keys in
    the input.
    thinking: "on", "off" or "show" (readable where the model lets it), "" for the model's own way.
    """

    model: str = ""
    effort: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    auth_token: str = field(default="", repr=False)
    local: bool = False
    theme: str = "auto"
    theme_dark: str = "dark"
    theme_light: str = "light"
    yes: bool = False
    check: bool = True
    mouse: bool = True
    motion: bool = True
    notify: str = "auto"
    notify_after: float = 10.0
    title: bool = True
    kitty_keys: str = "auto"
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
    keys: tuple[tuple[str, str], ...] = ()
    vim: bool = False
    origins: Origins = field(default_factory=Origins, compare=False, repr=False)

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
        named = any(self.model.partition("/")[0] == endpoint.name for endpoint in self.endpoints)
        return bool(self.api_key or self.auth_token or self.local or self.provider or named or not self.at_anthropic)

    def origin(self, name: str) -> Origin:
        """Where the value of the setting comes from."""
        return self.origins.of.get(name, Origin())


NAMES = tuple(f.name for f in fields(Settings) if f.name != "origins")
FILE_KEYS = frozenset(NAMES) - {"local", "yes"}
REPOSITORY_KEYS = FILE_KEYS - {*CREDENTIALS}


def is_anthropic(url: str) -> bool:
    """Whether the address is that of the Anthropic API itself, which takes nothing without a key."""
    return url.rstrip("/").removesuffix("/v1").lower() == ANTHROPIC_URL
