"""The full-screen face: carries prompts to the engine and events to the widgets; alone here it sees the engine."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

from textual import events
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.worker import Worker

from haikuterm.core import events as ev
from haikuterm.core.errors import HaikutermError, NoCredential
from haikuterm.core.ports import Option, Question
from haikuterm.core.settings import Settings
from haikuterm.ui.present import segments
from haikuterm.ui.theme import Theme, load
from haikuterm.ui.tui.asker import ScreenAsker
from haikuterm.ui.tui.completion import Lookup, Popup
from haikuterm.ui.tui.composer import Composer
from haikuterm.ui.tui.palette import palette
from haikuterm.ui.tui.scene import Scene
from haikuterm.ui.tui.status import Scrolled, StatusLine, Unseen, Waiting
from haikuterm.ui.tui.transcript import Transcript
from haikuterm.ui.tui.turns import Turns

if TYPE_CHECKING:
    from haikuterm.engine.engine import Engine
    from haikuterm.ui.tui.diff import DiffScreen

TERMINATED = 128 + signal.SIGTERM  # what a shell reports of a program that ended on this signal


class QuietApp(App[int], inherit_bindings=False):
    """An app that leaves an error of ours to its caller: Textual's own report prints the values of local names."""

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    async def run_to_end(self, *, mouse: bool) -> int:
        """Run until the app ends; its exit code. Raises what a programmer did wrong, the terminal being restored."""
        await self.run_async(mouse=mouse)
        if self._exception is not None:
            raise self._exception
        return self.return_code or 0


class HaikutermApp(QuietApp, inherit_bindings=False):
    """One conversation on one screen; the result is the exit code."""

    CSS_PATH = "app.tcss"
    TITLE = "haikuterm"
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        settings: Settings,
        build: Callable[[Settings], Engine],
        theme: Theme,
        first_prompt: str = "",
        keep_key: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__()
        self.animation_level = "none"
        self.settings, self._build, self.look, self._keep_key = settings, build, theme, keep_key
        self.built: Engine | None = None  # there is one, and it will have to be closed
        self.engine: Engine | None = None  # it takes prompts
        self._early: list[events.Event] | None = []
        self._leaving = False
        self.transcript = Transcript(theme)
        self.transcript.can_focus = False  # the composer keeps the keys; scrolling has keys of its own there
        self.popup, self.unseen, self.waiting, self.status = Popup(), Unseen(), Waiting(), StatusLine()
        self.scene = Scene(self.transcript, self.status)
        self.composer = Composer(self.popup)
        self._lookup = Lookup(self.composer.offer)
        self.turns = Turns(
            partial(self._aside, group="turn"), self._answer, self._begins, self._show_waiting, self._over
        )
        if first_prompt.strip():
            self.turns.add(first_prompt)
        self.asker = ScreenAsker(self, lambda: self.look, lambda: bool(self.composer.text), self.scene.draw)
        self._wear(theme)

    def compose(self) -> ComposeResult:
        """The conversation, and beneath it the place to write."""
        yield self.transcript
        with Vertical(id="desk"):
            yield self.unseen
            yield self.popup
            yield self.waiting
            yield self.composer
            yield self.status

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes that come before the composer can take them wait, in order."""
        if self._early is not None and isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            self._early.append(event)
            return
        await super().on_event(event)

    async def on_ready(self) -> None:
        """The first frame is on the screen: hand over the early keys, then build what is slower."""
        self.composer.focus()
        early, self._early = self._early or [], None
        for event in early:
            await super().on_event(event)
        self._aside(self._connect, "connect")

    async def _connect(self) -> None:
        """Build the engine; ask for a model to talk to where there is none."""
        try:
            await self._greet(self._build(self.settings))
        except NoCredential:
            from haikuterm.ui.tui.first_run import connect

            if (found := await connect(self, self.settings, self._build, self._keep_key)) is None:
                self.exit(0)
            else:
                await self._greet(*found)
        except HaikutermError as error:
            self.exit(error.exit_code, error.exit_code, str(error))

    async def _greet(self, engine: Engine, *notices: ev.Event) -> None:
        """Show what there is to show, mend what was left half done, and begin with what was already sent."""
        self.built = engine
        self.composer.remember((*engine.history(), *self.composer.past))
        for event in (*engine.prepare(), *notices):
            self._show(event)
        async with aclosing(engine.repair(self.asker)) as stream:
            async for event in stream:
                self._show(event)
        self.engine = engine
        warm = partial(_warm, engine, lambda: self.call_later(self._status))
        Thread(target=warm, daemon=True, name="warm").start()  # leaving does not wait for a thread like this
        self._status()
        self.turns.open()

    async def leave(self, code: int = 0) -> None:
        """Stop the turn, let it be kept, and go."""
        await self.turns.end()
        self.exit(code, code)

    def on_composer_submitted(self, message: Composer.Submitted) -> None:
        """Begin with the prompt, or let it wait."""
        self.turns.add(message.text)

    def _begins(self, text: str) -> None:
        assert self.engine is not None, "turns are opened when there is an engine"
        self.scene.prompt(text, self.engine.status.model.alias)

    def _show_waiting(self, prompts: Sequence[str]) -> None:
        self.waiting.show(prompts)
        self.composer.queued = len(prompts)

    async def _answer(self, text: str) -> None:
        """One prompt until the answer is over."""
        assert self.engine is not None, "turns are opened when there is an engine"
        async with aclosing(self.engine.submit(text, self.asker)) as stream:
            async for event in stream:
                self._show(event)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A turn may be over."""
        self.turns.changed(event.worker)

    def _over(self, stopped: bool) -> None:
        """Nothing runs any more: see what became of the repository."""
        self.scene.over(stopped=stopped)
        self._aside(self._refresh, "refresh")

    def _aside(self, work: Callable[[], Coroutine[None, None, None]], group: str) -> Worker[None]:
        """Do something beside the keys; one of a group at a time."""
        return self.run_worker(work, group=group, exclusive=True)

    async def _refresh(self) -> None:
        if self.engine is not None:
            await asyncio.to_thread(self.engine.refresh)
            self._status()

    def _stop(self) -> None:
        """Stop the turn; what waits goes back into the input."""
        if waited := self.turns.stop():
            self.composer.give_back(waited)

    def _show(self, event: ev.Event) -> None:
        """Let an event change what is on the screen."""
        self.scene.draw(event)
        match event:
            case ev.TextDelta() | ev.ThinkingDelta() | ev.Progress():
                return  # there are many of these, and none of them changes the status
            case ev.ThemeChanged(name):
                self._wear(load(name))
            case ev.QuitAsked():
                self.call_later(self.leave)
        self._status()

    def _status(self) -> None:
        if self.engine is not None:
            self.status.show(segments(self.engine.status))

    def _wear(self, theme: Theme) -> None:
        """Put a theme on everything."""
        self.look = theme
        worn = palette(theme)
        self.register_theme(worn)
        self.theme = worn.name
        self.transcript.set_theme(theme)

    def on_composer_asked(self, message: Composer.Asked) -> None:
        """Keys of the composer that concern more than the input."""
        leaving, self._leaving = self._leaving, False
        match message.name:
            case "escape":
                self._stop()
            case "interrupt":
                self._interrupt(leaving)
            case "leave":
                self.call_later(self.leave)
            case "unqueue":
                self.composer.put(self.turns.take_back())
            case "search_history":
                self._aside(self._search_history, "dialog")
            case "keys":
                from haikuterm.ui.tui.dialogs import KeyList

                self.push_screen(KeyList())
            case "suspend":
                self.action_suspend_process()
            case "redraw":
                self.refresh(layout=True)

    def _interrupt(self, again: bool) -> None:
        """Ctrl+C: copy, stop, clear, and only then quit."""
        selected = self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
            self.screen.clear_selection()
        elif self.turns.running:
            self._stop()
        elif self.composer.text:
            self.composer.put("")
        elif again:
            self.call_later(self.leave)
        else:
            self._leaving = True
            self.status.tell("Ctrl+C again quits")

    async def _search_history(self) -> None:
        """Put an earlier prompt into the input."""
        options = tuple(Option(text, text) for text in dict.fromkeys(reversed(self.composer.past)))
        chosen = await self.asker.choose(Question("Earlier prompts", options))
        if chosen is not None:
            self.composer.put(chosen)

    async def on_scrolled(self, message: Scrolled) -> None:
        """Move the conversation."""
        await self.transcript.run_action(message.where)

    def on_transcript_unseen(self, message: Transcript.Unseen) -> None:
        """Say how much is below."""
        self.unseen.show(message.lines)

    def on_popup_chosen(self) -> None:
        """A click on a suggestion takes it."""
        self.composer.action_accept()

    def on_composer_typed(self, message: Composer.Typed) -> None:
        """Look for completions aside, so that typing never waits."""
        if self._leaving:
            self._leaving = False
            self.status.tell("")
        if not message.asks:
            self._lookup.forget()
        elif self.engine is not None and self._lookup.want(message.text, message.cursor):
            self._aside(partial(self._lookup.run, self.engine.complete), "complete")

    def on_diff_screen_stray(self, message: DiffScreen.Stray) -> None:
        """A key meant for the draft while the approval screen came up."""
        self.composer.post_message(message.key)


def _warm(engine: Engine, done: Callable[[], object]) -> None:
    """Import what the first prompt needs; letting go of the interpreter often keeps the keys quick meanwhile."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        engine.warm()
    finally:
        sys.setswitchinterval(interval)
    done()


def run(
    settings: Settings,
    build: Callable[[Settings], Engine],
    theme_name: str,
    first_prompt: str = "",
    keep_key: Callable[[str], str] | None = None,
) -> int:
    """Run the face until the user leaves; the exit code.

    build: makes the engine; NoCredential leads to the first-run dialog, any other HaikutermError ends the program with
    its sentence. keep_key: stores a key for later runs and says where. Raises SettingsError for an unknown theme.
    """
    colourless = os.environ.get("NO_COLOR")
    app = HaikutermApp(settings, build, load(theme_name), first_prompt, keep_key)
    if colourless is not None:
        os.environ["NO_COLOR"] = colourless  # Textual takes it away, but linters that we start should see it too
    return asyncio.run(_run(app))


async def _run(app: HaikutermApp) -> int:
    """The app inside its loop; the engine is closed however the app ends."""
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGHUP"):
        with suppress(AttributeError, NotImplementedError):  # not there on Windows
            loop.add_signal_handler(getattr(signal, name), app.call_later, app.leave, TERMINATED)
    try:
        return await app.run_to_end(mouse=app.settings.mouse)
    finally:
        if app.built is not None:
            await app.built.close()
