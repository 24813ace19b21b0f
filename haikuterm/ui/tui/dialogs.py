"""The list to choose from, in front of the conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click, Key
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from haikuterm.core.fuzzy import rank
from haikuterm.core.guard import visible_line
from haikuterm.core.ports import Option, Question
from haikuterm.ui.tui.keys import LIST_KEYS, actions, step
from haikuterm.ui.tui.once import OnceScreen
from haikuterm.ui.tui.palette import chosen

FEW = 6  # options that need no word on how to narrow them
ROWS = 12  # options in sight at most; the height of the terminal may leave fewer
GAP = "  "
_ACTIONS = actions(LIST_KEYS)


class Options(Widget):
    """Options as the rows of a table, one of them chosen."""

    class Chosen(Message):
        """A row was clicked."""

    def __init__(self, question: Question) -> None:
        super().__init__(id="options")
        self._question = question
        self._shown = list(question.options)
        self.index = next((n for n, o in enumerate(self._shown) if o.value == question.selected), 0)
        rows = [(o.label, *o.cells) for o in question.options] + [question.columns]
        count = max((len(row) for row in rows), default=0)
        self._widths = [
            max((cell_len(visible_line(row[n])) for row in rows if n < len(row)), default=0) for n in range(count)
        ]
        self._tall = any(option.note for option in question.options)

    @property
    def chosen(self) -> Option | None:
        """The row that is chosen, None if the filter left none."""
        return self._shown[self.index] if self._shown else None

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002  # Textual gives them
        """As wide as the widest row of all options, so that the box does not jump while the list is narrowed."""
        row = 2 + sum(self._widths) + len(GAP) * (len(self._widths) - 1)
        return max(row, *(4 + cell_len(visible_line(option.note)) for option in self._question.options), 0)

    def narrow(self, query: str) -> None:
        """Show only what holds the query's letters, best first."""
        options = self._question.options
        if query:
            texts = {f"{' '.join((o.label, *o.cells))}\n{n}": o for n, o in enumerate(options)}
            self._shown = [texts[name] for name in rank(query, texts, len(texts))]
        else:
            self._shown = list(options)
        self.index = 0
        self.refresh(layout=True)

    def move(self, step: int) -> None:
        """Choose the row that many further on, as far as there are rows."""
        self.index = max(0, min(self.index + step, len(self._shown) - 1))
        self.refresh()

    @property
    def rows(self) -> int:
        """How many options are in sight."""
        height = self.app.size.height - 6 - bool(self._question.columns)
        return max(1, min(ROWS, height // (2 if self._tall else 1), len(self._shown)))

    @property
    def _first(self) -> int:
        return max(0, min(self.index - self.rows // 2, len(self._shown) - self.rows))

    def render(self) -> Content:
        """The headings and the rows in sight."""
        lines: list[Content] = []
        if self._question.columns:
            lines.append(self._line(f"  {self._cells(self._question.columns)}").stylize("$hk-muted"))
        for n, option in enumerate(self._shown[self._first : self._first + self.rows], self._first):
            mark, style = ("❯", chosen(self.app.current_theme)) if n == self.index else (" ", "")
            lines.append(self._line(f"{mark} {self._cells((option.label, *option.cells))}").stylize(style))
            if self._tall:
                lines.append(self._line(f"    {visible_line(option.note)}").stylize("$hk-muted"))
        return Content("\n").join(lines) if lines else Content.styled("  nothing like that", "$hk-muted")

    def _cells(self, cells: Sequence[str]) -> str:
        """The columns side by side: the first to the left, numbers and the like to the right."""
        padded = []
        for n, (cell, width) in enumerate(zip(map(visible_line, cells), self._widths, strict=False)):
            space = " " * (width - cell_len(cell))
            padded.append(cell + space if n == 0 else space + cell)
        return GAP.join(padded)

    def _line(self, text: str) -> Content:
        return Content(text).truncate(self.content_size.width, ellipsis=True, pad=True)

    def on_click(self, event: Click) -> None:
        """Choose the row beneath the pointer."""
        row = event.y - bool(self._question.columns)
        index = self._first + row // (2 if self._tall else 1)
        if row >= 0 and index < len(self._shown):
            self.index = index
            self.post_message(self.Chosen())


class Picker(OnceScreen[str | None]):
    """A question with options; typing narrows the list. The value of the chosen option, or None.

    trouble: a sentence shown above, as when the last choice did not work. highlighted: is told the value of each row
    that is looked at after the first.
    """

    AUTO_FOCUS = ""

    def __init__(
        self, question: Question, trouble: str = "", highlighted: Callable[[str], object] | None = None
    ) -> None:
        super().__init__()
        self._highlighted = highlighted
        self._question, self._trouble = question, trouble
        self._query = ""
        self._options = Options(question)
        self._filter = Static(id="filter")

    def compose(self) -> ComposeResult:
        """A box with title, filter and list."""
        with Vertical(classes="box") as box:
            box.border_title = Content(visible_line(self._question.title))
            box.border_subtitle = Content("Enter takes it · Esc leaves")
            if self._trouble:
                yield Static(Content(visible_line(self._trouble)), classes="trouble")
            yield self._filter
            yield self._options

    def on_mount(self) -> None:
        """Say how to narrow the list."""
        self._show_filter()

    def _show_filter(self) -> None:
        self._filter.display = bool(self._query) or len(self._question.options) > FEW
        empty = Content.styled("type to narrow", "$hk-muted")
        self._filter.update(Content.assemble("› ", visible_line(self._query), "▏") if self._query else empty)

    def on_key(self, event: Key) -> None:
        """Every key is for the list."""
        event.stop()
        action = _ACTIONS.get(event.key, "")
        if action == "cancel":
            self.answer(None)
        elif action == "take":
            self.on_options_chosen()
        elif action in ("less", "all"):
            self._narrow(self._query[:-1] if action == "less" else "")
        elif action:
            self._options.move(step(action, self._options.rows))
            self._tell()
        elif event.is_printable and event.character:
            self._narrow(self._query + event.character)

    def _narrow(self, query: str) -> None:
        self._query = query
        self._options.narrow(query)
        self._show_filter()
        self._tell()

    def _tell(self) -> None:
        """Say which row is looked at now."""
        if self._highlighted is not None and self._options.chosen is not None:
            self._highlighted(self._options.chosen.value)

    def on_options_chosen(self) -> None:
        """Answer with the chosen row, if the filter left one."""
        if self._options.chosen is not None:
            self.answer(self._options.chosen.value)
