"""Turns a theme of ours into one of Textual: each role becomes the variable $hk-<role> of the style sheet."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import BUILTIN_THEMES
from textual.theme import Theme as TextualTheme

from haikuterm.ui.theme import ROLES, Theme

# A cursor and a selection that are seen on any palette; Textual's are white, which a white terminal hides.
_REVERSED = {
    "input-cursor-foreground": "ansi_default",
    "input-cursor-background": "ansi_default",
    "input-cursor-text-style": "reverse",
    "input-selection-foreground": "ansi_default",
    "input-selection-background": "ansi_default",
    "screen-selection-foreground": "ansi_default",
    "screen-selection-background": "ansi_default",
}


def palette(theme: Theme) -> TextualTheme:
    """The theme as Textual takes it; its own widgets get colours of the same family."""
    css = {role: theme.css(role) for role in ROLES}
    return TextualTheme(
        name=f"haikuterm-{theme.name}",
        primary=css["accent"],
        secondary=css["assistant"],
        accent=css["accent"],
        warning=css["warning"],
        error=css["error"],
        success=css["success"],
        foreground=css["text"],
        background=css["background"],
        surface=css["surface"],
        panel=css["surface"],
        dark=theme.dark,
        ansi=theme.ansi,
        variables={**_own(theme, css), **{f"hk-{role.replace('_', '-')}": color for role, color in css.items()}},
    )


def chosen(theme: TextualTheme) -> str:
    """The style of the chosen row of a list; on the terminal's own colours only reversing is sure to be seen."""
    return "bold reverse" if theme.ansi else "bold $hk-text on $hk-selection"


def _own(theme: Theme, css: Mapping[str, str]) -> Mapping[str, str]:
    """The variables that Textual's own widgets want; without true colour only Textual knows which must be set."""
    if theme.ansi:
        usual = BUILTIN_THEMES["ansi-dark" if theme.dark else "ansi-light"].variables
        return {**usual, **_REVERSED, **_bars(css)}
    return {
        "input-cursor-foreground": css["background"],
        "input-cursor-background": css["text"],
        "input-selection-background": css["selection"],
        "input-selection-foreground": css["text"],
        **_bars(css),
    }


def _bars(css: Mapping[str, str]) -> Mapping[str, str]:
    """Scroll bars of dialogs, as quiet as those of the conversation."""
    grounds = ("scrollbar-background", "scrollbar-background-hover", "scrollbar-background-active")
    bars = {"scrollbar": css["border"], "scrollbar-hover": css["muted"], "scrollbar-active": css["accent"]}
    return {**dict.fromkeys((*grounds, "scrollbar-corner-color"), css["background"]), **bars}
