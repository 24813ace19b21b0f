"""The list of ways to go on that floats above the composer."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from haikuterm.core.guard import visible_line
from haikuterm.engine.status import Completion, Completions
from haikuterm.ui.tui.palette import chosen

SHELL = "!"  # begins a line for the shell
ROWS = 8
GIVE_WAY = 0.001  # seconds after which the thread that looks lets keys and drawing go on; Python's own are 0.005
WIDE = 60  # cells in which there is room for descriptions beside long names


class Popup(Widget):
    """Shows completions, one of which is chosen; hidden while there are none."""

    class Chosen(Message):
        """A row was clicked."""

    def __init__(self) -> None:
        super().__init__(id="popup")
        self.offer = Completions(0)
        self.index = 0
        self.moved = False
        self.display = False

    def show(self, offer: Completions) -> None:
        """Show these instead; none closes the list. The screen is laid out anew only for a list of another height."""
        if not (self.display or offer.items):
            return
        before = self._height
        self.offer, self.index, self.moved = offer, 0, False
        self.display = bool(offer.items)
        self.refresh(layout=self._height != before)

    def close(self) -> None:
        """Hide the list."""
        self.show(Completions(0))

    def move(self, step: int) -> None:
        """Choose another row; goes round at the ends."""
        self.index = (self.index + step) % len(self.offer.items)
        self.moved = True
        self.refresh()

    @property
    def chosen(self) -> Completion:
        """The row that is chosen; only while the list is open."""
        return self.offer.items[self.index]

    def takes_enter(self, before: str) -> bool:
        """Whether Enter means the list: a row was moved to, or what is typed is only the beginning of one.

        before: the text up to the cursor. In a line for the shell words are whole as they stand.
        """
        typed = before[self.offer.start :].rstrip()
        whole = before.startswith(SHELL) or any(item.text.rstrip() == typed for item in self.offer.items)
        return self.moved or bool(typed and not whole)

    def runs(self, before: str) -> bool:
        """Whether the chosen row is a command that needs no more; one that is only like what was typed is not run."""
        text = self.chosen.text
        is_command = self.offer.start == 0 and text.startswith("/") and not text.endswith(" ")
        return is_command and (self.moved or text.startswith(before))

    @property
    def first_row(self) -> int:
        """The index of the uppermost row in sight."""
        return max(0, min(self.index - self._rows // 2, len(self.offer.items) - self._rows))

    @property
    def _height(self) -> int:
        return min(len(self.offer.items), ROWS)

    @property
    def _rows(self) -> int:
        """How many of them are in sight; the last row says how many more there are."""
        count = len(self.offer.items)
        return count if count <= ROWS else ROWS - 1

    def render(self) -> Content:
        """The rows in sight: label and, dimmer, its note."""
        items = self.offer.items[self.first_row : self.first_row + self._rows]
        room = self.content_size.width
        width = max((cell_len(item.label) for item in items), default=0)
        width = min(width, room * 2 // 5) if room >= WIDE and any(item.note for item in items) else room - 1
        rows = [self._row(item, n == self.index, width) for n, item in enumerate(items, self.first_row)]
        if more := len(self.offer.items) - len(items):
            rows.append(Content.styled(f" … {more} more", "$hk-muted"))
        return Content("\n").join(rows)

    def _row(self, item: Completion, is_chosen: bool, width: int) -> Content:
        """A row as wide as the list; where the labels need all of it, there are no notes. width: of the labels."""
        room = self.content_size.width
        row = Content.assemble(" ", Content(visible_line(item.label)).truncate(width, ellipsis=True, pad=True))
        if width < room - 1:
            row = Content.assemble(row, "  ", (visible_line(item.note), "" if is_chosen else "$hk-muted"))
        row = row.truncate(room, ellipsis=True, pad=True)
        return row.stylize(chosen(self.app.current_theme)) if is_chosen else row

    def on_click(self, event: Click) -> None:
        """Choose the row and tell so."""
        row = self.first_row + event.y
        if event.y < self._rows:
            self.index = row
            self.post_message(self.Chosen())


class Lookup:
    """Looks for completions in a thread; while one look goes on, only the latest state of the text waits for the next.

    show: gets text, cursor and what was found for them.
    """

    def __init__(self, show: Callable[[str, int, Completions], None]) -> None:
        self._show = show
        sys.setswitchinterval(GIVE_WAY)
        self._wanted: tuple[str, int] | None = None
        self._looking = False

    def want(self, text: str, cursor: int) -> bool:
        """Look for this next; True if nothing looks yet, so that the caller must start `run`."""
        self._wanted = (text, cursor)
        looking, self._looking = self._looking, True
        return not looking

    def forget(self) -> None:
        """Nothing is wanted any more."""
        self._wanted = None

    async def run(self, find: Callable[[str, int], Completions]) -> None:
        """Look until nothing waits."""
        try:
            while self._wanted:
                (text, cursor), self._wanted = self._wanted, None
                self._show(text, cursor, await asyncio.to_thread(find, text, cursor))
        finally:
            self._looking = False
