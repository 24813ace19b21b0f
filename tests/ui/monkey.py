"""Somebody who strikes anything at all, and beside them what must be true of the draft after each stroke."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from textual import events as te
from textual.geometry import Size
from textual.keys import _character_to_key

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.money import Charge, Total, Usage
from haikuterm.core.ports import Asker, Option, Question
from haikuterm.engine.commands import COMMANDS
from haikuterm.ui.tui.app import HaikutermApp
from haikuterm.ui.tui.command_list import CommandList
from haikuterm.ui.tui.dialogs import Picker
from haikuterm.ui.tui.diff import DiffScreen
from tests.ui.scripted_engine import ScriptedEngine

PROPOSAL = Proposal(
    (
        FileChange("a.py", b"one\ntwo\nthree\n" * 9, b"one\nTWO\nthree\n" + b"one\ntwo\nthree\n" * 8),
        FileChange("b.py", None, b"new\n"),
    )
)
OPTIONS = tuple(Option(f"o{n}", f"option {n}", note="what it does") for n in range(30))
MODEL = "claude-haiku-4-5"
COST = Total(requests=1)
LETTERS = "abcdefghijklmnopqrstuvwxyz ABCDENGJK0123456789 ,.;:!?/@#'\"()[]{}$^%~é字👍\u0301"
MOVES = (
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "ctrl+left", "ctrl+right", "shift+left",
    "shift+up", "shift+end", "ctrl+a", "ctrl+e", "ctrl+up", "ctrl+down", "ctrl+home", "ctrl+end", "ctrl+n", "ctrl+p",
    "ctrl+c", "f1", "f2", "f3", "f5", "ctrl+r", "ctrl+t", "ctrl+o", "ctrl+l", "shift+tab",
    "ctrl+j", "shift+enter", "ctrl+b", "ctrl+f", "alt+b", "alt+f", "alt+q", "alt+1", "alt+h", "insert",
)  # fmt: skip
SENDS = {"enter": "", "ctrl+v": "/paste", "alt+v": "/paste", "alt+p": "/model"}
EDITS = (
    "backspace", "backspace", "delete", "ctrl+w", "ctrl+u", "ctrl+k", "alt+d", "ctrl+d", "ctrl+x", "ctrl+underscore",
    "ctrl+y", "tab",
)  # fmt: skip
PASTES = ("pasted", "two\nlines", "\x1b[31mred\x1b[0m\x07", "\u202eback", "big\n" * 40, "x" * 2_000, "字👍" * 9)
KINDS = ("letter", "move", "edit", "send", "escape", "paste", "resize", "mouse")
WEIGHTS = (52, 18, 7, 9, 8, 2, 1, 3)
FRAME = 20  # strokes between two frames: who strikes so fast is not shown each of them
PAUSES = 0.1  # of the strokes come after a pause
MOST = 5_000  # rounds of the loop after one stroke; a few are enough
SIZES = ((80, 24), (40, 12), (20, 5), (160, 50), (33, 9), (8, 3))


class RandomEngine(ScriptedEngine):
    """Answers every line with something that its dice say."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__(
            commands={"/add": "attach", "/theme": "colours", "/model": "another"}, past=("old", "older\none")
        )
        self.dice = dice
        self.asked: list[str] = []

    async def submit(self, line: str, asker: Asker) -> AsyncGenerator[ev.Event, None]:
        """A turn of any kind."""
        self.lines.append(line)
        dice = self.dice
        yield ev.TurnStarted(line, MODEL)
        for _ in range(dice.randint(0, 12)):
            yield ev.TextDelta(
                dice.choice(("word ", "a **b** `c`\n\n", "```py\nx = 1\n", "```\n", "| a | b |\n", "字 "))
            )
            await asyncio.sleep(0)
        match dice.randrange(9):
            case 0:
                await asker.choose(Question("Which?", OPTIONS))
            case 1 | 2:
                yield ev.EditsProposed(PROPOSAL)
                verdict = await asker.approve(PROPOSAL)
                yield ev.EditsApplied("1", verdict.accepted)
            case 3:
                await asyncio.Event().wait()
            case 4:
                yield ev.ThinkingDelta("Hm.")
                yield ev.ToolStarted("1", "read", "a.py")
                yield ev.ToolEnded("1", "read", False, "no such file")
                yield ev.Notice("Something.", dice.choice(("info", "warning", "error")))
            case 5:
                yield ev.Retrying("529 overloaded", 30.0, 1, 4)
                await asyncio.sleep(0.001)
            case 6:
                yield ev.ThemeChanged(dice.choice(("dark", "light", "high-contrast")))
        yield ev.Charged(Charge(MODEL, MODEL, Usage(10, 20), None), COST, COST)
        yield ev.TurnEnded("done")


@dataclass
class Monkey:
    """Strikes at the app as its dice say. sent: what was asked to be sent."""

    app: HaikutermApp
    engine: RandomEngine
    dice: random.Random
    sent: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)

    async def play(self, strokes: int) -> None:
        """So many strokes, and a frame every now and then."""
        for _ in range(strokes // FRAME):
            with self.app.batch_update():
                for _ in range(FRAME):
                    await self.strike()
            await self._settle()

    async def strike(self) -> None:
        """One stroke, and what must be true then."""
        if self.dice.random() < PAUSES and isinstance(self.app.screen, DiffScreen):
            self.app.screen._quiet_at = 0.0  # as if there had been a pause: keys are its own from now on
        composer, before = self.app.composer, self.app.composer.draft
        selected, vim = not composer.selection.is_empty, composer.vim is not None and composer.vim.shown != "INSERT"
        name, event = self._any()
        self.last = [*self.last[-30:], f"{name} | {before[-40:]!r}"]
        self.sent += self._asks(name, before)
        runs = name == "enter" and isinstance(self.app.screen, CommandList)  # "undo typing" is one of its rows
        deletes = name in EDITS or selected or vim or runs
        if isinstance(event, te.MouseEvent):
            self.app._driver.process_message(event)
        else:
            self.app.post_message(event)
        await self._settle()
        assert self.app._exception is None, self.last
        assert self.app.return_code is None, self.last
        if not deletes:
            assert self._held(before), (self.last, before, composer.draft)
        for line in self.engine.lines:
            assert line in self.sent, (self.last, line)
        self.engine.asked += self.engine.lines
        self.engine.lines.clear()

    def _asks(self, name: str, draft: str) -> list[str]:
        """What this stroke may send: the draft, a line that belongs to the key, or a row of the list of commands."""
        if name not in SENDS:
            return []
        rows = [f"/{command}" for command in COMMANDS] if isinstance(self.app.screen, Picker) else []
        return [draft, draft.removesuffix("\\"), SENDS[name], *self.engine.commands, *rows]

    def _held(self, text: str) -> bool:
        """Whether the text is still somewhere: in the input, the history, set aside, or waiting."""
        composer = self.app.composer
        places = [*composer.past, composer.chips.whole(composer._draft), *self.app.turns._waiting]
        return not text.strip() or text in places or _within(text, composer.draft)

    async def _settle(self) -> None:
        """Until everybody has taken what they were told."""
        quiet = 0
        for _ in range(MOST):
            await asyncio.sleep(0)
            if quiet == 3:
                return
            pumps = [self.app, self.app.composer, self.app.screen, *self.app.screen.focus_chain]
            quiet = quiet + 1 if all(pump._message_queue.empty() for pump in pumps) else 0
        raise AssertionError(f"it never rests: {self.last}")

    def _any(self) -> tuple[str, te.Event]:
        dice = self.dice
        kind = dice.choices(KINDS, WEIGHTS)[0]
        if kind == "letter":
            sign = dice.choice(LETTERS)
            return sign, te.Key(_character_to_key(sign), sign)
        if kind == "paste":
            return "paste", te.Paste(dice.choice(PASTES))
        if kind == "resize":
            size = Size(*dice.choice(SIZES))
            self.app._driver._size = size
            return f"resize {size}", te.Resize(size, size)
        if kind == "mouse":
            return self._mouse()
        name = dice.choice(
            {"move": MOVES, "edit": EDITS, "send": (*["enter"] * 9, *SENDS), "escape": ("escape",)}[kind]
        )
        if name in ("ctrl+c", "ctrl+d") and not self.app.composer.text:
            name = "escape"  # it would leave
        return name, te.Key(name, None)

    def _mouse(self) -> tuple[str, te.Event]:
        dice, size = self.dice, self.app.size
        x, y = dice.randrange(size.width), dice.randrange(size.height)
        kind = dice.choice((te.MouseDown, te.MouseUp, te.MouseMove, te.MouseScrollUp, te.MouseScrollDown))
        return f"{kind.__name__} {x},{y}", kind(None, x, y, 0, 0, 1, False, False, False, x, y)


def _within(text: str, whole: str) -> bool:
    """Whether all signs of the text stand in the whole one, in their order."""
    signs = iter(whole)
    return all(sign in signs for sign in text)
