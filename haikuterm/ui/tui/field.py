"""What a form is made of: a one-line input whose keys arrive in the order they were struck, and a box to tick."""

from __future__ import annotations

from textual.binding import Binding
from textual.content import Content
from textual.events import Click, Key
from textual.widget import Widget
from textual.widgets import Input

_EDITING: dict[str, str] = {
    name.strip(): binding.action
    for binding in Input.BINDINGS
    if isinstance(binding, Binding)
    for name in binding.key.split(",")
    if name != "ctrl+c"  # leaves the dialog instead
}
_EDITING |= {
    "alt+b": _EDITING["ctrl+left"],
    "alt+f": _EDITING["ctrl+right"],
    "alt+d": "delete_right_word",
    "alt+backspace": _EDITING["ctrl+w"],
}


class Field(Input):
    """A line to fill in; Enter posts Input.Submitted."""

    def __init__(self, placeholder: str = "", *, password: bool = False) -> None:
        super().__init__(placeholder=placeholder, password=password, compact=True)
        self.cursor_blink = False

    async def _on_key(self, event: Key) -> None:
        action = _EDITING.get(event.key)
        if action is not None:
            event.stop()
            event.prevent_default()
            await self.run_action(action)


class Tick(Widget, can_focus=True):
    """A box to tick with Space or a click; the mark is a letter, so that it is seen without colours."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._label = label
        self.value = False

    def render(self) -> Content:
        """The box and what it stands for."""
        return Content(f"[{'x' if self.value else ' '}] {self._label}")

    def on_key(self, event: Key) -> None:
        """Space ticks."""
        if event.key == "space":
            event.stop()
            self._turn()

    def on_click(self, event: Click) -> None:
        """So does a click."""
        event.stop()
        self._turn()

    def _turn(self) -> None:
        self.value = not self.value
        self.refresh()
