"""The search through earlier prompts: newest first, narrowed by what is typed, the matches marked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click, Key, Paste
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from haikuterm.core.guard import visible_line
from haikuterm.ui.tui.keys import HISTORY_KEYS, actions, step
from haikuterm.ui.tui.once import OnceScreen
from haikuterm.ui.tui.palette import chosen

ROWS = 12  # prompts in sight at most
BEFORE = 12  # signs that are shown before a match that lies far to the right
_ACTIONS = actions(HISTORY_KEYS)


class Search:
    """Prompts that hold every word of the query; capitals count once the query has one."""

    def __init__(self, prompts: Sequence[str]) -> None:
        self._all = [(prompt, prompt.lower()) for prompt in prompts]
        self._query, self._left = "", self._all

    def find(self, query: str) -> list[str]:
        """Those that hold the query, in their order; one that only goes on looks at what was left before."""
        exact = query != query.lower()
        start = self._left if query.startswith(self._query) and self._query == self._query.lower() else self._all
        words = query.split()
        self._left = [pair for pair in start if all(word in pair[0 if exact else 1] for word in words)]
        self._query = query
        return [prompt for prompt, _ in self._left]


def row(prompt: str, query: str, width: int, marked: str = "bold underline $hk-accent") -> Content:
    """A prompt in one line: the one of its lines that holds the match. marked: the style of the matches."""
    words = [re.escape(word) for word in sorted(query.split(), key=len, reverse=True)]
    pattern = re.compile("|".join(words) or r"(?!)", 0 if query != query.lower() else re.IGNORECASE)
    lines = prompt.strip().split("\n")
    line = visible_line(next((one for one in lines if pattern.search(one)), lines[0]).strip())
    more = f"  +{len(lines) - 1} line{'s' * (len(lines) > 2)}" if len(lines) > 1 else ""
    room = max(1, width - cell_len(more))
    first = pattern.search(line)
    if first and cell_len(line[: first.end()]) > room:
        line = f"…{line[max(0, first.start() - BEFORE) :]}"
    shown = Content(line).truncate(room, ellipsis=True)
    for found in pattern.finditer(shown.plain):
        shown = shown.stylize(marked, found.start(), found.end())
    return Content.assemble(shown, (more, "$hk-muted"))


class Found(Widget):
    """The prompts that were found, one of them chosen."""

    class Chosen(Message):
        """A row was clicked."""

    def __init__(self, prompts: Sequence[str]) -> None:
        super().__init__(id="found")
        self._search = Search(prompts)
        self._query, self._shown, self.index = "", list(prompts), 0

    @property
    def chosen(self) -> str | None:
        """The prompt that is chosen, None if there is none."""
        return self._shown[self.index] if self._shown else None

    def narrow(self, query: str) -> None:
        """Show those that hold the query."""
        self._query, self._shown, self.index = query, self._search.find(query), 0
        self.refresh(layout=True)

    def move(self, step: int) -> None:
        """Choose another one, as far as there are any."""
        self.index = max(0, min(self.index + step, len(self._shown) - 1))
        self.refresh()

    @property
    def rows(self) -> int:
        """How many are in sight."""
        return max(1, min(ROWS, self.app.size.height - 6, len(self._shown)))

    @property
    def count(self) -> str:
        """How many were found."""
        return f"{len(self._shown):,} earlier prompt{'s' * (len(self._shown) != 1)}"

    @property
    def _first(self) -> int:
        return max(0, min(self.index - self.rows // 2, len(self._shown) - self.rows))

    def render(self) -> Content:
        """The rows in sight."""
        width, lines = self.content_size.width, []
        for n, prompt in enumerate(self._shown[self._first : self._first + self.rows], self._first):
            mark, style = ("❯ ", chosen(self.app.current_theme)) if n == self.index else ("  ", "")
            found = row(prompt, self._query, width - 2, *(["underline"] if style else []))
            line = Content.assemble(mark, found).truncate(width, pad=True)
            lines.append(line.stylize_before(style) if style else line)
        return Content("\n").join(lines) if lines else Content.styled("  nothing like that", "$hk-muted")

    def on_click(self, event: Click) -> None:
        """Choose the row beneath the pointer."""
        if self._first + event.y < len(self._shown):
            self.index = self._first + event.y
            self.post_message(self.Chosen())


class HistoryScreen(OnceScreen[str | None]):
    """Earlier prompts, newest first; the one that the user takes, or None."""

    AUTO_FOCUS = ""

    def __init__(self, prompts: Sequence[str]) -> None:
        super().__init__()
        self._query = ""
        self._found = Found(prompts)
        self._filter = Static(id="filter")

    def compose(self) -> ComposeResult:
        """A box with the filter and the list."""
        with Vertical(classes="box") as box:
            box.border_title = Content("Earlier prompts")
            box.border_subtitle = Content("Enter takes it · Ctrl+R older · Esc leaves")
            yield self._filter
            yield self._found

    def on_mount(self) -> None:
        """Say how to search."""
        self._narrow("")

    def on_key(self, event: Key) -> None:
        """Every key is for the search."""
        event.stop()
        action = _ACTIONS.get(event.key, "")
        if action == "cancel":
            self.answer(None)
        elif action == "take":
            self.on_found_chosen()
        elif moved := step(action, self._found.rows):
            self._found.move(moved)
        elif action:
            less = {"less": self._query[:-1], "word": self._query.rstrip().rpartition(" ")[0]}
            self._narrow(less.get(action, ""))
        elif event.is_printable and event.character:
            self._narrow(self._query + event.character)

    def on_paste(self, event: Paste) -> None:
        """A paste is searched for, as words."""
        event.stop()
        self._narrow(self._query + " ".join(event.text.split()))

    def _narrow(self, query: str) -> None:
        self._query = query
        self._found.narrow(query)
        empty = Content.styled(f"type to search · {self._found.count}", "$hk-muted")
        count = (f"  {self._found.count}", "$hk-muted")
        self._filter.update(Content.assemble("› ", visible_line(query), "▏", count) if query else empty)

    def on_found_chosen(self) -> None:
        """Answer with the chosen prompt, if there is one."""
        if self._found.chosen is not None:
            self.answer(self._found.chosen)
