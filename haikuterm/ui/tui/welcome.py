"""The empty conversation: a few quiet rows above the composer that say what to try here, until the first prompt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from haikuterm.engine.suggesting import Outlook
from haikuterm.ui.greeting import idea, where, who, who_shortly

KEY, GAP = "Tab  ", "   "
BESIDE = 46  # columns that a suggestion may take for its reason to stand beside it
LEAST = 16  # columns of a reason that is worth a place beside
FURNITURE = 4  # rows of the composer and the status line


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the welcome. rank: the higher, the sooner it goes where there is no room; text: what a click takes."""

    rank: int
    drawn: Content
    text: str = ""


def rows(outlook: Outlook, width: int, height: int) -> list[Row]:
    """The rows that fit, in their order."""
    head = who(outlook.model)
    made = [
        Row(3, _role(head if cell_len(head) <= width else who_shortly(outlook.model), "muted")),
        Row(2, _role(where(outlook, width), "text")),
        Row(9, Content("")),
        *_ideas(outlook, width),
        Row(8, Content("")),
    ]
    while len(made) > max(1, height):
        made.remove(max(made, key=lambda row: row.rank))
    return [Row(row.rank, row.drawn.truncate(max(1, width), ellipsis=True), row.text) for row in made]


def _ideas(outlook: Outlook, width: int) -> list[Row]:
    """A row for each suggestion, with its reason beside it, or beneath where all of them would not fit."""
    ideas = [(one.text, *idea(one)) for one in outlook.ideas]
    column = max((cell_len(shown) for _, shown, _ in ideas), default=0)
    room = width - len(KEY) - column - len(GAP)
    beside = column <= BESIDE and room >= max(LEAST, *(cell_len(why) for _, _, why in ideas))
    made = []
    for number, (text, shown, why) in enumerate(ideas):
        head = Content.assemble(_role(" " * len(KEY) if number else KEY, "muted"), _role(shown, "accent"))
        if beside:
            space = " " * (column - cell_len(shown)) + GAP
            made.append(Row(4 * number, Content.assemble(head, space, _role(why, "muted")), text))
        else:
            under = _role(" " * len(KEY) + why, "muted")
            made += [Row(4 * number, head, text), Row(4 * number + 1, under, text)]
    return made


def _role(text: str, role: str) -> Content:
    return Content.styled(text, f"$hk-{role}")


class Welcome(Widget):
    """Who answers for how much, where we are, and what to try; a click on a suggestion puts it into the input."""

    DEFAULT_CSS = """
    Welcome { height: auto; padding: 0 2; }
    """

    @dataclass
    class Chosen(Message):
        """The user wants this in the input."""

        text: str

    def __init__(self, outlook: Outlook, taken: Callable[[], int]) -> None:
        super().__init__(id="welcome")
        self._outlook, self._taken = outlook, taken

    def show(self, outlook: Outlook) -> None:
        """Say this instead."""
        self._outlook = outlook
        self.refresh(layout=True)

    def _rows(self, width: int) -> list[Row]:
        """What fits; what the transcript says already keeps its rows, up to half of all."""
        free = self.screen.size.height - FURNITURE
        return rows(self._outlook, width, free - min(self._taken(), free // 2))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  # Textual's
        """As many rows as fit."""
        return len(self._rows(width))

    def render(self) -> Content:
        """The rows."""
        return Content("\n").join(row.drawn for row in self._rows(self.content_size.width))

    def on_click(self, event: Click) -> None:
        """Take the suggestion under the mouse."""
        offset, made = event.get_content_offset(self), self._rows(self.content_size.width)
        text = made[offset.y].text if offset and offset.y < len(made) else ""
        if text:
            event.stop()
            self.post_message(self.Chosen(text))
