"""Owns which widgets are asked for their rows: those with a row that has changed, and for no other rows."""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class RowCompositor(Compositor):
    """Textual's own asks every widget for all its rows in each frame, and throws away most of them.

    Not public in Textual: what it asks with. Kept here, in one place; a frame made with this is the same frame.
    """

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """The region of each widget that shows in these rows, what is seen of it there, and its rows."""
        wanted, width = crop or self.size.region, self.size.width
        rows = Region(0, wanted.y, width, wanted.height)
        for widget, (region, clip) in self.visible_widgets.items():
            if seen := region.intersection(clip).intersection(rows):
                yield region, seen, widget.render_lines(seen.translate(-region.offset))
