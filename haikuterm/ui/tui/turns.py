"""Prompts one after the other: the one that runs, those that wait, and how they are stopped."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from textual.worker import Worker, WorkerError

Work: TypeAlias = Callable[[], Coroutine[None, None, None]]


@dataclass(slots=True)
class Turns:
    """Runs prompts in order, one at a time, once it is open.

    run: does work beside the keys. answer: one prompt until its answer is over. begins: is told which prompt begins.
    waits: is told what waits, whenever that changes. over: is told that nothing runs any more, and whether it was
    stopped; what waits begins after that.
    """

    run: Callable[[Work], Worker[None]]
    answer: Callable[[str], Coroutine[None, None, None]]
    begins: Callable[[str], None]
    waits: Callable[[Sequence[str]], None]
    over: Callable[[bool], None]
    _waiting: list[str] = field(default_factory=list)
    _worker: Worker[None] | None = None
    _begun: bool = False
    _open: bool = False

    @property
    def running(self) -> bool:
        """Whether a prompt is being worked at."""
        return self._worker is not None

    def open(self) -> None:
        """There is somebody to answer: begin with what was already sent."""
        self._open = True
        self._next()

    def add(self, text: str) -> None:
        """Begin with the prompt, or keep it until those before it are over."""
        self._waiting.append(text)
        self._next()

    def take_back(self) -> str:
        """The last of those that wait, which waits no longer; "" if none does."""
        text = self._waiting.pop() if self._waiting else ""
        self.waits(self._waiting)
        return text

    def stop(self) -> str:
        """Stop the turn; returns what waited, which is not sent."""
        if self._worker is None:
            return ""
        text = "\n".join(self._waiting)
        self._waiting.clear()
        self.waits(self._waiting)
        self._worker.cancel()
        if not self._begun:  # then Textual will not say that it is over
            self._finish(stopped=True)
        return text

    async def end(self) -> None:
        """Stop everything for good, and wait until the turn has left things in order."""
        self._waiting.clear()
        if self._worker is not None and self._worker.is_running:
            self._worker.cancel()
            with suppress(WorkerError):
                await self._worker.wait()

    def changed(self, worker: Worker[None]) -> None:
        """A worker of the app changed its state: if it was ours and is done, the next prompt begins."""
        if worker is self._worker and worker.is_finished:
            self._finish(stopped=worker.is_cancelled)

    def _next(self) -> None:
        if self._open and self._waiting and self._worker is None:
            text = self._waiting.pop(0)
            self.begins(text)
            self._begun = False
            self._worker = self.run(partial(self._work, text))
        self.waits(self._waiting)

    async def _work(self, text: str) -> None:
        self._begun = True
        await self.answer(text)

    def _finish(self, *, stopped: bool) -> None:
        self._worker = None
        self.over(stopped)
        self._next()
