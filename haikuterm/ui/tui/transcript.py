"""Owns the transcript widget: what was said, one row of it at a time, however long it grows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from rich.style import Style
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from haikuterm.core.changes import FileChange
from haikuterm.core.diff import FileDiff
from haikuterm.ui.theme import DEFAULT, Theme, load
from haikuterm.ui.tui import calm, selecting
from haikuterm.ui.tui.code_rows import Code
from haikuterm.ui.tui.entries import Entry, Kind, Looks
from haikuterm.ui.tui.folding import View
from haikuterm.ui.tui.inking import Inking
from haikuterm.ui.tui.pace import Pace
from haikuterm.ui.tui.prefetch import Prefetch
from haikuterm.ui.tui.rewrapped import found_again
from haikuterm.ui.tui.roll import Place, Roll
from haikuterm.ui.tui.side_colors import SideColors
from haikuterm.ui.tui.steady import SteadyView
from haikuterm.ui.tui.strips import dress, ground_of, strip_of

__all__ = ["Kind", "Transcript"]

T = TypeVar("T")


class Transcript(SteadyView, can_focus=True):
    """The conversation: one widget that draws only the rows on the screen.

    It follows the end until the reader scrolls away, stays put then and posts Unseen; End follows again.
    top: the place at the top of the screen. marks: what is painted on the row at a place.
    """

    DEFAULT_CSS = """
    Transcript { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; height: 1fr; }
    """

    class Pressed(Message):
        """The reader clicked on a row, and selected nothing."""

        def __init__(self, place: Place) -> None:
            super().__init__()
            self.place = place

    class Unseen(Message):
        """There are so many new rows below the screen; 0 when the reader has come to the end."""

        def __init__(self, lines: int) -> None:
            super().__init__()
            self.lines = lines

    def __init__(self, theme: Theme | None = None, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id, classes=classes)
        self.theme = theme or load(DEFAULT)
        self._ground = ground_of(self.theme)
        self._inking = Inking(partial(self.run_worker, group="ink"), self._inked)
        self._roll = Roll(Looks(self.theme, View(), self._inking.want))
        self.marks: Callable[[Place], Iterable[selecting.Mark]] = lambda _: ()
        self.following = True
        self.top: Place = (0, 0)
        self._pending: list[str] = []
        self._moving = False
        self.pace = Pace(self, self._settle)
        self.prefetch = Prefetch(self.call_after_refresh, self._settle)
        self._unseen = 0

    def add(self, kind: Kind, text: str, label: str = "") -> int:
        """A finished entry; returns its index. "reply" and "document" are Markdown, other kinds plain text."""
        return self._add(Entry(kind, text, label))

    def add_diff(self, diff: FileDiff, change: FileChange | None = None) -> int:
        """A file's change; returns the entry's index. change: the whole file, for the colours of its code."""
        entry = Entry("diff", diff.unified(), diff=diff)
        if change is not None:
            entry.colors = SideColors(change, lambda colors: self.run_worker(self._color(entry, colors), group="color"))
        return self._add(entry)

    async def _color(self, entry: Entry, colors: SideColors) -> None:
        """Lex the code of a diff aside, then draw it again."""
        await asyncio.to_thread(colors.lex)
        self._roll.repaint(entry)
        self.pace.want()

    def open(self, kind: Kind = "reply", label: str = "") -> int:
        """A live entry at the end, after sealing the one before; returns its index."""
        self.seal()
        calm.settle()
        self.pace.want()
        return self._grown(lambda: self._roll.open(Entry(kind, "", label)))

    def feed(self, text: str) -> None:
        """More of the live entry (a reply is opened if there is none); shown with the next frame."""
        if self._roll.live is None:
            self.open()
        self._pending.append(text)
        self.pace.want()

    def seal(self) -> None:
        """The live entry is finished; nothing happens if there is none."""
        if self._roll.live is not None:
            self._take()
            self._grown(self._roll.seal)
            self.pace.hurry()

    def replace(self, index: int, text: str, more: str = "") -> None:
        """Another text for an entry: a tool line that got its result. more: what the tool said in full."""
        self._take()
        self._grown(lambda: self._roll.replace(index, text, more))
        self.pace.want()

    def wipe(self) -> None:
        """Forget all entries."""
        self._roll = Roll(self._roll.looks)
        self._pending.clear()
        self.following, self.top = True, (0, 0)
        if self.is_attached:
            self.screen.clear_selection()
        self._tell(0)
        self.pace.want()

    def source(self, index: int) -> str:
        """The text of an entry as it was given."""
        return self.roll.entries[index].text

    def set_theme(self, theme: Theme) -> None:
        """Other colours for everything, also for what has been said."""
        self.theme, self._ground = theme, ground_of(theme)
        self._roll.restyle(Looks(theme, self.view, self._inking.want))
        if self.is_attached:
            dress(self, self.theme)
            self.refresh()

    def on_mount(self) -> None:
        """Put on the theme and show what was added before there was a screen."""
        dress(self, self.theme)
        self.pace.want()

    def on_resize(self, _: Resize) -> None:
        """Wrap anew; what stood at the top stays there, or the end at the end."""
        self._settle()

    @property
    def roll(self) -> Roll:
        """The entries and their rows, everything that has come included."""
        self._take()
        return self._roll

    @property
    def view(self) -> View:
        """What is folded, and whether turns have stamps."""
        return self._roll.looks.view

    def stay(self, place: Place | None = None) -> None:
        """Draw again what has changed in its shape; the end stays at the end, or this place comes to the top."""
        if place is not None:
            self.following, self.top = False, place
        self._settle()

    def on_click(self, event: Click) -> None:
        """A double click selects the entry under it; who handles Pressed may know what one click is for."""
        offset = event.get_content_offset(self)
        if not offset or not (place := self._place(offset.y)):
            return
        if event.chain == 2:
            event.prevent_default()  # Textual's own answer selects the whole conversation
            self.screen.selections = {self: selecting.entry(place[0])}
        elif event.chain == 1 and not self.text_selection:
            self.post_message(self.Pressed(place))

    def action_scroll_end(self) -> None:
        """Show the end and follow it from now on."""
        self.following = True
        self._settle()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Textual scrolls by rows; the place at the top of the screen says what is meant."""
        rows = round(new_value) - round(old_value)
        if rows and not self._moving:
            height = self.scrollable_content_region.height
            if self.following and new_value >= self.virtual_size.height - height:
                self._settle()  # a higher window at the end of what Textual knows of: more may have come since
            else:
                self.top = self._roll.moved(self.top, rows, height)
                self._move(self._roll.at(self.top, height))
        super().watch_scroll_y(old_value, self.scroll_y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, and what ends it."""
        return selecting.copied(self._roll, selection), "\n"

    def render_line(self, y: int) -> Strip:
        """The row at y of the screen; its offsets name the entry, so that a selection stays with its text."""
        place = self._place(y)
        return self.row(y).apply_offsets(0, selecting.code(place or (len(self._roll), 0)))

    def row(self, y: int) -> Strip:
        """The row at y of the screen as it is drawn."""
        if (place := self._place(y)) is None:
            return Strip.blank(self._roll.width, self._ground)
        strip = self._roll.strip(place, partial(strip_of, width=self._roll.width, ground=self._ground))
        marks = list(self.marks(place))
        selection = self.text_selection
        if selection and (span := selection.get_span(selecting.code(place))):
            marks.append((*span, Style.parse(self.theme.style("selection"))))
        return selecting.marked(strip, marks) if marks else strip

    def _place(self, y: int) -> Place | None:
        """What stands at row y of the screen; whatever turns out about heights above, the screen begins with `top`."""
        return self._roll.place(self._roll.row(self.top) + y)

    def _inked(self, code: Code) -> None:
        self._roll.ink(code)
        self.pace.want()

    def _add(self, entry: Entry) -> int:
        self.pace.want()
        return self._grown(lambda: self._roll.add(entry))

    def _grown(self, change: Callable[[], T]) -> T:
        """Make a change; rows that come while the reader looks elsewhere are unseen."""
        before = self._roll.total
        result = change()
        if not self.following:
            self._tell(self._unseen + max(0, self._roll.total - before))
        return result

    def _take(self) -> None:
        """Hand the text that has come since the last frame to the live entry."""
        if self._pending:
            text = "".join(self._pending)
            self._pending.clear()
            self._grown(lambda: self._roll.feed(text))

    def _settle(self) -> None:
        """Bring the screen to the end, or to the place that the reader looks at, with all that has come."""
        self._take()
        size = self.scrollable_content_region.size
        if not size:
            return
        if size.width != self._roll.width:
            self._rewrap(size.width)
        self._move(self._roll.end(size.height) if self.following else self._roll.at(self.top, size.height))

    def _rewrap(self, width: int) -> None:
        """Wrap anew; the line at the top stays there, and of a long one about the same part."""
        (index, row), roll = self.top, self._roll
        before = roll.drawn(index).lines if row and index < len(roll) else []
        roll.resize(width)
        if before:
            self.top = (index, found_again(row, before, roll.drawn(index).lines))
        if self.text_selection:
            self.screen.clear_selection()

    def _move(self, y: int) -> None:
        """Put row y of the roll at the top; without a relayout, which setting virtual_size would start."""
        size, total, before = self.scrollable_content_region.size, self._roll.total, round(self.scroll_y)
        self.set_reactive(Widget.virtual_size, Size(size.width, total))
        self.vertical_scrollbar.window_virtual_size = total
        self._moving = True
        self.scroll_y = self.scroll_target_y = y
        self._moving = False
        self.following = y >= total - size.height
        self.top = self._roll.place(y) or (0, 0)
        self.prefetch.moved(self._roll, self.top, size.height, following=self.following)
        self._tell(min(self._unseen, max(0, total - y - size.height)))
        row = max(0, self._roll.changed() - y)
        if y != before:
            self.refresh()
        elif row < size.height:
            self.refresh(Region(0, row, size.width, size.height - row))

    def _tell(self, unseen: int) -> None:
        if unseen != self._unseen:
            self._unseen = unseen
            self.post_message(self.Unseen(unseen))
