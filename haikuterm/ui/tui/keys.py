"""The keys of the full-screen face: one table that drives the composer and from which the help is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.keys import Keys

# Textual 8.2.8 takes the Alt+Enter of most terminals (Escape, Return) for Enter, which would send half a prompt. Its
# table is read when a key comes in, so one more row is enough; Ctrl+J is the newline key it has a name for.
cast(dict[str, Any], ANSI_SEQUENCES_KEYS)["\x1b\r"] = (Keys.ControlJ,)


@dataclass(frozen=True, slots=True)
class Key:
    """A row of the key list.

    names: what Textual calls the keys, () where the row only explains. action: the composer's action, as in "send".
    shown, does: the two columns of the help.
    """

    names: tuple[str, ...]
    action: str
    shown: str
    does: str


# Ctrl+J is the one newline key that every terminal can send; "shift+\r" is how Textual 8.2.8 names the
# modifyOtherKeys form of Shift+Enter.
KEYS = (
    Key(("enter",), "send", "Enter", "send; while a turn runs: wait in line"),
    Key(("ctrl+j", "shift+enter", "alt+enter", "shift+\r", "alt+\r"), "newline", "Ctrl+J, Alt+Enter", "new line"),
    Key(("escape",), "escape", "Esc", "close the list, else stop the turn"),
    Key(("ctrl+c",), "interrupt", "Ctrl+C", "copy the selection; stop; clear; twice: quit"),
    Key(("ctrl+d",), "leave", "Ctrl+D", "quit, when the input is empty"),
    Key(("tab",), "accept", "Tab", "take the suggestion"),
    Key((), "", "/", "a command"),
    Key((), "", "@", "attach a file, a folder or a glob"),
    Key((), "", "Up, Down", "earlier prompts; first the one that waits"),
    Key(("ctrl+r",), "ask('search_history')", "Ctrl+R", "search earlier prompts"),
    Key(("pageup",), "scroll('page_up')", "PageUp", "scroll the conversation up"),
    Key(("pagedown",), "scroll('page_down')", "PageDown", "scroll it down"),
    Key(("ctrl+up",), "scroll('scroll_up')", "Ctrl+Up", "one line up"),
    Key(("ctrl+down",), "scroll('scroll_down')", "Ctrl+Down", "one line down"),
    Key(("ctrl+home",), "scroll('scroll_home')", "Ctrl+Home", "to the beginning"),
    Key(("ctrl+end",), "scroll('scroll_end')", "Ctrl+End", "to the end, and follow it"),
    Key(("ctrl+underscore",), "undo", "Ctrl+_", "undo typing (Ctrl+Y: redo)"),
    Key(("ctrl+l",), "ask('redraw')", "Ctrl+L", "draw the screen anew"),
    Key(("ctrl+z",), "ask('suspend')", "Ctrl+Z", "suspend; `fg` comes back"),
    Key(("f1",), "ask('keys')", "F1, ?", "this list (? on an empty input)"),
)

DIFF_KEYS = (
    Key(("y", "Y"), "accept", "y", "accept"),
    Key(("n", "N"), "reject", "n", "reject"),
    Key(("a", "A"), "accept_rest", "a", "accept all"),
    Key(("d", "D"), "reject_rest", "d", "reject all"),
    Key(("w", "W"), "word", "w", "reject, say why"),
    Key(("escape", "ctrl+c"), "cancel", "Esc", "none"),
    Key(("up", "k"), "scroll('scroll_up')", "", ""),
    Key(("down", "j"), "scroll('scroll_down')", "", ""),
    Key(("pageup",), "scroll('page_up')", "", ""),
    Key(("pagedown", "space"), "scroll('page_down')", "", ""),
    Key(("home", "g"), "scroll('scroll_home')", "", ""),
    Key(("end", "G"), "scroll('scroll_end')", "", ""),
)


def actions(keys: tuple[Key, ...]) -> dict[str, str]:
    """The action of each key name."""
    return {name: key.action for key in keys for name in key.names}
