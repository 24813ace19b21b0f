"""The lines around the composer: the status line, the prompts that wait, and the mark of unseen lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from time import monotonic

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from haikuterm.core.guard import visible_line
from haikuterm.ui.present import Segment, fit

GAP = "  "
SHOWN_PROMPTS = 3


@dataclass
class Scrolled(Message):
    """The user wants the conversation moved; where: the transcript's action, as in "page_up" or "scroll_end"."""

    where: str


class StatusLine(Widget):
    """Model, costs and context on the left, what goes on now on the right; keeps no timer but for a countdown."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(id="status")
        self._clock = clock
        self._segments: tuple[Segment, ...] = ()
        self._activity = ""
        self._until = 0.0
        self._timer: Timer | None = None

    def show(self, segments: Sequence[Segment]) -> None:
        """Show these segments on the left."""
        if self._segments != tuple(segments):
            self._segments = tuple(segments)
            self.refresh()

    def tell(self, activity: str) -> None:
        """Say on the right what goes on now; "" for nothing. Ends a countdown."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._activity != activity:
            self._activity = activity
            self.refresh()

    def count_down(self, what: str, seconds: float) -> None:
        """Say `what` with the seconds that are left, "{}" standing for them, until told otherwise."""
        self.tell(what)
        self._until = self._clock() + seconds
        self._timer = self.set_interval(1.0, self.refresh)

    @property
    def activity(self) -> str:
        """What stands on the right, with the seconds that are left filled in."""
        if self._timer is None:
            return self._activity
        return self._activity.format(max(0, ceil(self._until - self._clock())))

    def render(self) -> Content:
        """Everything that fits; the activity is kept longest."""
        width, activity = self.content_size.width, self.activity
        right = (Segment(activity, -1, "accent"),) if activity else ()
        shown = fit((*self._segments, *right), width, len(GAP))
        pieces = [Content.styled(segment.text, f"$hk-{segment.role}") for segment in shown]
        if not (right and shown):
            return Content(GAP).join(pieces)
        left = Content(GAP).join(pieces[:-1])
        space = width - left.cell_length - pieces[-1].cell_length
        return Content.assemble(left, " " * max(0, space), pieces[-1])


class Waiting(Widget):
    """The prompts that were sent while a turn runs, first to go first; hidden while there are none."""

    def __init__(self) -> None:
        super().__init__(id="waiting")
        self._prompts: tuple[str, ...] = ()
        self.display = False

    def show(self, prompts: Sequence[str]) -> None:
        """Show these instead."""
        self._prompts = tuple(prompts)
        self.display = bool(prompts)
        self.refresh(layout=True)

    def render(self) -> Content:
        """One line for each of the first prompts, and how many more there are."""
        rows = [f"next: {visible_line(' '.join(prompt.split()))}" for prompt in self._prompts[:SHOWN_PROMPTS]]
        if len(self._prompts) > SHOWN_PROMPTS:
            rows[-1] += f"  (and {len(self._prompts) - SHOWN_PROMPTS + 1} more)"
        width = self.content_size.width
        return Content("\n").join(Content(row).truncate(width, ellipsis=True) for row in rows)


class Unseen(Widget):
    """Says that there are new lines below while the reader is further up; a click goes there."""

    def __init__(self) -> None:
        super().__init__(id="unseen")
        self._text = ""
        self.display = False

    def show(self, lines: int) -> None:
        """Say how many lines there are below; 0 hides the mark."""
        noun = "line" if lines == 1 else "lines"
        self._text = f" ↓ {lines} new {noun} · Ctrl+End "
        self.display = lines > 0
        self.styles.width = cell_len(self._text)
        self.refresh()

    def render(self) -> Content:
        """The mark."""
        return Content(self._text)

    def on_click(self, event: Click) -> None:
        """Ask for the end."""
        event.stop()
        self.post_message(Scrolled("scroll_end"))
