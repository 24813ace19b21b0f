"""The session: the only mutable thing of the engine."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from haikuterm.core.context import for_model
from haikuterm.core.messages import Message, Part, Text, Thinking, ToolResult
from haikuterm.core.models import Model
from haikuterm.core.money import Charge, Total


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

    messages: tuple[Message, ...]
    sent: Mapping[str, str]


@dataclass(slots=True)
class Session:
    """One conversation: what was said, with whom, about which files, and for how much.

    Its messages are always a valid history: roles alternate, and every tool call has its result.
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

    def say(self, *parts: Part) -> None:
        """Add what the user says; joins a user message that still waits for its answer."""
        if self.messages and self.messages[-1].role == "user":
            last = self.messages.pop()
            parts = (*last.parts, *parts)
        self.messages.append(Message("user", parts))

    def hear(self, message: Message) -> None:
        """Add the model's answer; what no endpoint takes back (blank text, unsigned reasoning) is left out."""
        parts = tuple(part for part in message.parts if not _refused(part))
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
        return Moment(tuple(self.messages), {path: a.sent for path, a in self.attachments.items()})

    def go_back(self, moment: Moment) -> None:
        """Forget what was said since; the files stay attached, and what was sent since will be sent again."""
        self.messages = list(moment.messages)
        for path, attachment in self.attachments.items():
            self.attachments[path] = replace(attachment, sent=moment.sent.get(path, ""))

    def told(self, path: str, digest: str) -> None:
        """The model has seen the whole file with these bytes."""
        if path in self.attachments:
            self.attachments[path] = replace(self.attachments[path], digest=digest, sent=digest)

    def changed(self, path: str, before: str, after: str) -> None:
        """We wrote the file; the model knows the new bytes (SHA-256 in hex) if it knew the ones before."""
        attachment = self.attachments.get(path)
        if attachment and attachment.sent == before:
            self.told(path, after)

    def clear(self) -> None:
        """Forget what was said; the files stay attached and will be sent again."""
        self.messages.clear()
        self.prompt_tokens = 0
        for path, attachment in self.attachments.items():
            self.attachments[path] = replace(attachment, sent="")


def _refused(part: Part) -> bool:
    return (isinstance(part, Text) and not part.text.strip()) or (isinstance(part, Thinking) and not part.signature)
