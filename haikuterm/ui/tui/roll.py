"""Owns the transcript as one long roll of rows: which entry stands where, drawn only when it is looked at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from haikuterm.ui.tui.blocks import Stream
from haikuterm.ui.tui.code_rows import Code, CodeRow
from haikuterm.ui.tui.entries import Entry, Looks, close
from haikuterm.ui.tui.flow import Line
from haikuterm.ui.tui.heights import Heights, Place
from haikuterm.ui.tui.thinking import Thought

if TYPE_CHECKING:
    from textual.strip import Strip

KEPT = 200  # entries that stay drawn, as long as they have no more rows than this together;
KEPT_ROWS = 1000
KEPT_ANYWAY = 24  # but so many stay however long they are: more than a screen shows of long ones
KEPT_STRIPS = 400  # rows that stay ready for the screen

__all__ = ["Place", "Roll"]


@dataclass(slots=True)
class Drawn:
    """The rows of an entry at the roll's width, and the strips that the screen has asked for so far."""

    lines: Sequence[Line]
    strips: dict[int, Strip] = field(default_factory=dict)


class Roll:
    """Entries one under the other, `width` cells wide. The height of an entry is a guess until it has been drawn."""

    def __init__(self, looks: Looks) -> None:
        self.entries: list[Entry] = []
        self.looks = looks
        self._heights = Heights()
        self._strips = 0  # at most so many are kept
        self._drawn: OrderedDict[int, Drawn] = OrderedDict()
        self._live: tuple[int, Stream | Thought | None] | None = None
        self._touched: Place | None = None  # from here on the rows are others than when `changed` was asked last

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def width(self) -> int:
        """The cells of a row."""
        return self._heights.width

    @property
    def total(self) -> int:
        """The height of all entries."""
        return self._heights.total

    @property
    def live(self) -> int | None:
        """The entry that still grows."""
        return self._live[0] if self._live else None

    def add(self, entry: Entry) -> int:
        """A new entry at the end; returns its index."""
        entry.gap = bool(self.entries) and not close(self.entries[-1].kind, entry.kind)
        self.entries.append(entry)
        self._heights.add(entry.size(self.looks.view))
        self._touch((len(self.entries) - 1, 0))
        return len(self.entries) - 1

    def open(self, entry: Entry) -> int:
        """A new entry that grows."""
        index = self.add(entry)
        self._live = (index, self.looks.stream(entry, self.width))
        self._redraw(index)
        return index

    def feed(self, text: str) -> None:
        """More text of the live entry."""
        assert self._live
        index, stream = self._live
        entry = self.entries[index]
        entry.text += text
        if stream is None:
            self._redraw(index)
        else:
            self._grow(index, stream.feed(text), stream)

    def seal(self) -> None:
        """The live entry is finished."""
        if self._live:
            index, stream = self._live
            if stream:
                self._grow(index, stream.finish(), stream)
            self._live = None
            self._heights.measure(index, self.height(index), self.entries[index].size(self.looks.view))

    def replace(self, index: int, text: str, more: str = "") -> None:
        """Another text for an entry. more: what a tool said in full."""
        self.entries[index].text, self.entries[index].more = text, more
        self.reshape([index])
        self.drawn(index)

    def reshape(self, indexes: Iterable[int]) -> None:
        """These entries are folded in another way now, or say something else; they are drawn when looked at."""
        for index in indexes:
            if self._heights.change(index, self.entries[index].size(self.looks.view)):
                self._drawn.pop(index, None)
                self._touch((index, 0))
            if index == self.live:
                self._revive()

    def ink(self, code: Code) -> None:
        """A block of code has got its colours."""
        for index, drawn in self._drawn.items():
            rows = [row for row in drawn.strips if isinstance(line := drawn.lines[row], CodeRow) and line.code is code]
            for row in rows:
                del drawn.strips[row]
                self._touch((index, row))

    def repaint(self, entry: Entry) -> None:
        """An entry has other colours now; its rows stay where they are."""
        for index, drawn in self._drawn.items():
            if self.entries[index] is entry:
                drawn.strips.clear()
                self.looks.repaint(drawn.lines)
                self._touch((index, 0))

    def restyle(self, looks: Looks) -> None:
        """Other colours: everything is drawn again when it is looked at, its height stays."""
        self.looks = looks
        self._touch((0, 0))
        self._drawn.clear()
        self._revive()

    def resize(self, width: int) -> None:
        """Another width: all heights are guesses again."""
        self._touch((0, 0))
        self._drawn.clear()
        self._heights.resize(width)
        self._revive()

    def height(self, index: int) -> int:
        """How many rows an entry has; draws it if that is not known yet."""
        if not self._heights.known(index):
            self.drawn(index)
        return self._heights.of(index)

    def holds(self, index: int) -> bool:
        """Whether the entry is drawn."""
        return index in self._drawn

    def tall(self, index: int) -> int:
        """How many rows an entry has, or about how many if that is not known yet."""
        return self._heights.of(index)

    def drawn(self, index: int) -> Drawn:
        """The rows of an entry."""
        found = self._drawn.get(index)
        if found is None:
            found = self._drawn[index] = Drawn(self.looks.draw(self.entries[index], self.width))
            self._heights.measure(index, len(found.lines))
            self._forget()
        else:
            self._drawn.move_to_end(index)
        return found

    def strip(self, place: Place, make: Callable[[Line], Strip]) -> Strip:
        """A row as the screen gets it: made once, and the same one as long as nothing about it changes."""
        drawn, row = self.drawn(place[0]), place[1]
        strip = drawn.strips.get(row)
        if strip is None:
            self._strips += 1
            if self._strips > KEPT_STRIPS:
                for other in self._drawn.values():
                    other.strips.clear()
                self._strips = 1
            strip = drawn.strips[row] = make(drawn.lines[row])
        return strip

    def place(self, y: int) -> Place | None:
        """What stands at row y of the roll; None below the end."""
        return self._heights.place(y)

    def row(self, place: Place) -> int:
        """The row of the roll at which a place stands; exact where the entries above it are."""
        return self._heights.top(place[0]) + place[1]

    def end(self, height: int) -> int:
        """The row at the top of a screen of this height that shows the end; what it shows gets drawn."""
        index, rows = len(self.entries), 0
        while index and rows < height:
            index -= 1
            rows += self.height(index)
        return max(0, self.total - height)

    def at(self, place: Place, height: int) -> int:
        """The row at the top of a screen that begins with this place, or of the one that shows the end."""
        index, row = place
        if index >= len(self.entries):
            return self.end(height)
        rows = self.height(index) - (row := min(row, self.height(index) - 1))
        while rows < height and index + 1 < len(self.entries):
            index += 1
            rows += self.height(index)
        return self._heights.top(place[0]) + row if rows >= height else self.end(height)

    def moved(self, place: Place, rows: int, height: int) -> Place:
        """The place that many rows further down (up, if negative); near ones exactly, far ones by the guesses."""
        index, row = place
        if abs(rows) > 3 * height:
            return self.place(max(0, self._heights.top(index) + row + rows)) or (len(self.entries), 0)
        row += rows
        while row < 0 < index:
            index -= 1
            row += self.height(index)
        while index < len(self.entries) and row >= self.height(index):
            row -= self.height(index)
            index += 1
        return index, max(row, 0)

    def changed(self) -> int:
        """The first row that is another one than when this was asked the last time; `total` if none is."""
        index, row = self._touched or (len(self.entries), 0)
        self._touched = None
        return self._heights.top(index) + row

    def _grow(self, index: int, first: int, stream: Stream | Thought) -> None:
        """The live entry has other rows from `first` of its text on."""
        drawn = self._drawn.get(index)
        head = self.looks.head(self.entries[index], self.width)
        if drawn is None:
            drawn, first = Drawn(head), 0
            self._drawn[index] = drawn
        first += len(head)
        assert isinstance(drawn.lines, list)  # as of all text that grows
        drawn.lines[first:] = stream.lines[first - len(head) :]
        for row in [row for row in drawn.strips if row >= first]:
            del drawn.strips[row]
        self._heights.measure(index, len(drawn.lines))
        self._touch((index, first))

    def _forget(self) -> None:
        """Let go of what nobody has looked at for the longest time."""
        rows = sum(len(drawn.lines) for drawn in self._drawn.values())
        for index in [index for index in self._drawn if index != self.live]:
            if len(self._drawn) <= (KEPT if rows <= KEPT_ROWS else KEPT_ANYWAY):
                return
            rows -= len(self._drawn.pop(index).lines)

    def _touch(self, place: Place) -> None:
        self._touched = min(place, self._touched or place)

    def _redraw(self, index: int) -> None:
        self._touch((index, 0))
        self._drawn.pop(index, None)
        self.drawn(index)

    def _revive(self) -> None:
        """The live entry in the new looks or width."""
        if self._live and self._live[1]:
            index = self._live[0]
            stream = self.looks.stream(self.entries[index], self.width)
            assert stream
            self._live = (index, stream)
            self._grow(index, stream.feed(self.entries[index].text), stream)
