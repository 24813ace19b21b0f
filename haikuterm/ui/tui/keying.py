"""Owns which action a key of the composer means: the table's, TextArea's own or the user's; two-key ones too."""

from __future__ import annotations

from textual.binding import Binding
from textual.widgets import TextArea

from haikuterm.ui.keymap import Pairs
from haikuterm.ui.tui.keys import composer_actions, textual

# Textual runs bindings only after a key has bubbled up to the app, while letters go straight in: in a fast burst a
# Backspace lands behind the letters that follow it. So the editing keys of TextArea are run from the composer as well.
EDITING = {
    name.strip(): binding.action
    for binding in TextArea.BINDINGS
    if isinstance(binding, Binding)
    for name in binding.key.split(",")
}


class Keying:
    """The keys of one composer. own: pairs of key and action as the settings have them."""

    def __init__(self, own: Pairs = ()) -> None:
        self.own = own
        self._actions = composer_actions(own, EDITING)
        self._prefixes = {name.split()[0] for name in self._actions if " " in name}  # keys that wait for a second one
        self._prefix = ""

    def is_own(self, key: str) -> bool:
        """Whether the user gave this key its meaning."""
        return any(key in textual(own) for own, _ in self.own)

    def action(self, key: str, *, empty: bool, selected: bool) -> str | None:
        """What a key does: an action, "" for nothing, None for what is not ours, as letters.

        empty: whether nothing stands in the input. selected: whether something is: then Ctrl+X cuts it at once.
        """
        prefix, self._prefix = self._prefix, ""
        if key == "question_mark" and empty:
            return "ask('keys')"
        if key in self._prefixes and not selected:
            self._prefix = key
            return ""
        unknown = "" if key.startswith("alt+") else None  # what it would type is not what was meant
        return self._actions.get(f"{prefix} {key}", self._actions.get(key, unknown))
