"""What an error answer becomes: the kind that decides, the sentence for the user, the wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.adapters.claude_errors import Failure, provider_error, retry_after, unreachable, unusable
from haikuterm.core.errors import FailureKind


def api(status: int, kind: str, message: str = "Words.", **details: Any) -> Failure:
    error: dict[str, Any] = {"type": kind, "message": message}
    if details:
        error["details"] = details
    return Failure(status, {"type": "error", "error": error}, {"request-id": "req_1"})


@pytest.mark.parametrize(
    ("failure", "kind", "retryable", "words"),
    [
        (api(400, "invalid_request_error"), "rejected", False, "/clear"),
        (api(400, "invalid_request_error", "prompt is too long: 201000 > 200000"), "rejected", False, "too large"),
        (api(400, "invalid_request_error", "Your credit balance is too low"), "billing", False, "Console"),
        (api(400, "invalid_request_error", "Reached your specified API usage limits."), "billing", False, "cannot pay"),
        (api(401, "authentication_error"), "authentication", False, "ANTHROPIC_API_KEY"),
        (api(402, "billing_error"), "billing", False, "Console"),
        (api(403, "permission_error"), "authentication", False, "may not use claude-x"),
        (api(404, "not_found_error", "model: claude-x"), "rejected", False, "does not know claude-x"),
        (api(408, "timeout_error"), "server", True, "Try again"),
        (api(413, "request_too_large"), "rejected", False, "too large"),
        (api(429, "rate_limit_error"), "rate_limited", True, "rate limit"),
        (api(429, "rate_limit_error", error_code="enforced_spend_limit_reached"), "billing", False, "cannot pay"),
        (api(429, "rate_limit_error", error_code="contract_spend_limit_reached"), "billing", False, "cannot pay"),
        (api(429, "rate_limit_error", error_code="ramp_limit_exceeded"), "rate_limited", True, "rate limit"),
        (api(500, "api_error"), "server", True, "Try again"),
        (api(529, "overloaded_error"), "overloaded", True, "overloaded"),
        (api(200, "overloaded_error"), "overloaded", True, "in the middle of the answer"),
        (api(200, "api_error"), "server", True, "in the middle of the answer"),
        (api(200, "invalid_request_error"), "rejected", False, "refused"),
        (api(200, "an_error_of_tomorrow"), "server", True, "in the middle of the answer"),
    ],
)
def test_every_failure_has_its_kind_and_says_what_to_do(
    failure: Failure, kind: FailureKind, retryable: bool, words: str
) -> None:
    error = provider_error(failure, "claude-x")
    assert (error.kind, error.retryable, error.request_id) == (kind, retryable, "req_1")
    assert words in str(error)
    assert str(error).endswith(f"The server said: {failure.said}")


def test_a_server_that_says_do_not_retry_is_believed() -> None:
    for told, retryable in (("false", False), ("true", True), ("", True)):
        error = provider_error(Failure(529, {}, {"x-should-retry": told}), "claude-x")
        assert error.retryable is retryable


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"code": 400, "message": "no such\nslot", "type": "invalid_request_error"}}, "no such slot"),
        ({"error": "model not loaded"}, "model not loaded"),
        ({"detail": "nope"}, "nope"),
        ("<html><body>Bad Gateway</body></html>", ""),
        (None, ""),
        ({"error": {"message": "x" * 1000}}, "x" * 299 + "…"),
    ],
)
def test_the_server_s_words_are_found_in_bodies_of_other_shapes(body: object, said: str) -> None:
    failure = Failure(502, body, {})
    assert failure.said == said
    assert str(provider_error(failure, "m")).startswith("The server failed (502). Try again soon.")


def test_a_404_that_is_not_the_api_s_own_points_at_the_address() -> None:
    assert "Check --base-url" in str(provider_error(Failure(404, "<html>", {}), "m"))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 -0000"}, 0.0),
    ],
)
def test_the_wait_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_the_wait_may_be_a_date() -> None:
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    wait = retry_after({"retry-after": format_datetime(in_an_hour, usegmt=True)})
    assert wait is not None
    assert 3000 < wait <= 3600


@given(st.text())
def test_no_header_breaks_the_reading_of_it(text: str) -> None:
    wait = retry_after({"retry-after": text})
    assert wait is None or wait >= 0


@pytest.mark.parametrize(
    ("error", "environ", "named"),
    [
        (ImportError("socksio"), {"ALL_PROXY": "socks5://x:1", "SSL_CERT_FILE": "/fine"}, "by ALL_PROXY "),
        (ValueError("scheme"), {"https_proxy": "foo://x", "HTTP_PROXY": "foo://x"}, "by https_proxy or HTTP_PROXY "),
        (FileNotFoundError(2, "No such file or directory"), {"SSL_CERT_FILE": "/nope"}, "by SSL_CERT_FILE (No such"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(error: Exception, environ: dict[str, str], named: str) -> None:
    said = unusable(error, environ)
    assert said.kind == "rejected"
    assert named in str(said)


def test_an_endpoint_that_sends_on_is_not_followed_and_the_address_is_said() -> None:
    error = provider_error(Failure(307, None, {"location": "https://other.example/v1"}), "claude-x")
    assert (error.kind, error.retryable) == ("rejected", False)
    assert "sends on to https://other.example/v1 (307)" in str(error)


def test_a_proxy_on_the_way_is_named_and_its_password_is_not() -> None:
    environ = {"https_proxy": "http://me:hunter2@proxy:1"}
    said = str(unreachable(OSError("refused"), "https://a.example", environ=environ))
    assert "the proxy that https_proxy names" in said
    assert "hunter2" not in said
