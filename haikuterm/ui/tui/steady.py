"""Owns a view of rows that are made once: what is drawn again is the very same strip, so nobody styles it again."""

from __future__ import annotations

from typing import Any

from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from haikuterm.ui.tui.thumb import Thumb


class SteadyView(ScrollView):
    """A view that is scrolled at once and by rows. It is drawn from `row`; selecting works with `render_line`."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """A scroll bar that keeps its strips too, made when Textual asks for it."""
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = Thumb("vertical")
            self._vertical_scrollbar.display = False
            self.app._start_widget(self, self._vertical_scrollbar)
        return self._vertical_scrollbar

    def row(self, y: int) -> Strip:
        """The row at y of the screen as it is drawn, as wide as the view; the same strip while nothing changes."""
        raise NotImplementedError

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows to draw, without Textual's own way through borders and styles where the view has none."""
        if any(self.styles.gutter):
            return super().render_lines(crop)
        filters, ground = self.get_line_filters(), self.background_colors[1]
        strips = []
        for y in crop.line_range:
            strip = self.row(y)
            for each in filters:
                strip = strip.apply_filter(each, ground)
            strips.append(strip)
        left, right = crop.column_span
        return strips if (left, right) == (0, self.size.width) else [strip.crop(left, right) for strip in strips]

    def scroll_to(self, x: float | None = None, y: float | None = None, **options: Any) -> None:
        """Scroll at once: a moving aim and heights that get corrected on the way do not go together."""
        super().scroll_to(x, y, **(options | {"animate": False}))
