"""The catalogue: which models there are, what each can do and cost, and what a name stands for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from haikuterm.core.money import FREE, Prices, Rates

DEFAULT_MODEL = "claude-haiku-4-5"
LADDER = ("haiku", "sonnet", "opus")  # families from the cheapest on
DEFAULT_LOCAL = "qwen2.5-coder-0.5b"


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    id: what is sent. alias: the short fixed name ("haiku-4.5"). snapshot: the dated id behind the name.
    context, max_output: tokens. thinking: the thinking types it accepts; thinks: whether it does so when nothing
    is sent. efforts: levels it accepts, () for none. min_cache: shortest cacheable prompt in tokens, None if unknown.
    text_factor: tokens for the same text, relative to Haiku 4.5. local: runs on this machine.
    known: False for an id that is not in the catalogue; it gets conservative rules and is unpriced.
    """

    id: str
    alias: str
    family: str
    snapshot: str
    context: int
    max_output: int
    thinking: tuple[str, ...] = ()
    thinks: bool = False
    efforts: tuple[str, ...] = ()
    tools: bool = True
    prefill: bool = False
    min_cache: int | None = None
    text_factor: Decimal = Decimal(1)
    retires: str = ""
    listed: bool = True
    local: bool = False
    known: bool = True
    prices: Prices | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All known models, newest of a family first."""

    models: tuple[Model, ...]
    version: str

    def resolve(self, name: str) -> Model:
        """The model that a family, an alias, an id or a snapshot stands for; never fails.

        `haiku`, `sonnet`, `opus` mean the newest of the family; a dated snapshot stays pinned. An id that nobody knows
        is taken as it is.
        """
        wanted = name.strip()
        lowered = wanted.lower()
        family = [m for m in self.models if m.family == lowered and m.listed]
        if family:
            return family[0]
        for model in self.models:
            if lowered in (model.id, model.alias):
                return model
            if lowered == model.snapshot:
                return replace(model, id=model.snapshot)
        return unknown(wanted)

    def next_up(self, model: Model) -> Model | None:
        """The newest model of the next bigger family, for what this one could not do; None above the biggest."""
        if model.family not in LADDER[:-1]:
            return None
        return self.resolve(LADDER[LADDER.index(model.family) + 1])

    def names(self) -> tuple[str, ...]:
        """Every alias and family that `resolve` understands, for completion."""
        families = dict.fromkeys(m.family for m in self.models if not m.local)
        return (*families, *(m.alias for m in self.models))


def unknown(name: str) -> Model:
    """A model nobody described: no thinking, no effort, small limits, no price."""
    return Model(id=name, alias=name, family="", snapshot=name, context=200_000, max_output=8_192, known=False)


def parse(text: str) -> Catalogue:
    """The catalogue of its TOML text (`models.toml` says what each field means)."""
    data = tomllib.loads(text, parse_float=Decimal)
    source, version = str(data["source"]), str(data["version"])
    return Catalogue(tuple(_model(row, source) for row in data["model"]), version)


def _model(row: Mapping[str, Any], source: str) -> Model:
    plain = {k: v for k, v in row.items() if k not in ("prices", "effective")}
    for key in ("thinking", "efforts"):
        plain[key] = tuple(plain.get(key, ()))
    if "text_factor" in plain:
        plain["text_factor"] = Decimal(plain["text_factor"])
    plain.setdefault("snapshot", plain["id"])
    bands = tuple(_rates(band) for band in row.get("prices", ()))
    prices = Prices(bands, str(row.get("effective", "")), source) if bands else None
    return Model(**plain, prices=FREE if row.get("local") else prices)


def _rates(band: Mapping[str, Any]) -> Rates:
    numbers = {k: Decimal(v) for k, v in band.items() if k != "up_to"}
    return Rates(**numbers, up_to=band.get("up_to"))


@cache
def catalogue() -> Catalogue:
    """The catalogue that ships with the program."""
    return parse(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))
