"""The price of the draft in the border of the composer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial

from textual.content import Content
from textual.widget import Widget

from haikuterm.core.forecast import Forecast
from haikuterm.ui.forecast import Reckoning

Aside = Callable[[Callable[[], Coroutine[None, None, None]]], object]


class DraftPrice:
    """Keeps the words under the composer those of its draft. aside: does work beside the keys."""

    def __init__(self, composer: Widget, aside: Aside) -> None:
        self._composer, self._aside = composer, aside
        self._reckoning = Reckoning(self._show)
        self._shown = ""

    def of(self, draft: str, reckon: Callable[[str], Forecast | None]) -> None:
        """Show the price of this draft soon. reckon: looks it up, in a thread."""
        if self._reckoning.want(draft):
            self._aside(partial(self._reckoning.run, reckon))

    def _show(self, words: str) -> None:
        if words != self._shown:
            self._shown = words
            self._composer.border_subtitle = Content(words)
