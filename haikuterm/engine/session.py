"""The session: the only mutable thing of the engine."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from haikuterm.core.changes import Edit
from haikuterm.core.context import for_model
from haikuterm.core.messages import Message, Part, Text, Thinking, ToolResult
from haikuterm.core.models import Model
from haikuterm.core.money import Charge, Total
from haikuterm.core.prefix import CacheLook

_MARGIN = re.compile(r"^(?:\d+\t|[^\s:]+:\d+:)", re.MULTILINE)  # of the lines that read and search show


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with the conversation.

    digest: of the bytes on disk when last looked at. sent: of the bytes the model has seen last, "" if none.
    """

    path: str
    digest: str
    tokens: int
    sent: str = ""

    @property
    def current(self) -> bool:
        """Whether the model has seen the bytes that are on disk."""
        return bool(self.sent) and self.sent == self.digest


@dataclass(frozen=True, slots=True)
class Moment:
    """A session as it was: to go back to when a turn comes to nothing."""

    messages: tuple[Message, ...] = ()
    sent: Mapping[str, str] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()
    held: tuple[Edit, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Session:
    """One conversation: what was said, with whom, about which files, and for how much.

    Its messages are always a valid history: roles alternate, and every tool call has its result.
    seen: files of which the model was shown lines, apart from the attached ones. held: edits of this turn that fit and
    wait for the others of their call. thinking: what /thinking says ("on", "off", "show", "" for the model's own way).
    noted: lines of which one is enough for a session. cache: what the cache did for the last request.
    notes: lines that the model is told with the next prompt.
    """

    root: str
    model: Model
    effort: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    messages: list[Message] = field(default_factory=list)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    total: Total = field(default_factory=Total)
    turn: Total = field(default_factory=Total)
    prompt_tokens: int = 0
    seen: set[str] = field(default_factory=set)
    held: tuple[Edit, ...] = ()
    thinking: str = ""
    noted: set[str] = field(default_factory=set)
    cache: CacheLook | None = None
    notes: tuple[str, ...] = ()

    def say(self, *parts: Part) -> None:
        """Add what the user says; joins a user message that still waits for its answer."""
        if self.messages and self.messages[-1].role == "user":
            last = self.messages.pop()
            parts = (*last.parts, *parts)
        self.messages.append(Message("user", parts))

    def hear(self, message: Message) -> None:
        """Add the model's answer; what no endpoint takes back (blank text, unsigned reasoning) is left out.

        Joins an answer that was paused and goes on.
        """
        parts = tuple(part for part in message.parts if not _refused(part))
        if parts and self.messages and self.messages[-1].role == "assistant":
            parts = (*self.messages.pop().parts, *parts)
        if parts:
            self.messages.append(replace(message, parts=parts))

    def charge(self, charge: Charge) -> None:
        """Count one request."""
        self.turn = self.turn.plus(charge)
        self.total = self.total.plus(charge)

    def switch(self, model: Model) -> None:
        """Go on with another model; what the old one thought is dropped."""
        self.messages = list(for_model(self.messages, self.model, model))
        self.model = model
        self.prompt_tokens = 0

    def mend(self, partial: str, reason: str, results: Sequence[ToolResult] = ()) -> None:
        """Leave a valid history after a turn that did not end by itself.

        partial: the text that was heard of an unfinished answer. reason: why it is unfinished, for the model.
        results: what the tools of the last answer said so far; the other calls are answered with the reason.
        """
        open_calls = self.messages[-1].tool_uses if self.messages and self.messages[-1].role == "assistant" else ()
        if open_calls:
            known = {result.tool_use_id: result for result in results}
            self.say(*(known.get(call.id) or ToolResult(call.id, reason, is_error=True) for call in open_calls))
        if partial.strip():
            self.hear(Message("assistant", (Text(f"{partial.rstrip()}\n[{reason}]"),)))

    def moment(self) -> Moment:
        """The session as it is now."""
        sent = {path: a.sent for path, a in self.attachments.items()}
        return Moment(tuple(self.messages), sent, frozenset(self.seen), self.held, self.notes)

    def go_back(self, moment: Moment) -> None:
        """Forget what was said since; the files stay attached, and what was sent since will be sent again."""
        self.messages = list(moment.messages)
        self.seen, self.held, self.notes = set(moment.seen), moment.held, moment.notes
        for path, attachment in self.attachments.items():
            self.attachments[path] = replace(attachment, sent=moment.sent.get(path, ""))

    def told(self, path: str, digest: str) -> None:
        """The model has seen the whole file with these bytes."""
        self.saw(path)
        if path in self.attachments:
            self.attachments[path] = replace(self.attachments[path], digest=digest, sent=digest)

    def changed(self, path: str, before: str, after: str) -> None:
        """We wrote the file; the model knows the new bytes (SHA-256 in hex) if it knew the ones before."""
        attachment = self.attachments.get(path)
        if attachment and attachment.sent == before:
            self.told(path, after)

    def note(self, line: str) -> None:
        """Tell the model this with the next prompt; one to whom nothing was said yet has nothing to unlearn."""
        if self.messages:
            self.notes = (*self.notes, line)

    def take_notes(self) -> tuple[Text, ...]:
        """What the model is to be told with this prompt; it is told once."""
        notes, self.notes = self.notes, ()
        return tuple(Text(f"({note})") for note in notes)

    def saw(self, path: str) -> None:
        """The model was shown lines of this file, or wrote them itself."""
        self.seen.add(path)

    def knows(self, path: str, text: str) -> bool:
        """Whether the model can know this text of the file.

        It was shown the file, or the text stands word for word in something that it was told: a pasted traceback, a
        linter's output, what a tool showed before the conversation was resumed.
        """
        attached = self.attachments.get(path)
        if path in self.seen or (attached and attached.sent):
            return True
        wanted = _whole_words(text.replace("\r\n", "\n").strip())
        return wanted is not None and any(wanted.search(said) for said in self._told())

    def _told(self) -> Iterator[str]:
        """All that was said to the model; what tools showed also without line numbers."""
        parts = [part for message in self.messages if message.role == "user" for part in message.parts]
        for part in parts:
            if isinstance(part, Text | ToolResult):
                yield part.text.replace("\r\n", "\n")
            if isinstance(part, ToolResult):
                yield _MARGIN.sub("", part.text)

    def moved(self, path: str, to: str) -> None:
        """We renamed the file: what is known of it goes with it."""
        if path in self.seen:
            self.seen = {*self.seen - {path}, to}
        pairs = [(to, replace(a, path=to)) if p == path else (p, a) for p, a in self.attachments.items()]
        self.attachments = dict(pairs)
        self.held = tuple(replace(edit, path=to) if edit.path == path else edit for edit in self.held)

    def removed(self, path: str) -> None:
        """We deleted the file."""
        self.seen.discard(path)
        self.attachments.pop(path, None)
        self.held = tuple(edit for edit in self.held if edit.path != path)

    def clear(self) -> None:
        """Forget what was said; the files stay attached and will be sent again."""
        self.messages.clear()
        self.seen.clear()
        self.held, self.notes = (), ()
        self.prompt_tokens = 0
        for path, attachment in self.attachments.items():
            self.attachments[path] = replace(attachment, sent="")


def _whole_words(text: str) -> re.Pattern[str] | None:
    """What finds the text, but not as a part of longer words; None for a blank one."""
    if not text:
        return None
    before, after = (r"\b" if re.match(r"\w", sign) else "" for sign in (text[0], text[-1]))
    return re.compile(f"{before}{re.escape(text)}{after}")


def _refused(part: Part) -> bool:
    return (isinstance(part, Text) and not part.text.strip()) or (isinstance(part, Thinking) and not part.signature)
