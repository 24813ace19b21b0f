"""The list of a screen's keys, by groups; typing narrows it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.widgets import Static

from haikuterm.core.guard import visible_line
from haikuterm.ui.keymap import grouped
from haikuterm.ui.tui.keys import Key as KeyRow
from haikuterm.ui.tui.once import OnceScreen

_SCROLL = {"up": "up", "down": "down", "pageup": "page_up", "pagedown": "page_down", "home": "home", "end": "end"}


class KeyList(OnceScreen[None]):
    """What the keys of a screen do."""

    AUTO_FOCUS = ""

    def __init__(self, keys: Sequence[KeyRow], hint: str = "Esc leaves · /help lists the commands") -> None:
        super().__init__()
        self._keys, self._hint, self._query = keys, hint, ""
        self._width = max(cell_len(key.shown) for key in keys)
        self._filter, self._list = Static(id="filter"), Static()

    def compose(self) -> ComposeResult:
        """What is searched for, and the rows in two columns."""
        with Vertical(classes="box") as box:
            box.border_title = Content("Keys")
            box.border_subtitle = Content(self._hint)
            yield self._filter
            with VerticalScroll(can_focus=False):
                yield self._list

    def on_mount(self) -> None:
        """Show all of them."""
        self._narrow("")

    def _narrow(self, query: str) -> None:
        self._query = query
        words = query.lower().split()
        rows = [
            (key.group, key.shown, key.does)
            for key in self._keys
            if all(word in f"{key.shown} {key.does} {key.group}".lower() for word in words)
        ]
        lines: list[Content] = []
        for group, found in grouped(rows).items():
            lines += [Content.styled(group, "bold $hk-text")] * bool(group)
            lines += [self._row(shown, does) for shown, does in found]
        self._list.update(Content("\n").join(lines or [Content.styled("nothing like that", "$hk-muted")]))
        empty = Content.styled("type to search", "$hk-muted")
        self._filter.update(Content.assemble("› ", visible_line(query), "▏") if query else empty)

    def _row(self, shown: str, does: str) -> Content:
        keys = shown + " " * (self._width - cell_len(shown))
        return Content.assemble("  ", (keys, "bold $hk-accent"), "  ", (visible_line(does), "$hk-text"))

    def on_key(self, event: Key) -> None:
        """Scroll, search, or go."""
        event.stop()
        if event.key in _SCROLL:
            getattr(self.query_one(VerticalScroll), f"scroll_{_SCROLL[event.key]}")(animate=False)
        elif event.key == "backspace":
            self._narrow(self._query[:-1])
        elif event.key == "ctrl+u":
            self._narrow("")
        elif event.is_printable and event.character and (self._query or event.character not in " ?"):
            self._narrow(self._query + event.character)
        elif not event.is_printable or event.character == "?":
            self.answer(None)
