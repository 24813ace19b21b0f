"""What the engine tells a face: the Event union, and its JSON form.

Events are facts, in the order in which they became true. A face may ignore any of them but TurnEnded.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from haikuterm.core.changes import FileChange, Proposal, Rejection
from haikuterm.core.findings import CheckReport, Finding
from haikuterm.core.money import Charge, Total

Stop = Literal["done", "cut_off", "cancelled", "refused", "failed", "over_budget"]
Level = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """A prompt was taken; `model` is the id that will be asked."""

    prompt: str
    model: str
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer. `text` is raw: a face shows it through `guard.visible`."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """More of the model's reasoning, where it shows any."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool began; `summary` is one line, as in "read app.py 1-40"."""

    id: str
    name: str
    summary: str


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """A tool is done; `output` is what the model is told."""

    id: str
    name: str
    ok: bool
    summary: str
    output: str = ""


@dataclass(frozen=True, slots=True)
class ShellStarted:
    """A command of the user's began in their shell."""

    command: str


@dataclass(frozen=True, slots=True)
class ShellOutput:
    """More of what it prints; safe to show, but for carriage returns: each begins the last line anew."""

    text: str


@dataclass(frozen=True, slots=True)
class ShellEnded:
    """It ended by itself. code: its exit code, less than 0 for a signal; lines: how many it printed."""

    command: str
    code: int
    seconds: float
    lines: int


@dataclass(frozen=True, slots=True)
class EditsProposed:
    """The model wants these changes; nothing is written."""

    proposal: Proposal


@dataclass(frozen=True, slots=True)
class EditsApplied:
    """These files were written; `step` names the undo unit."""

    step: str
    files: tuple[FileChange, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """The files' paths, in order."""
        return tuple(change.path for change in self.files)


@dataclass(frozen=True, slots=True)
class EditsRefused:
    """The user said no to these files or hunks; `word` is what they said about all of it."""

    rejected: tuple[Rejection, ...]
    word: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """The files' paths, each once."""
        return tuple(dict.fromkeys(rejection.path for rejection in self.rejected))


@dataclass(frozen=True, slots=True)
class ChangesShown:
    """The user asked to see these changes; `title` says which they are."""

    title: str
    files: tuple[FileChange, ...]


@dataclass(frozen=True, slots=True)
class Undone:
    """These files hold their bytes of before again (or, with redo, of after)."""

    paths: tuple[str, ...]
    redo: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """The checker ran; `before` counts the findings before the edit, None where it was not run then."""

    report: CheckReport
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Tries:
    """What a model did in a run of the lint ladder. jobs: requests for new work; first: of them right at once."""

    model: str
    fixed: int = 0
    jobs: int = 0
    first: int = 0


@dataclass(frozen=True, slots=True)
class LintFixed:
    """A run of the lint ladder is over. found, free: findings at first, and gone by the linters' own fixers.

    left: what nobody fixed. usd: what the run cost, None where a price is not known.
    """

    found: int
    free: int
    tries: tuple[Tries, ...]
    left: tuple[Finding, ...]
    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Charged:
    """One request was paid for; `turn` and `session` are the totals with it."""

    charge: Charge
    turn: Total
    session: Total


@dataclass(frozen=True, slots=True)
class Retrying:
    """A request failed and goes out again after `wait` seconds."""

    reason: str
    wait: float
    attempt: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Escalated:
    """The next request goes to a bigger model, for the reason given."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class ModelChanged:
    """The session goes on with another model; `notes` say what that changes."""

    old: str
    new: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttachmentsChanged:
    """The attached files are these now; usd: about what sending them once costs, None if unpriced."""

    paths: tuple[str, ...]
    tokens: int
    usd: Decimal | None = Decimal(0)


@dataclass(frozen=True, slots=True)
class Progress:
    """Something long goes on (a download); done and total count `unit`s, total 0 if unknown.

    note: what else is worth knowing of it now, as in "12 findings left, $0.0031".
    """

    what: str
    done: int
    total: int
    unit: str = "B"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A line for the user. `markdown`: the text is a small document (help, a table)."""

    text: str
    level: Level = "info"
    markdown: bool = False


@dataclass(frozen=True, slots=True)
class Cleared:
    """The conversation is empty again; attachments stay unless `all`."""

    all: bool = False


@dataclass(frozen=True, slots=True)
class Compacted:
    """The conversation is shorter now, or as long as before again; before, after: tokens of the window, about.

    how: "shortened" for free, by a "summary", or "restored". usd: what it cost, None if unpriced. summary: its text.
    """

    how: Literal["shortened", "summary", "restored"]
    before: int
    after: int
    usd: Decimal | None = Decimal(0)
    summary: str = ""


@dataclass(frozen=True, slots=True)
class ThemeChanged:
    """The user chose a theme by name."""

    name: str


@dataclass(frozen=True, slots=True)
class VimChanged:
    """The user wants vim's keys from now on, or no longer."""

    on: bool


@dataclass(frozen=True, slots=True)
class Drafted:
    """This text is for the input: the user goes on writing it."""

    text: str


@dataclass(frozen=True, slots=True)
class CopyAsked:
    """The user wants this text on the clipboard; what: it is, as in "the last answer".

    done: whether the desktop has it already; a face sends it to the terminal (OSC 52) in any case.
    """

    text: str
    what: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class FindAsked:
    """The user looks for these words in the conversation. found: the lines that hold them, for faces that list them."""

    words: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuitAsked:
    """The user wants to leave."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn is over; `reason` is a sentence wherever stop is not "done"."""

    stop: Stop
    reason: str = ""


Event: TypeAlias = (
    TurnStarted
    | TextDelta
    | ThinkingDelta
    | ToolStarted
    | ToolEnded
    | ShellStarted
    | ShellOutput
    | ShellEnded
    | EditsProposed
    | EditsApplied
    | EditsRefused
    | ChangesShown
    | Undone
    | Checked
    | LintFixed
    | Charged
    | Retrying
    | Escalated
    | ModelChanged
    | AttachmentsChanged
    | Progress
    | Notice
    | Cleared
    | Compacted
    | ThemeChanged
    | VimChanged
    | Drafted
    | CopyAsked
    | FindAsked
    | QuitAsked
    | TurnEnded
)


def to_json(event: Event) -> dict[str, Any]:
    """The event as a JSON object; `type` is the event's name in snake case, money is text."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    return {"type": name, **_object(event)}


def _object(value: Any) -> dict[str, Any]:
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return _object(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return _bytes(value)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list, frozenset)):
        return [_plain(v) for v in value]
    return value


def _bytes(data: bytes) -> str | dict[str, str]:
    """Text where the bytes are UTF-8, else base64 under a key that says so."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": b64encode(data).decode("ascii")}
