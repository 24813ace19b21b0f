"""Owns the scroll bar beside the transcript: cells that are made once and shown again."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip


class Thumb(ScrollBar):
    """Textual's scroll bar, one cell wide, without a new strip for every row of every frame."""

    def __init__(self, name: str) -> None:
        super().__init__(vertical=True, name=name)
        self._cells: dict[tuple[str, Style | None], Strip] = {}

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of the bar; cells that look alike are the same strip."""
        bar = self.render()
        if self.size.width != 1 or not isinstance(bar, ScrollBarRender):
            return super().render_lines(crop)
        if len(self._cells) > 64:  # colours and glyphs that may come up, themes included
            self._cells.clear()
        style = bar.style
        assert isinstance(style, Style)
        assert style.color
        assert style.bgcolor
        rows = bar.render_bar(
            self.size.height, bar.virtual_size, bar.window_size, bar.position,
            back_color=style.bgcolor, bar_color=style.color,
        ).segments  # fmt: skip
        filters, ground = self.get_line_filters(), self.background_colors[1]
        strips = []
        for row in rows[crop.y : crop.bottom]:
            strip = self._cell(row)
            for each in filters:
                strip = strip.apply_filter(each, ground)
            strips.append(strip)
        return strips

    def _cell(self, segment: Segment) -> Strip:
        key = (segment.text, segment.style)
        strip = self._cells.get(key)
        if strip is None:
            strip = self._cells[key] = Strip([segment], 1)
        return strip
