"""Draws what the engine tells: on the transcript, and what goes on now on the status line."""

from __future__ import annotations

from collections.abc import Sequence

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange
from haikuterm.core.diff import diff
from haikuterm.core.guard import visible_line
from haikuterm.ui.present import alias, charge_text, line
from haikuterm.ui.progress import Gauge
from haikuterm.ui.tui.entries import Kind
from haikuterm.ui.tui.printed import Printed
from haikuterm.ui.tui.stamps import Stamps
from haikuterm.ui.tui.status import StatusLine
from haikuterm.ui.tui.transcript import Transcript

STOP_HINT = "Esc stops"
WIDTH, LEAST = 80, 34  # columns of a status line that is not there yet; of a bar with its figures


class Scene:
    """The one who knows which entry of the transcript belongs to which event."""

    def __init__(self, transcript: Transcript, status: StatusLine, *, moving: bool = True) -> None:
        self._transcript, self._status = transcript, status
        self._gauge = Gauge(moving=moving)
        self._flowing: Kind | None = None
        self._tools: dict[str, int] = {}
        self._printed = Printed(transcript)
        self._stamps = Stamps(transcript)
        self._retry: int | None = None  # the line of a wait, if nothing came after it
        self._label = ""
        self._shown_prompt = ""
        self._ended = True

    def prompt(self, text: str, model: str) -> None:
        """The user sent this to a model; shown at once, before the engine says anything."""
        self._shown_prompt, self._ended, self._label = text, False, model
        self._stamps.begins(self._add("user", text))
        doing = "working" if text.startswith("/") else f"asking {model}"  # most commands ask nobody
        self._status.tell("" if text.startswith("!") else f"{doing} · {STOP_HINT}")

    def again(self, asked: str, answered: str) -> None:
        """The last exchange of a conversation that goes on."""
        self._add("user", asked)
        if answered:
            self._flow("reply", answered)
            self._seal()

    def draw(self, event: ev.Event) -> None:
        """Show an event, in its place."""
        self._activity(event)
        self._printed.draw(event)
        self._stamps.see(event)
        match event:
            case ev.TextDelta(text):
                self._flow("reply", text)
            case ev.ThinkingDelta(text):
                self._flow("thinking", text)
            case ev.TurnStarted():
                self._turn(event)
            case ev.ToolStarted() | ev.ToolEnded():
                self._tool(event)
            case (
                ev.EditsProposed() | ev.Progress() | ev.ShellStarted() | ev.ShellOutput()
                | ev.CopyAsked() | ev.FindAsked() | ev.Drafted()
            ):  # fmt: skip
                pass  # seen on the approval screen, on the status line, above, and where one reads
            case ev.EditsApplied(files=files):
                self._changes(files)
                self._line(event)
            case ev.ChangesShown(files=files):
                self._line(event)
                self._changes(files)
            case ev.Notice(text=text, markdown=True):
                self._add("document", text)
            case ev.Cleared():
                self._seal()
                self._transcript.wipe()
                self._line(event)
            case _:
                self._line(event)

    def _activity(self, event: ev.Event) -> None:
        """What goes on now, in a few words."""
        match event:
            case ev.TextDelta():
                self._status.tell(f"answering · {STOP_HINT}")
            case ev.ThinkingDelta():
                self._status.tell(f"thinking · {STOP_HINT}")
            case ev.ToolStarted(name=name):
                self._status.tell(f"{visible_line(name)} · {STOP_HINT}")
            case ev.ToolEnded():
                self._status.tell(f"asking {self._label} · {STOP_HINT}")
            case ev.Retrying(wait=wait):
                self._status.count_down(f"again in {{}} s · {STOP_HINT}", wait, f"asking again · {STOP_HINT}")
            case ev.ShellStarted():
                self._status.tell(f"running · {STOP_HINT}")
            case ev.ShellEnded():
                self._status.tell("")
            case ev.Progress():
                self._gauge.see(event)
                self._status.tell(self._gauge.line(event, self._room, STOP_HINT))
            case ev.TurnStarted() | ev.Notice() if self._gauge.over:
                self._gauge.forget()
                self._status.tell(f"asking {self._label} · {STOP_HINT}" if self._label else "")

    @property
    def _room(self) -> int:
        """Columns of the status line for a bar, so that there is some for the rest as well."""
        width = self._status.content_size.width or WIDTH
        return min(width, max(LEAST, width * 2 // 3))

    def over(self, *, stopped: bool) -> None:
        """Nothing runs any more; who was stopped could not say so himself."""
        self._seal()
        self._printed.over()
        self._stamps.over()
        self._status.tell("")
        if stopped and not self._ended:
            self._line(ev.TurnEnded("cancelled"))

    def _turn(self, event: ev.TurnStarted) -> None:
        self._label = alias(event.model)
        if not self._shown_prompt:
            self._stamps.begins(self._add("user", event.prompt))
        self._shown_prompt = ""

    def _flow(self, kind: Kind, text: str) -> None:
        """More of a reply or a thought; the other one is sealed first."""
        if self._flowing != kind:
            self._seal()
            self._retry = None
            self._transcript.open(kind, self._label if kind == "reply" else "")
            self._flowing = kind
        self._transcript.feed(text)

    def _seal(self) -> None:
        if self._flowing:
            self._transcript.seal()
            self._flowing = None

    def _tool(self, event: ev.ToolStarted | ev.ToolEnded) -> None:
        """One line for each tool: it says what goes on, then what came of it."""
        shown = line(event)
        text = shown.text if shown else ""
        index = self._tools.pop(event.id, None)
        if index is None:
            index = self._add("tool", text)
        if isinstance(event, ev.ToolStarted):
            self._tools[event.id] = index
        else:
            self._transcript.replace(index, text, event.output)

    def _changes(self, files: Sequence[FileChange]) -> None:
        self._seal()
        for change in files:
            self._transcript.add_diff(diff(change), change)

    def _line(self, event: ev.Event) -> None:
        """What all faces show as a line."""
        if isinstance(event, ev.TurnEnded):
            self._seal()
            self._ended = True
            self._tools.clear()
            self._shown_prompt = ""
        if isinstance(event, ev.Charged):
            self._add("charge", charge_text(event.charge))  # what the session cost stands on the status line
        elif (shown := line(event)) is None:
            pass
        elif isinstance(event, ev.Retrying) and self._retry is not None:
            self._transcript.replace(self._retry, shown.text)
        else:
            index = self._add(_kind(shown.role), shown.text)
            self._retry = index if isinstance(event, ev.Retrying) else None

    def _add(self, kind: Kind, text: str) -> int:
        self._seal()
        self._retry = None
        return self._transcript.add(kind, text)


def _kind(role: str) -> Kind:
    """How the transcript draws a line in this role."""
    if role == "warning":
        return "warning"
    return "error" if role == "error" else "notice"
