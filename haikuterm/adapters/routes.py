"""Sends each request to the provider that serves its model: the embedded one, the usual endpoint, or a named one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from haikuterm.core.clouds import invoked
from haikuterm.core.errors import NoCredential, ProviderError
from haikuterm.core.models import Model
from haikuterm.core.ports import Provider
from haikuterm.core.request import RemoteModel, Request, StreamEvent


@dataclass(frozen=True, slots=True)
class Routes:
    """A Provider over others. remote: None where there is no credential; `first` is the model to warm for.

    named: the further endpoints by name. older: for models that Bedrock serves by InvokeModel only, None elsewhere.
    """

    local: Provider
    remote: Provider | None
    first: Model
    named: Mapping[str, Provider] = field(default_factory=dict)
    older: Provider | None = None

    def _for(self, model: Model) -> Provider:
        if model.local:
            return self.local
        if model.endpoint:
            return self._at(model)
        if self.older is not None and invoked(model.wire_id):
            return self.older
        if self.remote is None:
            raise ProviderError(str(NoCredential()), "authentication")
        return self.remote

    def _at(self, model: Model) -> Provider:
        """The named endpoint of the model."""
        if not model.sent:
            raise ProviderError(
                f"The endpoint {model.endpoint} has no model of its own. Name one: /model {model.endpoint}/MODEL, or "
                f"put model = ... into [endpoints.{model.endpoint}] of the settings file.",
                "rejected",
            )
        return self.named[model.endpoint]

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """One answer, from the provider of the request's model."""
        async with aclosing(self._for(request.model).stream(request)) as events:
            async for event in events:
                yield event

    async def count(self, request: Request) -> int | None:
        """Tokens of the prompt as the model's own provider counts them."""
        return await self._for(request.model).count(request)

    async def models(self) -> tuple[RemoteModel, ...]:
        """What the usual endpoint offers; the embedded models where there is none."""
        return await (self.remote or self.local).models()

    def warm(self) -> None:
        """Warm the provider that the first prompt will need."""
        with suppress(ProviderError):  # the first request meets the same error, and there somebody listens
            self._for(self.first).warm()

    async def close(self) -> None:
        """Close all of them."""
        for provider in (self.local, self.remote, self.older, *self.named.values()):
            if provider is not None:
                await provider.close()
