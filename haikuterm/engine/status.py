"""What a face may show of the engine at any moment: values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from haikuterm.core.money import Total

if TYPE_CHECKING:  # the first key of the full-screen face waits for what is imported here
    from decimal import Decimal

    from haikuterm.core.budget import Standing
    from haikuterm.core.models import Model
    from haikuterm.core.ports import RepoFacts


@dataclass(frozen=True, slots=True)
class Status:
    """The state that a status line draws.

    turn: cost of the turn that runs, or of the last one. attached: paths. attached_tokens, context_tokens: estimates
    for `model` until the API has said; `context_known` is True once it has.
    served: the model that answered last, where it is another than the one asked. today: US dollars spent since midnight
    in all processes, None while nobody has looked. budget: the one that is nearest to its cap; stopped: the last turn
    ended at it. cache_until: when the prompt cache is gone, in seconds of the monotonic clock; None: there is none.
    accepts: edits are written without asking.
    """

    session_id: str
    root: str
    model: Model
    repo: RepoFacts
    turn: Total = field(default_factory=Total)
    session: Total = field(default_factory=Total)
    attached: tuple[str, ...] = ()
    attached_tokens: int = 0
    context_tokens: int = 0
    context_known: bool = False
    served: str = ""
    today: Decimal | None = None
    budget: Standing | None = None
    stopped: bool = False
    cache_until: float | None = None
    offline: bool = False
    accepts: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on: `text` replaces what stands from `Completions.start` to the cursor; `note` describes it."""

    text: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Completions:
    """Ways to go on at the cursor, best first; start: index in the text where the replaced part begins."""

    start: int
    items: tuple[Completion, ...] = ()
