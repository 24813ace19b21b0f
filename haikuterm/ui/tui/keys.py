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
    shown, does: the two columns of the help. short: what it does in a word or two, where a screen's last line names it.
    """

    names: tuple[str, ...]
    action: str
    shown: str
    does: str
    short: str = ""


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

# In the order of importance: the last line of the screen shows as many of them as it has room for.
DIFF_KEYS = (
    Key(("y", "Y"), "decide('yes')", "y", "accept this hunk", "accept"),
    Key(("n", "N"), "decide('no')", "n", "reject this hunk", "reject"),
    Key(("e", "E"), "edit", "e", "change this hunk in $EDITOR and accept it", "edit"),
    Key(("s", "S"), "split", "s", "split this hunk into smaller ones", "split"),
    Key(("w", "W"), "word", "w", "reject this hunk and tell the model why", "say why"),
    Key(("A", "shift+a"), "decide_rest('yes')", "A", "accept all that is left", "accept all"),
    Key(("D", "shift+d"), "decide_rest('no')", "D", "reject all that is left", "reject all"),
    Key(("a",), "decide_file('yes')", "a", "accept what is left of this file", "accept file"),
    Key(("d",), "decide_file('no')", "d", "reject what is left of this file", "reject file"),
    Key(("v", "V"), "turn", "v", "side by side, or in one column", "sides"),
    Key(("J", "shift+j", "tab"), "go(1)", "J, Tab", "the next hunk"),
    Key(("K", "shift+k", "shift+tab"), "go(-1)", "K, Shift+Tab", "the hunk before, as to change your mind"),
    Key(("up", "k"), "scroll('scroll_up')", "Up, k", "one line up"),
    Key(("down", "j"), "scroll('scroll_down')", "Down, j", "one line down"),
    Key(("pageup",), "scroll('page_up')", "PageUp", "scroll up"),
    Key(("pagedown", "space"), "scroll('page_down')", "PageDown, Space", "scroll down"),
    Key(("home", "g"), "scroll('scroll_home')", "Home, g", "to the beginning"),
    Key(("end", "G", "shift+g"), "scroll('scroll_end')", "End, G", "to the end"),
    Key(("escape", "ctrl+c"), "cancel", "Esc", "none of it, whatever was accepted", "none"),
    Key(("question_mark", "f1"), "keys", "?", "this list", "keys"),
)


def actions(keys: tuple[Key, ...]) -> dict[str, str]:
    """The action of each key name."""
    return {name: key.action for key in keys for name in key.names}
