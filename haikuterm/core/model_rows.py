"""The user's own rows of the catalogue: checked key by key, and laid over what is known."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from haikuterm.core.errors import SettingsError
from haikuterm.core.models import Catalogue, Model, model_of, prices_of, unknown
from haikuterm.core.settings import EFFORTS

THINKING = ("adaptive", "enabled", "disabled", "between_tools")
RATES = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
BESIDE = ("prices", "effective", "source")  # keys of a row that say what it costs


def overlaid(base: Catalogue, text: str, where: str) -> Catalogue:
    """The catalogue with the rows of this TOML text on top; where: names the file in the error.

    A row whose id, alias or snapshot is known changes what it names and leaves the rest; any other row is a new model
    of careful rules, offered after the known ones. Raises SettingsError that names the file, the model and the key.
    """
    models = list(base.models)
    for row in rows(text, where):
        at = next((i for i, m in enumerate(models) if row["id"] in (m.id, m.alias, m.snapshot)), None)
        if at is None:
            models.append(_new(row, where))
        else:
            models[at] = _changed(models[at], row, where)
    return replace(base, models=tuple(models))


def rows(text: str, where: str) -> list[dict[str, Any]]:
    """The checked rows of the text. Raises SettingsError."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{where} is not valid TOML: {error}. Correct that line, or delete the file.") from error
    for key in data:
        if key != "model":
            raise SettingsError(f"{where} has {key!r}, which does not belong there. A model is a [[model]] table.")
    given = data.get("model", [])
    if not isinstance(given, list):
        raise SettingsError(f"{where}: model must be written [[model]], with two brackets.")
    return [_checked(row, where, number) for number, row in enumerate(given, 1)]


def _checked(row: Any, where: str, number: int) -> dict[str, Any]:
    """The row, if all of its keys are known and right."""
    name = row.get("id") if isinstance(row, dict) else None
    if not isinstance(name, str) or not _word(name):
        raise SettingsError(f"{where}: id of model {number} must be the id that is sent, such as claude-haiku-4-5.")
    for key, value in row.items():
        check = CHECKS.get(key)
        if check is None:
            known = ", ".join(CHECKS)
            raise SettingsError(f"{where}: {name} has an unknown key {key!r}. Known are: {known}.")
        wanted = check(value)
        if wanted:
            raise SettingsError(f"{where}: {key} of {name} must be {wanted}, not {_shown(value)}.")
    if "prices" in row and "effective" not in row:
        raise SettingsError(f"{where}: {name} has prices but no effective. Say since when, as in 2026-11-20.")
    return dict(row)


def _shown(value: Any) -> str:
    return repr(value) if not isinstance(value, (list, dict)) else "what is there"


def _new(row: Mapping[str, Any], where: str) -> Model:
    plain = unknown(row["id"])
    base = {"alias": row["id"], "family": "", "context": plain.context, "max_output": plain.max_output}
    seen = {"images": False, "pdfs": False}
    return model_of({**base, **seen, **row}, str(row.get("source") or where))


def _changed(model: Model, row: Mapping[str, Any], where: str) -> Model:
    plain: dict[str, Any] = {k: v for k, v in row.items() if k not in (*BESIDE, "id")}
    for key in ("thinking", "efforts"):
        if key in plain:
            plain[key] = tuple(plain[key])
    if "text_factor" in plain:
        plain["text_factor"] = Decimal(plain["text_factor"])
    if "prices" in row:
        plain["prices"] = prices_of(row, str(row.get("source") or where))
    return replace(model, **plain)


Check = Callable[[Any], str]  # what the value must be, "" if it is that


def _word(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and value.isprintable() and " " not in value


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value.isprintable() else "a text on one line"


def _name(value: Any) -> str:
    return "" if _word(value) else "one word"


def _yes_or_no(value: Any) -> str:
    return "" if isinstance(value, bool) else "true or false"


def _tokens(value: Any) -> str:
    good = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return "" if good else "a whole number of tokens above 0"


def _day(value: Any) -> str:
    try:
        good = isinstance(value, str) and (not value or bool(date.fromisoformat(value)))
    except ValueError:
        good = False
    return "" if good else 'a day such as "2026-11-20", in quotes'


def _some_of(known: Sequence[str]) -> Check:
    def check(value: Any) -> str:
        return "" if isinstance(value, list) and all(v in known for v in value) else f"a list of {', '.join(known)}"

    return check


def _one_of(known: Sequence[str]) -> Check:
    return lambda value: "" if value == "" or value in known else f"one of {', '.join(known)}"


def _amount(value: Any) -> Decimal | None:
    """The amount as it is written; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def _factor(value: Any) -> str:
    return "" if _amount(value) else 'a number above 0 such as "1.3"'


def _prices(value: Any) -> str:
    """Bands that ascend, the last one without a bound, each with all five rates."""
    wanted = f"a list of bands, each with {', '.join(RATES)} in dollars per million tokens"
    if not isinstance(value, list) or not value or not all(isinstance(band, dict) for band in value):
        return wanted
    for band in value:
        if set(band) - {"up_to"} != set(RATES) or any(_amount(band[rate]) is None for rate in RATES):
            return wanted
    bounds = [band.get("up_to") for band in value]
    limits = [bound for bound in bounds[:-1] if isinstance(bound, int) and not isinstance(bound, bool) and bound > 0]
    ascending = len(limits) == len(bounds) - 1 and limits == sorted(set(limits)) and bounds[-1] is None
    return "" if ascending else "bands with growing up_to, the last one without"


CHECKS: Mapping[str, Check] = {
    "id": _name,
    "alias": _name,
    "title": _text,
    "family": _name,
    "snapshot": _name,
    "context": _tokens,
    "max_output": _tokens,
    "thinking": _some_of(THINKING),
    "thinks": _yes_or_no,
    "shows": _yes_or_no,
    "off_up_to": _one_of(EFFORTS),
    "efforts": _some_of(EFFORTS),
    "default_effort": _one_of(EFFORTS),
    "tools": _yes_or_no,
    "prefill": _yes_or_no,
    "images": _yes_or_no,
    "image_edge": _tokens,
    "pdfs": _yes_or_no,
    "min_cache": _tokens,
    "text_factor": _factor,
    "released": _day,
    "retires": _day,
    "listed": _yes_or_no,
    "known": _yes_or_no,
    "bedrock": _name,
    "vertex": _name,
    "note": _text,
    "effective": _day,
    "source": _text,
    "prices": _prices,
}
