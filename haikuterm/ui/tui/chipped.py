"""A text area in which each chip is one unit: for the cursor, for what is deleted, and for the eye."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.document._document import EditResult, Location, Selection
from textual.document._edit import Edit
from textual.widgets import TextArea

from haikuterm.ui.chips import Chip, Chips, drawn


class ChippedArea(TextArea):
    """TextArea with chips; `text` holds their marks, `draft` what they stand for."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"composer--chip"}

    chips: Chips

    @property
    def draft(self) -> str:
        """The whole text, its chips unfolded."""
        return self.chips.whole(self.text)

    @property
    def selected_text(self) -> str:
        """What is selected, its chips unfolded."""
        return self.chips.whole(super().selected_text)

    def chip_at(self, location: Location) -> tuple[Location, Location, Chip] | None:
        """The chip that ends or begins there, and from where to where it stands."""
        row, column = location
        spans = [*self.chips.spans(self.document.get_line(row))]
        for start, end, chip in [*(s for s in spans if s[1] == column), *(s for s in spans if s[0] == column)]:
            return (row, start), (row, end), chip
        return None

    def open_chip(self, location: Location) -> bool:
        """Put the text of the chip there in its place; whether there was one."""
        found = self.chip_at(location)
        if found is None:
            return False
        start, end, chip = found
        self.move_cursor(self.replace(self.chips.open(chip), start, end).end_location)
        return True

    def validate_selection(self, selection: Selection) -> Selection:
        """The cursor never stands inside of a chip: it passes it in one step."""
        before = self.selection
        return Selection(self._beside(selection.start, before.start), self._beside(selection.end, before.end))

    def _beside(self, location: Location, before: Location) -> Location:
        inside = self._around(location)
        if inside is None:
            return location
        start, end = inside
        if before in (start, end):
            return end if before == start else start
        return start if location[1] - start[1] <= end[1] - location[1] else end

    def _around(self, location: Location) -> tuple[Location, Location] | None:
        """The two ends of the chip around a place."""
        row, column = location
        if row >= self.document.line_count:
            return None
        for start, end, _ in self.chips.spans(self.document.get_line(row)):
            if start < column < end:
                return (row, start), (row, end)
        return None

    def edit(self, edit: Edit) -> EditResult:
        """A chip goes as a whole; what would be put into one stands behind it."""
        first, last = self._around(edit.top), self._around(edit.bottom)
        if first or last:
            top, bottom = first[0] if first else edit.top, last[1] if last else edit.bottom
            if edit.top == edit.bottom:
                top = bottom
            edit = Edit(edit.text, top, bottom, edit.maintain_selection_offset)
        return super().edit(edit)

    def _recompute_cursor_offset(self) -> None:
        """Textual 8.2.8 asks for it in the middle of an undo, when the cursor's line may be gone already."""
        if self.cursor_location[0] < min(self.document.line_count, len(self.wrapped_document._wrap_offsets)):
            super()._recompute_cursor_offset()  # type: ignore[no-untyped-call]  # Textual left its type out

    def get_line(self, line_index: int) -> Text:
        """The line as it is drawn."""
        line = self.document.get_line(line_index)
        text = Text(drawn(line), end="", no_wrap=True)
        for start, end, _ in self.chips.spans(line):
            text.stylize(self.get_component_rich_style("composer--chip"), start, end)
        return text
