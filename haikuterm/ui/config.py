"""`haikuterm config`: the settings as a table or as JSON, and the changes to them that a person asks for."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from shutil import get_terminal_size
from textwrap import wrap
from typing import Any, TextIO

from haikuterm.core.errors import SettingsError
from haikuterm.core.guard import visible_line
from haikuterm.core.setting_values import typed
from haikuterm.core.settings import NAMES, Settings
from haikuterm.core.settings_table import Row, rows
from haikuterm.ui.arguments import Arguments

HELP = "Every setting: its value, where it comes from, what else it may be."
ACTIONS = {
    "set": "haikuterm config set NAME VALUE; for a key without VALUE: it is asked for",
    "unset": "haikuterm config unset NAME",
    "path": "where the file of your settings is",
    "trust": "take all settings of this repository's .haikuterm.toml, as it is now",
    "distrust": "take back that trust",
}
WIDEST = 24  # cells of a column; a longer value moves its own row only
NARROWEST = 20  # cells of the last column, however narrow the terminal is


@dataclass(frozen=True, slots=True)
class Doors:
    """What the command may do. load: the settings of all layers. keep, forget: one setting of the user's file.

    keep_key, forget_key: the kept key. ask: reads a line that nobody else sees, after a prompt. trust, distrust: the
    repository's file. files: what is below the table, name -> place; "settings" is the user's file.
    All that return a text return a sentence for the user. They raise SettingsError.
    """

    load: Callable[[], Settings]
    keep: Callable[[str, Any], str]
    forget: Callable[[str], str]
    keep_key: Callable[[str], str]
    forget_key: Callable[[], str]
    ask: Callable[[str], str]
    trust: Callable[[], str]
    distrust: Callable[[], str]
    files: Mapping[str, str]


def run(words: Sequence[str], doors: Doors, out: TextIO) -> int:
    """Do what the words after `haikuterm config` say; returns the exit code. Raises SettingsError."""
    help_ = "\n".join(f"  {name:9} {what}" for name, what in ACTIONS.items())
    parser = Arguments(
        prog="haikuterm config",
        description=HELP,
        epilog=f"actions:\n{help_}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", nargs="?", choices=("show", *ACTIONS), default="show")
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.add_argument("value", nargs="?", metavar="VALUE")
    parser.add_argument("--json", action="store_true", help="the table as JSON")
    args = parser.parse_args(list(words))
    if (args.action in ("set", "unset")) != bool(args.name) or (args.value is not None and args.action != "set"):
        parser.error(f"it goes like this: {ACTIONS.get(args.action, 'haikuterm config [--json]')}")
    print(_done(args, doors), file=out)
    return 0


def _done(args: argparse.Namespace, doors: Doors) -> str:
    """The text that the command prints."""
    match args.action:
        case "set":
            return _set(args.name, args.value, doors)
        case "unset":
            kept = (doors.forget_key(),) if args.name == "api_key" else ()  # it may be in both places
            return " ".join((*kept, doors.forget(args.name)))
        case "path":
            return doors.files["settings"]
        case "trust":
            return doors.trust()
        case "distrust":
            return doors.distrust()
    settings = doors.load()
    return as_json(settings) if args.json else as_table(settings, doors.files, get_terminal_size().columns)


def _set(name: str, text: str | None, doors: Doors) -> str:
    """Keep one setting, and say so if another layer covers it."""
    if name not in NAMES:
        raise SettingsError(f"There is no setting {name!r}. `haikuterm config` lists all of them.")
    if name == "api_key":
        if text is not None:
            raise SettingsError(
                "A key does not go on the command line, where other users and your shell's history see it. "
                "Run: haikuterm config set api_key"
            )
        return doors.keep_key(doors.ask("API key (not shown): "))
    if text is None:
        raise SettingsError(f"Say the value too: haikuterm config set {name} VALUE")
    said = doors.keep(name, typed(name, text, "The command line"))
    (row,) = (row for row in rows(doors.load()) if row.name == name)
    covered = f" But {row.source} covers it now." if row.origin.layer != "user" else ""
    return said + covered


def as_table(settings: Settings, files: Mapping[str, str], columns: int) -> str:
    """All settings in aligned columns, the notes of the start, and where the files are; columns: of the terminal."""
    table = [("setting", "value", "comes from", "may be"), *(_cells(row) for row in rows(settings))]
    widths = [min(WIDEST, max(len(line[at]) for line in table)) for at in range(3)]
    edge = sum(widths) + 2 * len(widths)
    lines = []
    for line, row in zip(table, (None, *rows(settings)), strict=True):
        first, *more = wrap(line[3], max(NARROWEST, columns - edge))
        lines.append("  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), first]))
        lines += [f"{'':{edge}}{part}" for part in more]
        if row and row.note:
            lines.append(f"{'':{widths[0]}}  ({row.note})")
    width = max(len(name) for name in files)
    places = [f"{name:{width}}  {visible_line(place)}" for name, place in files.items()]
    return "\n".join([*lines, "", *settings.origins.notes, *places])


def _cells(row: Row) -> tuple[str, str, str, str]:
    return row.name, row.value or "-", row.source, row.may_be


def as_json(settings: Settings) -> str:
    """All settings as a JSON object: name -> value, layer, place; keys are "set" or ""."""
    told = {
        row.name: {"value": row.value, "layer": row.origin.layer, "place": row.origin.place, "note": row.note}
        for row in rows(settings)
    }
    return json.dumps({"settings": told, "notes": settings.origins.notes}, indent=1, ensure_ascii=False)
