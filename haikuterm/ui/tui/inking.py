"""Owns the colours that come later: code is lexed bit by bit, while keys and frames go first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from haikuterm.ui.tui.code_rows import Code

Work: TypeAlias = Callable[[], Coroutine[None, None, None]]
SLICE = 0.004  # seconds that anything else waits at most
WAITING = 64  # blocks that are remembered: more than a screen or two shows


class Inking:
    """Colours the blocks that were looked at, the last one first.

    run: does work beside the keys. done: is told of each block that has its colours now.
    """

    def __init__(self, run: Callable[[Work], object], done: Callable[[Code], None]):
        self.busy = False
        self._run, self._done = run, done
        self._wanted: list[Code] = []

    def want(self, code: Code) -> None:
        """Colour this block soon."""
        self._wanted = [*self._wanted[1 - WAITING :], code]
        if not self.busy:
            self.busy = True
            self._run(self._work)

    async def _work(self) -> None:
        try:
            while self._wanted:
                await self._lex(self._wanted.pop())
        finally:
            self.busy = False

    async def _lex(self, code: Code) -> None:
        await asyncio.sleep(0)
        until = perf_counter() + SLICE
        for _ in code.lexing():
            if perf_counter() > until:
                await asyncio.sleep(0)
                until = perf_counter() + SLICE
        self._done(code)
