"""What stands for the network under --offline: models of this machine answer, everything else is refused and said."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from haikuterm.core.errors import LocalModelError, ProviderError
from haikuterm.core.guard import visible_line
from haikuterm.core.models import Model
from haikuterm.core.ports import LocalFile, LocalModels, Provider, Report
from haikuterm.core.request import RemoteModel, Request, StreamEvent

RUNS = "haikuterm runs with --offline: nothing was sent."
WAY_OUT = "start without --offline (HAIKUTERM_OFFLINE, or offline in the settings file)"


@dataclass(frozen=True, slots=True)
class OfflineProvider:
    """A Provider that sends nothing. local: answers for the embedded models, which need no network."""

    local: Provider
    first: Model

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """One answer of an embedded model; raises ProviderError for any other model."""
        if not request.model.local:
            raise refused(request.model)
        async with aclosing(self.local.stream(request)) as events:
            async for event in events:
                yield event

    async def count(self, request: Request) -> int | None:
        """Tokens of the prompt as an embedded model counts them; None for any other model."""
        return await self.local.count(request) if request.model.local else None

    async def models(self) -> tuple[RemoteModel, ...]:
        """The models of this machine."""
        return await self.local.models()

    def warm(self) -> None:
        """Warm the embedded model, if the first prompt will need it."""
        if self.first.local:
            self.local.warm()

    async def close(self) -> None:
        """Close the embedded one."""
        await self.local.close()


@dataclass(frozen=True, slots=True)
class OfflineModels:
    """The embedded models as they are on the disk; nothing is fetched."""

    here: LocalModels

    def list(self) -> tuple[LocalFile, ...]:
        """Every embedded model, fetched or not."""
        return self.here.list()

    def pull(self, name: str, report: Report) -> None:  # noqa: ARG002 - the signature of the port
        """Fetch nothing. Raises LocalModelError unless the model is here already."""
        if not any(file.present and name in (file.model.id, file.model.alias) for file in self.list()):
            raise LocalModelError(
                f"haikuterm runs with --offline: nothing was fetched. To fetch {visible_line(name)}, {WAY_OUT}."
            )

    def remove(self, name: str) -> int:
        """Delete one and return the bytes freed. Raises LocalModelError."""
        return self.here.remove(name)


def refused(model: Model) -> ProviderError:
    """What is said of a request that stays here."""
    ask = f"To ask {visible_line(model.alias)}, {WAY_OUT}"
    return ProviderError(f"{RUNS} {ask}; an embedded model answers here too: /model qwen-0.5b.", "rejected", final=True)


def unlisted() -> ProviderError:
    """What is said to one who wants the endpoint's list of models."""
    return ProviderError(f"{RUNS} To ask the endpoint for its models, {WAY_OUT}.", "rejected", final=True)
