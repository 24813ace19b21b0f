"""What keys can be bound to: the actions with their names, and the check of the keys that a user gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from haikuterm.core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Action:
    """Something that keys of the input do. keys: those it has by itself; does: the help, as words behind the key.

    inline: whether the inline face has it too.
    """

    name: str
    keys: tuple[str, ...]
    does: str
    group: str
    inline: bool = False


WRITE, EDIT, FIND, READ, RUN = "Writing", "Editing", "Finding", "Reading", "Program"
ACTIONS = (
    Action("send", ("enter",), "send; while a turn runs: wait in line", WRITE, inline=True),
    Action("newline", ("ctrl+j", "alt+enter", "shift+enter"), "new line", WRITE, inline=True),
    Action("accept", ("tab",), "take the suggestion; unfold a paste", WRITE, inline=True),
    Action("older", ("up", "ctrl+p"), "line above, then earlier prompts", WRITE, inline=True),
    Action("newer", ("down", "ctrl+n"), "line below, then later prompts", WRITE, inline=True),
    Action("editor", ("ctrl+g", "ctrl+x ctrl+e"), "write the prompt in $EDITOR", WRITE, inline=True),
    Action("paste_picture", ("ctrl+v", "alt+v"), "attach the picture in the clipboard", WRITE),
    Action("clear_draft", (), "put the draft away; Up brings it back", WRITE, inline=True),
    Action("undo", ("ctrl+_",), "undo typing", EDIT, inline=True),
    Action("redo", ("ctrl+y",), "type it again", EDIT),
    Action("left", ("left", "ctrl+b"), "a character to the left", EDIT, inline=True),
    Action("right", ("right", "ctrl+f"), "a character to the right", EDIT, inline=True),
    Action("line_start", ("home", "ctrl+a"), "to the line's start", EDIT, inline=True),
    Action("line_end", ("end", "ctrl+e"), "to the line's end", EDIT, inline=True),
    Action("word_left", ("ctrl+left", "alt+left", "alt+b"), "a word to the left", EDIT, inline=True),
    Action("word_right", ("ctrl+right", "alt+right", "alt+f"), "a word to the right", EDIT, inline=True),
    Action("delete_word", ("ctrl+w", "alt+backspace"), "delete the word to the left", EDIT, inline=True),
    Action("delete_word_right", ("alt+d", "alt+delete", "ctrl+delete"), "delete the word to the right", EDIT, True),
    Action("delete_to_start", ("ctrl+u",), "delete to the line's start", EDIT, inline=True),
    Action("delete_to_end", ("ctrl+k",), "delete to the line's end", EDIT, inline=True),
    Action("commands", ("f2", "alt+x"), "all commands and actions", FIND),
    Action("search_history", ("ctrl+r",), "search earlier prompts", FIND, inline=True),
    Action("keys", ("f1",), "this list (? on an empty input)", FIND),
    Action("page_up", ("pageup",), "scroll the conversation up", READ),
    Action("page_down", ("pagedown",), "scroll it down", READ),
    Action("line_up", ("ctrl+up",), "one line up", READ),
    Action("line_down", ("ctrl+down",), "one line down", READ),
    Action("top", ("ctrl+home",), "to the beginning", READ),
    Action("read", ("ctrl+t",), "read it: a cursor to copy, fold, jump", READ),
    Action("find", ("f3",), "search the conversation", READ),
    Action("fold", ("ctrl+o",), "unfold or fold thinking and tool output", READ),
    Action("bottom", ("ctrl+end",), "to the end, and follow it", READ),
    Action("escape", ("escape",), "close the list; stop; twice: clear", RUN),
    Action("interrupt", ("ctrl+c",), "copy; stop; clear; twice: quit", RUN, inline=True),
    Action("leave", ("ctrl+d",), "quit, when the input is empty", RUN, inline=True),
    Action("approvals", ("shift+tab",), "write edits without asking, or ask again", RUN, inline=True),
    Action("model", ("alt+p",), "choose the model", RUN),
    Action("redraw", ("ctrl+l",), "draw the screen anew", RUN, inline=True),
    Action("suspend", ("ctrl+z",), "suspend; `fg` comes back", RUN, inline=True),
)
BY_NAME: Mapping[str, Action] = {action.name: action for action in ACTIONS}
KEPT = {"escape": "stops the turn", "ctrl+c": "stops, clears and quits"}  # whatever else happens, these must work

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ARROWS = ("up", "down", "left", "right")
_SPECIAL = (*_ARROWS, "home", "end", "pageup", "pagedown", "insert", "delete")
_FUNCTIONS = tuple(f"f{number}" for number in range(1, 13))
_LIKE = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+[": "escape", "ctrl+h": "backspace"}
_ALSO = {"esc": "escape", "return": "enter", "del": "delete", "ins": "insert", "pgup": "pageup", "pgdn": "pagedown"}
_ALSO |= {"control": "ctrl", "meta": "alt", "option": "alt", "underscore": "_", "backslash": "\\", "@": "space"}
SENDABLE = frozenset(
    {
        *(f"ctrl+{sign}" for sign in (*_LETTERS, "_", "\\", "]", "^", "space")),
        *(f"alt+{sign}" for sign in (*_LETTERS, *"0123456789", *_ARROWS, "enter", "backspace", "delete")),
        *(f"{mark}{name}" for mark in ("", "ctrl+", "shift+", "ctrl+shift+") for name in _SPECIAL),
        *(f"{mark}{name}" for mark in ("", "ctrl+", "shift+") for name in _FUNCTIONS),
        *("enter", "shift+enter", "ctrl+enter", "tab", "shift+tab", "escape", "backspace", "ctrl+backspace"),
    }
    - {*_LIKE}
)
"""Keys that terminals tell apart, in one spelling: modifiers in the order ctrl, alt, shift."""


def check(value: Any, where: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
    """The table [keys] as pairs of key and action, "" for a key that is taken away; both in their one spelling.

    where: the dotted name of a setting -> its place, to begin a sentence with. Raises SettingsError.
    """
    if isinstance(value, tuple):
        return value
    if not isinstance(value, Mapping):
        raise SettingsError(f'{where("keys")}: keys is a table, [keys], with lines such as "f5" = "editor".')
    pairs = {}
    for typed, action in value.items():
        place = where(f"keys.{typed}")
        key = _key(typed, place)
        pairs[key] = _action(action, place)
        if key in KEPT:
            raise SettingsError(f"{place}: {key} {KEPT[key]} and keeps that meaning. Choose another key.")
    if pairs.get("enter", "send") != "send" and "send" not in pairs.values():
        spot = where("keys.enter")
        raise SettingsError(f'{spot}: nothing would send any more. Add a line such as "alt+enter" = "send".')
    return tuple(pairs.items())


def spelled(key: str) -> str:
    """The one spelling of a key, or of two that are pressed one after the other; it may be none."""
    return " ".join(_spelled(each) for each in key.strip().lower().split())


def _spelled(key: str) -> str:
    *marks, name = key.replace("-", "+").split("+") if key not in ("+", "-") else [key]
    name = _ALSO.get(name, name)
    known = {_ALSO.get(mark, mark) for mark in marks}
    return "+".join([*(mark for mark in ("ctrl", "alt", "shift") if mark in known), *sorted(known - {*_MARKS}), name])


_MARKS = ("ctrl", "alt", "shift")


def _key(typed: str, place: str) -> str:
    key = spelled(typed)
    first, _, second = key.partition(" ")
    for each in (first, second) if second else (first,):
        if each in _LIKE:
            raise SettingsError(f"{place}: terminals send {_LIKE[each]} for {each}. Choose another key.")
        if len(each) == 1 or each in ("space", "shift+space") or (each.startswith("shift+") and len(each) == 7):
            raise SettingsError(f"{place}: {each} is typed into the prompt. Add ctrl+ or alt+, or take an F key.")
        if each not in SENDABLE:
            raise SettingsError(f"{place}: terminals send no key {each!r}.{_near(each, SENDABLE)}")
    if second and not (first.startswith("ctrl+") and len(first) == 6):
        raise SettingsError(f"{place}: of two keys, the first must be ctrl+ and a letter, as in ctrl+x ctrl+e.")
    return key


def _action(action: Any, place: str) -> str:
    if not isinstance(action, str):
        raise SettingsError(f'{place}: an action is a name in quotes, as in "editor", or "" to take the key away.')
    name = action.strip()
    if name.startswith("/"):
        return action.lstrip()
    name = name.replace("-", "_").lower()
    if name and name not in BY_NAME:
        raise SettingsError(f"{place}: there is no action {action!r}.{_near(name, BY_NAME)} docs/keys.md lists them.")
    return name


def _near(word: str, names: Any) -> str:
    from difflib import get_close_matches  # only where something is wrong

    near = get_close_matches(word, sorted(names), 3, 0.5)
    return f" Near it: {', '.join(near)}." if near else ""
