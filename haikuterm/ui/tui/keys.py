"""The keys of every screen, in tables: they drive the bindings, the lists of keys and docs/keys.md."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.keys import _character_to_key

from haikuterm.ui.keymap import SIGNS, Pairs, bound, taken_away

# Most terminals send Alt and a key as Escape and that key. Textual 8.2.8 takes Escape and Return for Enter, which would
# send half a prompt; a letter it types, and keeps back all that follows until nothing comes for a tenth of a second; a
# digit becomes another sign. Its table is read when a key comes in, so more rows are enough.
ALT = {f"alt+{_character_to_key(sign)}": sign for sign in map(chr, range(ord("!"), ord("~") + 1))}
_BEHIND_ESCAPE = {**{sign: key for key, sign in ALT.items() if sign not in "[O"}, "\r": "alt+enter"}  # those begin more
_BEHIND_ESCAPE["\x7f"] = "alt+backspace"
cast(dict[str, Any], ANSI_SEQUENCES_KEYS).update(
    {f"\x1b{sign}": (SimpleNamespace(value=key),) for sign, key in _BEHIND_ESCAPE.items()}
)

# How Textual calls the keys that it calls otherwise; "shift+\r" is how 8.2.8 names the modifyOtherKeys form of
# Shift+Enter.
_TEXTUAL = {
    "ctrl+_": ("ctrl+underscore",),
    "ctrl+\\": ("ctrl+backslash",),
    "ctrl+]": ("ctrl+right_square_bracket",),
    "ctrl+^": ("ctrl+circumflex_accent",),
    "ctrl+space": ("ctrl+@", "ctrl+at", "ctrl+space"),
    "shift+enter": ("shift+enter", "shift+\r"),
    "alt+enter": ("alt+enter", "alt+\r"),
    "ctrl+enter": ("ctrl+enter", "ctrl+\r"),
}

_ASKED = ("editor", "search_history", "commands", "keys", "redraw", "suspend", "read", "find", "fold", "approvals")

# The actions of core/keymap in the words of the composer; a method of it, or of TextArea.
_RUNS = {
    "older": "cursor_up",
    "newer": "cursor_down",
    "left": "cursor_left",
    "right": "cursor_right",
    "line_start": "cursor_line_start",
    "line_end": "cursor_line_end",
    "word_left": "cursor_word_left",
    "word_right": "cursor_word_right",
    "delete_word": "delete_word_left",
    "delete_to_start": "delete_to_start_of_line",
    "delete_to_end": "delete_to_end_of_line_or_delete_line",
    "page_up": "scroll('page_up')",
    "page_down": "scroll('page_down')",
    "line_up": "scroll('scroll_up')",
    "line_down": "scroll('scroll_down')",
    "top": "scroll('scroll_home')",
    "bottom": "scroll('scroll_end')",
    "model": "run_line('/model')",
    **{name: f"ask('{name}')" for name in _ASKED},
}


@dataclass(frozen=True, slots=True)
class Key:
    """A row of a key list.

    names: what Textual calls the keys, () where the row only explains. action: the screen's action, as in "send".
    shown, does: the two columns of the help. short: what it does in a word or two, where a screen's last line names it.
    group: the heading above it. name: what the settings call the action, "" where its keys cannot be changed.
    """

    names: tuple[str, ...]
    action: str
    shown: str
    does: str
    short: str = ""
    group: str = ""
    name: str = ""


def textual(key: str) -> tuple[str, ...]:
    """The names that Textual has for a key, or for two that are pressed one after the other."""
    first, _, second = key.partition(" ")
    names = _TEXTUAL.get(first, (first,))
    return tuple(f"{one} {two}" for one in names for two in textual(second)) if second else names


def composer_keys(own: Pairs = (), *, every: bool = False) -> tuple[Key, ...]:
    """The rows of the input's keys, with the user's own. every: those of actions that have no key too."""
    rows = []
    for row in (each for each in bound(own) if each.keys or every):
        name = row.action.name
        runs = f"run_line({name!r})" if name.startswith("/") else _RUNS.get(name, name)
        names = tuple(each for key in row.keys for each in textual(key))
        rows.append(Key(names, runs, row.shown, row.action.does, group=row.action.group, name=name))
    signs = [Key((), "", sign, does, group=rows[0].group) for sign, does in SIGNS]
    written = sum(row.group == rows[0].group for row in rows)
    return (*rows[:written], *signs, *rows[written:])


KEYS = composer_keys()

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


# The lists to choose from: themes, models, commands, earlier prompts. Letters narrow the list.
LIST_KEYS = (
    Key(("up", "ctrl+p", "shift+tab"), "move(-1)", "Up, Ctrl+P", "the row above"),
    Key(("down", "ctrl+n", "tab"), "move(1)", "Down, Ctrl+N, Tab", "the row below"),
    Key(("pageup",), "page(-1)", "PageUp", "a page up"),
    Key(("pagedown",), "page(1)", "PageDown", "a page down"),
    Key(("home",), "edge(-1)", "Home", "the first row"),
    Key(("end",), "edge(1)", "End", "the last row"),
    Key(("enter",), "take", "Enter", "take the row"),
    Key(("backspace",), "less", "Backspace", "one letter less of what the list is narrowed to"),
    Key(("ctrl+u",), "all", "Ctrl+U", "all rows again"),
    Key(("escape", "ctrl+c", "ctrl+d"), "cancel", "Esc", "leave it"),
)


# The search among earlier prompts: a list too, with the keys of a shell's Ctrl+R.
HISTORY_KEYS = (
    Key(("up", "ctrl+p"), "move(-1)", "Up, Ctrl+P", "the prompt above"),
    Key(("down", "ctrl+n", "ctrl+r"), "move(1)", "Down, Ctrl+N, Ctrl+R", "the one below, which is older"),
    Key(("pageup",), "page(-1)", "PageUp", "a page up"),
    Key(("pagedown",), "page(1)", "PageDown", "a page down"),
    Key(("home",), "edge(-1)", "Home", "the newest"),
    Key(("end",), "edge(1)", "End", "the oldest"),
    Key(("enter", "tab"), "take", "Enter, Tab", "put it into the input"),
    Key(("backspace", "ctrl+h"), "less", "Backspace", "one letter less of what is searched for"),
    Key(("ctrl+w", "alt+backspace"), "word", "Ctrl+W", "one word less"),
    Key(("ctrl+u",), "all", "Ctrl+U", "all prompts again"),
    Key(("escape", "ctrl+c", "ctrl+d", "ctrl+g"), "cancel", "Esc, Ctrl+G", "leave it"),
)

# The conversation while it is read. In the order of importance: the reading line names as many as it has room for.
READING_KEYS = (
    Key(("escape",), "back", "Esc", "end the search; without one, back to the input", "back"),
    Key(("slash",), "search", "/", "search; Esc goes back to where you were", "search"),
    Key(("y",), "copy", "y", "copy the message as it was written", "copy"),
    Key(("c",), "code", "c", "copy its code; of several blocks, one to choose", "code"),
    Key(("left_square_bracket",), "turn(-1)", "[", "the prompt before", "turn"),
    Key(("right_square_bracket",), "turn(1)", "]", "the next prompt", "turn"),
    Key(("enter", "space"), "fold", "Enter", "fold the message or unfold it; Space too", "fold"),
    Key(("o",), "link", "o", "open a link of the message; the whole address is shown first", "link"),
    Key(("t",), "times", "t", "when each turn was and what it cost, or hide it", "times"),
    Key(("n",), "next(1)", "n", "the next place that was found"),
    Key(("N", "shift+n"), "next(-1)", "N", "the one before"),
    Key(("tab", "J"), "message(1)", "Tab, J", "the next message"),
    Key(("shift+tab", "K"), "message(-1)", "Shift+Tab, K", "the message before"),
    Key(("down", "j"), "line(1)", "Down, j", "one line down"),
    Key(("up", "k"), "line(-1)", "Up, k", "one line up"),
    Key(("pagedown",), "page(1)", "PageDown", "a page down"),
    Key(("pageup",), "page(-1)", "PageUp", "a page up"),
    Key(("home", "g"), "edge(False)", "Home, g", "to the beginning"),
    Key(("end", "G"), "edge(True)", "End, G", "to the end, and follow it"),
    Key(("i", "q"), "leave", "i, q", "back to the input; any other letter too"),
    Key(("question_mark",), "keys", "?", "this list"),
)


def step(action: str, rows: int) -> int:
    """How far a list moves for "move(1)", "page(-1)" or "edge(1)"; 0 for what is no movement. rows: of a page."""
    name, _, sign = action.partition("(")
    return {"move": 1, "page": rows, "edge": 10**6}.get(name, 0) * (-1 if sign.startswith("-") else 1)


def actions(keys: tuple[Key, ...]) -> dict[str, str]:
    """The action of each key name."""
    return {name: key.action for key in keys for name in key.names}


def composer_actions(own: Pairs, editing: dict[str, str]) -> dict[str, str]:
    """The composer's action of each key name, "" for those that the user took away. editing: TextArea's own keys."""
    away = {name: "" for key in taken_away(own) for name in textual(key)}
    return {**editing, **actions(composer_keys(own)), **away}
