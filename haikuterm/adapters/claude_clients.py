"""The SDK's client for each way to a Messages endpoint: Anthropic's own, a compatible address, a cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from haikuterm.adapters.claude_errors import Given

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic

NO_TOKEN = "none"  # local servers need no credential; given one, the SDK does not go looking for its own
# The SDK sends 2026-10-21, which Bedrock does not take for models of InvokeModel: platform.claude.com,
# claude-on-amazon-bedrock-legacy. This is the version that AWS documents for their bodies.
INVOKE_VERSION = "bedrock-2023-05-31"
CLASSES: Mapping[str, str] = {
    "bedrock": "AsyncAnthropicBedrockMantle",
    "bedrock-invoke": "AsyncAnthropicBedrock",
    "vertex": "AsyncAnthropicVertex",
    "foundry": "AsyncAnthropicFoundry",
    "aws": "AsyncAnthropicAWS",
    "google-cloud": "AsyncAnthropicGoogleCloud",
}
UNCOUNTED = ("bedrock-invoke",)  # ways on which the SDK refuses to count tokens
URLS: Mapping[str, str] = {"bedrock-invoke": "ANTHROPIC_BEDROCK_BASE_URL"}


@dataclass(frozen=True, slots=True)
class Way:
    """How a provider gets to its server. base_url: without /v1. api_key, auth_token: the credential; the key wins.

    header: how the key is sent, "bearer" or "x-api-key". cloud: a key of CLASSES, whose client finds its address and
    its credentials in the environment, "" for none. given: where the user said all that.
    """

    base_url: str = ""
    api_key: str = field(default="", repr=False)
    auth_token: str = field(default="", repr=False)
    header: str = "bearer"
    cloud: str = ""
    given: Given = field(default_factory=Given)


def client_of(way: Way, timeout: httpx2.Timeout, network: httpx2.AsyncClient) -> AsyncAnthropic:
    """The SDK's client. Raises ValueError or anthropic.AnthropicError for a cloud that misses something."""
    import anthropic

    common: dict[str, Any] = {
        "timeout": timeout,
        "max_retries": 0,  # the engine retries, in sight of the user
        "open_telemetry": False,
        "http_client": network,
    }
    if way.cloud:
        made: AsyncAnthropic = getattr(anthropic, CLASSES[way.cloud])(**common)
        return made
    common |= {"base_url": way.base_url}
    if way.header == "x-api-key" and way.api_key:
        common["default_headers"] = {"X-Api-Key": way.api_key, "Authorization": anthropic.omit}
    key = way.api_key or None
    return anthropic.AsyncAnthropic(api_key=key, auth_token=None if key else way.auth_token or NO_TOKEN, **common)


def extra_body(way: Way) -> dict[str, Any]:
    """Further arguments of a request on this way."""
    return {"extra_body": {"anthropic_version": INVOKE_VERSION}} if way.cloud == "bedrock-invoke" else {}


def sign_failures() -> tuple[type[Exception], ...]:
    """What can be raised while a cloud's credentials are looked for; imports nothing that is not there."""
    kinds = [
        getattr(import_module(f"{package}.exceptions"), name)
        for package, name in (("botocore", "BotoCoreError"), ("google.auth", "GoogleAuthError"))
        if installed(package)
    ]
    return (RuntimeError, ValueError, ImportError, import_module("anthropic").AnthropicError, *kinds)


def installed(module: str) -> bool:
    """Whether a module can be imported; imports at most the package above it."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
