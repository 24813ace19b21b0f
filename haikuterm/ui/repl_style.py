"""A theme in prompt_toolkit's words."""

from __future__ import annotations

from prompt_toolkit.styles import Style

from haikuterm.ui import theme as themes


def style_of(theme: themes.Theme | None) -> Style:
    """The theme's roles and its syntax as classes of prompt_toolkit; without a theme nothing has a colour.

    The theme's colour of plain text is left to the terminal: here the background is the terminal's own.
    """
    if theme is None:
        return Style([("bottom-toolbar", "noreverse")])
    roles = [(role, theme.style(role)) for role in themes.ROLES if role not in themes.BACKGROUNDS]
    syntax = [(f"pygments.{_token(name)}", style) for name, style in theme.syntax.items()]
    text = theme.colors["text"]
    rules = [(name, " ".join(_word(w) for w in style.split() if w != text)) for name, style in [*roles, *syntax]]
    return Style([("bottom-toolbar", "noreverse"), *rules])


def _token(name: str) -> str:
    """A token type's whole name: pygments calls Literal.String and Literal.Number by their last part too."""
    lowered = name.lower()
    return f"literal.{lowered}" if lowered.partition(".")[0] in ("string", "number") else lowered


def _word(word: str) -> str:
    """A word of a theme's style in prompt_toolkit's words: its names of the sixteen colours differ."""
    if word in ("white", "bright_white"):
        return "ansigray" if word == "white" else "ansiwhite"
    return f"ansi{word.replace('_', '')}" if word in themes.ANSI else word
