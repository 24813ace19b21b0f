"""Sends each request to the provider that serves its model: the embedded one or the endpoint."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from haikuterm.core.errors import NoCredential, ProviderError
from haikuterm.core.models import Model
from haikuterm.core.ports import Provider
from haikuterm.core.request import RemoteModel, Request, StreamEvent


@dataclass(frozen=True, slots=True)
class Routes:
    """A Provider over two others. remote: None where there is no credential; `first` is the model to warm for."""

    local: Provider
    remote: Provider | None
    first: Model

    def _for(self, model: Model) -> Provider:
        if model.local:
            return self.local
        if self.remote is None:
            raise ProviderError(str(NoCredential()), "authentication")
        return self.remote

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """One answer, from the provider of the request's model."""
        async with aclosing(self._for(request.model).stream(request)) as events:
            async for event in events:
                yield event

    async def count(self, request: Request) -> int | None:
        """Tokens of the prompt as the model's own provider counts them."""
        return await self._for(request.model).count(request)

    async def models(self) -> tuple[RemoteModel, ...]:
        """What the endpoint offers; the embedded models where there is none."""
        return await (self.remote or self.local).models()

    def warm(self) -> None:
        """Warm the provider that the first prompt will need."""
        self._for(self.first).warm()

    async def close(self) -> None:
        """Close both."""
        await self.local.close()
        if self.remote is not None:
            await self.remote.close()
