"""A screen that gives one answer, however many keys and clicks are still on their way to it."""

from __future__ import annotations

from textual.screen import ModalScreen, ScreenResultType


class OnceScreen(ModalScreen[ScreenResultType]):
    """A dialog; its subclasses leave through `answer`, for Textual fails where a screen that is gone is dismissed."""

    over = False

    def answer(self, result: ScreenResultType | None) -> None:
        """Leave with this; a second answer is not heard."""
        if not self.over:
            self.over = True
            self.dismiss(result)
