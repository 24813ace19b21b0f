"""Asks the endpoint once which models it offers, keeps what it says, and knows them from then on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from haikuterm.core.model_listing import as_toml
from haikuterm.core.models import Catalogue, Model, adopt, catalogue, shipped
from haikuterm.core.ports import Provider


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of it. offered: the models that the endpoint lists, in its order. kept: where that is written down."""

    offered: tuple[Model, ...]
    kept: str


async def refresh(
    provider: Provider, keep: Callable[[str], str], read: Callable[[], Catalogue | None], today: date
) -> Refreshed:
    """Ask for the list of models. keep: writes the text of the file and says where; read: the catalogue with it.

    Windows, limits, names and dates are taken over, prices never. Raises ProviderError, SettingsError.
    """
    listed = await provider.models()
    kept = keep(as_toml(shipped(), listed, today))
    adopt(read())
    return Refreshed(tuple(catalogue().resolve(remote.id) for remote in listed), kept)
