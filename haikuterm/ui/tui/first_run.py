"""The first start without a key: three ways on, none of which is a dead end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.widgets import Static

from haikuterm.core.errors import HaikutermError
from haikuterm.core.events import Notice
from haikuterm.core.guard import visible_line
from haikuterm.core.ports import Option, Question
from haikuterm.core.settings import Settings
from haikuterm.ui.tui.dialogs import Picker
from haikuterm.ui.tui.field import Field, Tick
from haikuterm.ui.tui.once import OnceScreen

Built = TypeVar("Built")  # the engine, which widgets and dialogs do not know

WAYS = Question(
    "haikuterm needs a model to talk to",
    (
        Option("key", "Paste an Anthropic API key", note="from platform.claude.com; kept only if you say so"),
        Option("local", "Run the local model", note="free, offline, no account; about 0.5 GB is downloaded once"),
        Option("endpoint", "Name another endpoint", note="a URL that speaks the Messages API: a proxy, a local server"),
    ),
)


@dataclass(frozen=True, slots=True)
class Blank:
    """A line of a form. label: what stands above it; hidden: its text is not shown; needed: it may not stay empty."""

    label: str
    placeholder: str = ""
    hidden: bool = False
    needed: bool = True


class Form(OnceScreen[tuple[tuple[str, ...], bool] | None]):
    """Lines to fill in and perhaps a box to tick: their texts and the tick, or None.

    tick: the label of the box, "" for none.
    """

    def __init__(self, title: str, blanks: Sequence[Blank], tick: str = "") -> None:
        super().__init__()
        self._title, self._blanks = title, blanks
        self._fields = [Field(blank.placeholder, password=blank.hidden) for blank in blanks]
        self._tick = Tick(tick) if tick else None
        self._trouble = Static(classes="trouble")
        self._trouble.display = False

    def compose(self) -> ComposeResult:
        """A box with the lines, one below the other."""
        with Vertical(classes="box") as box:
            box.border_title = Content(visible_line(self._title))
            box.border_subtitle = Content("Enter goes on · Tab moves · Esc goes back")
            yield self._trouble
            for blank, field in zip(self._blanks, self._fields, strict=True):
                yield Static(Content(visible_line(blank.label)), classes="label")
                yield field
            if self._tick is not None:
                yield self._tick

    def on_key(self, event: Key) -> None:
        """Move between the lines, go on, or back; the rest is the line's own."""
        if event.key == "enter" and self._tick is not None and self._tick.has_focus:
            event.stop()
            self._go_on()
        elif event.key in ("escape", "ctrl+c"):
            event.stop()
            self.answer(None)
        elif event.key in ("down", "up"):
            event.stop()
            (self.focus_next if event.key == "down" else self.focus_previous)()

    def on_input_submitted(self, event: Field.Submitted) -> None:
        """Enter in a line goes on."""
        event.stop()
        self._go_on()

    def _go_on(self) -> None:
        """Answer, if nothing is missing."""
        texts = tuple(field.value.strip() for field in self._fields)
        for blank, field, text in zip(self._blanks, self._fields, texts, strict=True):
            problem = _problem(blank, text)
            if problem:
                self._trouble.update(Content(problem))
                self._trouble.display = True
                field.focus()
                return
        self.answer((texts, self._tick is not None and self._tick.value))


def _problem(blank: Blank, text: str) -> str:
    """What is wrong with the text of a line, or ""."""
    if not text:
        return f"{blank.label}: this cannot be empty." if blank.needed else ""
    if not text.isascii() or any(sign.isspace() for sign in text):
        return f"{blank.label}: there is a blank or a letter in it that cannot be part of it. Paste it again."
    if blank.label == URL.label and not text.startswith(("https://", "http://")):
        return "An endpoint begins with https:// or http://, as in http://127.0.0.1:8080."
    return ""


KEY = Blank("API key", "sk-ant-…", hidden=True)
URL = Blank("Endpoint", "https://host[:port], without /v1")
TOKEN = Blank("Token (not needed by most local servers)", hidden=True, needed=False)


async def connect(
    app: App[int], settings: Settings, build: Callable[[Settings], Built], keep_key: Callable[[str], str] | None
) -> tuple[Built, *tuple[Notice, ...]] | None:
    """Let the user choose what to talk to until an engine can be built: it, and perhaps a word on where a key was kept.

    None if the user would rather leave. Call it in a worker.
    """
    trouble = ""
    while True:
        answer = await _ask(app, settings, trouble, can_keep=keep_key is not None)
        if answer is None:
            return None
        chosen, keep = answer
        try:
            engine = build(chosen)
        except HaikutermError as error:
            trouble = str(error)
            continue
        return (engine, await _kept(chosen.api_key, keep_key)) if keep and keep_key else (engine,)


async def _kept(key: str, keep_key: Callable[[str], str]) -> Notice:
    try:
        return Notice(await asyncio.to_thread(keep_key, key))  # a keyring may ask for its password first
    except HaikutermError as error:
        return Notice(str(error), "warning")


async def _ask(app: App[int], settings: Settings, trouble: str, *, can_keep: bool) -> tuple[Settings, bool] | None:
    """The settings with what the user chose, and whether the key is to be kept."""
    while True:
        match await app.push_screen_wait(Picker(WAYS, trouble)):
            case "local":
                return replace(settings, local=True, model=""), False
            case "key":
                tick = "keep it for next time (Space ticks)" if can_keep else ""
                form = await app.push_screen_wait(Form("Paste an Anthropic API key", (KEY,), tick))
                if form is not None:
                    return replace(settings, api_key=form[0][0]), form[1]
            case "endpoint":
                form = await app.push_screen_wait(Form("Another endpoint", (URL, TOKEN)))
                if form is not None:
                    return replace(settings, base_url=form[0][0], auth_token=form[0][1]), False
            case _:
                return None
