"""Where models are served, as the settings say it: the catalogue on a cloud, and with the named endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from haikuterm.core.abilities import Abilities
from haikuterm.core.clouds import CLOUDS, moved
from haikuterm.core.models import Catalogue, Model
from haikuterm.core.settings import Settings


def situated(
    known: Catalogue, settings: Settings, environ: Mapping[str, str], found: Iterable[Abilities] = ()
) -> Catalogue:
    """The catalogue for these settings. found: what probes found; of an endpoint that has moved it counts no more."""
    if settings.provider:
        known = moved(known, CLOUDS[settings.provider], environ)
    urls = {endpoint.name: endpoint.base_url for endpoint in settings.endpoints}
    valid = {one.model: one.of for one in found if urls.get(one.model.partition("/")[0]) == one.url}
    stands_for = {endpoint.name: endpoint.model for endpoint in settings.endpoints}
    return replace(known, endpoints=stands_for, found=valid)


def url_of(settings: Settings, endpoint: str) -> str:
    """The address of a named endpoint, "" if there is none of that name."""
    return next((known.base_url for known in settings.endpoints if known.name == endpoint), "")


def served(settings: Settings, model: Model) -> bool:
    """Whether there is anything that the model could be asked at."""
    return bool(model.local or model.endpoint or settings.provider or settings.has_credential)
