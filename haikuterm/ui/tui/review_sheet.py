"""Owns a review as one long sheet: files, hunks and what was decided of them, the current hunk with a bar beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from rich.cells import cell_len
from rich.segment import Segment
from textual.events import Click, Resize
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from haikuterm.core.changes import FileChange
from haikuterm.core.diff import DELETED, NEW, DiffLine, Hunk, diff
from haikuterm.core.guard import visible_line
from haikuterm.core.review import Item, Review
from haikuterm.ui.theme import Theme
from haikuterm.ui.tui.diff_rows import NARROWEST, HunkRows, Shape, Stack, digits
from haikuterm.ui.tui.flow import Line, cut
from haikuterm.ui.tui.inks import Inks
from haikuterm.ui.tui.side_colors import SideColors
from haikuterm.ui.tui.strips import dress, ground_of, strip_of

WIDE = 120  # cells from which on the two sides of a change stand beside each other
BAR = "▌"


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of the sheet, and the item they belong to; None for what stands between items."""

    item: int | None
    lines: Sequence[Line]


class ReviewSheet(ScrollView, can_focus=False):
    """The whole of a proposal; only the rows in sight are drawn."""

    DEFAULT_CSS = """
    ReviewSheet { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; height: 1fr; }
    """

    ALLOW_SELECT = False  # Ctrl+C means "none of it" here

    class Looked(Message):
        """The end of one more hunk came into sight."""

    @dataclass
    class Taken(Message):
        """An item was clicked."""

        item: int

    def __init__(self, review: Review, look: Theme) -> None:
        super().__init__()
        self._review, self._look = review, look
        self._inks, self._ground = Inks(look), ground_of(look)
        self._colors = [SideColors(change, self._want) for change in review.proposal.files]
        self._digits = [digits(found.hunks) for found in review.diffs]
        self._split: bool | None = None  # None: as the width says
        self._width = 0
        self._parts: list[Part] = []
        self._stack = Stack(())
        self._bodies: dict[tuple[int, bool], tuple[Item, HunkRows]] = {}
        self._strips: dict[int, Strip] = {}
        self._seen: set[tuple[int, DiffLine | None]] = set()  # lines of hunks whose end was in sight, by file

    @property
    def unseen(self) -> int:
        """How many open items are there whose end was never in sight."""
        return sum(item.choice == "open" and _end(item) not in self._seen for item in self._review.items)

    def show(self, review: Review) -> None:
        """The review as it is now; its current item is brought into sight."""
        self._review = review
        self._build()
        self._bring()

    def turn(self) -> None:
        """Side by side instead of in one column, or the other way round."""
        self._split = not self.split
        self._reshape()

    @property
    def split(self) -> bool:
        """Whether the two sides stand beside each other."""
        wanted = self._width + 2 >= WIDE if self._split is None else self._split
        return wanted and self._width >= NARROWEST

    def on_mount(self) -> None:
        """The scroll bar in the colours of the theme."""
        dress(self, self._look)

    def on_resize(self, _: Resize) -> None:
        """Wrap anew; what stood at the top stays there."""
        width = self.scrollable_content_region.width - len(BAR)
        if width > 0 and width != self._width:
            first, self._width = not self._width, width
            self._reshape()
            if first:
                self._bring()
        self._note_seen()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other rows are in sight."""
        super().watch_scroll_y(old_value, new_value)
        self._note_seen()

    def _note_seen(self) -> None:
        """Note the items whose end is in sight."""
        top, more = round(self.scroll_y), False
        for (part, after), end in zip(pairwise([*self._parts, None]), self._stack.tops[1:], strict=True):
            if part is None or part.item is None or not top < end <= top + self.size.height:
                continue
            item = self._review.items[part.item]
            if (after is None or after.item is None) and _end(item) not in self._seen:
                self._seen |= {(item.file, line) for line in (item.hunk.lines if item.hunk else (None,))}
                more = True
        if more:
            self.post_message(self.Looked())

    def on_click(self, event: Click) -> None:
        """The hunk under the pointer."""
        row = self.scroll_offset.y + event.y
        if row < len(self._stack) and (item := self._parts[self._stack.find(row)[0]].item) is not None:
            self.post_message(self.Taken(item))

    def scroll_to(self, x: float | None = None, y: float | None = None, **options: Any) -> None:
        """Scroll at once."""
        super().scroll_to(x, y, **(options | {"animate": False}))

    def render_line(self, y: int) -> Strip:
        """The row at y of the screen."""
        row = self.scroll_offset.y + y
        if row >= len(self._stack) or not self._width:
            return Strip.blank(self.scrollable_content_region.width, self._ground)
        strip = self._strips.get(row)
        if strip is None:
            part, at = self._stack.find(row)
            mine = self._parts[part].item == self._review.at
            bar = Strip([Segment(BAR if mine else " ", self._inks.of["accent"] + self._ground)])
            line = strip_of(self._stack.parts[part][at], self._width, self._ground)
            strip = self._strips[row] = Strip.join([bar, line])
        return strip

    # From the review to rows

    def _reshape(self) -> None:
        """Other rows for the same review; the line at the top of the screen stays there."""
        if not self._width:
            return
        place = self._place(self.scroll_offset.y)
        self._bodies.clear()
        self._build()
        if place:
            item, line, row = place
            self.scroll_to(y=self._row(item, line) + row)

    def _place(self, row: int) -> tuple[int, int, int] | None:
        """Which item and which line of it stands at a row, and how many rows that row is away from it."""
        if not 0 < row < len(self._stack):
            return None
        part, at = self._stack.find(row)
        lines = self._parts[part].lines
        if isinstance(lines, HunkRows):
            return self._parts[part].item or 0, lines.line_at(at), 0
        item = next((p.item for p in self._parts[part:] if p.item is not None), 0)
        return item, -1, row - self._row(item, -1)

    def _row(self, item: int, line: int) -> int:
        """The row of an item's line; -1 stands for its head."""
        head = next(n for n, part in enumerate(self._parts) if part.item == item)
        lines = self._parts[head + 1].lines
        if line >= 0 and isinstance(lines, HunkRows):
            return self._stack.tops[head + 1] + lines.row_of(line)
        return self._stack.tops[head]

    def _build(self) -> None:
        if not self._width:
            return
        self._parts = list(self._made())
        self._stack = Stack([part.lines for part in self._parts])
        self._strips.clear()
        self.virtual_size = Size(self._width + len(BAR), len(self._stack))
        self._note_seen()
        self.refresh()

    def _bring(self) -> None:
        """Scroll the current item into sight, with what stands above it."""
        if not self._width:
            return
        head = next(n for n, part in enumerate(self._parts) if part.item == self._review.at)
        top, end = self._stack.tops[head], self._stack.tops[head + 2]
        first = not self._review.at or self._review.items[self._review.at - 1].file != self._review.item.file
        height, y = self.scrollable_content_region.height, self.scroll_offset.y
        if top - first < y or end > y + height:
            self.scroll_to(y=top - first)

    def _made(self) -> Iterator[Part]:
        review = self._review
        for n, item in enumerate(review.items):
            if n:
                yield Part(None, [Line()])
            if not n or item.file != review.items[n - 1].file:
                yield Part(None, [self._rule(item.file)])
            yield Part(n, [self._head(n, item)])
            yield Part(n, self._body(item))

    def _rule(self, file: int) -> Line:
        """What begins a file; the current one's name stands above the sheet already."""
        found, styles = self._review.diffs[file], self._inks.of
        if file == self._review.item.file:
            return Line((Segment("─" * self._width, styles["border"]),))
        counts = [(f" +{found.added}", "added"), (f" -{found.removed}", "removed")]
        counts += [(f" {found.note}", "muted")] if found.note else []
        room = self._width - sum(len(text) for text, _ in counts) - 4
        name = cut(visible_line(found.path), max(room, 8))
        segments = [Segment("── ", styles["border"]), Segment(name, styles["heading"])]
        segments += [Segment(text, styles[role]) for text, role in counts]
        rest = self._width - sum(cell_len(segment.text) for segment in segments) - 1
        return Line((*segments, Segment(" " + "─" * rest, styles["border"])))

    def _head(self, n: int, item: Item) -> Line:
        """Where the hunk lies, and what was decided of it."""
        word = f": {visible_line(item.word)}" if item.word else ""
        edited = ", as you changed it" if item.edited is not None else ""
        state, role = {
            "yes": (f"✓ accepted{edited} ", "success"),
            "no": (f"✗ rejected{word} ", "error"),
            "open": ("", "accent" if n == self._review.at else "muted"),
        }[item.choice]
        where = item.hunk.header if item.hunk else "the whole file"
        style = self._inks.of[role]
        return Line((Segment(cut(f" {state}{where}", self._width), style),))

    def _body(self, item: Item) -> Sequence[Line]:
        """The rows of an item; made once for each look it has."""
        if item.hunk is None:
            note = self._review.diffs[item.file].note or "no line differs"
            return [Line((Segment(cut(f"   {note}", self._width), self._inks.of["muted"]),))]
        hunk, quiet = as_edited(item), item.choice != "open"
        key = (id(item) if item.edited is not None else id(item.hunk), quiet)
        if key not in self._bodies:
            colors = self._colors[item.file] if item.edited is None else None
            rows = HunkRows(hunk, self._shape(item.file), self._inks, colors, quiet=quiet)
            self._bodies[key] = (item, rows)  # the item is kept, so that its id stays its own
        return self._bodies[key][1]

    def _shape(self, file: int) -> Shape:
        """Of a file that is made or removed there is only one side."""
        one = self._review.diffs[file].note in (NEW, DELETED)
        return Shape(self._width, self._digits[file], self.split and not one)

    # Colours that come later

    def _want(self, colors: SideColors) -> None:
        self.run_worker(self._color(colors), group="color")

    async def _color(self, colors: SideColors) -> None:
        """Lex the code of a file aside, then draw what is in sight again."""
        await asyncio.to_thread(colors.lex)
        for _, rows in self._bodies.values():
            rows.repaint()
        self._strips.clear()
        self.refresh()


def _end(item: Item) -> tuple[int, DiffLine | None]:
    """The last line of an item, and its file."""
    return item.file, item.hunk.lines[-1] if item.hunk else None


def as_edited(item: Item) -> Hunk:
    """The hunk as the user wants it."""
    assert item.hunk is not None
    if item.edited is None:
        return item.hunk
    cut = (line.text.partition("\n") for line in item.hunk.lines if line.mark != "+")
    old = [text if said else f"{text}\n" for text, said, _ in cut]  # what follows a line feed is git's word
    before, after = ("".join(lines).encode("utf-8", "replace") for lines in (old, item.edited))
    hunks = diff(FileChange("", before, after), context=len(old) + len(item.edited)).hunks
    return replace(item.hunk, lines=tuple(_moved(line, item.hunk) for line in hunks[0].lines)) if hunks else item.hunk


def _moved(line: DiffLine, hunk: Hunk) -> DiffLine:
    """The line with the numbers it has in the file."""
    old = None if line.old is None else line.old + hunk.old[0]
    return replace(line, old=old, new=None if line.new is None else line.new + hunk.new[0])
