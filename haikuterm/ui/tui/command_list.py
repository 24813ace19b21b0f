"""The list of all commands and actions with their keys, narrowed by typing; the chosen one is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.app import App
from textual.content import Content

from haikuterm.core.guard import visible_line
from haikuterm.core.keymap import ACTIONS, EDIT
from haikuterm.core.ports import Option, Question
from haikuterm.ui.keymap import Pairs
from haikuterm.ui.tui.completion import WIDE
from haikuterm.ui.tui.dialogs import GAP, Options, Picker
from haikuterm.ui.tui.keys import composer_keys

if TYPE_CHECKING:
    from haikuterm.engine.commands import Command
    from haikuterm.ui.tui.composer import Composer

HINT = "Enter runs it · Esc leaves"
# They mean nothing without their key, in the middle of writing.
_NOT_HERE = {"commands", "older", "newer", "accept", "send", "newline", "escape", "interrupt"}
_NOT_HERE |= {action.name for action in ACTIONS if action.group == EDIT and action.name not in ("undo", "redo")}


class Rows(Options):
    """Options whose columns all begin at the left; on a narrow screen nothing is spent on columns."""

    def _cells(self, cells: Sequence[str]) -> str:
        shown = map(visible_line, cells)
        if self.app.size.width < WIDE:
            return GAP.join(shown)
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(shown, self._widths, strict=False))
        return GAP.join(padded).rstrip()


class CommandList(Picker):
    """Commands first, then actions."""

    def __init__(self, commands: Sequence[Command], own: Pairs = ()) -> None:
        question = Question("Commands", (*map(_command, commands), *_actions(own)))
        super().__init__(question)
        self._options = Rows(question)

    def on_mount(self) -> None:
        """Say what Enter does."""
        super().on_mount()
        self.query_one(".box").border_subtitle = Content(HINT)


def _command(command: Command) -> Option:
    """A command that needs an argument, or is final, ends with a blank: then it is put into the input."""
    return Option(command.begun, f"/{command.name}", (command.summary,))


def _actions(own: Pairs) -> Sequence[Option]:
    return [
        Option(key.action, key.shown or "(no key)", (key.does,))
        for key in composer_keys(own, every=True)
        if key.name and key.name not in _NOT_HERE and not key.name.startswith("/")
    ]


async def choose(app: App[Any], composer: Composer, own: Pairs) -> None:
    """Let the user choose, and do it."""
    from haikuterm.engine.commands import COMMANDS

    chosen = await app.push_screen_wait(CommandList([*COMMANDS.values()], own))
    if chosen is None:
        return
    if chosen.startswith("/"):
        composer.action_run_line(chosen)
    else:
        await composer.run_action(chosen)
