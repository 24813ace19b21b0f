"""A draft: what is written but not sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Draft:
    """text: all of it. pasted: parts of it that a face shows folded."""

    text: str
    pasted: tuple[str, ...] = ()


class Drafts(Protocol):
    """Where the draft of a root is kept, apart for each running process."""

    def take(self) -> Draft | None:
        """The newest that no running process writes on, ours from now on; None if there is none."""
        ...

    def keep(self, draft: Draft) -> None:
        """Keep this one instead of the last, an empty one by forgetting it; blocks, any thread may call."""
        ...

    def close(self) -> None:
        """Leave what is kept to whoever starts next."""
        ...


class NoDrafts:
    """For who keeps none."""

    def take(self) -> Draft | None:
        """There is none."""
        return None

    def keep(self, draft: Draft) -> None:
        """It is not kept."""

    def close(self) -> None:
        """There is nothing to leave."""
