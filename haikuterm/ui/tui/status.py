"""The lines around the composer: the status line, the prompts that wait, and the mark of unseen lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from time import monotonic

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.geometry import Region
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from haikuterm.core.guard import visible_line
from haikuterm.ui.segments import Segment, fit, next_change, shown

GAP = "  "
LATE = 0.02  # seconds after a countdown's next number, so that a timer never comes just before it
SHOWN_PROMPTS = 3


@dataclass
class Scrolled(Message):
    """The user wants the conversation moved; where: the transcript's action, as in "page_up" or "scroll_end"."""

    where: str


class StatusLine(Widget):
    """Model, costs and context on the left, what goes on now on the right; keeps no timer but for a countdown.

    The countdown of the prompt cache wakes it every ten seconds, in its last minute more often, and not at all while
    the terminal has not the focus.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(id="status")
        self._clock = clock
        self._segments: tuple[Segment, ...] = ()
        self._activity = ""
        self._until = 0.0
        self._timer: Timer | None = None
        self._tick: Timer | None = None
        self._drawn: tuple[Segment, ...] = ()

    def on_mount(self) -> None:
        """Learn when the terminal gains or loses the focus."""
        self.watch(self.app, "app_focus", self._look, init=False)

    def show(self, segments: Sequence[Segment]) -> None:
        """Show these segments on the left."""
        if self._segments != tuple(segments):
            self._segments = tuple(segments)
            self._look()

    def _look(self) -> None:
        """Draw all of it, and again when a countdown needs it."""
        self.refresh()
        self._wind()

    def _wind(self) -> None:
        """Set the one timer for the next number of a countdown, if there is one and somebody looks."""
        if self._tick is not None:
            self._tick.stop()
        seen = self.is_mounted and self.app.app_focus
        wait = next_change(self._fitting(), self._clock()) if seen else None
        self._tick = None if wait is None else self.set_timer(wait + LATE, self._count)

    def _count(self) -> None:
        """Draw the cells of the countdown alone, or everything if it is over."""
        before, now = self._drawn, self._fitting()
        same = [segment.until for segment in before] == [segment.until for segment in now]
        self.refresh(*(_counting(now) if same else ()))
        self._wind()

    def on_resize(self) -> None:
        """A countdown may have found room, or lost it."""
        self._wind()

    def tell(self, activity: str) -> None:
        """Say on the right what goes on now; "" for nothing. Ends a countdown."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._activity != activity:
            self._activity = activity
            self.refresh()

    def count_down(self, what: str, seconds: float, then: str) -> None:
        """Say `what` with the seconds that are left, "{}" standing for them; `then`, once they are over."""
        self.tell(what)
        self._until = self._clock() + seconds
        self._timer = self.set_interval(1.0, lambda: self._wait(then))

    def _wait(self, then: str) -> None:
        if self._clock() < self._until:
            self.refresh()
        else:
            self.tell(then)

    @property
    def activity(self) -> str:
        """What stands on the right, with the seconds that are left filled in."""
        if self._timer is None:
            return self._activity
        return self._activity.format(max(0, ceil(self._until - self._clock())))

    def _now(self) -> Segment | None:
        """What goes on now; where there is no room for the hint, without it."""
        width, activity = self.content_size.width, self.activity
        if cell_len(activity) > width:
            activity = Content(activity.partition(" · ")[0]).truncate(width, ellipsis=True).plain
        return Segment(activity, -1, "accent") if activity else None

    def _fitting(self) -> tuple[Segment, ...]:
        """Everything that fits, as it is to be drawn at this moment; the activity is kept longest."""
        now = self._now()
        return fit((*shown(self._segments, self._clock()), *([now] if now else [])), self.content_size.width, len(GAP))

    def render(self) -> Content:
        """What fits: what is on the left, and the activity at the right edge."""
        self._drawn = self._fitting()
        pieces = [Content.styled(segment.text, f"$hk-{segment.role}") for segment in self._drawn]
        if not (self._drawn and self._drawn[-1].rank < 0):
            return Content(GAP).join(pieces)
        left = Content(GAP).join(pieces[:-1])
        space = self.content_size.width - left.cell_length - pieces[-1].cell_length
        return Content.assemble(left, " " * max(0, space), pieces[-1])


def _counting(drawn: Sequence[Segment]) -> Iterator[Region]:
    """The cells of what counts down."""
    x = 0
    for segment in drawn:
        width = cell_len(segment.text)
        if segment.until:
            yield Region(x, 0, width, 1)
        x += width + len(GAP)


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
        shown = self._prompts if len(self._prompts) <= SHOWN_PROMPTS else self._prompts[: SHOWN_PROMPTS - 1]
        rows = [f"next: {visible_line(' '.join(prompt.split()))}" for prompt in shown]
        if more := len(self._prompts) - len(shown):
            rows.append(f"and {more} more; Up takes the last one back")
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
