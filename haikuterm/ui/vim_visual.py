"""The commands of vim's visual modes; each takes a state and gives the next one."""

from __future__ import annotations

from dataclasses import replace

from haikuterm.ui import vim_edits as edits
from haikuterm.ui.vim_commands import Command
from haikuterm.ui.vim_edits import Span
from haikuterm.ui.vim_motions import MOTIONS, line_end, line_start, text_object
from haikuterm.ui.vim_normal import changed, move, operate_on
from haikuterm.ui.vim_state import Mode, Pressed, unselected

MODES: dict[str, Mode] = {"v": "visual", "V": "lines"}


def run(now: Pressed, command: Command) -> Pressed:
    """A whole command while something is selected."""
    vim, key = now.vim, command.key
    mode = MODES.get(key)
    if mode is not None:
        return unselected(now) if vim.mode == mode else replace(now, vim=replace(vim, mode=mode))
    if key == "o":
        return replace(now, cursor=vim.anchor, vim=replace(vim, anchor=now.cursor))
    if key in "ia":
        reach = text_object(now.text, now.cursor, key == "a", command.motion, command.times)
        if reach is None or reach[0] == reach[1]:
            return now
        return replace(now, cursor=reach[1] - 1, vim=replace(vim, anchor=reach[0], mode="visual"))
    if key in MOTIONS or key in "jkGgg;,fFtT":
        return move(now, command)
    return _on_selection(now, command, _selected(now, whole=key in "XDYCS"))


def _selected(now: Pressed, *, whole: bool) -> Span:
    start, end = sorted((now.cursor, now.vim.anchor))
    lines = whole or now.vim.mode == "lines"
    return Span(start, end if lines else min(end + 1, len(now.text)), lines)


def _on_selection(now: Pressed, command: Command, span: Span) -> Pressed:
    text, key = now.text, command.key
    vim = replace(now.vim, mode="normal")
    now = replace(now, vim=vim)
    operator = {"x": "d", "X": "d", "D": "d", "s": "c", "C": "c", "S": "c", "Y": "y"}.get(key, key)
    again = _like(text, span, operator)
    if operator in "dc":
        done = operate_on(now, again or command, operator, span)
        return replace(done, vim=replace(done.vim, change=again))
    if operator == "y":
        done = replace(now, vim=replace(vim, register=edits.taken(text, span), wish=-1))
        return replace(done, cursor=line_start(text, span.start) if span.lines else span.start)
    if key in "pP":
        register = edits.taken(text, span)
        made = edits.replaced(text, span, vim.register, command.times)
        return replace(changed(now, replace(vim, register=register), command, *made), effects=())
    if key == "J":
        lines = text[span.start : span.end].count("\n") + 1
        joined = edits.joined(text, span.start, max(2, lines))
        if joined is None:
            return replace(now, cursor=line_start(text, span.start) if span.lines else span.start)
        return changed(now, vim, Command("J", max(2, lines)), *joined)
    return _recased(now, command, span)


def _recased(now: Pressed, command: Command, span: Span) -> Pressed:
    """r, ~, u and U change each character of what is selected."""
    text, start, end = now.text, span.start, span.end
    if span.lines:
        start, end = line_start(text, start), line_end(text, end)
    piece = text[start:end]
    if command.key == "r":
        new = "".join(char if char == "\n" else command.char for char in piece)
    else:
        new = {"~": edits.swapped, "u": str.lower, "U": str.upper}[command.key](piece)
    again = now.vim.change if command.key == "r" else Command("~", max(1, end - start))
    done = changed(now, now.vim, command, text[:start] + new + text[end:], start)
    return replace(done, vim=replace(done.vim, change=again))


def _like(text: str, span: Span, operator: str) -> Command | None:
    """The same change without a selection, for `.`; None where there is none."""
    lines = text[span.start : span.end].count("\n")
    if span.lines:
        return Command(operator, lines + 1, operator)
    return None if lines else Command(operator, span.end - span.start, "l")
