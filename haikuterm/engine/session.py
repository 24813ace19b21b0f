"""The session: the only mutable thing of the engine."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from haikuterm.core.changes import Edit
from haikuterm.core.compaction import Shortened, restored, still_seen, still_sent
from haikuterm.core.context import for_model
from haikuterm.core.instructions import Instructions
from haikuterm.core.messages import Document, Image, Message, Part, Text, Thinking, ToolResult
from haikuterm.core.models import Model
from haikuterm.core.money import Charge, Total
from haikuterm.core.pictures import image_tokens
from haikuterm.core.prefix import RESTORED, SHORTENED, CacheLook

_MARGIN = re.compile(r"^(?:\d+\t|[^\s:]+:\d+:)", re.MULTILINE)  # of the lines that read and search show


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with the conversation.

    digest: of the bytes on disk when last looked at. sent: of the bytes the model has seen last, "" if none.
    size: of a picture, in pixels as sent; (0, 0) for any other file. pages: of a PDF.
    """

    path: str
    digest: str
    tokens: int
    sent: str = ""
    size: tuple[int, int] = (0, 0)
    pages: int = 0

    def weight(self, old: Model, new: Model) -> int:
        """About how many tokens it is for another model."""
        if self.pages:
            return self.tokens
        return (
            image_tokens(*self.size, new) if any(self.size) else round(self.tokens * new.text_factor / old.text_factor)
        )

    @property
    def current(self) -> bool:
        """Whether the model has seen the bytes that are on disk."""
        return bool(self.sent) and self.sent == self.digest


@dataclass(frozen=True, slots=True)
class Counted:
    """How many tokens the window held when that was last known.

    messages: those that are counted in it, from the first on. sure: as a server counted them, not as we reckoned.
    """

    tokens: int = 0
    messages: int = 0
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A session as it was: to go back to when a turn comes to nothing."""

    messages: tuple[Message, ...] = ()
    sent: Mapping[str, str] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()
    held: tuple[Edit, ...] = ()
    notes: tuple[str, ...] = ()
    counted: Counted = field(default_factory=Counted)


@dataclass(slots=True)
class Session:
    """One conversation: what was said, with whom, about which files, and for how much.

    Its messages are always a valid history: roles alternate, and every tool call has its result.
    seen: files of which the model was shown lines, apart from the attached ones. held: edits of this turn that fit and
    wait for the others of their call. thinking: what /thinking says ("on", "off", "show", "" for the model's own way).
    vim: whether the faces have vim's keys. writes: what becomes of edits, "asked", "accepted" or "none"; never kept.
    noted: lines of which one is enough for a session. cache: what the cache
    did for the last request. notes: texts that the model is told with the next prompt. counted: how full the window
    was when last known.
    shortened: what the conversation was before each time it was shortened, newest last. instructions: the file of
    the repository that goes with every request, None until it is looked for.
    """

    root: str
    model: Model
    effort: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    messages: list[Message] = field(default_factory=list)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    total: Total = field(default_factory=Total)
    turn: Total = field(default_factory=Total)
    counted: Counted = field(default_factory=Counted)
    seen: set[str] = field(default_factory=set)
    held: tuple[Edit, ...] = ()
    thinking: str = ""
    vim: bool = False
    writes: Literal["asked", "accepted", "none"] = "asked"
    noted: set[str] = field(default_factory=set)
    cache: CacheLook | None = None
    notes: tuple[str, ...] = ()
    shortened: tuple[Shortened, ...] = ()
    instructions: Instructions | None = None

    @property
    def extra(self) -> str:
        """What goes behind the system prompt of every request: the repository's instructions, where they fit."""
        return self.instructions.extra(self.model) if self.instructions else ""

    @property
    def prompts(self) -> str:
        """How many prompts were said, as in "1 prompt"."""
        count = sum(1 for message in self.messages if message.role == "user" and message.text)
        return f"{count} prompt{'s' * (count != 1)}"

    def say(self, *parts: Part) -> None:
        """Add what the user says; joins a user message that still waits for its answer."""
        if self.messages and self.messages[-1].role == "user":
            last = self.messages.pop()
            parts = (*last.parts, *parts)
        self.messages.append(Message("user", parts))

    def hear(self, message: Message) -> None:
        """Add the model's answer; what no endpoint takes back (blank text, unsigned reasoning, pictures) is left out.

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

    def measured(self, tokens: int) -> None:
        """The server's word on the request for what is said by now, and on the answer that comes next."""
        paused = bool(self.messages) and self.messages[-1].role == "assistant"  # the answer joins it
        self.counted = Counted(tokens, len(self.messages) + (not paused), sure=True)

    def switch(self, model: Model) -> None:
        """Go on with another model; what the old one thought is dropped."""
        self.messages = list(for_model(self.messages, self.model, model))
        self.model = model
        self.counted = Counted()

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
        return Moment(tuple(self.messages), sent, frozenset(self.seen), self.held, self.notes, self.counted)

    def go_back(self, moment: Moment) -> None:
        """Forget what was said since; the files stay attached, and what was sent since will be sent again."""
        self.messages = list(moment.messages)
        self.seen, self.held, self.notes = set(moment.seen), moment.held, moment.notes
        self.counted = moment.counted
        for path, attachment in self.attachments.items():
            self.attachments[path] = replace(attachment, sent=moment.sent.get(path, ""))

    def shorten(self, messages: Sequence[Message], before: int, after: int) -> None:
        """Go on with a shorter history; the files that are not in it any more are sent again with the next prompt.

        before, after: tokens of the whole window, about.
        """
        sent = {path: a.sent for path, a in self.attachments.items()}
        last = len(messages[-1].parts) if messages else 0
        then = Shortened(
            tuple(self.messages), len(messages), last, self.model.id, before, sent, tuple(sorted(self.seen))
        )
        self.shortened = (*self.shortened, then)
        self.messages = list(messages)
        self.seen = set(still_seen(messages, self.seen))
        here = still_sent(messages, self.attachments)
        for path, attachment in self.attachments.items():
            self.attachments[path] = replace(attachment, sent=attachment.sent if path in here else "")
        self._retold(after, SHORTENED)

    def restore(self) -> None:
        """Put the conversation back as it was before it was last shortened; what was said since stays behind it."""
        *earlier, then = self.shortened
        self.shortened = tuple(earlier)
        self.messages = list(restored(self.messages, then, self.model.id))
        self.seen |= set(then.seen)
        for path, attachment in self.attachments.items():
            self.attachments[path] = replace(attachment, sent=attachment.sent or then.sent.get(path, ""))
        self._retold(then.tokens if self.model.id == then.model else 0, RESTORED, len(then.before))

    def _retold(self, tokens: int, why: str, messages: int | None = None) -> None:
        """The history is another one now: so many tokens, for its first messages."""
        self.counted = Counted(tokens, len(self.messages) if messages is None else messages) if tokens else Counted()
        if self.cache:
            self.cache = replace(self.cache, retold=why)

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
            self.notes = (*self.notes, f"({line})")

    def enclose(self, block: str) -> None:
        """Send this with the next prompt: text that is already fenced as data."""
        self.notes = (*self.notes, block)

    def take_notes(self) -> tuple[Text, ...]:
        """What the model is to be told with this prompt; it is told once."""
        notes, self.notes = self.notes, ()
        return tuple(map(Text, notes))

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
        self.held, self.notes, self.shortened = (), (), ()
        self.counted, self.instructions = Counted(), None
        for path, attachment in self.attachments.items():
            self.attachments[path] = replace(attachment, sent="")

    def renew(self) -> None:
        """Another conversation begins: nothing is said, attached, paid or agreed to yet."""
        self.clear()
        self.id = secrets.token_hex(8)
        self.attachments.clear()
        self.noted.clear()
        self.total = self.turn = Total()
        self.cache = None
        self.writes = "asked"

    def fork(self) -> None:
        """Go on in a copy: another conversation, in which the same was said, nothing paid and nothing agreed to yet."""
        self.id = secrets.token_hex(8)
        self.total = self.turn = Total()
        self.noted.clear()
        self.writes = "asked"

    def rewind(self, at: int) -> None:
        """Go back to before the prompt in this message; all from it on can be put back as after shortening."""
        results = tuple(part for part in self.messages[at].parts if isinstance(part, ToolResult))
        kept = [Message("user", results)] if results else []  # a prompt joins them after a turn that was broken off
        self.shorten([*self.messages[:at], *kept], 0, 0)


def _whole_words(text: str) -> re.Pattern[str] | None:
    """What finds the text, but not as a part of longer words; None for a blank one."""
    if not text:
        return None
    before, after = (r"\b" if re.match(r"\w", sign) else "" for sign in (text[0], text[-1]))
    return re.compile(f"{before}{re.escape(text)}{after}")


def _refused(part: Part) -> bool:
    if isinstance(part, Image | Document):  # no model says one; API 2026-10-21 refuses documents there
        return True
    return (isinstance(part, Text) and not part.text.strip()) or (isinstance(part, Thinking) and not part.signature)
