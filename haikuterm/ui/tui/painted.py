"""Owns an app's way to the terminal: of each frame, only what differs from the one before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from rich.color import ColorSystem
from textual import on

# Not public in Textual: the two shapes that a frame has, whole and in parts. Others go through as they are.
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver

from haikuterm.ui.tui.picture import Picture
from haikuterm.ui.tui.screens import PromptScreen

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from textual.screen import Screen

T = TypeVar("T")


class Frame(CompositorUpdate):
    """One frame of Textual's, written as its difference to what the terminal shows."""

    def __init__(self, canvas: Canvas, frame: ChopsUpdate | LayoutUpdate) -> None:
        self._canvas, self._frame = canvas, frame

    def render_segments(self, console: Console) -> str:
        """The bytes to write."""
        return self._canvas.draw(self._frame, console)


class Canvas:
    """The picture of the terminal, as long as somebody knows what it shows."""

    def __init__(self) -> None:
        self._picture: Picture | None = None

    @property
    def known(self) -> bool:
        """Whether a part of the screen can be written alone."""
        return self._picture is not None

    def forget(self) -> None:
        """The terminal may show anything now."""
        self._picture = None

    def draw(self, frame: ChopsUpdate | LayoutUpdate, console: Console) -> str:
        """The bytes that bring the frame to the terminal."""
        if isinstance(frame, LayoutUpdate):
            self._picture = Picture(console._color_system or ColorSystem.TRUECOLOR)
            return self._picture.whole(frame.strips)
        if self._picture is None:
            return frame.render_segments(console)
        return self._picture.part(frame.chops, frame.chop_ends, frame.spans)


class PaintedApp(App[T], inherit_bindings=False):
    """An app that writes differences only; whole frames after a resize, a return from the shell, and when asked."""

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        self._canvas = Canvas()

    @on(Driver.SignalResume)
    def paint_anew(self) -> None:
        """Write the whole screen with the next frame: whoever had the terminal may have left anything there."""
        self._canvas.forget()
        self.refresh(layout=True)

    def on_resize(self) -> None:
        """The terminal has moved what it shows as it pleases."""
        self._canvas.forget()

    def get_default_screen(self) -> PromptScreen:
        """The screen that everything begins with."""
        return PromptScreen()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, (ChopsUpdate, LayoutUpdate)):
            if isinstance(renderable, ChopsUpdate) and not self._canvas.known:
                screen.refresh()  # the part is written as it is, and all of it soon after
            super()._display(screen, cast("RenderableType", Frame(self._canvas, renderable)))
        else:
            super()._display(screen, renderable)
