"""The catalogue: which models there are, what each can do and cost, and what a name stands for."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from haikuterm.core.money import FREE, Prices, Rates

DEFAULT_MODEL = "claude-haiku-4-5"
LADDER = ("haiku", "sonnet", "opus")  # families from the cheapest on
DEFAULT_LOCAL = "qwen2.5-coder-0.5b"


@dataclass(frozen=True, slots=True)
class Fast:
    """Fast mode of a model. access: "ga" or "beta". input, output: US dollars per million tokens, None if unknown.

    until: the day it ends, "" for none.
    """

    access: str
    input: Decimal | None = None
    output: Decimal | None = None
    until: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    id: what is sent. alias: the short fixed name ("haiku-4.5"). snapshot: the dated id behind the name.
    context, max_output: tokens. thinking: the thinking types it accepts; thinks: whether it does so when nothing
    is sent. efforts: levels it accepts, () for none. min_cache: shortest cacheable prompt in tokens, None if unknown.
    text_factor: tokens for the same text, relative to Haiku 4.5. local: runs on this machine.
    known: False for an id that is not in the catalogue; it gets conservative rules and is unpriced.
    shows: whether its reasoning is readable unasked. off_up_to: highest effort at which thinking may be "disabled",
    "" for any. default_effort: the level it takes when none is sent. retires, released: days, "" if unknown.
    images, pdfs: whether it sees them. image_edge: pixels of the longer edge up to which it sees a picture whole.
    listed: whether it is offered; others are taken by name.
    bedrock, vertex: its id on that cloud where no rule gives it. sent: the id that goes over the wire where it is not
    `id`. endpoint: the named server that answers for it, "" for the usual one. counts: whether the server counts its
    tokens. probed: whether a probe found out what it can do there. list_price: what is paid is a partner's price, and
    `prices` only about that.
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
    title: str = ""
    shows: bool = False
    off_up_to: str = ""
    default_effort: str = ""
    released: str = ""
    images: bool = True
    image_edge: int = 1_568
    pdfs: bool = True
    fast: Fast | None = None
    note: str = ""
    bedrock: str = ""
    vertex: str = ""
    sent: str = ""
    endpoint: str = ""
    counts: bool = True
    probed: bool = False
    list_price: bool = False

    @property
    def name(self) -> str:
        """What people call it, as in "Claude Haiku 4.5"; its alias where nobody says."""
        return self.title or self.alias

    @property
    def wire_id(self) -> str:
        """The id that is sent."""
        return self.sent or self.id


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All known models, newest of a family first. version: the day of its prices. retired: ids and their last day.

    endpoints: names of further servers, and the model that each stands for ("" for none). found: what probes made of
    their models, by whole name. plain: Anthropic's own id for one of the cloud that serves the models.
    """

    models: tuple[Model, ...]
    version: str
    retired: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, Callable[[Model], Model]] = field(default_factory=dict)
    plain: Callable[[str], str] = str

    def resolve(self, name: str) -> Model:
        """The model that a family, an alias, an id or a snapshot stands for; never fails.

        `haiku`, `sonnet`, `opus` mean the newest of the family; a dated snapshot stays pinned. An id that nobody knows
        is taken as it is. NAME/MODEL is a model of that endpoint, NAME alone the one it stands for.
        """
        wanted = name.strip()
        if (endpoint := wanted.partition("/")[0]) in self.endpoints:
            return self._elsewhere(endpoint, wanted.partition("/")[2])
        lowered = wanted.lower()
        family = [m for m in self.models if m.family == lowered and m.listed]
        if family:
            return family[0]
        for model in self.models:
            if lowered in (model.id.lower(), model.alias.lower(), f"claude-{model.alias.lower()}"):
                return model
            if lowered == model.snapshot.lower():
                return replace(model, id=model.snapshot)
        if lowered in self.retired:
            return replace(unknown(lowered), retires=self.retired[lowered], note="retired")
        if (bare := self.plain(wanted)) != wanted and (model := self.resolve(bare)).known:
            return replace(model, sent=wanted)
        return unknown(wanted)

    def _elsewhere(self, endpoint: str, name: str) -> Model:
        """A model of a named endpoint: what is known of it by its whole name, else careful rules."""
        name = name or self.endpoints[endpoint]
        whole = f"{endpoint}/{name}" if name else endpoint
        known = next((model for model in self.models if whole in (model.id, model.alias)), unknown(whole))
        there = replace(known, endpoint=endpoint, sent=name)
        return self.found[whole](there) if whole in self.found else there

    def next_up(self, model: Model) -> Model | None:
        """The newest model of the next bigger family, for what this one could not do; None above the biggest."""
        if model.family not in LADDER[:-1]:
            return None
        return self.resolve(LADDER[LADDER.index(model.family) + 1])

    def names(self) -> tuple[str, ...]:
        """Every alias and family that `resolve` understands, for completion."""
        families = dict.fromkeys(m.family for m in self.models if m.family and not m.local)
        return (*families, *(m.alias for m in self.models), *self.endpoints, *self.found)


def unknown(name: str) -> Model:
    """A model nobody described: no thinking, no effort, no pictures, small limits, no price."""
    return Model(
        id=name,
        alias=name,
        family="",
        snapshot=name,
        context=200_000,
        max_output=8_192,
        known=False,
        images=False,
        pdfs=False,
    )


def parse(text: str) -> Catalogue:
    """The catalogue of its TOML text (`models.toml` says what each field means)."""
    data = tomllib.loads(text, parse_float=Decimal)
    source, version = str(data["source"]), str(data["version"])
    return Catalogue(tuple(model_of(row, source) for row in data["model"]), version, data.get("retired", {}))


def model_of(row: Mapping[str, Any], source: str) -> Model:
    """The model of its row in `models.toml`; source: where its prices are from."""
    plain = {k: v for k, v in row.items() if k not in ("prices", "effective", "source", "fast")}
    for key in ("thinking", "efforts"):
        plain[key] = tuple(plain.get(key, ()))
    if "text_factor" in plain:
        plain["text_factor"] = Decimal(plain["text_factor"])
    plain.setdefault("snapshot", plain["id"])
    if row.get("local"):
        return Model(**plain, prices=FREE)
    return Model(**plain, prices=prices_of(row, source), fast=_fast(row.get("fast")))


def prices_of(row: Mapping[str, Any], source: str) -> Prices | None:
    """The dated prices in a row of `models.toml`; None where there are none."""
    bands = tuple(_rates(band) for band in row.get("prices", ()))
    return Prices(bands, str(row.get("effective", "")), source) if bands else None


def _rates(band: Mapping[str, Any]) -> Rates:
    numbers = {k: Decimal(v) for k, v in band.items() if k != "up_to"}
    return Rates(**numbers, up_to=band.get("up_to"))


def _fast(row: Mapping[str, Any] | None) -> Fast | None:
    if row is None:
        return None
    numbers = {k: Decimal(row[k]) for k in ("input", "output") if k in row}
    return Fast(str(row["access"]), **numbers, until=str(row.get("until", "")))


@cache
def shipped() -> Catalogue:
    """The catalogue that ships with the program."""
    return parse(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))


_adopted: list[Catalogue] = []  # at most one: what the user's own files made of the shipped one


def catalogue() -> Catalogue:
    """The catalogue that holds in this process: the adopted one, else the one that ships with the program."""
    return _adopted[-1] if _adopted else shipped()


def adopt(chosen: Catalogue | None) -> None:
    """From now on `catalogue` is this one (None: the shipped one again); called once, when the program starts."""
    _adopted[:] = [] if chosen is None else [chosen]
