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
            return "reverse"
        if role in BACKGROUNDS:
            return f"{self.colors['text']} on {color}"
        return f"{_EMPHASIS.get(role, '')} {color}".strip()

    def css(self, role: str) -> str:
        """The role's colour as style sheets of the full-screen face name it: "#7aa2f7" or "ansi_bright_blue"."""
        color = self.colors[role]
        return color if color.startswith("#") else f"ansi_{color}"


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
    dark, ansi = data.get("dark", True), data.get("ansi", False)
    colors, syntax = data.get("colors", {}), data.get("syntax", {})
    if not (
        isinstance(dark, bool) and isinstance(ansi, bool) and isinstance(colors, dict) and isinstance(syntax, dict)
    ):
        raise SettingsError(
            f"In the theme {file}, `dark` and `ansi` are true or false, [colors] and [syntax] are tables."
        )
    base = _base(file, "ansi" if ansi else "dark" if dark else "light")
    colors = base.get("colors", {}) | colors
    syntax = base.get("syntax", {}) | syntax
    for key, value in colors.items():
        _check(file, key, key in ROLES and _is_color(value, ansi), value)
    for key, value in syntax.items():
        _check(file, key, isinstance(value, str) and all(_is_style(word, ansi) for word in value.split()), value)
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


def _check(file: Path, key: str, good: bool, value: object) -> None:
    if not good:
        raise SettingsError(
            f"In the theme {file}, {key} = {value!r} cannot be used. Colours are #rrggbb (terminal names such as "
            f"bright_blue in a theme with ansi = true); roles are: {', '.join(ROLES)}."
        )
