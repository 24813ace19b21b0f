"""Takes out of a message what a reader wants of it: its code to the clipboard, its links to the browser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from textual.app import App
from textual.message import Message

from haikuterm.core.guard import visible_line
from haikuterm.core.pieces import code_blocks, links
from haikuterm.core.ports import Option, Question
from haikuterm.ui.tui import opening


@dataclass
class Copied(Message):
    """The reader wants this on the clipboard; what: it is, in a word."""

    text: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Taking:
    """ask: lets the user choose. root: of the repository, whose files links may open. browse: opens an address."""

    app: App[int]
    ask: Callable[[Question], Awaitable[str | None]]
    root: Callable[[], str]
    browse: Callable[[str], bool] = opening.browse

    async def code(self, source: str) -> None:
        """Copy a block of code; of several, the one that is chosen."""
        blocks = code_blocks(source)
        rows = [f"{block.language or 'code'} · {_size(block.text)} · {_first(block.text)}" for block in blocks]
        self._choose("Copy which code?", rows, lambda n: self.app.post_message(Copied(blocks[n].text, "code")))

    async def link(self, source: str) -> None:
        """Open a link, after its whole address was seen."""
        found = [to for to in (opening.target(each, self.root()) for each in links(source)) if to]
        title = "Open this link?" if len(found) == 1 else "Open which link?"
        self._choose(title, found, lambda n: self._open(found[n]), always=True)

    def _open(self, address: str) -> None:
        async def aside() -> None:
            await asyncio.to_thread(self.browse, address)

        self.app.run_worker(aside(), group="link")

    def _choose(self, title: str, rows: Sequence[str], then: Callable[[int], object], *, always: bool = False) -> None:
        """Do it with the only row at once, else with the one that is chosen. always: ask in any case."""
        if not rows:
            self.app.bell()
        elif len(rows) == 1 and not always:
            then(0)
        else:
            options = tuple(Option(str(n), visible_line(row)) for n, row in enumerate(rows))

            async def chosen() -> None:
                answer = await self.ask(Question(title, options))
                if answer is not None:
                    then(int(answer))

            self.app.run_worker(chosen(), group="dialog", exclusive=True)


def _size(text: str) -> str:
    lines = text.count("\n")
    return f"{lines} line{'' if lines == 1 else 's'}"


def _first(text: str) -> str:
    return next((line.strip() for line in text.split("\n") if line.strip()), "")
