"""Owns which widgets stand where: the composer from the first frame on, the others once a key can be seen in it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import cached_property
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.filter import Monochrome, NoColor
from textual.widget import Widget

from haikuterm.ui.first_frame import NAME
from haikuterm.ui.tui.completion import Popup
from haikuterm.ui.tui.composer import Composer
from haikuterm.ui.tui.palette import palette
from haikuterm.ui.tui.start import StartingApp

if TYPE_CHECKING:  # the first key waits for every module that is imported here
    from haikuterm.engine.suggesting import Outlook
    from haikuterm.ui.first_frame import FirstFrame
    from haikuterm.ui.theme import Theme, Wardrobe
    from haikuterm.ui.tui.status import Scrolled, StatusLine, Unseen, Waiting
    from haikuterm.ui.tui.transcript import Transcript
    from haikuterm.ui.tui.welcome import Welcome


class Plate(Widget):
    """Stands where the status line will be."""

    def render(self) -> Content:
        """The name of the program, as in the first frame."""
        return Content(NAME)


class FurnishedApp(StartingApp, inherit_bindings=False):
    """The screen of a conversation; look: the theme now worn."""

    def __init__(self, theme: Theme, frame: FirstFrame | None, wardrobe: Wardrobe) -> None:
        super().__init__(frame)
        self.animation_level = "none"
        self.look, self._wardrobe = theme, wardrobe
        self.furnished = self.spoken = False
        self.popup = Popup()
        self.composer = Composer(self.popup)
        self.wear(theme)

    def wear(self, theme: Theme) -> None:
        """Put a theme on everything."""
        self.look = theme
        worn = palette(theme)
        self.register_theme(worn)
        self.theme = worn.name
        if self.no_color:  # Textual has chosen the filter before it knew the theme
            others = [filter_ for filter_ in self._filters if not isinstance(filter_, (Monochrome, NoColor))]
            self._filters = [*others, NoColor() if theme.ansi else Monochrome()]
        if self.furnished:
            self.transcript.set_theme(theme)

    def put_on(self, name: str) -> None:
        """Wear the theme of this name, or the one that fits the terminal. Raises SettingsError."""
        self.wear(self._wardrobe.load(name))

    def serve(self, name: str) -> None:
        """Do what a key of the composer asks for that needs no engine."""
        if name == "keys":
            from haikuterm.ui.tui.key_list import KeyList
            from haikuterm.ui.tui.keys import composer_keys

            self.push_screen(KeyList(composer_keys(self.composer.keying.own)))
        elif name == "commands":
            from haikuterm.ui.tui.command_list import choose

            work = choose(self, self.composer, self.composer.keying.own)
            self.run_worker(work, group="dialog", exclusive=True)
        elif name == "suspend":
            self.composer.keeping.now()
            self.action_suspend_process()
        elif name == "redraw":
            self.paint_anew()

    @cached_property
    def transcript(self) -> Transcript:
        """The conversation."""
        from haikuterm.ui.tui.transcript import Transcript

        transcript = Transcript(self.look)
        transcript.can_focus = False  # the composer keeps the keys; scrolling has keys of its own there
        return transcript

    @cached_property
    def status(self) -> StatusLine:
        """Who answers, what it costs, and what goes on."""
        from haikuterm.ui.tui.status import StatusLine

        return StatusLine()

    @cached_property
    def waiting(self) -> Waiting:
        """The prompts that wait."""
        from haikuterm.ui.tui.status import Waiting

        return Waiting()

    @cached_property
    def unseen(self) -> Unseen:
        """How much there is below."""
        from haikuterm.ui.tui.status import Unseen

        return Unseen()

    def compose(self) -> ComposeResult:
        """The place to write, and room for the rest."""
        with Vertical(id="desk"):
            yield self.popup
            yield self.composer
            yield Plate()

    def furnish(self) -> None:
        """Put the rest on the screen, in one go."""
        with self.batch_update():
            desk = self.query_one("#desk")
            self.screen.mount(self.transcript, before=desk)
            desk.mount(self.unseen, before=self.popup)
            desk.mount(self.waiting, before=self.composer)
            desk.mount(self.status)
            desk.query_one(Plate).remove()
        self.furnished = True

    async def on_scrolled(self, message: Scrolled) -> None:
        """Move the conversation."""
        if self.furnished:
            await self.transcript.run_action(message.where)

    def on_transcript_unseen(self, message: Transcript.Unseen) -> None:
        """Say how much is below."""
        self.unseen.show(message.lines)

    async def greet(self, looks: AsyncGenerator[Outlook, None], again: Callable[[str, str], None]) -> None:
        """Say what to try, as it is found out; nothing once a prompt was sent. again: shows the last exchange."""
        from haikuterm.ui.tui.welcome import Welcome

        async with aclosing(looks):
            async for outlook in looks:
                if self.spoken:
                    return
                if outlook.resumed:
                    again(outlook.asked, outlook.answered)
                    return
                self.composer.first_try = outlook.ideas[0].text if outlook.ideas else ""
                shown = self.query(Welcome)
                if shown:
                    shown.first().show(outlook)
                else:
                    welcome = Welcome(outlook, lambda: self.transcript.virtual_size.height)
                    await self.query_one("#desk").mount(welcome, before=0)

    def on_composer_submitted(self, message: Composer.Submitted) -> None:  # noqa: ARG002 - as the app has it
        """What there is to try goes with the first prompt; that itself is taken elsewhere."""
        if not self.spoken:
            self.spoken, self.composer.first_try = True, ""
            self.query("#welcome").remove()

    def on_welcome_chosen(self, message: Welcome.Chosen) -> None:
        """Put a suggestion into the input; what stands there is put away."""
        self.composer.action_clear_draft()
        self.composer.put(message.text)

    def on_popup_chosen(self) -> None:
        """A click on a suggestion takes it."""
        self.composer.action_accept()
