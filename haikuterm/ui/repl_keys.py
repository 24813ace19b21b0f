"""The keys of the inline face in prompt_toolkit's words: those of the table, and the user's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import emacs_mode, has_completions, is_searching
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.bindings.named_commands import get_by_name
from prompt_toolkit.keys import ALL_KEYS, KEY_ALIASES
from prompt_toolkit.search import SearchDirection, start_search

from haikuterm.ui.keymap import SIGNS, Pairs, bound, taken_away

Do: TypeAlias = Callable[[KeyPressEvent], Any]
_NAMES = {"ctrl+space": "c-@", "ctrl+_": "c-_", "ctrl+\\": "c-\\", "ctrl+]": "c-]", "ctrl+^": "c-^"}


def rows(own: Pairs = ()) -> tuple[tuple[str, str], ...]:
    """The keys and what they do, for the list that `?` shows."""
    known = [(row.shown, row.action.does) for row in bound(own, inline=True) if row.keys]
    escapes = (("Esc", "stop the turn"), ("Esc Esc", "put the draft away; Up brings it back"))
    return (*SIGNS, *known, *escapes)


def mode(vim: bool) -> EditingMode:
    """How prompt_toolkit edits."""
    return EditingMode.VI if vim else EditingMode.EMACS


def bindings(own: Pairs, editor: Do, approvals: Do) -> KeyBindings:
    """What prompt_toolkit does not bind by itself, or not so, and the user's own keys.

    editor: opens the draft. approvals: changes whether edits are asked for.
    """
    keys, does = KeyBindings(), {**DOES, "editor": editor, "approvals": approvals}
    searching = ~is_searching
    keys.add("enter", filter=searching)(_send)
    keys.add("escape", "enter", filter=emacs_mode)(_newline)  # with vim's keys, Escape is one of its own
    keys.add("c-j")(_newline)
    keys.add("c-g", filter=searching)(editor)
    keys.add("c-x", "c-e", filter=emacs_mode)(editor)  # readline's
    keys.add("escape", "delete", filter=emacs_mode)(DOES["delete_word_right"])
    keys.add("s-tab", filter=~has_completions)(approvals)
    keys.add("escape", "escape", filter=searching & emacs_mode)(_clear)
    for key in taken_away(own):
        _bind(keys, key, _nothing)
    for key, name in own:
        if name.startswith("/"):
            _bind(keys, key, partial(_line, text=name))
        elif name in does:
            _bind(keys, key, does[name])
    return keys


def _bind(keys: KeyBindings, key: str, do: Do) -> None:
    names = [name for each in key.split() for name in _names(each)]
    if all(len(name) == 1 or name in ALL_KEYS or name in KEY_ALIASES for name in names):  # Shift+F1 is none of them
        keys.add(*names, filter=~is_searching)(do)


def _names(key: str) -> tuple[str, ...]:
    """A key as prompt_toolkit calls it; none for one that it does not know."""
    if key in _NAMES:
        return (_NAMES[key],)
    *marks, name = key.split("+")
    if marks == ["alt"]:
        return ("escape", name if name != "backspace" else "c-h")
    return ("-".join([*(mark[0] for mark in marks), name]),)


def _send(event: KeyPressEvent) -> None:
    """Send; a backslash at the end becomes a new line, and what was chosen of a list and goes on is only taken."""
    buffer = event.current_buffer
    state = buffer.complete_state
    chosen = state.current_completion if state else None
    if chosen is not None and chosen.text.endswith((" ", "/")):
        buffer.complete_state = None
    elif buffer.text.endswith("\\") and buffer.document.is_cursor_at_the_end:
        buffer.delete_before_cursor()
        buffer.insert_text("\n")
    else:
        buffer.validate_and_handle()


def _newline(event: KeyPressEvent) -> None:
    event.current_buffer.insert_text("\n")


def _clear(event: KeyPressEvent) -> None:
    event.current_buffer.append_to_history()
    event.current_buffer.reset()


def _older(event: KeyPressEvent) -> None:
    event.current_buffer.auto_up()


def _newer(event: KeyPressEvent) -> None:
    event.current_buffer.auto_down()


def _search(_: KeyPressEvent) -> None:
    start_search(direction=SearchDirection.BACKWARD)


def _suspend(event: KeyPressEvent) -> None:
    event.app.suspend_to_background()


def _leave(event: KeyPressEvent) -> None:
    if not event.current_buffer.text:
        event.app.exit(exception=EOFError)


def _line(event: KeyPressEvent, text: str) -> None:
    """A command: sent, or begun where it ends with a blank; the draft is put away."""
    _clear(event)
    event.current_buffer.insert_text(text)
    if not text.endswith(" "):
        event.current_buffer.validate_and_handle()


def _nothing(_: KeyPressEvent) -> None:
    """A key that was taken away."""


DOES: Mapping[str, Do] = {
    "send": _send,
    "newline": _newline,
    "clear_draft": _clear,
    "older": _older,
    "newer": _newer,
    "search_history": _search,
    "suspend": _suspend,
    "leave": _leave,
    "model": partial(_line, text="/model"),
    "accept": lambda event: get_by_name("menu-complete").call(event),
    **{
        name: get_by_name(command).call
        for name, command in {
            "undo": "undo",
            "left": "backward-char",
            "right": "forward-char",
            "line_start": "beginning-of-line",
            "line_end": "end-of-line",
            "word_left": "backward-word",
            "word_right": "forward-word",
            "delete_word": "unix-word-rubout",
            "delete_word_right": "kill-word",
            "delete_to_start": "unix-line-discard",
            "delete_to_end": "kill-line",
            "redraw": "clear-screen",
        }.items()
    },
}
