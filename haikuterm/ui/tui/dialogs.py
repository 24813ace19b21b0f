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

FEW = 6  # options that need not be narrowed: a question rather than a list
ROWS = 24  # of options in sight at most; the height of the terminal may leave fewer
BESIDE = 6  # cells of a box's edge that its title does not get
AROUND = 6  # rows that a list leaves to its box and to the screen behind it
READ = 72  # cells of a line of a long title, however wide the screen is
LEFT = 7  # rows that a title leaves to its options
NARROW = 44  # cells of a box at least, as in app.tcss
GAP = "  "
_ACTIONS = actions(LIST_KEYS)


def rows_of_title(title: str, screen: Size) -> int:
    """How many rows a title has inside its box, for a question is read whole; 0: it stands in the box's edge."""
    text = Content(visible_line(title))
    most = min(screen.width * 24 // 25, READ + 4)  # as in app.tcss
    if text.cell_length <= min(NARROW, most) - BESIDE:
        return 0
    return max(0, min(len(text.wrap(max(1, most - 4))), screen.height - LEFT))


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
        self._width = 0

    @property
    def chosen(self) -> Option | None:
        """The row that is chosen, None if the filter left none."""
        return self._shown[self.index] if self._shown else None

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002  # Textual gives them
        """As wide as the title and the widest option, so that the box does not jump while the list is narrowed."""
        title = min(READ, Content(visible_line(self._question.title)).cell_length)
        row = 2 + sum(self._widths) + len(GAP) * (len(self._widths) - 1)
        notes = (4 + cell_len(visible_line(option.note)) for option in self._question.options)
        return max(row, title, *notes)

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

    def go_to(self, sign: str) -> None:
        """Choose the row of this number, or the next one that begins so: as it is shown, or as the engine calls it."""
        count, low = len(self._shown), sign.lower()
        if sign.isdecimal() and 0 < int(sign) <= count:
            self.move(int(sign) - 1 - self.index)
            return
        for index in (*range(self.index + 1, count), *range(self.index)):
            option = self._shown[index]
            if option.label.lower().startswith(low) or option.value.lower().startswith(low):
                self.move(index - self.index)
                return

    def move(self, step: int) -> None:
        """Choose the row that many further on, as far as there are rows."""
        self.index = max(0, min(self.index + step, len(self._shown) - 1))
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  # Textual gives them
        """The same for every row that may be chosen, so that the box does not jump."""
        self._width = width
        return bool(self._question.columns) + max(1, min(self._most, sum(map(len, map(self._entry, self._shown)))))

    @property
    def rows(self) -> int:
        """How many options are in sight."""
        first, end = self._window()
        return max(1, end - first)

    @property
    def _most(self) -> int:
        """Rows that there are for options."""
        above = bool(self._question.columns) + rows_of_title(self._question.title, self.app.size)
        return max(1, min(ROWS, self.app.size.height - AROUND - above))

    def _window(self) -> tuple[int, int]:
        """The first option in sight, and the one after the last; the chosen one stands near the middle."""
        heights = [len(self._entry(option)) for option in self._shown]
        first, end, left = self.index, self.index, self._most
        grown = True
        while grown:
            grown = False
            if end < len(heights) and (heights[end] <= left or end == first):
                end, left, grown = end + 1, left - heights[end], True
            if first and heights[first - 1] <= left:
                first, left, grown = first - 1, left - heights[first - 1], True
        return first, end

    def render(self) -> Content:
        """The headings and the rows in sight."""
        lines: list[Content] = []
        if self._question.columns:
            lines.append(self._line(Content(f"  {self._cells(self._question.columns)}")).stylize("$hk-muted"))
        first, end = self._window()
        for n, option in enumerate(self._shown[first:end], first):
            mark, style = ("❯", chosen(self.app.current_theme)) if n == self.index else (" ", "")
            for row, (text, note) in enumerate(self._entry(option)):
                line = self._line(Content(f"{' ' if row else mark} {text}"))
                lines.append(line.stylize("$hk-muted" if note else style))
        if not self._shown:
            lines.append(Content.styled("  nothing like that", "$hk-muted"))
        return Content("\n").join(lines)

    def _entry(self, option: Option) -> list[tuple[str, bool]]:
        """The rows of an option, and which of them are its note; a table keeps one row, other texts are not cut."""
        text, width = self._cells((option.label, *option.cells)), max(1, self._width - 2)
        rows = [text] if option.cells else [line.plain for line in Content(text.rstrip() or " ").wrap(width)]
        notes = Content(visible_line(option.note)).wrap(max(1, width - 2)) if option.note else []
        return [*((row, False) for row in rows), *((f"  {line.plain}", True) for line in notes)]

    def _cells(self, cells: Sequence[str]) -> str:
        """The columns side by side: the first to the left, numbers and the like to the right."""
        padded = []
        for n, (cell, width) in enumerate(zip(map(visible_line, cells), self._widths, strict=False)):
            space = " " * (width - cell_len(cell))
            padded.append(cell + space if n == 0 else space + cell)
        return GAP.join(padded)

    def _line(self, text: Content) -> Content:
        return text.truncate(self._width, ellipsis=True, pad=True)

    def on_click(self, event: Click) -> None:
        """Choose the row beneath the pointer."""
        first, end = self._window()
        rows = [n for n in range(first, end) for _ in self._entry(self._shown[n])]
        row = event.y - bool(self._question.columns)
        if 0 <= row < len(rows):
            self.index = rows[row]
            self.post_message(self.Chosen())


class Picker(OnceScreen[str | None]):
    """A question with options. The value of the chosen option, or None.

    Typing narrows a long list; in a short one it goes to a row, so that the "n" of somebody who says no narrows nothing
    down to the "run it" that it stands in.

    trouble: a sentence shown above, as when the last choice did not work. highlighted: is told the value of each row
    that is looked at after the first.
    """

    AUTO_FOCUS = ""

    def __init__(
        self, question: Question, trouble: str = "", highlighted: Callable[[str], object] | None = None
    ) -> None:
        super().__init__(classes="clear" if question.themes else None)
        self._highlighted = highlighted
        self._question, self._trouble = question, trouble
        self._query = ""
        self._narrows = len(question.options) > FEW
        self._options = Options(question)
        self._filter = Static(id="filter")

    def compose(self) -> ComposeResult:
        """A box with title, filter and list."""
        with Vertical(classes="box") as box:
            title = Content(visible_line(self._question.title))
            if rows := rows_of_title(self._question.title, self.app.size):
                question = Static(title, classes="question")
                question.styles.max_height = rows
                yield question
            else:
                box.border_title = title
            box.border_subtitle = Content("Enter takes it · Esc leaves")
            if self._trouble:
                yield Static(Content(visible_line(self._trouble)), classes="trouble")
            yield self._filter
            yield self._options

    def on_mount(self) -> None:
        """Say how to narrow the list."""
        self._show_filter()

    def _show_filter(self) -> None:
        self._filter.display = self._narrows
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
        elif action in ("less", "all") and self._narrows:
            self._narrow(self._query[:-1] if action == "less" else "")
        elif moved := step(action, self._options.rows):
            self._options.move(moved)
            self._tell()
        elif event.is_printable and event.character and self._narrows:
            self._narrow(self._query + event.character)
        elif event.is_printable and event.character:
            self._options.go_to(event.character)
            self._tell()

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
