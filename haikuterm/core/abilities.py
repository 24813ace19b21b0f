"""What a probe found that a model on a named endpoint can do, and how that is written down."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from haikuterm.core.models import Model


@dataclass(frozen=True, slots=True)
class Abilities:
    """model: its whole name, as in "ollama/qwen3:8b". count, tools, images: whether the endpoint counts tokens for it,
    takes tools and shows it pictures. day: when that was found, as in "2026-11-20". url: of the endpoint then.
    """

    model: str
    count: bool
    tools: bool
    images: bool
    day: str = ""
    url: str = ""

    def of(self, model: Model) -> Model:
        """The model with what was found of it."""
        tools, images = self.tools and model.tools, self.images or model.images  # a row of the user's own decides
        return replace(model, tools=tools, images=images, counts=self.count, probed=True)

    def __str__(self) -> str:
        """One line for the user."""
        words = (("tools", self.tools), ("pictures", self.images), ("token counts", self.count))
        can = [word for word, yes in words if yes]
        cannot = [word for word, yes in words if not yes]
        return "; ".join(part for part in (", ".join(can), f"no {', no '.join(cannot)}" if cannot else "") if part)


@dataclass(frozen=True, slots=True)
class Probes:
    """Where what is found is kept. url: the address of an endpoint by its name. keep: writes one down for good."""

    url: Callable[[str], str] = str
    keep: Callable[[Abilities], object] = str


def to_json(found: Iterable[Abilities]) -> str:
    """The text of the file that keeps what was found."""
    return json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False)


def from_json(text: str | bytes) -> tuple[Abilities, ...]:
    """What the file holds; rows that are none are passed over, and a file that is none holds nothing."""
    try:
        rows = json.loads(text)
    except ValueError:
        return ()
    return tuple(_row(row) for row in rows if _sound(row)) if isinstance(rows, list) else ()


KINDS: Mapping[str, type] = {"model": str, "count": bool, "tools": bool, "images": bool, "day": str, "url": str}


def _sound(row: Any) -> bool:
    return isinstance(row, dict) and all(type(row.get(name)) is kind for name, kind in KINDS.items())


def _row(row: Mapping[str, Any]) -> Abilities:
    return Abilities(**{field.name: row[field.name] for field in fields(Abilities)})
