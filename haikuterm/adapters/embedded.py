"""The embedded model as a Provider: its server is started when it is needed, and then it is only another URL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress

from haikuterm.adapters.embedded_fetch import EmbeddedModels
from haikuterm.adapters.embedded_server import Address, ModelServer
from haikuterm.core.errors import LocalModelError, ProviderError
from haikuterm.core.models import DEFAULT_LOCAL, Model, catalogue
from haikuterm.core.ports import LocalModels, Provider, Report
from haikuterm.core.request import RemoteModel, Request, StreamEvent

__all__ = ["EmbeddedModels", "EmbeddedProvider"]


class EmbeddedProvider:
    """Answers requests with a model on this machine; makes core.ports.Provider real.

    models: which weights are here. connect: makes the provider that talks to a URL with a key (adapters do not know
    each other, so it is given). report: told while a server starts. first: the model that `warm` starts.
    """

    def __init__(
        self,
        models: LocalModels,
        connect: Callable[[str, str], Provider],
        report: Report | None = None,
        *,
        server: ModelServer | None = None,
        first: str = DEFAULT_LOCAL,
    ) -> None:
        self._models = models
        self._connect = connect
        self._report = report
        self._server = server or ModelServer()
        self._first = first
        self._inner: tuple[Address, Provider] | None = None

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """One answer as it comes. The first one waits for the server: a second or two.

        Raises LocalModelError where the weights or the engine are missing or the server does not start, else what
        the connected provider raises. A server that died since the last answer is started again, once.
        """
        for retry in (True, False):
            begun = False
            try:
                inner = await self._at(await asyncio.to_thread(self._start, request.model))
                async with aclosing(inner.stream(request)) as events:
                    async for event in events:
                        begun = True
                        yield event
                return
            except ProviderError as error:
                # a server that died, and once, after a hundred requests, one that hung up without an answer
                if begun or not retry or error.kind != "unreachable":
                    raise

    async def count(self, request: Request) -> int | None:
        """Tokens of the prompt, or None while this model's server does not run."""
        if self._inner is None or not self._server.serving(request.model.id):
            return None
        return await self._inner[1].count(request)

    async def models(self) -> tuple[RemoteModel, ...]:
        """The models whose weights are here."""
        here = [file.model for file in self._models.list() if file.present]
        return tuple(RemoteModel(m.id, m.alias, m.context, m.max_output) for m in here)

    def warm(self) -> None:
        """Start the first model's server now, and warm its provider; blocks."""
        with suppress(LocalModelError):  # the first stream meets the same error, and there somebody listens
            address = self._start(catalogue().resolve(self._first))
            if self._inner is None:
                self._inner = address, self._connect(address.url, address.key)
                self._inner[1].warm()

    async def close(self) -> None:
        """Stop the server and give back the connection."""
        inner, self._inner = self._inner, None
        if inner:
            await inner[1].close()
        await asyncio.to_thread(self._server.stop)

    def _start(self, model: Model) -> Address:
        file = next((file for file in self._models.list() if file.model.id == model.id), None)
        if file is None:
            raise LocalModelError(f"{model.id} does not run on this machine. Start without --local to use it.")
        if not file.present:
            raise LocalModelError(
                f"{model.id} is not on this machine yet. Fetch it ({file.size / 1e6:,.0f} MB): "
                f"haikuterm local pull {model.alias}"
            )
        if self._report and not self._server.serving(model.id):
            self._report(f"Starting {model.id}", 0, 0)
        return self._server.ensure(model.id, file.path, model.context)

    async def _at(self, address: Address) -> Provider:
        """The provider for this address; the one for a server that is gone is closed."""
        old = self._inner
        if old and old[0] == address:
            return old[1]
        fresh = self._connect(address.url, address.key)
        self._inner = address, fresh
        if old:
            await old[1].close()
        return fresh
