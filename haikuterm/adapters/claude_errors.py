"""What went wrong at a Messages endpoint, as a ProviderError whose sentence says what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from types import MappingProxyType
from typing import Any

from haikuterm.core.errors import FailureKind, ProviderError

# error.type of the body: it is all there is to tell failures in the middle of a stream apart (their status is 200)
TYPES: Mapping[str, FailureKind] = {
    "authentication_error": "authentication",
    "permission_error": "authentication",
    "billing_error": "billing",
    "invalid_request_error": "rejected",
    "not_found_error": "rejected",
    "request_too_large": "rejected",
    "rate_limit_error": "rate_limited",
    "overloaded_error": "overloaded",
    "api_error": "server",
    "timeout_error": "server",
}
STATUSES: Mapping[int, FailureKind] = {
    401: "authentication",
    402: "billing",
    403: "authentication",
    408: "server",
    409: "server",
    429: "rate_limited",
    529: "overloaded",
}
# error.details.error_code of a 429 that no waiting cures (SDK 2.11, anthropic/_error_classes.py)
SPEND_LIMITS = ("contract_spend_limit_reached", "enforced_spend_limit_reached")
SPENT = ("credit balance", "specified API usage limits")  # how the API words it where it gives no code
TOO_LONG = ("prompt is too long", "exceeds the available context")  # the API's words, and llama.cpp's
LONGEST_QUOTE = 300
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class Given:
    """Where the user gave the key and the address, for sentences that ask them to look there."""

    key: str = "ANTHROPIC_API_KEY"
    address: str = "--base-url"


@dataclass(frozen=True, slots=True)
class Failure:
    """An error answer. status: of HTTP, 200 in the middle of a stream. body: decoded JSON, or text."""

    status: int
    body: object
    headers: Mapping[str, str]

    @property
    def error(self) -> Mapping[str, Any]:
        """The `error` object of the body, or what stands in for it."""
        body = self.body if isinstance(self.body, Mapping) else {}
        inner = body.get("error", body)
        return inner if isinstance(inner, Mapping) else {"message": inner}

    @property
    def type(self) -> str:
        """The error's broad category, "" if it has none."""
        return str(self.error.get("type") or "")

    @property
    def code(self) -> str:
        """The stable name of the cause, "" if it has none."""
        details = self.error.get("details")
        return str(details.get("error_code") or "") if isinstance(details, Mapping) else ""

    @property
    def said(self) -> str:
        """The server's own words on one line, or "" (a proxy's page of HTML tells nobody anything)."""
        words = self.error.get("message") or self.error.get("detail") or ""
        line = " ".join(str(words).split())
        return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"

    @property
    def kind(self) -> FailureKind:
        """What it means for the next attempt."""
        spent = any(words in self.said for words in SPENT)
        if self.code in SPEND_LIMITS or self.type == "billing_error" or spent:
            return "billing"
        if 300 <= self.status < 400:
            return "rejected"
        if self.status < 400:
            return TYPES.get(self.type, "server")
        return STATUSES.get(self.status) or ("server" if self.status >= 500 else "rejected")


def provider_error(failure: Failure, model: str, given: Given = Given()) -> ProviderError:
    """The failure of a request to this model, for the user."""
    sentence = _sentence(failure, model, given)
    if failure.said:
        sentence += f" The server said: {failure.said}"
    return ProviderError(
        sentence,
        failure.kind,
        retry_after=retry_after(failure.headers),
        request_id=failure.headers.get("request-id", ""),
        final=failure.headers.get("x-should-retry", "").lower() == "false",
    )


def _sentence(failure: Failure, model: str, given: Given) -> str:
    """What happened and what to do, without the server's words."""
    where = f" ({failure.status})" if failure.status >= 400 else " in the middle of the answer"
    match failure.kind:
        case "authentication" if failure.status == 403 or failure.type == "permission_error":
            return f"This key may not use {model}{where}. Choose another model with /model, or another key."
        case "authentication":
            return f"The API key was refused{where}. Check {given.key}."
        case "billing":
            return f"The account cannot pay for this request{where}. See its plan, billing and limits in the Console."
        case "rate_limited":
            return f"The rate limit is reached{where}. Wait a little, or choose another model with /model."
        case "overloaded":
            return f"The service is overloaded{where}. Try again soon, or choose another model with /model."
        case "server":
            return f"The server failed{where}. Try again soon."
        case _:
            return _rejected(failure, model, where, given)


def _rejected(failure: Failure, model: str, where: str, given: Given) -> str:
    """The same for requests that will never go through."""
    if 300 <= failure.status < 400:
        there = failure.headers.get("location", "elsewhere")
        return (
            f"The endpoint sends on to {there} ({failure.status}); neither key nor prompt is carried there. "
            f"If that is the right address, give it with {given.address}."
        )
    if failure.type == "not_found_error":
        return f"The endpoint does not know {model}{where}. Choose another model with /model."
    if failure.status == 404:  # not in the API's own words: perhaps it is no Messages endpoint at all
        return f"The endpoint knows no {model}{where}. Check {given.address}, or choose another model with /model."
    if failure.status == 413 or failure.type == "request_too_large" or any(w in failure.said for w in TOO_LONG):
        return (
            f"The request is too large{where}. Drop attachments, shorten it with /compact, or start over with /clear."
        )
    return f"The endpoint refused the request{where}. Change the prompt, or start over with /clear."


def unreachable(
    error: BaseException, base_url: str, given: Given = Given(), environ: Mapping[str, str] = MappingProxyType({})
) -> ProviderError:
    """There was no answer at all; error: what the network library raised. environ: may name a proxy on the way."""
    cause = error.__cause__ or error
    if type(cause).__name__ == "LocalProtocolError":  # its words quote the header that could not be sent: the key
        return unsendable(given)
    why = " ".join(str(cause).split()) or type(cause).__name__
    proxy = "".join(f", the proxy that {name} names" for name in _set_in(environ, PROXIES)[:1])
    sentence = f"Cannot reach {base_url} ({why}). Check the network{proxy}, or the address given with {given.address}."
    return ProviderError(sentence, "unreachable")


def unsendable(given: Given) -> ProviderError:
    """The credential holds what no header can; it is not quoted."""
    return ProviderError(
        f"The API key or token holds a sign that cannot be sent. Copy it again ({given.key}).", "authentication"
    )


def no_api(base_url: str, given: Given) -> ProviderError:
    """Somebody answers there, but not as an API does: the login page of a network, or a wrong address."""
    return ProviderError(
        f"{base_url} shows a page for people. Log in to the network in a browser, or check {given.address}.", "rejected"
    )


def unusable(error: Exception, environ: Mapping[str, str]) -> ProviderError:
    """No connection can even be tried, for what a variable of the environment names a proxy or certificates.

    error: what the network library raised when it was set up; OSError is about certificates.
    """
    names = CERTIFICATES if isinstance(error, OSError) else PROXIES
    given = _set_in(environ, names)
    what = "certificates" if isinstance(error, OSError) else "a proxy"
    why = error.strerror if isinstance(error, OSError) else "only http:// and https:// proxies can be used"
    sentence = f"Cannot use {what} named by {' or '.join(given or names)} ({why}). Correct the variable, or unset it."
    return ProviderError(sentence, "rejected")


def _set_in(environ: Mapping[str, str], names: Sequence[str]) -> list[str]:
    """Those of the variables that are set, in capitals or not."""
    return [name for known in names for name in (known, known.lower()) if environ.get(name)]


def broken_stream(error: BaseException, request_id: str) -> ProviderError:
    """The answer stopped half-way; error: what the network library raised."""
    stalled = "Timeout" in type(error).__name__
    how = "nothing more came" if stalled else "the connection was lost"
    sentence = f"The answer broke off: {how}. Check the network and send the prompt again."
    return ProviderError(sentence, "broken_stream", request_id=request_id)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the server asked us to wait, or None; as a number of (milli)seconds or as an HTTP date."""
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / scale
        except ValueError:
            continue
        if isfinite(seconds):
            return max(0.0, seconds)
    try:
        when = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    now = datetime.now(UTC) if when.tzinfo else datetime.now(UTC).replace(tzinfo=None)
    return max(0.0, (when - now).total_seconds())
