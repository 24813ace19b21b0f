"""How long work looks in all faces: a bar with the time left where there is room; on a stream one line, redrawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from shutil import get_terminal_size
from time import monotonic
from typing import Protocol, TextIO

from haikuterm.core.changes import Proposal
from haikuterm.core.events import Progress
from haikuterm.core.guard import visible_line
from haikuterm.core.ports import Asker, Question, Verdict
from haikuterm.core.progress import Pace, told
from haikuterm.ui.plain import Milestones
from haikuterm.ui.present import cells, line

REDRAW = 0.1  # seconds; a terminal over the network is slow
WIDEST, NARROWEST = 24, 6  # columns of a bar between its ends; one that has not even these is left out
EIGHTHS = " ▏▎▍▌▋▊▉█"
ENDS = "▕▏"


@dataclass(slots=True)
class Gauge:
    """Turns progress into one line.

    clock: seconds that only grow. moving: whether the bar may grow by eighths. ascii: no sign but those of ASCII.
    """

    clock: Callable[[], float] = monotonic
    moving: bool = True
    ascii: bool = False
    pace: Pace = field(default_factory=Pace)

    def see(self, event: Progress) -> None:
        """Take a sign of life."""
        self.pace = self.pace.after(event.what, event.done, event.total, self.clock())

    @property
    def over(self) -> bool:
        """Whether what was seen last was the end of something."""
        return 0 < self.pace.total <= self.pace.done

    def forget(self) -> None:
        """What was seen is over and told."""
        self.pace = Pace()

    def line(self, event: Progress, width: int, hint: str = "") -> str:
        """The event as one line that is safe to print, at most so many columns.

        Least important first, what has no room goes: the hint, the note, the name, the time left, the bar.
        """
        what = visible_line(event.what)
        note = ", ".join(part for part in (_amount(event), visible_line(event.note)) if part)
        share, left = self.pace.share, self.pace.left
        if share is None:
            return _fitting([[what, note, hint], [what, note], [what]], width)
        figure = f"{share:.0%}"
        figures = f"{figure}, {told(left)} left" if left is not None else figure
        for head, tail in ((what, [note, hint]), (what, [note]), (what, []), ("", [])):
            text = (", " if self.ascii else " · ").join(part for part in (figures, *tail) if part)
            room = width - cells(f"{head} {text}" if head else text) - len(ENDS) - 1
            if room >= NARROWEST:
                drawn = bar(share, min(room, WIDEST), moving=self.moving, ascii=self.ascii)
                return " ".join(part for part in (head, drawn, text) if part)
        return _fitting([[figures], [figure]], width)


def _fitting(rows: list[list[str]], width: int) -> str:
    """The first row that fits, its parts set apart; else the last, cut."""
    for row in rows:
        text = " · ".join(part for part in row if part)
        if cells(text) <= width:
            return text
    return text if width < 2 else f"{text[: width - 1]}…"


def _amount(event: Progress) -> str:
    """How much is done of how much, in its unit; "" where nothing can be said."""
    scale, unit = (1_000_000, "MB") if event.unit == "B" else (1, visible_line(event.unit))
    whole = f" of {event.total / scale:.0f}" if event.total else ""
    return f"{event.done / scale:.0f}{whole} {unit}" if event.done or whole else ""


def bar(share: float, width: int, *, moving: bool = True, ascii: bool = False) -> str:  # noqa: A002 - what it is
    """A bar of so many columns between its two ends; not moving: it grows by whole columns."""
    if ascii:
        full = int(share * width)
        return f"[{'#' * full}{'-' * (width - full)}]"
    eighths = int(share * width * 8)
    full, part = divmod(eighths, 8)
    body = "█" * full + (EIGHTHS[part] if moving and part else "")
    return f"{ENDS[0]}{body:<{width}}{ENDS[1]}"


@dataclass(slots=True)
class LiveLine:
    """Progress on a stream: on a terminal one line that is drawn over, else a plain line at the start of each tenth.

    width: columns of the terminal. plain: plain lines on a terminal too, as a screen reader wants them.
    """

    err: TextIO | Raw
    width: Callable[[], int] = lambda: 80
    plain: bool = False
    clock: Callable[[], float] = monotonic
    shown: bool = False
    _milestones: Milestones = field(default_factory=Milestones)
    _gauge: Gauge | None = None
    _drawn: tuple[float, Progress] | None = None

    @property
    def live(self) -> bool:
        """Whether the line is drawn over."""
        return not self.plain and self.err.isatty()

    def show(self, event: Progress) -> None:
        """Draw it; not more often than a terminal can take."""
        if not self.live:
            self._tell(event)
            return
        if self._gauge is None:
            self._gauge = Gauge(self.clock, ascii=not _takes_blocks(self.err))
        self._gauge.see(event)
        now = self.clock()
        if self.shown and self._drawn and not _due(*self._drawn, event, now):
            return
        self._drawn, self.shown = (now, event), True
        self._put(f"\r\x1b[K{self._gauge.line(event, max(1, self.width() - 1))}")

    def clear(self) -> None:
        """Take the line away, before something else is written."""
        if self.shown:
            self._put("\r\x1b[K")
            self.shown = False

    def _tell(self, event: Progress) -> None:
        shown = line(event) if self._milestones.due(event) else None
        if shown:
            self._put(f"{shown.text}\n")

    def _put(self, text: str) -> None:
        """Write at once; what the stream's encoding cannot say becomes an escape of backslashes."""
        try:
            self.err.write(text)
        except UnicodeEncodeError as error:
            self.err.write(text.encode(error.encoding, "backslashreplace").decode(error.encoding))
        self.err.flush()


@dataclass(frozen=True, slots=True)
class Uncovered:
    """An asker on the terminal of a live line, which is taken away before a question is put."""

    asker: Asker
    line: LiveLine

    async def approve(self, proposal: Proposal) -> Verdict:
        """Ask about a diff."""
        self.line.clear()
        return await self.asker.approve(proposal)

    async def edit(self, text: str, name: str) -> str | None:
        """Open the editor."""
        self.line.clear()
        return await self.asker.edit(text, name)

    async def choose(self, question: Question) -> str | None:
        """Ask for a choice."""
        self.line.clear()
        return await self.asker.choose(question)


class Output(Protocol):
    """What prompt_toolkit calls a terminal."""

    def write_raw(self, data: str) -> None:
        """Write as it is."""
        ...

    def flush(self) -> None:
        """Let it be seen."""
        ...

    def encoding(self) -> str:
        """The name of its codec."""
        ...


@dataclass(frozen=True, slots=True)
class Raw:
    """An Output as a stream for a live line; in raw mode a line's end is its carriage return too."""

    output: Output

    @property
    def encoding(self) -> str:
        """The name of its codec."""
        return self.output.encoding()

    def isatty(self) -> bool:
        """It is a terminal."""
        return True

    def write(self, text: str) -> None:
        """Write."""
        self.output.write_raw(text.replace("\n", "\r\n"))

    def flush(self) -> None:
        """Let it be seen."""
        self.output.flush()


def live_line(err: TextIO) -> LiveLine:
    """The line of long work for a stream of the program's own, as wide as its terminal is at that moment."""
    return LiveLine(err, lambda: get_terminal_size().columns)


def _due(drawn_at: float, drawn: Progress, event: Progress, now: float) -> bool:
    """Whether a drawing is worth it: some time has passed, the work is another one, or it is done."""
    if drawn.what != event.what or drawn.note != event.note:
        return True
    return now - drawn_at >= REDRAW or (event.done == event.total and event.done != drawn.done)


def _takes_blocks(stream: TextIO | Raw) -> bool:
    try:
        f"{EIGHTHS}{ENDS}".encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
