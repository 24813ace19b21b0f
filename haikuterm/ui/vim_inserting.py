"""Vim's insert mode: how it begins, and what is kept of it when it ends."""

from __future__ import annotations

from dataclasses import replace

from haikuterm.ui.vim_commands import Command
from haikuterm.ui.vim_motions import first_word, line_end, line_start
from haikuterm.ui.vim_state import Insertion, Pressed, Vim, kept


def typed_key(text: str, cursor: int, vim: Vim, key: str) -> Pressed:
    """One key of insert mode: a character, "enter", "backspace" or "escape"."""
    if key == "escape":
        return leave(Pressed(text, cursor, vim))
    if key == "backspace":
        return Pressed(text[: max(0, cursor - 1)] + text[cursor:], max(0, cursor - 1), vim)
    new = {"enter": "\n", "space": " "}.get(key, key)
    if len(new) != 1:
        return Pressed(text, cursor, vim)
    return Pressed(text[:cursor] + new + text[cursor:], cursor + 1, vim)


def leave(now: Pressed) -> Pressed:
    """Back to normal mode: what was typed is repeated as the count says, and is one change together."""
    vim, text, cursor = now.vim, now.text, now.cursor
    typed = _insertion(vim.begun, text)
    change = vim.change or Command("i")
    times = change.count - 1 if change.key in "iIaAoO" else 0
    if times > 0:
        more = (f"\n{typed.text}" if change.key in "oO" else typed.text) * times
        text, cursor = text[:cursor] + more + text[cursor:], cursor + len(more)
    if cursor > line_start(text, cursor):
        cursor -= 1
    undo, redo = (kept(vim.undo, vim.unit), ()) if text != vim.unit[0] else (vim.undo, vim.redo)
    vim = replace(vim, mode="normal", typed=typed, change=change, undo=undo, redo=redo, seen=(text, cursor), wish=-1)
    return Pressed(text, cursor, vim)


def _insertion(begun: tuple[str, int], text: str) -> Insertion:
    before, after = begun[0][: begun[1]], begun[0][begun[1] :]
    same = 0
    while same < min(len(before), len(text)) and before[same] == text[same]:
        same += 1
    behind = 0
    while behind < min(len(after), len(text) - same) and after[-1 - behind] == text[-1 - behind]:
        behind += 1
    return Insertion(len(before) - same, text[same : len(text) - behind])


def insert(now: Pressed, command: Command, text: str, cursor: int) -> Pressed:
    """To insert mode, with this text and cursor."""
    unit = (now.text, now.cursor)
    vim = replace(now.vim, mode="insert", change=command, unit=unit, begun=(text, cursor), wish=-1)
    return Pressed(text, cursor, vim)


def begin(now: Pressed, command: Command) -> Pressed:
    """i, a, o and their capitals."""
    text, at = now.text, now.cursor
    if command.key == "o":
        at = line_end(text, at)
        return insert(now, command, f"{text[:at]}\n{text[at:]}", at + 1)
    if command.key == "O":
        at = line_start(text, at)
        return insert(now, command, f"{text[:at]}\n{text[at:]}", at)
    at = {"i": at, "a": min(at + 1, line_end(text, at)), "A": line_end(text, at)}.get(command.key, first_word(text, at))
    if command.key == "I" and not text[line_start(text, at) : line_end(text, at)].strip(" \t"):
        at = line_end(text, at)
    return insert(now, command, text, at)
