"""The keys of the input as every face shows them: the table of core/keymap with the user's own keys laid over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from haikuterm.core.guard import visible_line
from haikuterm.core.keymap import ACTIONS, Action

Pairs = tuple[tuple[str, str], ...]
OWN = "Your own"
_WORDS = {"pageup": "PageUp", "pagedown": "PageDown", "escape": "Esc"}

# What begins a line or a word in the input; no keys of their own, but rows of the help.
SIGNS = (
    ("/", "a command"),
    ("@", "attach a file, a folder or a glob"),
    ("!", "run a command in your shell"),
    ("!!", "the same; its output stays with you"),
    ("\\ Enter", "new line, in any terminal"),
)


@dataclass(frozen=True, slots=True)
class Bound:
    """An action with the keys it has now."""

    action: Action
    keys: tuple[str, ...]

    @property
    def shown(self) -> str:
        """Its keys as the help writes them."""
        return ", ".join(map(shown, self.keys))


def bound(own: Pairs = (), *, inline: bool = False) -> tuple[Bound, ...]:
    """Every action of a face with its keys, those without a key too; then the commands that the user gave keys."""
    given = dict(own)
    rows = []
    for action in ACTIONS:
        keys = [key for key in action.keys if key not in given]
        keys += [key for key, name in own if name == action.name]
        rows.append(Bound(action, tuple(keys)))
    for line in dict.fromkeys(name for name in given.values() if name.startswith("/")):
        keys = [key for key, name in own if name == line]
        rows.append(Bound(Action(line, (), visible_line(line), OWN, inline=True), tuple(keys)))
    return tuple(row for row in rows if row.action.inline or not inline)


def taken_away(own: Pairs) -> tuple[str, ...]:
    """The keys that shall do nothing."""
    return tuple(key for key, name in own if not name)


def shown(key: str) -> str:
    """A key as people write it: "ctrl+pageup" -> "Ctrl+PageUp"."""
    return " ".join("+".join(_WORDS.get(part, part.capitalize()) for part in each.split("+")) for each in key.split())


def grouped(rows: Iterable[tuple[str, str, str]]) -> Mapping[str, list[tuple[str, str]]]:
    """Rows of group, keys and meaning by their group, in the order in which the groups come."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for group, keys, does in rows:
        groups.setdefault(group, []).append((keys, does))
    return groups
