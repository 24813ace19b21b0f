"""The inline face: a prompt under your own scrollback, and the plain mode for screen readers."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, aclosing, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyPressEvent, merge_key_bindings
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.shortcuts import CompleteStyle

from haikuterm.core import events as ev
from haikuterm.core.drafts import Draft
from haikuterm.core.errors import HaikutermError
from haikuterm.core.guard import visible_line
from haikuterm.ui import theme as themes
from haikuterm.ui.dialogue import Dialogue
from haikuterm.ui.drafting import Drafting
from haikuterm.ui.editor import edit
from haikuterm.ui.forecast import Margin
from haikuterm.ui.greeting import farewell
from haikuterm.ui.ground import Answers
from haikuterm.ui.osc52 import copied
from haikuterm.ui.plain import diff_lines, document, spoken
from haikuterm.ui.present import line
from haikuterm.ui.progress import LiveLine, Raw
from haikuterm.ui.repl_ahead import Ahead
from haikuterm.ui.repl_answer import Answer
from haikuterm.ui.repl_greeting import greet
from haikuterm.ui.repl_input import depth, listening, screen, simplify
from haikuterm.ui.repl_keys import bindings, mode, rows
from haikuterm.ui.repl_pasting import Drawn, Pasting
from haikuterm.ui.repl_pen import Pen
from haikuterm.ui.repl_queue import QueueLine
from haikuterm.ui.repl_signals import Watch
from haikuterm.ui.repl_style import style_of
from haikuterm.ui.repl_waiting import Waiting
from haikuterm.ui.toolbar import Toolbar

if TYPE_CHECKING:
    from haikuterm.engine.engine import Engine


async def run(
    engine: Engine,
    theme: themes.Theme | None,
    *,
    paths: Sequence[str] = (),
    plain: bool = False,
    load_theme: Callable[[str], themes.Theme] = themes.load,
    heard: tuple[Answers, bytes] | None = None,
    input: Input | None = None,  # noqa: A002 - the name prompt_toolkit uses for the same thing
    output: Output | None = None,
) -> int:
    """Prompt, answer, and again, until the user leaves; returns the exit code. The engine is closed at the end.

    theme: None for no colours, as NO_COLOR asks too. paths: files to attach first. plain: labels instead of signs,
    nothing that is drawn twice. load_theme: the theme of a name, for /theme; raises SettingsError.
    heard: takes the answers of the terminal out of its input, and the keys that came before now.
    """
    input = input or (listening(*heard) if heard is not None else None)  # noqa: A001 - as above
    colored = theme is not None and not plain and not os.environ.get("NO_COLOR")
    face = Repl(engine, theme if colored else None, load_theme if colored else None, plain, input, output)
    try:
        with face.session.input.raw_mode():  # all the time: in between, an Enter would become another key and be shown
            return await face.run(paths)
    finally:
        await engine.close()


class Words(Completer):
    """The engine's completions, in prompt_toolkit's words."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002 - the signature of the base class
    ) -> Iterator[Completion]:
        """Ways to go on at the cursor; called in a thread."""
        found = self.engine.complete(document.text, document.cursor_position)
        for item in found.items:
            yield Completion(
                item.text,
                start_position=found.start - document.cursor_position,
                display=visible_line(item.label),
                display_meta=visible_line(item.note),
            )


class Repl:
    """One run of the inline face."""

    def __init__(
        self,
        engine: Engine,
        theme: themes.Theme | None,
        load_theme: Callable[[str], themes.Theme] | None,
        plain: bool,
        input: Input | None,  # noqa: A002 - as above
        output: Output | None,
    ) -> None:
        self.engine = engine
        self.load_theme = load_theme
        self.plain = plain
        output = output or screen()
        self.style = style_of(theme)
        self.depth = depth(output) if theme else ColorDepth.DEPTH_1_BIT
        self.toolbar = Toolbar(lambda: engine.status, lambda: output.get_size().columns, self._redraw)
        self.pasting = Pasting()
        self.session = self._prompting(input, output)
        self.margin = Margin(engine.forecast, self._redraw)
        self.drafting = Drafting(lambda: self.draft)
        self.pasting.watch(self.session.default_buffer)
        self.session.default_buffer.on_text_changed += lambda _: self._typed()
        self.question: PromptSession[str] = PromptSession(
            color_depth=self.depth, input=self.session.input, output=self.session.output
        )
        simplify(self.session, self.question)
        self._live = LiveLine(Raw(output), lambda: output.get_size().columns, plain)
        self._waiting = Waiting(self._live)
        self._queue = QueueLine(output, lambda: 0 if plain else output.get_size().columns)
        self.pen = Pen(output, self.depth, self.style, self._live.clear, self._queue)
        self.answer = Answer(self.pen, lambda: engine.status.model.alias, plain=plain, colored=load_theme is not None)
        self.print, self.print_lines = self.pen.print, self.pen.lines
        self.asker = Dialogue(self.ask, self.print_lines, self.edit, engine.settings.yes)
        self.ahead = Ahead(self.session, output, self._stop, self._queue.show)
        self._turn: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self.leaving = False
        self._begun = ""  # the draft of last time

    def _prompting(self, input: Input | None, output: Output) -> PromptSession[str]:  # noqa: A002 - as above
        """The prompt with its keys, its completions, and the lines around it."""
        engine, plain = self.engine, self.plain
        edit = partial(self.pasting.edit, tell=lambda text: self.print("error", text))
        keys = bindings(engine.settings.keys, edit, self._approvals)
        return PromptSession(
            history=InMemoryHistory(engine.history()),
            completer=Words(engine),
            complete_in_thread=True,
            complete_while_typing=not plain,
            complete_style=CompleteStyle.READLINE_LIKE if plain else CompleteStyle.COLUMN,
            multiline=True,
            key_bindings=merge_key_bindings([keys, self.pasting.keys()]),
            editing_mode=mode(engine.settings.vim),
            bottom_toolbar=None if plain else lambda: FormattedText(self.toolbar.draw()),
            rprompt=None if plain else lambda: FormattedText(self.margin.draw(self.draft.text)),
            input_processors=[Drawn(self.pasting.chips)],
            reserve_space_for_menu=0 if plain else 8,
            enable_suspend=True,
            color_depth=self.depth,
            input=input,
            output=output,
        )

    async def run(self, paths: Sequence[str]) -> int:
        """Say what there is to say first, attach the paths, then the loop of prompts."""
        for event in self.engine.prepare():
            self.show(event)
        await self._stoppable(self.engine.repair(self.asker), nullcontext())
        for path in paths:
            await self._play(self.engine.submit(f"/add {shlex.quote(path)}", self.asker))
        self._look(self.engine.warm)
        self._begun = self.pasting.folded(await self.drafting.open(self.engine.drafts) or Draft(""))
        greeting = await greet(self.engine, self.session.app, self.print_lines, plain=self.plain)
        interrupts = 0
        while not self.leaving:
            try:
                typed = await self._read()
            except EOFError:
                break
            except KeyboardInterrupt:
                self.session.default_buffer.append_to_history()
                interrupts = 0 if self.session.default_buffer.text else interrupts + 1
                if interrupts == 2:
                    break
                if interrupts:
                    self.print("muted", "Ctrl+C again quits, and so does Ctrl+D")
                continue
            interrupts = 0
            await self._take(typed)
        self.toolbar.stop()
        self.margin.close()
        await self.drafting.close()
        for task in filter(None, (greeting, self._looking)):
            task.cancel()
        self.print_lines(farewell(self.engine.status))
        return 0

    async def _read(self) -> str:
        """One line of the user. Raises EOFError and KeyboardInterrupt for Ctrl+D and Ctrl+C."""
        label = "you: " if self.plain else "> "
        begun, self._begun = self._begun, ""
        before = partial(self.ahead.give, self.session.app)
        typed = await self.session.prompt_async(
            [("class:user", label)], style=self.style, default=begun, pre_run=before
        )
        return self.pasting.chips.whole(typed)

    def _approvals(self, _: KeyPressEvent) -> None:
        """Write edits without asking from now on, or ask again, and say so above the prompt."""
        said = self.engine.approvals()
        run_in_terminal(partial(self.show, said))

    @property
    def draft(self) -> Draft:
        """What is typed, nothing once it is sent."""
        app = self.session.app  # afterwards it is neither running nor done, and the buffer still holds what was sent
        return self.pasting.draft(self.session.default_buffer.text if app.is_running and not app.is_done else "")

    def _typed(self) -> None:
        """The prompt is another one now."""
        self.drafting.touch()
        if not self.plain:
            self.margin.of(self.draft.text)

    async def _take(self, typed: str) -> None:
        """Do what was typed: a turn, or the list of keys."""
        if typed.strip() == "?":
            self.print("text", "\n".join(f"{keys}: {what}" for keys, what in rows(self.engine.settings.keys)))
        if typed.strip() in ("", "?"):
            return
        watch = Watch(self.engine.settings, self.session.output)
        await self._stoppable(watch.over(self.engine.submit(typed, self.asker)), self.ahead.listening())
        watch.tell()
        self._look(self.engine.refresh)

    async def _stoppable(self, events: AsyncGenerator[ev.Event, None], keys: AbstractContextManager[None]) -> None:
        """Show the events until they are over or the user stops them. keys: what reads them meanwhile."""
        self._turn = asyncio.create_task(self._play(events))
        try:
            with keys:
                await self._turn
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise
            self.answer.close()
            self.print("warning", "stopped")
        self.answer.close()
        self._live.clear()

    async def _play(self, events: AsyncGenerator[ev.Event, None]) -> None:
        async with aclosing(self._waiting.between(events)) as heard:
            async for event in heard:
                self.show(event)

    def _stop(self) -> None:
        if self._turn and not self._turn.cancelling():
            self._turn.cancel()

    def _look(self, work: Callable[[], None]) -> None:
        """Do something slow in a thread and draw the status again; what fails will be said when it is needed."""

        async def look() -> None:
            with suppress(HaikutermError):
                await asyncio.to_thread(work)
            self._redraw()

        self._looking = asyncio.create_task(look())

    def _redraw(self) -> None:
        self.session.app.invalidate()

    def show(self, event: ev.Event) -> None:
        """Draw one event."""
        if isinstance(event, ev.TextDelta):
            self.answer.say(event.text)
            return
        if isinstance(event, ev.ThinkingDelta):
            return
        if isinstance(event, ev.ShellOutput):
            self.answer.output(event.text)
            return
        self.answer.close()
        if isinstance(event, ev.QuitAsked | ev.VimChanged | ev.Drafted | ev.ThemeChanged):
            self._obey(event)
        elif isinstance(event, ev.Notice) and event.markdown:
            self.print("text", document(event.text))
        elif isinstance(event, ev.Progress):
            self._live.show(event)
        else:
            shown = (spoken if self.plain else line)(event, "Ctrl+C")
            self.session.output.write_raw(copied(event))
            self.print_lines([shown] if shown else [])
        if isinstance(event, ev.ChangesShown) or (isinstance(event, ev.EditsApplied) and self.engine.status.accepts):
            for change in event.files:  # of edits that were asked for they have been seen
                self.print_lines(diff_lines(change))

    def _obey(self, event: ev.QuitAsked | ev.VimChanged | ev.Drafted | ev.ThemeChanged) -> None:
        """Change what an event says is another way from now on."""
        match event:
            case ev.QuitAsked():
                self.leaving = True
            case ev.VimChanged(on):
                self.session.editing_mode = mode(on)
            case ev.Drafted(text):
                self._begun = self.pasting.chips.fold(text)
            case ev.ThemeChanged(name):
                self._change_theme(name)

    def _change_theme(self, name: str) -> None:
        if self.load_theme is None:
            return
        try:
            self.style = style_of(self.load_theme(name))
            self.pen.restyle(self.style)
        except HaikutermError as error:
            self.print("error", visible_line(str(error)))

    async def ask(self, text: str) -> str:
        """A short answer, not typed before the question was on the screen. Raises EOFError; Ctrl+C stops the turn."""
        self.ahead.keep()
        self.ahead.read()
        self._live.clear()
        self._queue.clear()
        try:
            return await self.question.prompt_async([("class:accent", text)], style=self.style)
        except KeyboardInterrupt:
            self._stop()
            await asyncio.sleep(0)  # where the cancellation arrives
            raise

    async def edit(self, text: str, name: str) -> str | None:
        """Give the terminal to the user's editor for a while. Raises SettingsError."""
        with self.session.input.detach(), self.session.input.cooked_mode():
            return edit(text, name)
