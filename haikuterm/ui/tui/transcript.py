"""Owns the transcript widget: what was said, one row of it at a time, however long it grows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, ClassVar, TypeVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from haikuterm.core.changes import FileChange
from haikuterm.core.diff import FileDiff
from haikuterm.ui.theme import DEFAULT, Theme, load
from haikuterm.ui.tui import selecting
from haikuterm.ui.tui.entries import Entry, Kind, Looks
from haikuterm.ui.tui.roll import Place, Roll
from haikuterm.ui.tui.side_colors import SideColors
from haikuterm.ui.tui.strips import dress, ground_of, strip_of

__all__ = ["Kind", "Transcript"]

T = TypeVar("T")
FRAME = 1 / 30  # seconds between two looks at streamed text
CALM = 8  # how many times as long as drawing took the transcript leaves the machine to others
LONGEST = 1.0  # seconds that streamed text waits at most


class Transcript(ScrollView, can_focus=True):
    """The conversation: one widget that draws only the rows on the screen.

    It follows the end until the reader scrolls away, stays put then and posts Unseen; End follows again.
    """

    DEFAULT_CSS = """
    Transcript { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Line up", show=False),
        Binding("down,j", "scroll_down", "Line down", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("home,g", "scroll_home", "Top", show=False),
        Binding("end,G", "scroll_end", "End, and follow", show=False),
    ]

    class Unseen(Message):
        """There are so many new rows below the screen; 0 when the reader has come to the end."""

        def __init__(self, lines: int) -> None:
            super().__init__()
            self.lines = lines

    def __init__(self, theme: Theme | None = None, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id, classes=classes)
        self._theme = theme or load(DEFAULT)
        self._ground = ground_of(self._theme)
        self._roll = Roll(Looks(self._theme))
        self._following = True
        self._place: Place = (0, 0)  # what stands at the top of the screen
        self._pending: list[str] = []
        self._due = self._moving = False
        self._drawn_at = self._pause = 0.0
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
        self._wake()

    def open(self, kind: Kind = "reply", label: str = "") -> int:
        """A live entry at the end, after sealing the one before; returns its index."""
        self.seal()
        self._wake()
        return self._grown(lambda: self._roll.open(Entry(kind, "", label)))

    def feed(self, text: str) -> None:
        """More of the live entry (a reply is opened if there is none); shown with the next frame."""
        if self._roll.live is None:
            self.open()
        self._pending.append(text)
        self._wake()

    def seal(self) -> None:
        """The live entry is finished; nothing happens if there is none."""
        if self._roll.live is not None:
            self._take()
            self._grown(self._roll.seal)
            self._wake()

    def replace(self, index: int, text: str) -> None:
        """Another text for an entry: a tool line that got its result."""
        self._take()
        self._grown(lambda: self._roll.replace(index, text))
        self._wake()

    def wipe(self) -> None:
        """Forget all entries."""
        self._roll = Roll(Looks(self._theme))
        self._pending.clear()
        self._following, self._place = True, (0, 0)
        if self.is_attached:
            self.screen.clear_selection()
        self._tell(0)
        self._wake()

    def source(self, index: int) -> str:
        """The text of an entry as it was given."""
        self._take()
        return self._roll.entries[index].text

    def last_reply(self) -> str:
        """The source of the last reply, "" if there is none."""
        self._take()
        return next((entry.text for entry in reversed(self._roll.entries) if entry.kind == "reply"), "")

    @property
    def following(self) -> bool:
        """Whether the screen moves with the end of the text."""
        return self._following

    def set_theme(self, theme: Theme) -> None:
        """Other colours for everything, also for what has been said."""
        self._theme, self._ground = theme, ground_of(theme)
        self._roll.restyle(Looks(theme))
        if self.is_attached:
            dress(self, self._theme)
            self.refresh()

    def on_mount(self) -> None:
        """Put on the theme and show what was added before there was a screen."""
        dress(self, self._theme)
        self._wake()

    def on_resize(self, _: Resize) -> None:
        """Wrap anew; what stood at the top stays there, or the end at the end."""
        self._settle()

    def on_click(self, event: Click) -> None:
        """A double click selects the entry under it."""
        offset = event.get_content_offset(self)
        place = self._roll.place(self.scroll_offset.y + offset.y) if offset and event.chain == 2 else None
        if place:
            event.prevent_default()  # Textual's own answer selects the whole conversation
            self.screen.selections = {self: selecting.entry(place[0])}

    def action_scroll_end(self) -> None:
        """Show the end and follow it from now on."""
        self._following = True
        self._settle()

    def action_scroll_home(self) -> None:
        """Show the beginning."""
        self._following, self._place = False, (0, 0)
        self._settle()

    def scroll_to(self, x: float | None = None, y: float | None = None, **options: Any) -> None:
        """Scroll at once: a moving aim and heights that get corrected on the way do not go together."""
        super().scroll_to(x, y, **(options | {"animate": False}))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Textual scrolls by rows; the place at the top of the screen says what is meant."""
        rows = round(new_value) - round(old_value)
        if rows and not self._moving:
            height = self.scrollable_content_region.height
            self._place = self._roll.moved(self._place, rows, height)
            self._move(self._roll.at(self._place, height))
        super().watch_scroll_y(old_value, self.scroll_y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, and what ends it."""
        return selecting.copied(self._roll, selection), "\n"

    def render_line(self, y: int) -> Strip:
        """The row at y of the screen; its offsets name the entry, so that a selection stays with its text."""
        place = self._roll.place(self.scroll_offset.y + y)
        if place is None:
            return Strip.blank(self._roll.width, self._ground).apply_offsets(0, selecting.code((len(self._roll), 0)))
        drawn, row, code = self._roll.drawn(place[0]), place[1], selecting.code(place)
        strip = drawn.strips.get(row)
        if strip is None:
            strip = drawn.strips[row] = strip_of(drawn.lines[row], self._roll.width, self._ground)
        selection = self.text_selection
        if selection and (span := selection.get_span(code)):
            style = Style.parse(self._theme.style("selection"))
            strip = Strip(selecting.painted(list(strip), *span, style), self._roll.width)
        return strip.apply_offsets(0, code)

    def _add(self, entry: Entry) -> int:
        self._wake()
        return self._grown(lambda: self._roll.add(entry))

    def _grown(self, change: Callable[[], T]) -> T:
        """Make a change; rows that come while the reader looks elsewhere are unseen."""
        before = self._roll.total
        result = change()
        if not self._following:
            self._tell(self._unseen + max(0, self._roll.total - before))
        return result

    def _take(self) -> None:
        """Hand the text that has come since the last frame to the live entry."""
        if self._pending:
            text = "".join(self._pending)
            self._pending.clear()
            self._grown(lambda: self._roll.feed(text))

    def _wake(self) -> None:
        """Ask for one frame, not before the last one has paid off; between frames no timer runs."""
        if self._due or not self.is_attached:
            return
        self._due = True
        wait = self._drawn_at + self._pause - monotonic()
        if wait > 0:
            self.set_timer(wait, self._frame)
        else:
            self.call_later(self._frame)

    def _frame(self) -> None:
        self._due = False
        started = monotonic()
        self._take()
        self._settle()
        self._drawn_at = monotonic()
        self._pause = min(max(FRAME, CALM * (self._drawn_at - started)), LONGEST)

    def _settle(self) -> None:
        """Bring the screen to the end, or to the place that the reader looks at."""
        size = self.scrollable_content_region.size
        if not size:
            return
        if size.width != self._roll.width:
            self._rewrap(size.width)
        self._move(self._roll.end(size.height) if self._following else self._roll.at(self._place, size.height))

    def _rewrap(self, width: int) -> None:
        index, row = self._place
        before = self._roll.height(index) if row and index < len(self._roll) else 0
        self._roll.resize(width)
        if before:
            self._place = (index, row * self._roll.height(index) // before)
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
        self._following = y >= total - size.height
        self._place = self._roll.place(y) or (0, 0)
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
