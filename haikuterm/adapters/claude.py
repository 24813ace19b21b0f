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
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from haikuterm.adapters.claude_errors import Failure, broken_stream, provider_error, unreachable, unusable
from haikuterm.adapters.claude_wire import Draft, arguments, prompt_arguments
from haikuterm.core.errors import NoCredential, ProviderError
from haikuterm.core.request import RemoteModel, Request, StreamEvent
from haikuterm.core.settings import ANTHROPIC_URL, is_anthropic

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic

NO_TOKEN = "none"  # local servers need no credential; given one, the SDK does not go looking for its own
TIMEOUT = 60.0  # seconds of silence; the SDK's own 600 would leave a person waiting for ten minutes
CONNECT_TIMEOUT = 10.0  # seconds
PAGE = 1_000  # rows of the model list in one answer, its largest
CANNOT_COUNT = (404, 405, 501)


class ClaudeProvider:
    """Answers from a Messages endpoint, one attempt a call.

    api_key, auth_token: the credential; the key wins. base_url: without /v1, "" for the Anthropic API.
    timeout: seconds of silence after which an answer counts as broken. diagnose: ask with each request why the cache
    missed, if it did; not every endpoint that speaks the Messages API takes the question.
    """

    def __init__(
        self,
        *,
        api_key: str = "",
        auth_token: str = "",
        base_url: str = "",
        timeout: float = TIMEOUT,
        diagnose: bool = False,
    ) -> None:
        self._api_key = api_key
        self._auth_token = auth_token
        self._base_url = (base_url or ANTHROPIC_URL).rstrip("/").removesuffix("/v1")
        self._timeout = timeout
        self._diagnose = diagnose
        self._client: AsyncAnthropic | None = None
        self._warming = threading.Lock()

    def warm(self) -> None:
        """Import the SDK and make the client; blocks for a second or two, meant for a thread."""
        with suppress(ProviderError):  # the first request meets the same error, and there somebody listens
            self._connected()

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
        client = anthropic.AsyncAnthropic(
            api_key=self._api_key or None,
            auth_token=None if self._api_key else self._auth_token or NO_TOKEN,
            base_url=self._base_url,
            timeout=timeout,
            max_retries=0,  # the engine retries, in sight of the user
            open_telemetry=False,
            http_client=self._network(),
        )
        client.messages  # noqa: B018 - a lazy import of 50 ms that would else hold up the first prompt
        return client

    def _network(self) -> httpx2.AsyncClient:
        """What carries the requests. Raises ProviderError for a proxy or certificates that cannot be used.

        Never left to the SDK: what it makes half prints a traceback of its own when it fails.
        """
        import anthropic
        import httpx2

        if _on_this_machine(self._base_url):  # a proxy of the environment would look for it on its own machine
            return httpx2.AsyncClient(trust_env=False)
        try:
            return anthropic.DefaultAsyncHttpxClient()
        except (ImportError, ValueError, OSError) as error:  # SOCKS, another scheme, no such file or none of PEM
            raise unusable(error, os.environ) from error

    async def _ready(self) -> AsyncAnthropic:
        """The client; waits for a warm-up that is under way. Raises ProviderError where nothing can be sent."""
        if is_anthropic(self._base_url) and not (self._api_key or self._auth_token):
            raise ProviderError(str(NoCredential()), "authentication")
        if self._client is None:
            return await asyncio.to_thread(self._connected)
        return self._client

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """One answer as it comes: Opened first, Reply last; raises ProviderError."""
        client = await self._ready()
        draft = Draft(request.model.id)
        with self._failures(request.model.id, draft):
            events = await client.messages.create(**self._arguments(request), stream=True)
            draft.request_id = events.response.headers.get("request-id", "")
            async with events:
                async for event in events:
                    for said in draft.take(event):
                        yield said
            yield draft.finish()

    def _arguments(self, request: Request) -> dict[str, Any]:
        """What is sent; the first request too says that its front is to be remembered for a later question."""
        sent = arguments(request)
        if self._diagnose and request.model.known and not request.model.local:
            sent["diagnostics"] = {"previous_message_id": request.previous or None}
        return sent

    @contextmanager
    def _failures(self, model: str, draft: Draft | None = None) -> Iterator[None]:
        """Turns what the SDK and its network library raise into a ProviderError."""
        import anthropic
        import httpx2

        try:
            yield
        except anthropic.APIStatusError as error:
            raise provider_error(Failure(error.status_code, error.body, error.response.headers), model) from error
        except anthropic.APIConnectionError as error:
            raise unreachable(error, self._base_url) from error
        except (httpx2.RequestError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise broken_stream(error, draft.request_id if draft else "") from error

    async def count(self, request: Request) -> int | None:
        """Tokens of the prompt as the endpoint counts them, or None where it cannot; raises ProviderError."""
        client = await self._ready()
        import anthropic

        with self._failures(request.model.id):
            try:
                counted = await client.messages.count_tokens(**prompt_arguments(request))
            except anthropic.APIStatusError as error:
                if error.status_code in CANNOT_COUNT:
                    return None
                raise
        return counted.input_tokens

    async def models(self) -> tuple[RemoteModel, ...]:
        """What the endpoint offers, all pages; raises ProviderError."""
        client = await self._ready()
        with self._failures("the list of models"):
            return tuple([_remote(model) async for model in client.models.list(limit=PAGE)])

    async def close(self) -> None:
        """Give back the connections."""
        if self._client is not None:
            await self._client.close()


def _remote(model: Any) -> RemoteModel:
    """A row of the model list; servers that are not Anthropic's leave out most of it."""
    row = model.to_dict(mode="json", warnings=False)
    name, title, context, longest = (
        row.pop(key, None) for key in ("id", "display_name", "max_input_tokens", "max_tokens")
    )
    return RemoteModel(str(name), str(title or ""), context, longest, row)


def _on_this_machine(url: str) -> bool:
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
