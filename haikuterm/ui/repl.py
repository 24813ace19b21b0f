"""The inline face: a prompt under your own scrollback, and the plain mode for screen readers."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, aclosing, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPress, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.styles import Attrs, Style

from haikuterm.core import events as ev
from haikuterm.core.errors import HaikutermError
from haikuterm.core.guard import visible, visible_line
from haikuterm.ui import theme as themes
from haikuterm.ui.dialogue import Dialogue
from haikuterm.ui.editor import edit
from haikuterm.ui.plain import Fences, Milestones, Piece, diff_lines, document, highlight
from haikuterm.ui.present import Line, fit, line, segments, total

if TYPE_CHECKING:
    from haikuterm.engine.engine import Engine

KEYS = (
    ("Enter", "send"),
    ("Alt+Enter, Ctrl+J", "a new line"),
    ("Tab", "complete a /command or a @file"),
    ("Up, Down, Ctrl+R", "what was typed before"),
    ("Ctrl+X Ctrl+E", "write the prompt in your editor"),
    ("Ctrl+C", "stop the answer; clear the line; twice on an empty line: quit"),
    ("Ctrl+D", "quit, on an empty line"),
)


async def run(
    engine: Engine,
    theme: themes.Theme | None,
    *,
    paths: Sequence[str] = (),
    plain: bool = False,
    load_theme: Callable[[str], themes.Theme] = themes.load,
    input: Input | None = None,  # noqa: A002 - the name prompt_toolkit uses for the same thing
    output: Output | None = None,
) -> int:
    """Prompt, answer, and again, until the user leaves; returns the exit code. The engine is closed at the end.

    theme: None for no colours, as NO_COLOR asks too. paths: files to attach first. plain: labels instead of signs,
    nothing that is drawn twice. load_theme: the theme of a name, for /theme; raises SettingsError.
    """
    colored = theme is not None and not plain and not os.environ.get("NO_COLOR")
    face = Repl(engine, theme if colored else None, load_theme if colored else None, plain, input, output)
    try:
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
        output = output or create_output()
        self.style = _style(theme)
        self.depth = output.get_default_color_depth() if theme else ColorDepth.DEPTH_1_BIT
        self.session: PromptSession[str] = PromptSession(
            history=InMemoryHistory(engine.history()),
            completer=Words(engine),
            complete_in_thread=True,
            complete_while_typing=not plain,
            multiline=True,
            key_bindings=_bindings(),
            bottom_toolbar=None if plain else self._toolbar,
            reserve_space_for_menu=0 if plain else 8,
            enable_open_in_editor=True,
            enable_suspend=True,
            color_depth=self.depth,
            input=input,
            output=output,
        )
        self.question: PromptSession[str] = PromptSession(
            color_depth=self.depth, input=self.session.input, output=self.session.output
        )
        self.asker = Dialogue(self.ask, self.print_lines, self.edit, engine.settings.yes)
        self.leaving = False
        self._ahead: list[KeyPress] = []
        self._turn: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._attrs: dict[str, Attrs] = {}
        self._fences = Fences()
        self._milestones = Milestones()
        self._saying = self._open = False

    async def run(self, paths: Sequence[str]) -> int:
        """Say what there is to say first, attach the paths, then the loop of prompts."""
        for event in self.engine.prepare():
            self.show(event)
        await self._stoppable(self.engine.repair(self.asker), nullcontext())
        for path in paths:
            await self._play(self.engine.submit(f"/add {shlex.quote(path)}", self.asker))
        self._look(self.engine.warm)
        interrupts = 0
        while not self.leaving:
            try:
                typed = await self._read()
            except EOFError:
                break
            except KeyboardInterrupt:
                interrupts = 0 if self.session.default_buffer.text else interrupts + 1
                if interrupts == 2:
                    break
                if interrupts:
                    self.print("muted", "Ctrl+C again quits, and so does Ctrl+D")
                continue
            interrupts = 0
            await self._take(typed)
        if self._looking:
            self._looking.cancel()
        status = self.engine.status
        if status.session.requests:
            self.print("muted", f"{total(status.session)} · haikuterm -c goes on here (session {status.session_id})")
        return 0

    async def _read(self) -> str:
        """One line of the user. Raises EOFError and KeyboardInterrupt for Ctrl+D and Ctrl+C."""
        store_typeahead(self.session.input, self._ahead)
        self._ahead = []
        label = "you: " if self.plain else "> "
        return await self.session.prompt_async([("class:user", label)], style=self.style)

    async def _take(self, typed: str) -> None:
        """Do what was typed: a turn, or the list of keys."""
        self._keep_ahead()
        if typed.strip() == "?":
            self.print("text", "\n".join(f"{keys}: {what}" for keys, what in KEYS))
        if typed.strip() in ("", "?"):
            return
        await self._stoppable(self.engine.submit(typed, self.asker), self._keys())
        if self.plain:
            self.session.output.bell()
            self.session.output.flush()
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
            self._close_answer()
            self.print("warning", "stopped")
        self._close_answer()

    async def _play(self, events: AsyncGenerator[ev.Event, None]) -> None:
        async with aclosing(events):
            async for event in events:
                self.show(event)

    @contextmanager
    def _keys(self) -> Iterator[None]:
        """Read keys while the engine works: Ctrl+C stops it, everything else waits for the next prompt."""
        source = self.session.input

        with source.raw_mode(), source.attach(self._read_ahead):
            yield

    def _read_ahead(self) -> None:
        for press in self.session.input.read_keys():
            if press.key == Keys.ControlC:
                self._stop()
            else:
                self._ahead.append(press)

    def _keep_ahead(self) -> None:
        """Keep keys for the next prompt that the last one did not take."""
        self._ahead += get_typeahead(self.session.input)

    def _stop(self) -> None:
        if self._turn and not self._turn.cancelling():
            self._turn.cancel()

    def _look(self, work: Callable[[], None]) -> None:
        """Do something slow in a thread and draw the status again; what fails will be said when it is needed."""

        async def look() -> None:
            with suppress(HaikutermError):
                await asyncio.to_thread(work)
            self.session.app.invalidate()

        self._looking = asyncio.create_task(look())

    def _toolbar(self) -> FormattedText:
        columns = get_app().output.get_size().columns
        parts = fit(segments(self.engine.status), columns)
        return FormattedText([(f"class:{part.role}", part.text + "  ") for part in parts])

    # What is drawn.

    def print(self, role: str, text: str, end: str = "\n") -> None:
        """Print text that is safe to print."""
        self._fragments([(f"class:{role}", text + end)])

    def print_lines(self, lines: Iterable[Line]) -> None:
        """Print lines that are safe to print."""
        self._fragments([(f"class:{row.role}", f"{row.text}\n") for row in lines])

    def _fragments(self, fragments: list[tuple[str, str]]) -> None:
        """Write pieces of text, each in its style; prompt_toolkit's own printing is too slow for every delta."""
        output = self.session.output
        for style, text in fragments:
            if style not in self._attrs:
                self._attrs[style] = self.style.get_attrs_for_style_str(style)
            output.set_attributes(self._attrs[style], self.depth)
            output.write(text.replace("\n", "\r\n"))
        output.reset_attributes()
        output.flush()

    def show(self, event: ev.Event) -> None:
        """Draw one event."""
        if isinstance(event, ev.TextDelta):
            self._say(event.text)
            return
        if isinstance(event, ev.ThinkingDelta):
            return
        self._close_answer()
        if isinstance(event, ev.QuitAsked):
            self.leaving = True
        elif isinstance(event, ev.ThemeChanged):
            self._change_theme(event.name)
        elif isinstance(event, ev.Notice) and event.markdown:
            self.print("text", document(event.text))
        elif not isinstance(event, ev.Progress) or self._milestones.due(event):
            shown = line(event, stop_key="Ctrl+C")
            self.print_lines([shown] if shown else [])
        for change in event.files if isinstance(event, ev.ChangesShown) else ():
            self.print_lines(diff_lines(change))

    def _say(self, text: str) -> None:
        """More of the answer."""
        if not self._saying:
            alias = visible_line(self.engine.status.model.alias)
            self.print("assistant", f"{alias}:", end=" " if self.plain else "\n")
            self._saying = True
        for piece in self._fences.feed(text):
            self._piece(piece)

    def _piece(self, piece: Piece) -> None:
        text = visible(piece.text)
        if piece.code is not None and self.load_theme is not None:
            self._fragments([(f"class:pygments.{kind}" if kind else "class:code", t) for kind, t in highlight(piece)])
        else:
            self._fragments([("class:text", text)])
        self._open = not text.endswith("\n")

    def _close_answer(self) -> None:
        """End the answer's last line, if there is one."""
        for piece in self._fences.end():
            self._piece(piece)
        if self._open:
            self.print("text", "")
        self._saying = self._open = False

    def _change_theme(self, name: str) -> None:
        if self.load_theme is None:
            return
        try:
            self.style = _style(self.load_theme(name))
            self._attrs.clear()
        except HaikutermError as error:
            self.print("error", visible_line(str(error)))

    async def ask(self, text: str) -> str:
        """A short answer, not typed before the question was on the screen. Raises EOFError; Ctrl+C stops the turn."""
        self._keep_ahead()
        self._read_ahead()
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


def _bindings() -> KeyBindings:
    """Enter sends; Alt+Enter and Ctrl+J begin a new line."""
    bindings = KeyBindings()

    @bindings.add("enter")
    def send(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @bindings.add("escape", "enter")
    @bindings.add("c-j")
    def new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings


def _style(theme: themes.Theme | None) -> Style:
    """The theme's roles and its syntax as classes of prompt_toolkit; without a theme nothing has a colour.

    The theme's colour of plain text is left to the terminal: here the background is the terminal's own.
    """
    if theme is None:
        return Style([("bottom-toolbar", "noreverse")])
    roles = [(role, theme.style(role)) for role in themes.ROLES if role not in themes.BACKGROUNDS]
    syntax = [(f"pygments.{_token(name)}", style) for name, style in theme.syntax.items()]
    text = theme.colors["text"]
    rules = [(name, " ".join(_word(w) for w in style.split() if w != text)) for name, style in [*roles, *syntax]]
    return Style([("bottom-toolbar", "noreverse"), *rules])


def _token(name: str) -> str:
    """A token type's whole name: pygments calls Literal.String and Literal.Number by their last part too."""
    lowered = name.lower()
    return f"literal.{lowered}" if lowered.partition(".")[0] in ("string", "number") else lowered


def _word(word: str) -> str:
    """A word of a theme's style in prompt_toolkit's words: its names of the sixteen colours differ."""
    if word in ("white", "bright_white"):
        return "ansigray" if word == "white" else "ansiwhite"
    return f"ansi{word.replace('_', '')}" if word in themes.ANSI else word
