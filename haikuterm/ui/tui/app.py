"""The full-screen face: carries prompts to the engine and events to the widgets; alone here it sees the engine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing
from functools import cached_property, partial
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

from textual.worker import Worker

from haikuterm.core.errors import HaikutermError, NoCredential
from haikuterm.ui.theme import PLAIN_WARDROBE, Theme, Wardrobe
from haikuterm.ui.tui import calm
from haikuterm.ui.tui.building import Building
from haikuterm.ui.tui.completion import Lookup
from haikuterm.ui.tui.readable import ReadableApp
from haikuterm.ui.tui.start import beside_the_keys, collect_again, run_to_end
from haikuterm.ui.tui.turns import Turns

if TYPE_CHECKING:  # the first key waits for every module that is imported here: other widgets come after it
    from haikuterm.core import events as ev
    from haikuterm.core.settings import Settings
    from haikuterm.engine.engine import Engine
    from haikuterm.ui.first_frame import FirstFrame
    from haikuterm.ui.tui.asker import ScreenAsker
    from haikuterm.ui.tui.composer import Composer
    from haikuterm.ui.tui.diff import DiffScreen
    from haikuterm.ui.tui.forecast import DraftPrice
    from haikuterm.ui.tui.scene import Scene
    from haikuterm.ui.tui.signalling import Signalling
    from haikuterm.ui.tui.writing import Writing


class HaikutermApp(ReadableApp, inherit_bindings=False):
    """One conversation on one screen; the result is the exit code."""

    CSS_PATH = "app.tcss"
    TITLE = "haikuterm"

    def __init__(
        self,
        settings: Settings,
        build: Callable[[Settings], Engine],
        theme: Theme,
        first_prompt: str = "",
        keep_key: Callable[[str], str] | None = None,
        frame: FirstFrame | None = None,
        wardrobe: Wardrobe = PLAIN_WARDROBE,
    ) -> None:
        super().__init__(theme, frame, wardrobe)
        self.settings, self._keep_key = settings, keep_key
        self.building = Building(build)
        self.engine: Engine | None = None  # it takes prompts
        self.composer.set_keys(settings.keys, vim=settings.vim)
        self._leaving = False
        self._lookup = Lookup(self.composer.offer)
        self.turns = Turns(
            partial(self._aside, group="turn"), self._answer, self._begins, self._show_waiting, self._over
        )
        if first_prompt.strip():
            self.turns.add(first_prompt)

    @cached_property
    def scene(self) -> Scene:
        """Draws what the engine tells."""
        from haikuterm.ui.tui.scene import Scene

        return Scene(self.transcript, self.status, moving=self.settings.motion)

    @cached_property
    def asker(self) -> ScreenAsker:
        """Asks what the engine wants to know."""
        from haikuterm.ui.tui.asker import ScreenAsker

        return ScreenAsker(self, lambda: bool(self.composer.text), self.scene.draw, self.signalling.waiting)

    @cached_property
    def signalling(self) -> Signalling:
        """Tells who looks elsewhere what goes on."""
        from haikuterm.ui.tui import signalling

        place = os.path.basename(self.building.engine.status.root if self.building.engine else "")  # noqa: PTH119  # a name, no file
        window = signalling.window_of(self)
        return signalling.Signalling(window, self.settings, os.environ, place, partial(self.call_later, self._show))

    @cached_property
    def _price(self) -> DraftPrice:
        from haikuterm.ui.tui.forecast import DraftPrice

        return DraftPrice(self.composer, partial(self._aside, group="price"))

    @cached_property
    def _writing(self) -> Writing:
        from haikuterm.ui.tui.writing import Writing

        return Writing(self, self.composer, self.scene.draw)

    async def on_mount(self) -> None:
        """There is somebody to take the keys; when they are seen, do what is slower."""
        await self.give_keys(self.composer)
        self.composer.call_after_refresh(self._aside, self._connect, "connect")

    async def _connect(self) -> None:
        """Build the engine; ask for a model to talk to where there is none."""
        await asyncio.to_thread(beside_the_keys, partial(import_module, "haikuterm.ui.tui.scene"))
        self.furnish()
        try:
            await self._greet(await self.building.start(self.settings))
        except NoCredential:
            from haikuterm.ui.tui.first_run import connect

            if (found := await connect(self, self.settings, self.building.make, self._keep_key)) is None:
                self.exit(0)
            else:
                await self._greet(*found)
        except HaikutermError as error:
            self.exit(error.exit_code, error.exit_code, str(error))

    async def _greet(self, engine: Engine, *notices: ev.Event) -> None:
        """Show what there is to show, mend what was left half done, and begin with what was already sent."""
        self.composer.remember((*engine.history(), *self.composer.past))
        for event in (*engine.prepare(), *notices):
            self._show(event)
        async with aclosing(engine.repair(self.asker)) as stream:
            async for event in stream:
                self._show(event)
        await self._writing.open(engine)
        self.engine = engine
        collect_again()
        warm = partial(calm.warm, partial(engine.warm, partial(self.call_later, self._status)))
        # leaving does not wait for a thread like this
        Thread(target=partial(beside_the_keys, warm), daemon=True, name="warm").start()
        self._status()
        self.turns.open()
        self._aside(partial(self.greet, engine.suggestions(), self.scene.again), "welcome")

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
        self.signalling.begins()

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
        self.signalling.over(stopped=stopped)
        self._aside(self._refresh, "refresh")

    def _aside(self, work: Callable[[], Coroutine[None, None, None]], group: str) -> Worker[None]:
        """Do something beside the keys; one of a group at a time."""
        return self.run_worker(work, group=group, exclusive=True)

    async def _refresh(self) -> None:
        if self.engine is not None:
            await asyncio.to_thread(self.engine.refresh)
            self._status()
            self._price.of(self.composer.draft, self.engine.forecast)

    def _stop(self) -> None:
        """Stop the turn; what waits goes back into the input."""
        if waited := self.turns.stop():
            self.composer.give_back(waited)

    def _show(self, event: ev.Event) -> None:
        """Let an event change what is on the screen."""
        from haikuterm.core import events as ev

        self.scene.draw(event)
        self.signalling.see(event)
        match event:
            case ev.TextDelta() | ev.ThinkingDelta() | ev.Progress():
                return  # there are many of these, and none of them changes the status
            case ev.ThemeChanged(name):
                self.put_on(name)
            case ev.VimChanged(on):
                self.composer.set_vim(on)
            case ev.Drafted(text):
                self.composer.give_back(text)
            case ev.CopyAsked(text, what):
                self.copy(text, what)
            case ev.FindAsked(words):
                self.read(words)
            case ev.QuitAsked():
                self.call_later(self.leave)
        self._status()

    def _status(self) -> None:
        if self.engine is not None:
            from haikuterm.ui.segments import segments

            self.status.show(segments(self.engine.status))

    def on_composer_asked(self, message: Composer.Asked) -> None:
        """Keys of the composer that concern more than the input."""
        leaving, self._leaving = self._leaving, False
        match message.name:
            case "escape":
                self._escape()
            case "interrupt":
                self._interrupt(leaving)
            case "leave" if self.composer.text:
                self.composer.action_delete_right()
            case "leave":
                self.call_later(self.leave)
            case "unqueue":
                self.composer.put(self.turns.take_back())
            case "search_history":
                self._aside(partial(self._writing.search, self.engine), "dialog")
            case "approvals":
                self._approvals()
            case "editor":
                self._aside(self._writing.edit, "dialog")
            case name:
                self.serve(name)

    def _approvals(self) -> None:
        """Write edits without asking, or ask again; the status line says which; no answer is broken for it."""
        if self.engine is not None:
            said = self.engine.approvals()
            self._status() if self.turns.running else self._show(said)

    def _escape(self) -> None:
        """Stop the turn; where none runs, the second time clears the draft."""
        if self.turns.running:
            self._stop()
        else:
            self.status.tell(self.composer.escaped_twice())

    def _interrupt(self, again: bool) -> None:
        """Ctrl+C: copy, stop, clear, and only then quit."""
        selected = self.screen.get_selected_text()
        if selected:
            self.copy(selected)
            self.screen.clear_selection()
        elif self.turns.running:
            self._stop()
        elif self.composer.text:
            self.composer.put_away()
        elif again:
            self.call_later(self.leave)
        else:
            self._leaving = True
            self.status.tell("Ctrl+C again quits")

    def on_composer_typed(self, message: Composer.Typed) -> None:
        """Look for completions aside, so that typing never waits."""
        self._leaving = self._leaving and not message.text
        if not (self._leaving or self.turns.running):
            self.status.tell("")  # what the last key led to
        if not message.asks:
            self._lookup.forget()
        elif self.engine is not None and self._lookup.want(message.text, message.cursor):
            self._aside(partial(self._lookup.run, self.engine.complete), "complete")
        if self.engine is not None:
            self._price.of(self.composer.draft, self.engine.forecast)

    def on_diff_screen_stray(self, message: DiffScreen.Stray) -> None:
        """A key meant for the draft while the approval screen came up."""
        self.composer._forward_event(message.key)  # so that one that it does not know does not come back


def run(
    settings: Settings,
    build: Callable[[Settings], Engine],
    wardrobe: Wardrobe = PLAIN_WARDROBE,
    first_prompt: str = "",
    keep_key: Callable[[str], str] | None = None,
    frame: FirstFrame | None = None,
) -> int:
    """Run the face until the user leaves; the exit code.

    build: makes the engine; NoCredential leads to the first-run dialog, any other HaikutermError ends the program with
    its sentence. keep_key: stores a key for later runs and says where. frame: has the terminal until
    the face takes it. Raises SettingsError for a theme that is not known or cannot be used.
    """
    colourless = os.environ.get("NO_COLOR")
    app = HaikutermApp(settings, build, wardrobe.load(settings.theme), first_prompt, keep_key, frame, wardrobe)
    if colourless is not None:
        os.environ["NO_COLOR"] = colourless  # Textual takes it away, but linters that we start should see it too
    if frame is not None:
        frame.let_interrupt()
    return asyncio.run(_run(app))


async def _run(app: HaikutermApp) -> int:
    """The app inside its loop; the engine is closed however the app ends."""
    try:
        return await run_to_end(app, app.leave, mouse=app.settings.mouse)
    finally:
        await app.composer.keeping.close()
        await app.building.close()
