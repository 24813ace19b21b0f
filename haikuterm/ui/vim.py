"""Vim's keys without a screen: a text, a cursor and a key in; the text, the cursor and what is to be done out."""

from __future__ import annotations

from dataclasses import replace

from haikuterm.ui import vim_normal, vim_visual
from haikuterm.ui.vim_commands import NAMED, REDO, NoCommand, parse
from haikuterm.ui.vim_inserting import typed_key
from haikuterm.ui.vim_motions import last_char
from haikuterm.ui.vim_state import Pressed, Vim, kept, unselected

__all__ = ["Pressed", "Vim", "fresh", "press", "takes"]


def fresh(vim: Vim, text: str = "", cursor: int = 0) -> Vim:
    """Vim for another prompt: in insert mode, with the register and the last change of before."""
    return replace(vim, mode="insert", pending=(), unit=(text, cursor), begun=(text, cursor), change=None, wish=-1)


def takes(vim: Vim, key: str) -> bool:
    """Whether a key is vim's now; all others are whoever's they are without it."""
    if vim.mode == "insert":
        return key == "escape"
    return len(key) == 1 or key in NAMED or key in ("escape", "enter", REDO)


def press(text: str, cursor: int, vim: Vim, key: str) -> Pressed:
    """One key: a character, or a name as in "escape", "enter", "backspace", "left" or "ctrl+r"."""
    if vim.mode == "insert":
        return typed_key(text, cursor, vim, key)
    if vim.seen is not None and vim.seen[0] != text:  # somebody else changed it
        vim = replace(vim, undo=kept(vim.undo, vim.seen), redo=(), mode="normal", pending=(), wish=-1)
    if vim.mode == "normal":
        cursor = min(cursor, last_char(text, cursor))
    done = _in_normal(Pressed(text, cursor, vim), key)
    return replace(done, vim=replace(done.vim, seen=(done.text, done.cursor)))


def _in_normal(now: Pressed, key: str) -> Pressed:
    vim = now.vim
    if key == "escape":
        if vim.mode == "normal" and not vim.pending:
            return replace(now, effects=("escape",))
        return unselected(now)
    waits_for_char = bool(vim.pending) and vim.pending[-1] in ("f", "F", "t", "T", "r")
    if key == "enter" and waits_for_char:
        key = "\n"
    elif key == "enter":
        return replace(now, effects=("send",)) if vim.mode == "normal" else now
    elif waits_for_char:
        key = {"space": " "}.get(key, key)
    else:
        key = NAMED.get(key, key)
    keys = (*vim.pending, key)
    now = replace(now, vim=replace(vim, pending=()))
    try:
        command = parse(keys, visual=vim.mode != "normal")
    except NoCommand:
        return now
    if command is None:
        return replace(now, vim=replace(vim, pending=keys))
    return vim_visual.run(now, command) if vim.mode != "normal" else vim_normal.run(now, command)
