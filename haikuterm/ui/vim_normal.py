"""The commands of vim's normal mode; each takes a state and gives the next one."""

from __future__ import annotations

from dataclasses import replace

from haikuterm.ui import vim_edits as edits
from haikuterm.ui.vim_commands import AGAIN, CHANGES, REDO, UNDO, Command
from haikuterm.ui.vim_edits import Span
from haikuterm.ui.vim_inserting import begin, insert, leave
from haikuterm.ui.vim_motions import (
    MOTIONS,
    Find,
    Motion,
    first_word,
    found,
    kind,
    last_char,
    line_at,
    line_end,
    line_number,
    line_start,
    text_object,
    word_end,
)
from haikuterm.ui.vim_state import FAR, Mode, Pressed, Vim, kept

_SHORT = {
    "x": ("d", "l"),
    "X": ("d", "h"),
    "D": ("d", "$"),
    "C": ("c", "$"),
    "s": ("c", "l"),
    "S": ("c", "c"),
    "Y": ("y", "y"),
}
_FINDS = "fFtT"


def run(now: Pressed, command: Command) -> Pressed:
    """A whole command of normal mode."""
    vim = now.vim
    if command.key == AGAIN:
        return _again(now, command.count)
    if command.key in (UNDO, REDO):
        return _undo(now, command)
    if command.key in "vV":
        mode: Mode = "visual" if command.key == "v" else "lines"
        return replace(now, vim=replace(vim, mode=mode, anchor=now.cursor))
    if command.key in _SHORT or command.motion:
        whole = _spelled(command)
        return _operate(now, command, whole)
    if command.key in CHANGES:
        return _change(now, command)
    return move(now, command)


def _spelled(command: Command) -> Command:
    """D as d$, x as dl and so on."""
    if command.motion:
        return command
    operator, motion = _SHORT[command.key]
    return Command(operator, command.count, motion)


def _again(now: Pressed, count: int) -> Pressed:
    """The last change once more."""
    change, typed = now.vim.change, now.vim.typed
    if change is None:
        return now
    if count:
        change = replace(change, count=count, motion_count=0)
    done = run(now, change)
    if done.vim.mode != "insert":
        return done
    start = max(done.cursor - typed.deleted, 0)
    text = done.text[:start] + typed.text + done.text[done.cursor :]
    done = leave(Pressed(text, start + len(typed.text), done.vim))
    return replace(done, vim=replace(done.vim, typed=typed))


def _undo(now: Pressed, command: Command) -> Pressed:
    """States of before, or those that were undone."""
    for _ in range(command.times):
        vim = now.vim
        past = vim.undo if command.key == UNDO else vim.redo
        if not past:
            break
        text, saved = past[-1]
        cursor = _after_undo(now.text, text, saved)
        here = (now.text, saved)
        if command.key == UNDO:
            vim = replace(vim, undo=past[:-1], redo=kept(vim.redo, here))
        else:
            vim = replace(vim, redo=past[:-1], undo=kept(vim.undo, here))
        now = Pressed(text, cursor, replace(vim, wish=-1))
    return now


def _after_undo(old: str, text: str, saved: int) -> int:
    """Where vim puts the cursor: where the change was made, or at the first line that is different."""
    same = 0
    while same < min(len(old), len(text)) and old[same] == text[same]:
        same += 1
    changed = line_start(text, same)
    start = line_start(text, min(saved, len(text)))
    if start == changed or line_end(text, start) + 1 == changed:
        return min(saved, last_char(text, start))
    return first_word(text, changed)


def _target(now: Pressed, key: str, count: int, command: Command, *, operator: bool) -> Motion | None:
    """Where a motion leads; None where it cannot be made."""
    text, at = now.text, now.cursor
    if key in "l$" and now.vim.mode != "normal":  # a selection may take the line's end too
        line = line_at(text, line_number(text, at) + count - 1)
        return Motion(min(line_end(text, at), at + count) if key == "l" else line_end(text, line))
    if key in MOTIONS:
        return MOTIONS[key](text, at, count, operator)
    if key in "jk":
        return _vertical(now, count if key == "j" else -count)
    if key in ("G", "gg"):
        last = line_number(text, len(text))
        number = count - 1 if command.counted else (last if key == "G" else 0)
        return Motion(first_word(text, line_at(text, number)), lines=True)
    find = Find(key, command.char) if key in _FINDS else now.vim.find
    if find is None:
        return None
    if key == ",":
        find = replace(find, key=find.key.swapcase())
    to = found(text, at, find, count, again=key in ";,")
    return None if to is None else Motion(to, inclusive=find.key in "ft")


def _vertical(now: Pressed, step: int) -> Motion | None:
    text, at, wish = now.text, now.cursor, now.vim.wish
    here, last = line_number(text, at), line_number(text, len(text))
    number = max(0, min(here + step, last))
    if number == here:
        return None
    column = wish if wish >= 0 else at - line_start(text, at)
    start = line_at(text, number)
    return Motion(min(start + column, _last(now, start)), lines=True)


def _last(now: Pressed, at: int) -> int:
    """Where the cursor can be in a line; a selection may take the line's end too."""
    return last_char(now.text, at) if now.vim.mode == "normal" else line_end(now.text, at)


def _found_key(vim: Vim, key: str, char: str) -> Vim:
    return replace(vim, find=Find(key, char)) if key in _FINDS else vim


def move(now: Pressed, command: Command) -> Pressed:
    """A motion on its own."""
    key, text = command.key, now.text
    motion = _target(now, key, command.times, command, operator=False)
    vim = _found_key(now.vim, key, command.char)
    if motion is None:
        edge = {"k": ("older",), "j": ("newer",)}.get(key, ()) if vim.mode == "normal" else ()
        return replace(now, vim=vim, effects=edge)
    wish = FAR if key == "$" else -1
    if key in "jk":
        wish = vim.wish if vim.wish >= 0 else now.cursor - line_start(text, now.cursor)
    return Pressed(text, min(motion.to, _last(now, motion.to)), replace(vim, wish=wish))


def _span(now: Pressed, command: Command) -> Span | None:
    """What an operator works on."""
    text, at, motion = now.text, now.cursor, command.motion
    if motion == command.key:
        count = command.times - 1
        last = line_number(text, len(text)) - line_number(text, at)
        return None if count and not last else Span(at, line_at(text, line_number(text, at) + min(count, last)), True)
    if len(motion) == 2 and motion != "gg":
        reach = text_object(text, at, motion[0] == "a", motion[1], command.times)
        return None if reach is None else Span(*reach)
    if command.key == "c" and motion in "wW" and kind(text, at, big=True):
        end = word_end(text, at, command.times, big=motion == "W", stay=True)
        return edits.span_of(text, at, Motion(min(end, last_char(text, end)), inclusive=True))
    to = _target(now, motion, command.times, command, operator=True)
    return None if to is None else edits.span_of(text, at, to)


def _operate(now: Pressed, typed: Command, command: Command) -> Pressed:
    span = _span(now, command)
    now = replace(now, vim=_found_key(now.vim, command.motion, command.char))
    return now if span is None else operate_on(now, typed, command.key, span)


def operate_on(now: Pressed, command: Command, operator: str, span: Span) -> Pressed:
    """Delete, change or yank; the register gets it."""
    text, vim = now.text, now.vim
    if operator == "d":
        span = edits.deletion(text, span)
    empty = span.start == span.end and not span.lines
    if operator == "d" and empty:
        return now
    if not empty or operator == "y":
        vim = replace(vim, register=edits.taken(text, span))
    vim = replace(vim, wish=-1)
    if operator == "y":
        return Pressed(text, span.start, vim)
    if operator == "c":
        return insert(replace(now, vim=vim), command, *edits.emptied(text, span))
    return changed(now, vim, command, *edits.deleted(text, span))


def changed(now: Pressed, vim: Vim, command: Command, text: str, cursor: int) -> Pressed:
    """A change that is over: it can be undone, and done again."""
    if text != now.text:
        vim = replace(vim, undo=kept(vim.undo, (now.text, now.cursor)), redo=())
    return Pressed(text, cursor, replace(vim, change=command, mode="normal", wish=-1))


def _change(now: Pressed, command: Command) -> Pressed:
    text, at, count = now.text, now.cursor, command.times
    if command.key in "iIaAoO":
        return begin(now, command)
    if command.key in "pP":
        done = edits.put(text, at, now.vim.register, count, before=command.key == "P")
    elif command.key == "~":
        done = edits.toggled(text, at, count)
    else:
        made = edits.joined(text, at, count) if command.key == "J" else edits.overwritten(text, at, command.char, count)
        if made is None:
            return now
        done = made
    return changed(now, now.vim, command, *done)
