"""What an endpoint's own list of models adds to the catalogue: windows, limits, names and dates, never prices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from haikuterm.core.model_rows import THINKING
from haikuterm.core.models import Catalogue
from haikuterm.core.request import RemoteModel
from haikuterm.core.settings import EFFORTS

HEAD = (
    "# Written by `haikuterm models --refresh` on {day}: what the endpoint says of its models, never their prices.\n"
    "# Written anew each time; rows of your own belong in models.toml beside it.\n"
)
NOWHERE = "1970-01-01"  # what the Models API gives for a day it does not know
LONGEST_NAME = 200


def as_toml(base: Catalogue, listed: Sequence[RemoteModel], today: date) -> str:
    """The text of the file that keeps what the endpoint listed, as rows that `model_rows.overlaid` takes."""
    rows = [row for remote in listed if (row := _row(base, remote))]
    return HEAD.format(day=today.isoformat()) + "".join(_table(row) for row in rows)


def _row(base: Catalogue, remote: RemoteModel) -> dict[str, Any]:
    """What the list says of one model that the catalogue does not; {} for what cannot be used."""
    if not remote.id.isprintable() or not remote.id or " " in remote.id or len(remote.id) > LONGEST_NAME:
        return {}
    row: dict[str, Any] = {"id": remote.id}
    if title := "".join(sign for sign in remote.title[:LONGEST_NAME] if sign.isprintable()):
        row["title"] = title
    numbers = {"context": remote.context, "max_output": remote.max_output}
    row |= {key: n for key, n in numbers.items() if isinstance(n, int) and not isinstance(n, bool) and n > 0}
    if retires := _day(remote.extra.get("retires_at")):
        row["retires"] = retires
    model = base.resolve(remote.id)
    return row if model.known else {**row, **_abilities(remote.extra)}


def _abilities(extra: Mapping[str, Any]) -> dict[str, Any]:
    """What a model that nobody described can do, as far as the list says so."""
    row: dict[str, Any] = {}
    line, released = extra.get("line"), _day(extra.get("created_at"))
    if isinstance(line, str) and line.isidentifier():
        row["family"] = line
    if released and released != NOWHERE:
        row["released"] = released
    if extra.get("lifecycle") == "retired":
        row |= {"listed": False, "note": "retired"}
    can = extra.get("capabilities")
    if not isinstance(can, Mapping):
        return {**row, "known": False}
    thinking = _supported(_inner(can, "thinking", "types"), THINKING)
    if "adaptive" in thinking:  # nobody says whether it reasons unasked: then there is room for it
        row["thinks"] = True
    return {
        **row,
        "thinking": thinking,
        "efforts": _supported(_inner(can, "effort"), EFFORTS),
        "images": _can(can, "image_input"),
        "pdfs": _can(can, "pdf_input"),
    }


def _inner(value: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    for name in path:
        inner = value.get(name)
        value = inner if isinstance(inner, Mapping) else {}
    return value


def _supported(flags: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    return [name for name in known if _can(flags, name)]


def _can(flags: Mapping[str, Any], name: str) -> bool:
    return _inner(flags, name).get("supported") is True


def _day(value: Any) -> str:
    """The day of a point in time as the API writes it, "" for none."""
    try:
        return date.fromisoformat(str(value)[:10]).isoformat() if value else ""
    except ValueError:
        return ""


def _table(row: Mapping[str, Any]) -> str:
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in row.items())
    return "\n[[model]]\n" + "".join(lines)
