"""Writes docs/keys.md from the tables of keys: `python -m haikuterm.ui.tui.keys_page > docs/keys.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from haikuterm.core.keymap import BY_NAME
from haikuterm.ui.tui.keys import DIFF_KEYS, HISTORY_KEYS, LIST_KEYS, READING_KEYS, Key, composer_keys

_OPENING = """# Keys

This page is written by `python -m haikuterm.ui.tui.keys_page` from the tables that drive the keys. `?` on an empty
input, or F1, shows the same; type there to search. `/help` lists the commands, and F2 or Alt+X both: commands and
actions with their keys, narrowed as you type; Enter runs one, or puts it into the input where it needs an argument.

Why F2 and Alt+X: Ctrl+P and Ctrl+N are earlier and later prompts, as in shells; Ctrl+K deletes to the line's end, as
in readline; Ctrl+Space changes the keyboard's language in many places. F2 is free nearly everywhere (byobu takes it),
Alt+X is this list in Emacs.
"""

_OWN = """## Your own keys
In the settings file (`haikuterm config path`), as a table:

```toml
[keys]
"ctrl+k" = "clear_draft"     # an action of the tables above
"f5" = "/lint"               # a command; one that ends with a blank is put into the input
"ctrl+x ctrl+l" = "redraw"   # two keys, one after the other
"ctrl+l" = ""                # takes a key away
```

A key is written with `ctrl+`, `alt+`, `shift+` and its name: a letter, `f1` to `f12`, `enter`, `tab`, `up`, `pageup`
and so on. Keys that terminals cannot tell apart (`ctrl+i` is Tab, `ctrl+m` is Enter), letters without Ctrl or Alt, and
misspelt names are refused with file and line. Escape and Ctrl+C keep their meaning, and something must send. Your keys
are added to those that an action has. A repository's file sets keys only once you trust it.
"""

_VIM = """## Vim's keys
`/vim` turns them on and off, `vim = true` in the settings for good. A prompt begins in INSERT; Esc goes to NORMAL, and
the frame of the input says which it is. In the inline face they are prompt_toolkit's.

- move: `h j k l w b e W B E 0 ^ $ gg G f F t T ; ,`, with counts; `j` and `k` at the edges go to earlier and later
  prompts
- change: `x X r ~ J p P dd cc yy D C Y s S`, `d c y` with motions and `iw aw i" a" i( a( ib i[ i{` and the like, `.`
- insert: `i I a A o O`; `u` and Ctrl+R undo and redo whole changes
- select: `v V`, then motions, text objects, `o`, and `d c y p ~ u U r J`

Enter sends in NORMAL too, as in shells with vi keys; use `o` or Ctrl+J for a new line. Esc in NORMAL with nothing
begun is the usual Esc: it stops the turn. Ctrl keys and F keys mean the same in every mode, but Ctrl+R. Alt and a
letter is Esc and that letter, for terminals send both alike; Alt keys of your own stay yours. One register, no macros,
no marks, no search; columns are counted in characters.
"""

_LISTS = """## Lists
Themes, models, conversations, commands: letters narrow the list. In a question with six rows or fewer, a letter goes to
the row that begins so, as `n` to "No", and a number to that row; Enter takes it.

"""


def page() -> str:
    """The whole page."""
    parts = [
        _OPENING,
        "## Input\nThe last column says which the inline face has too; the rest of its keys are readline's.\n",
        _groups(composer_keys(every=True)),
        _OWN,
        _VIM,
        "## Approving changes\n" + _rows(DIFF_KEYS),
        _LISTS + _rows(LIST_KEYS),
        "## Searching earlier prompts\n" + _rows(HISTORY_KEYS),
        "## The conversation, where it has the focus\n" + _rows(READING_KEYS),
    ]
    return "\n".join(parts)


def _groups(keys: Iterable[Key]) -> str:
    groups: dict[str, list[tuple[str, ...]]] = {}
    for key in keys:
        name = f"`{key.name}`" if key.name else ""
        inline = "yes" if not key.name or BY_NAME[key.name].inline else ""
        groups.setdefault(key.group, []).append((key.shown, key.does, name, inline))
    head = ("key", "what it does", "action", "inline")
    return "\n".join(f"### {group}\n{_table(head, rows)}" for group, rows in groups.items())


def _rows(keys: Iterable[Key]) -> str:
    return _table(("key", "what it does"), ((key.shown, key.does) for key in keys))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
