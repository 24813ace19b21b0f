"""The list of a screen's keys, by groups; typing narrows it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from haikuterm.core.guard import visible_line
from haikuterm.ui.keymap import grouped
from haikuterm.ui.tui.keys import Key as KeyRow
from haikuterm.ui.tui.once import OnceScreen

_SCROLL = {"up": "up", "down": "down", "pageup": "page_up", "pagedown": "page_down", "home": "home", "end": "end"}
BESIDE = 24  # cells for what a key does, so that it stands beside the key; where there are fewer, it stands below


class Rows(Widget):
    """Keys and what they do, in two columns, or below each other where it is narrow."""

    def __init__(self, keys: Sequence[KeyRow]) -> None:
        super().__init__()
        self._keys = keys
        self._column = 2 + max(cell_len(key.shown) for key in keys) + 2

    def show(self, keys: Sequence[KeyRow]) -> None:
        """Show only these of them."""
        self._keys = keys
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  # Textual gives them
        """As many lines as there are at this width."""
        return len(self._lines(width))

    def render(self) -> Content:
        """All of them."""
        return Content("\n").join(self._lines(self.content_size.width))

    def _lines(self, width: int) -> list[Content]:
        lines: list[Content] = []
        for group, rows in grouped((key.group, key.shown, key.does) for key in self._keys).items():
            lines += [Content.styled(group, "bold $hk-text")] * bool(group)
            for shown, does in rows:
                lines += self._row(shown, visible_line(does), width)
        return lines or [Content.styled("nothing like that", "$hk-muted")]

    def _row(self, shown: str, does: str, width: int) -> list[Content]:
        """What does not fit into a line goes on beneath its own beginning."""
        beside = width - self._column >= BESIDE
        left = self._column if beside else 4
        wrapped = Content.styled(does, "$hk-text").wrap(max(1, width - left))
        keys = Content.assemble("  ", (shown, "bold $hk-accent"))
        below = [Content.assemble(" " * left, line) for line in wrapped]
        if not beside:
            return [keys, *below]
        return [Content.assemble(keys, " " * (left - keys.cell_length), wrapped[0]), *below[1:]]


class KeyList(OnceScreen[None]):
    """What the keys of a screen do."""

    AUTO_FOCUS = ""

    def __init__(self, keys: Sequence[KeyRow], hint: str = "Esc leaves · /help lists the commands") -> None:
        super().__init__()
        self._keys, self._hint, self._query = keys, hint, ""
        self._filter, self._rows = Static(id="filter"), Rows(keys)

    def compose(self) -> ComposeResult:
        """What is searched for, and the rows."""
        with Vertical(classes="box") as box:
            box.border_title = Content("Keys")
            box.border_subtitle = Content(self._hint)
            yield self._filter
            with VerticalScroll(can_focus=False):
                yield self._rows

    def on_mount(self) -> None:
        """Show all of them."""
        self._narrow("")

    def _narrow(self, query: str) -> None:
        self._query = query
        words = query.lower().split()
        held = [f"{key.shown} {key.does} {key.group}".lower() for key in self._keys]
        self._rows.show([key for key, row in zip(self._keys, held, strict=True) if all(word in row for word in words)])
        empty = Content.styled("type to search", "$hk-muted")
        self._filter.update(Content.assemble("› ", visible_line(query), "▏") if query else empty)

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
