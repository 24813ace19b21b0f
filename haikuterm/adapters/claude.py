"""The Provider over the Anthropic SDK: the API itself, and any endpoint that speaks the Messages API.

The only importer of `anthropic`, whose import takes more than a second: nothing here imports it before `warm`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
import warnings
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import import_module
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from haikuterm.adapters.claude_clients import UNCOUNTED, URLS, Way, client_of, extra_body, sign_failures
from haikuterm.adapters.claude_errors import (
    Failure,
    Given,
    broken_stream,
    no_api,
    provider_error,
    unreachable,
    unsendable,
    unusable,
)
from haikuterm.adapters.claude_wire import Draft, arguments, prompt_arguments
from haikuterm.core.clouds import CLOUDS, plain
from haikuterm.core.errors import NoCredential, ProviderError
from haikuterm.core.models import Model
from haikuterm.core.reach import Reached
from haikuterm.core.request import Opened, RemoteModel, Reply, Request, StreamEvent
from haikuterm.core.settings import ANTHROPIC_URL, is_anthropic

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic

TIMEOUT = 60.0  # seconds of silence; the SDK's own 600 would leave a person waiting for ten minutes
CONNECT_TIMEOUT = 10.0  # seconds
REACH_TIMEOUT = 15.0  # seconds for the one answer of a checkup; local servers may think for minutes, but not about this
PAGE = 1_000  # rows of the model list in one answer, its largest
CANNOT_COUNT = (404, 405, 501)


class ClaudeProvider:
    """Answers from a Messages endpoint, one attempt a call.

    api_key, auth_token: the credential; the key wins. base_url: without /v1, "" for the Anthropic API.
    timeout: seconds of silence after which an answer counts as broken. diagnose: ask with each request why the cache
    missed, if it did; not every endpoint that speaks the Messages API takes the question. header: how the key is sent,
    "bearer" or "x-api-key". cloud: whose client finds address and credentials in the environment, "" for none.
    given: where the user gave key and address, for sentences about them.
    """

    def __init__(
        self,
        *,
        api_key: str = "",
        auth_token: str = "",
        base_url: str = "",
        timeout: float = TIMEOUT,
        diagnose: bool = False,
        header: str = "bearer",
        cloud: str = "",
        given: Given | None = None,
    ) -> None:
        usual = os.environ.get(_url_variable(cloud), "") if cloud else ANTHROPIC_URL
        self._base_url = (base_url or usual).rstrip("/").removesuffix("/v1")
        self._way = Way(self._base_url, api_key, auth_token, header, cloud, given or _given(cloud))
        self._timeout = timeout
        self._diagnose = diagnose
        self._client: AsyncAnthropic | None = None
        self._warming = threading.Lock()

    def warm(self) -> None:
        """Import the SDK and make the client; blocks for a second or two, meant for a thread."""
        with suppress(ProviderError):  # the first request meets the same error, and there somebody listens
            self._connected()
            with suppress(ImportError):  # its own affair; else anyio would spend 50 ms on it in the first request
                import_module("anyio._backends._asyncio")

    def _connected(self) -> AsyncAnthropic:
        """The client, made once. Raises ProviderError where the environment does not let it be made."""
        with self._warming:
            if self._client is None:
                with _gentle_import():
                    self._client = self._make()
            return self._client

    def _make(self) -> AsyncAnthropic:
        import anthropic
        import httpx2

        # what the SDK says of old models with warnings would be written across the screen
        warnings.filterwarnings("ignore", r"The model '.*' is deprecated", DeprecationWarning)
        warnings.filterwarnings("ignore", r"Using Claude with .* is deprecated", UserWarning)
        timeout = httpx2.Timeout(self._timeout, connect=min(CONNECT_TIMEOUT, self._timeout))
        try:
            client = client_of(self._way, timeout, self._network())
        except (anthropic.AnthropicError, ValueError) as error:  # a cloud's; the key's own are checked before
            raise ProviderError(_unsigned(self._way.cloud, error), "authentication") from error
        self._base_url = str(client.base_url).rstrip("/")
        client.messages  # noqa: B018 - a lazy import of 50 ms that would else hold up the first prompt
        return client

    def _network(self) -> httpx2.AsyncClient:
        """What carries the requests. Raises ProviderError for a proxy or certificates that cannot be used.

        Never left to the SDK: what it makes half prints a traceback of its own when it fails. Nobody is followed
        elsewhere: a key in X-Api-Key would go along.
        """
        import anthropic
        import httpx2

        if on_this_machine(self._base_url):  # a proxy of the environment would look for it on its own machine
            return httpx2.AsyncClient(trust_env=False)
        try:
            return anthropic.DefaultAsyncHttpxClient(follow_redirects=False)
        except (ImportError, ValueError, OSError) as error:  # SOCKS, another scheme, no such file or none of PEM
            raise unusable(error, os.environ) from error

    async def _ready(self) -> AsyncAnthropic:
        """The client; waits for a warm-up that is under way. Raises ProviderError where nothing can be sent."""
        if is_anthropic(self._base_url) and not (self._way.api_key or self._way.auth_token):
            raise ProviderError(str(NoCredential()), "authentication")
        if not (self._way.api_key + self._way.auth_token).isascii():
            raise unsendable(self._way.given)
        if self._client is None:
            return await asyncio.to_thread(self._connected)
        return self._client

    def _expect(self, model: Model) -> None:
        """Raises ProviderError for a model of an endpoint that is gone: what was said there is not for Anthropic."""
        endpoint, slash, _ = model.wire_id.partition("/")
        if slash and is_anthropic(self._base_url):
            raise ProviderError(
                f"{model.id} is no model of Anthropic's, and there is no endpoint {endpoint!r} in the settings. "
                "Nothing was sent. Choose another model with /model, or name the endpoint in the settings file.",
                "rejected",
            )

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """One answer as it comes: Opened first, Reply last; raises ProviderError."""
        self._expect(request.model)
        client = await self._ready()
        draft = Draft(request.model.id)
        with self._failures(request.model.id, draft):
            with self._signing():
                events = await client.messages.create(**self._arguments(request), stream=True)
            draft.request_id = _request_id(events.response.headers)
            async with events:
                async for event in events:
                    for said in draft.take(event):
                        yield self._named(said, request.model)
            yield self._named(draft.finish(), request.model)

    def _named(self, event: StreamEvent, asked: Model) -> StreamEvent:
        """The event with our own id of the model that answered: clouds and endpoints name it in their way."""
        if not isinstance(event, Opened | Reply):
            return event
        if event.served == asked.wire_id:
            return replace(event, served=asked.id)
        return replace(event, served=plain(event.served)) if self._way.cloud else event

    def _arguments(self, request: Request) -> dict[str, Any]:
        """What is sent; the first request too says that its front is to be remembered for a later question."""
        sent = {**arguments(request), "model": request.model.wire_id}
        if extra := extra_body(self._way):
            sent |= extra
        if self._diagnose and request.model.known and not request.model.local:
            sent["diagnostics"] = {"previous_message_id": request.previous or None}
        return sent

    @contextmanager
    def _signing(self) -> Iterator[None]:
        """Turns what a cloud's credentials fail with into a ProviderError."""
        import anthropic

        kinds = sign_failures() if self._way.cloud else ()
        try:
            yield
        except kinds as error:
            if isinstance(error, anthropic.APIError | json.JSONDecodeError | UnicodeDecodeError):
                raise  # an answer: `_failures` knows it
            raise ProviderError(_unsigned(self._way.cloud, error), "authentication") from error

    @contextmanager
    def _failures(self, model: str, draft: Draft | None = None) -> Iterator[None]:
        """Turns what the SDK and its network library raise into a ProviderError."""
        import anthropic
        import httpx2

        try:
            yield
        except anthropic.APIStatusError as error:
            raise provider_error(
                Failure(error.status_code, error.body, error.response.headers), model, self._way.given
            ) from error
        except anthropic.APIConnectionError as error:
            around = {} if on_this_machine(self._base_url) else os.environ
            raise unreachable(error, self._base_url, self._way.given, around) from error
        except (httpx2.RequestError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise broken_stream(error, draft.request_id if draft else "") from error

    async def count(self, request: Request) -> int | None:
        """Tokens of the prompt as the endpoint counts them, or None where it cannot; raises ProviderError."""
        if self._way.cloud in UNCOUNTED or not request.model.counts:
            return None
        self._expect(request.model)
        client = await self._ready()
        import anthropic

        with self._failures(request.model.id), self._signing():
            try:
                prompt = {**prompt_arguments(request), "model": request.model.wire_id}
                counted = await client.messages.count_tokens(**prompt)
            except anthropic.APIStatusError as error:
                if error.status_code in CANNOT_COUNT:
                    return None
                raise
        tokens: object = counted.input_tokens  # whatever the server sent: the SDK does not look at it
        return tokens if isinstance(tokens, int) and tokens > 0 else None

    async def models(self) -> tuple[RemoteModel, ...]:
        """What the endpoint offers, all pages, nothing where it has no such list; raises ProviderError."""
        client = await self._ready()
        listing = getattr(client, "models", None)
        if listing is None:
            return ()
        with self._failures("the list of models"), self._signing():
            return tuple([_remote(model) async for model in listing.list(limit=PAGE)])

    async def reach(self, request: Request) -> Reached:
        """Ask one free thing, the list of models, else how many tokens the request has; an error answer counts too.

        Raises ProviderError where nobody answers, or only one who sends on or shows a page to people.
        """
        client = await self._ready()
        import anthropic

        listed = hasattr(client, "models")
        what = "the list of models" if listed else "a token count"
        if not listed and self._way.cloud in UNCOUNTED:
            return Reached("", self._base_url)
        with self._failures(what), self._signing():
            try:
                headers = await _free(client, request, listed=listed)
            except anthropic.APIStatusError as error:
                failure = Failure(error.status_code, error.body, error.response.headers)
                if failure.status < 400:
                    raise
                refused = provider_error(failure, what, self._way.given)
                return Reached(what, self._base_url, failure.headers.get("date", ""), refused)
        if "json" not in headers.get("content-type", ""):
            raise no_api(self._base_url, self._way.given)
        return Reached(what, self._base_url, headers.get("date", ""))

    async def close(self) -> None:
        """Give back the connections."""
        if self._client is not None:
            await self._client.close()


async def _free(client: AsyncAnthropic, request: Request, *, listed: bool) -> Mapping[str, str]:
    """The headers of the answer to a request that costs nothing. listed: whether there is a list of models."""
    if listed:
        answer = await client.models.with_raw_response.list(limit=1, timeout=REACH_TIMEOUT)
        return answer.headers
    prompt = {**prompt_arguments(request), "model": request.model.wire_id}
    counted = await client.messages.with_raw_response.count_tokens(**prompt, timeout=REACH_TIMEOUT)
    return counted.headers


def _remote(model: Any) -> RemoteModel:
    """A row of the model list; servers that are not Anthropic's leave out most of it."""
    row = model.to_dict(mode="json", warnings=False)
    name, title, context, longest = (
        row.pop(key, None) for key in ("id", "display_name", "max_input_tokens", "max_tokens")
    )
    return RemoteModel(str(name), str(title or ""), context, longest, row)


def _url_variable(cloud: str) -> str:
    """The variable of the environment that names another address of a cloud."""
    return URLS.get(cloud) or CLOUDS[cloud].url


def _given(cloud: str) -> Given:
    """Where key and address of a cloud are given."""
    if not cloud:
        return Given()
    place = CLOUDS[cloud.removesuffix("-invoke")]
    return Given(f"the credentials for {place.title}", _url_variable(cloud))


def _unsigned(cloud: str, error: Exception) -> str:
    """Why a request to a cloud could not be signed; error: what its client raised."""
    title = CLOUDS[cloud.removesuffix("-invoke")].title if cloud else "The endpoint"
    why = " ".join(str(error).split()) or type(error).__name__
    return f"{title}: {why.rstrip('.')}. Nothing was sent. `haikuterm doctor` says what is there."


def _request_id(headers: Mapping[str, str]) -> str:
    """The server's name for the request; Bedrock has a header of its own."""
    return headers.get("request-id") or headers.get("x-amzn-requestid") or ""


def on_this_machine(url: str) -> bool:
    """Whether the address is that of this very machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _gentle_import() -> Iterator[None]:
    """Lets the loop's thread run often during a long import, and keeps the garbage collector out of it.

    What was imported stays for good, so it is frozen: later collections need not walk through it.
    """
    interval, collecting = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(0.001)
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()
        sys.setswitchinterval(interval)
