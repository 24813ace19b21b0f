"""Owns the step from a row of ours to a strip of the screen."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from haikuterm.ui.theme import Theme
from haikuterm.ui.tui.flow import Line


def strip_of(line: Line, width: int, ground: Style) -> Strip:
    """The line as exactly `width` cells on the ground of the widget."""
    cells = sum(cell_len(segment.text) for segment in line.segments)
    space = [Segment(" " * (width - cells), line.fill)] if cells < width else []
    return Strip(Segment.apply_style([*line.segments, *space], ground)).adjust_cell_length(width, ground)


def dress(widget: Widget, theme: Theme) -> None:
    """The ground and the scroll bar of a widget that draws itself."""
    background = theme.css("background")
    widget.styles.background = background
    widget.styles.scrollbar_background = widget.styles.scrollbar_background_hover = background
    widget.styles.scrollbar_color = theme.css("border")


def ground_of(theme: Theme) -> Style:
    """What a widget that draws itself has behind its text."""
    return Style.parse(f"on {theme.colors['background']}")
