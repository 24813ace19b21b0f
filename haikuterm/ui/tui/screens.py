"""Owns when a screen is drawn: at once, unless it has been drawn just before."""

from __future__ import annotations

from time import monotonic

from textual.events import Idle
from textual.screen import Screen

from haikuterm.ui.tui.compositor import RowCompositor

LEAST = 1 / 60  # seconds between two frames


class PromptScreen(Screen[None]):
    """Draws a change as soon as it is known; Textual alone would wait for the next tick of its timer, for a key too."""

    def __init__(self) -> None:
        super().__init__(id="_default")
        self._compositor = RowCompositor()
        self._drawn_at = 0.0

    async def _on_idle(self, event: Idle) -> None:  # noqa: ARG002  # Textual calls it so
        """Draw if there is something to draw; soon after another frame Textual's timer does it."""
        now = monotonic()
        if self._changed and now - self._drawn_at >= LEAST and self.is_current and not self.app._batch_count:
            self._drawn_at = now
            self._on_timer_update()

    @property
    def _changed(self) -> bool:
        return bool(self._dirty_widgets or self._layout_required or self._scroll_required or self._repaint_required)
