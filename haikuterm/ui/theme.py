"""Owns the looks: one TOML file gives every face its colours and the code its highlighting."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from haikuterm.core.errors import SettingsError
from haikuterm.ui.first_frame import AUTO as AUTO

ROLES = (
    "background", "surface", "text", "muted", "accent", "user", "assistant", "code", "link", "heading", "quote",
    "border", "selection", "added", "removed", "added_word", "removed_word", "success", "warning", "error", "gauge",
)  # fmt: skip
BACKGROUNDS = frozenset({"background", "surface", "selection"})
ANSI = frozenset({"default"}).union(
    *({name, f"bright_{name}"} for name in ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"))
)
ATTRIBUTES = frozenset({"bold", "italic", "underline", "strike", "reverse"})
DEFAULT = "dark"

# What says the same without a colour: heard by people and terminals that do not see the hue.
_EMPHASIS = {
    "heading": "bold", "user": "bold", "link": "underline", "quote": "italic",
    "added_word": "bold underline", "removed_word": "bold underline", "warning": "bold", "error": "bold",
}  # fmt: skip
_SHAPES: Mapping[str, type] = {"dark": bool, "ansi": bool, "colors": dict, "syntax": dict}
_FORMS = (
    "Colours are #rrggbb; in a theme with ansi = true they are the terminal's names, such as bright_blue. A style in "
    f"[syntax] may begin with {', '.join(sorted(ATTRIBUTES))}."
)
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Theme:
    """The look of every face.

    colors: each of ROLES -> "#rrggbb", or one of the names in ANSI where `ansi` is set. syntax: the name of a pygments
    token type ("Keyword", "Name.Function") -> a style ("bold #rrggbb"); a type without one looks like its parent.
    """

    name: str
    dark: bool
    ansi: bool
    colors: Mapping[str, str]
    syntax: Mapping[str, str]

    def style(self, role: str) -> str:
        """The role as a style that Rich reads: "bold #7aa2f7"; a background role is put behind the text."""
        color = self.colors[role]
        if role == "selection" and self.ansi:
            return "reverse default on default"  # else each colour of code would become a ground
        if role in BACKGROUNDS:
            return f"{self.colors['text']} on {color}"
        return f"{_EMPHASIS.get(role, '')} {color}".strip()

    def css(self, role: str) -> str:
        """The role's colour as style sheets of the full-screen face name it: "#7aa2f7" or "ansi_bright_blue"."""
        color = self.colors[role]
        return color if color.startswith("#") else f"ansi_{color}"


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """The themes that a run can wear. folders: of the user's own. automatic: the one that "auto" stands for here."""

    folders: tuple[Path, ...] = ()
    automatic: str = DEFAULT

    def load(self, name: str) -> Theme:
        """The theme of this name, or the one that fits the terminal. Raises SettingsError."""
        return load(self.automatic if name == AUTO else name, *self.folders)


PLAIN_WARDROBE = Wardrobe()


def fitting(dark: str, light: str, ground: bool | None, *, few_colours: bool) -> str:
    """The name of the theme that "auto" stands for. dark, light: the user's two; ground: is it dark, None: unknown."""
    if few_colours:
        return "ansi"
    return light if ground is False else dark


def names(*folders: Path) -> tuple[str, ...]:
    """The themes that can be loaded, sorted: the shipped ones and those in the given folders of the user."""
    return tuple(sorted({file.stem for folder in (*folders, _shipped()) for file in folder.glob("*.toml")}))


def load(name: str, *folders: Path) -> Theme:
    """The theme of this name; a file in the user's folders wins over a shipped one, and may leave colours out.

    Raises SettingsError for an unknown name, a file that is not TOML, and a colour that is none.
    """
    for folder in (*folders, _shipped()):
        file = folder / f"{name}.toml"
        if name in {known.stem for known in folder.glob("*.toml")}:
            return _theme(file)
    raise SettingsError(f"There is no theme {name!r}. Choose one of: {', '.join(names(*folders))}.")


def _shipped() -> Path:
    """Themes lie inside the package in a wheel and beside it in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def _theme(file: Path) -> Theme:
    data = _read(file)
    for key, value in data.items():
        if key not in _SHAPES or not isinstance(value, _SHAPES[key]):
            raise SettingsError(
                f"In the theme {file}{_line(file, '', key)}, {key} = {value!r} cannot be used: a theme has `dark` and "
                "`ansi`, true or false, and the tables [colors] and [syntax]."
            )
    dark, ansi = data.get("dark", True), data.get("ansi", False)
    for key, value in data.get("colors", {}).items():
        _check(file, "colors", key, key in ROLES and _is_color(value, ansi), value)
    for key, value in data.get("syntax", {}).items():
        good = isinstance(value, str) and all(_is_style(word, ansi) for word in value.split())
        _check(file, "syntax", key, good, value)
    base = _base(file, "ansi" if ansi else "dark" if dark else "light")
    colors = base.get("colors", {}) | data.get("colors", {})
    syntax = base.get("syntax", {}) | data.get("syntax", {})
    return Theme(file.stem, dark, ansi, MappingProxyType(colors), MappingProxyType(syntax))


def _base(file: Path, name: str) -> dict[str, Any]:
    """Where a theme takes from what it leaves out; a base itself takes from nowhere."""
    base = _shipped() / f"{name}.toml"
    return {} if base == file else _read(base)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The theme {file} cannot be read: {error}. Correct it or choose another theme.") from error


def _is_color(value: object, ansi: bool) -> bool:
    return isinstance(value, str) and (value in ANSI if ansi else _HEX.fullmatch(value) is not None)


def _is_style(word: str, ansi: bool) -> bool:
    return word in ATTRIBUTES or _is_color(word, ansi)


def _check(file: Path, table: str, key: str, good: bool, value: object) -> None:
    if good:
        return
    allowed = f"The roles are: {', '.join(ROLES)}." if table == "colors" and key not in ROLES else _FORMS
    raise SettingsError(
        f"In the theme {file}{_line(file, table, key)}, {key} = {value!r} in [{table}] cannot be used. {allowed}"
    )


def _line(file: Path, table: str, key: str) -> str:
    """Where in the file the key stands, as in ", line 3"; "" where it is written in some other way."""
    inside = ""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if text.startswith("["):
            inside = text.strip("[] ")
            if not table and inside.partition(".")[0] == key:
                return f", line {number}"
        elif inside == table and text.partition("=")[0].strip().strip("\"'") == key:
            return f", line {number}"
    return ""
