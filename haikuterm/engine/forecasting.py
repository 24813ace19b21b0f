"""What the next prompt will probably cost, while it is typed and on every model; nothing is sent unless asked for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from time import monotonic

from haikuterm.core.context import BYTES_PER_TOKEN, build, estimate, estimate_part, file_block, for_model
from haikuterm.core.errors import AttachmentRefused, HaikutermError, PathRefused, StoreError
from haikuterm.core.forecast import ENOUGH, Ahead, Calibration, Forecast, ahead, calibrate, forecast
from haikuterm.core.messages import Message, Part, Text
from haikuterm.core.models import Model, catalogue
from haikuterm.core.picture_heads import size_of
from haikuterm.core.pictures import PAGE, PDF, PictureFile, edge_of, fitted, image_tokens
from haikuterm.core.ports import Provider
from haikuterm.core.prefix import LIFE, Prefix, prefix_of
from haikuterm.core.prefix import Part as Piece
from haikuterm.core.request import Request
from haikuterm.engine.attaching import MENTION, MOST_FILES, Attaching
from haikuterm.engine.budget import Books
from haikuterm.engine.session import Session
from haikuterm.engine.tools import specs

ROWS = 20  # answers of a model that its calibration looks at
STAND_IN = "Go on."  # the prompt of a comparison where none was given
PAGE_BYTES = 100_000  # of a PDF whose page count cannot be read without opening it, which takes a while
COUNT = re.compile(rb"/Count\s+(\d{1,3})\b")  # the pages below a node of the page tree (ISO 32000-1, 7.7.3.2)
AT_ONCE = 4  # counts that are asked for at the same time
TRAILING = ".,;:!?)]}'"  # what a sentence puts behind a name


class Forecasts:
    """Forecasts for one conversation. What was reckoned of it is kept, so that only what is new costs time.

    Any thread may call. max_tokens: the longest answer that the user set, 0 for the model's default.
    """

    def __init__(self, session: Session, books: Books, attaching: Attaching, max_tokens: int = 0) -> None:
        self.session, self.books, self.attaching, self.max_tokens = session, books, attaching, max_tokens
        self._said: tuple[object, tuple[tuple[Message, tuple[Piece, ...]], ...]] = (None, ())
        self._taught: tuple[str, dict[str, Calibration]] = ("", {})
        self._weights: dict[tuple[str, str], int] = {}

    def draft(self, text: str) -> Forecast | None:
        """What this prompt will probably cost on the session's model; None for an empty one.

        Some milliseconds the first time after an answer or a new @file, far less than one after that.
        """
        if not text.strip():
            self._weights = {}  # files may have changed before the next prompt is typed
            return None
        model, messages = self.session.model, tuple(self.session.messages)
        taught, now = self.calibration(model), self._ahead(model, messages)
        new = taught.tokens(estimate_part(Text(text), model) + self._waiting() + self._mentioned(text))
        return forecast(model, now.tokens + new, taught.answer, warm=now.warm, before=now.tokens if messages else 0)

    def request(self, request: Request) -> Forecast:
        """What this request of the conversation will probably cost."""
        taught, now = self.calibration(request.model), self._ahead(request.model, request.messages)
        return forecast(request.model, now.tokens, taught.answer, warm=now.warm)

    def calibration(self, model: Model) -> Calibration:
        """What the ledger teaches of the model, read once after each answer; it teaches nothing where it fails."""
        last, known = self._taught
        if last != self.books.last:
            known = {}
            self._taught = (self.books.last, known)
        if model.id not in known:
            try:
                known[model.id] = calibrate(self.books.ledger.samples(model.id, ROWS))
            except StoreError:
                known[model.id] = Calibration()
        return known[model.id]

    def on(self, model: Model) -> Calibration:
        """What is known of another model: its own rows, else what the current one teaches of texts like these."""
        own, here = self.calibration(model), self.calibration(self.session.model)
        if own.rows >= ENOUGH or model.id == self.session.model.id:
            return own
        answer = round(here.answer * float(model.text_factor / self.session.model.text_factor))
        return Calibration(here.factor, here.off, answer, own.rows)

    # The conversation until now

    def _ahead(self, model: Model, messages: Sequence[Message]) -> Ahead:
        cache = self.session.cache
        now = ahead(self._prefix(model, messages), cache, self.calibration(model))
        alive = cache is not None and monotonic() - cache.at <= LIFE
        return now if alive else Ahead(now.tokens, 0)

    def _prefix(self, model: Model, messages: Sequence[Message]) -> Prefix:
        """The request's parts; those of a message that was there last time are taken from then."""
        session = self.session
        setting = (model, session.effort, session.thinking)
        known = self._said[1] if self._said[0] == setting else ()
        head = self._build(model, ())
        bare = replace(head, system="", tools=())
        said = []
        for at, message in enumerate(messages):
            if at < len(known) and known[at][0] is message:
                said.append(known[at])
            else:
                said.append((message, prefix_of(replace(bare, messages=(message,))).parts[1:]))
        self._said = (setting, tuple(said))
        pieces = (piece for _, parts in said for piece in parts)
        return Prefix(model.id, (*prefix_of(head).parts, *pieces), bool(head.cache_at))

    def _build(self, model: Model, messages: Sequence[Message]) -> Request:
        session = self.session
        wanted = {"effort": session.effort, "thinking": session.thinking, "extra": session.extra}
        return build(model, messages, specs(), **wanted, max_tokens=self.max_tokens)

    # What goes with the next prompt

    def _waiting(self) -> int:
        waiting = [item for item in tuple(self.session.attachments.values()) if not item.current]
        seen = [item.pages or any(item.size) for item in waiting]
        pairs = zip(waiting, seen, strict=True)
        files = sum(item.tokens if a_picture else self._weight(item.path) for item, a_picture in pairs)
        return files + estimate("".join(self.session.notes), self.session.model)

    def _mentioned(self, text: str) -> int:
        """About how many tokens the files are that the prompt names and that do not go with it already."""
        weights = {path: tokens for name in _names(text) for path, tokens in self._weigh(name)}
        return sum(tokens for path, tokens in weights.items() if path not in self.session.attachments)

    def _weigh(self, name: str) -> list[tuple[str, int]]:
        return [(path, self._weight(path)) for path in self._paths(name)]

    def _paths(self, name: str) -> tuple[str, ...]:
        """The files that a name in the prompt means, as `Attaching.add` takes them."""
        for short in dict.fromkeys((name, name.rstrip(TRAILING))):
            try:
                outside = self.attaching.pictures.find(short)
                paths = (outside,) if outside else self.attaching.workspace.expand(short)
            except (PathRefused, AttachmentRefused):
                continue
            return paths if len(paths) <= MOST_FILES else ()
        return ()

    def _weight(self, path: str) -> int:
        key = (path, self.session.model.id)
        if key not in self._weights:
            try:
                self._weights[key] = self._file(path)
            except (PathRefused, AttachmentRefused):
                self._weights[key] = 0
        return self._weights[key]

    def _file(self, path: str) -> int:
        """About how many tokens a file is: a picture by its size, a PDF by its pages, the rest as text."""
        model = self.session.model
        if (picture := self.attaching.pictures.open(path)) is not None:
            return _picture(picture, model)
        data = self.attaching.workspace.read_bytes(path) or b""
        if b"\0" in data[:8_192]:
            return 0
        text = file_block(path, "").encode() + data
        escaped = text.count(b"\n") + text.count(b"\\")  # each counts twice where requests are estimated
        return ceil((len(text) + escaped) / BYTES_PER_TOKEN * float(model.text_factor))

    # All models

    async def compare(self, text: str, provider: Provider) -> tuple[Forecast, ...]:
        """What this prompt would cost on every listed model, the cheapest first; "" stands for a short one.

        Asks the endpoint to count where it can, which is free: only for a comparison that the user wants.
        """
        new, whole = await asyncio.to_thread(self._new, text.strip() or STAND_IN)
        here = self.session.model
        models = [model for model in catalogue().models if model.listed and model.id != here.id]
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(model: Model) -> Forecast:
            async with gate:
                return await self._counted(model, new, whole, provider)

        found = await asyncio.gather(*map(one, (here, *models)))
        return tuple(sorted(found, key=_order))

    async def _counted(self, model: Model, new: Sequence[Part], whole: bool, provider: Provider) -> Forecast:
        before = for_model(tuple(self.session.messages), self.session.model, model)
        messages = _with(before, new)
        guess, kept, warm = await asyncio.to_thread(self._guess, model, messages, before)
        said: int | None = None
        here = self.session.model
        heard = not here.local and model.endpoint == here.endpoint  # nobody else is shown the conversation
        if whole and heard and not model.local and model.counts:
            try:
                said = await provider.count(self._build(model, messages))
            except HaikutermError:  # offline, no credential, a model that the account lacks: the estimate stands
                said = None
        tokens, answer = guess if said is None else said, self.on(model).answer
        return forecast(model, tokens, answer, warm=warm, before=min(kept, tokens), counted=said is not None)

    def _guess(self, model: Model, messages: Sequence[Message], before: Sequence[Message]) -> tuple[int, int, int]:
        """About how many tokens the prompt and the conversation before it are, and how many the cache has now."""
        if model.id == self.session.model.id:
            now, kept = self._ahead(model, messages), self._ahead(model, before)
            return now.tokens, kept.tokens if before else 0, now.warm
        taught = self.on(model)
        whole, kept_ = (taught.tokens(prefix_of(self._build(model, said)).tokens) for said in (messages, before))
        return whole, kept_ if before else 0, 0

    def _new(self, text: str) -> tuple[list[Part], bool]:
        """What the prompt would bring into the conversation, and whether that is all of it; reads files."""
        waiting = [item.path for item in tuple(self.session.attachments.values()) if not item.current]
        named = [path for name in _names(text) for path in self._paths(name)]
        parts: list[Part] = []
        whole = True
        for path in dict.fromkeys((*waiting, *(path for path in named if path not in self.session.attachments))):
            try:
                parts.append(Text(file_block(path, self.attaching.workspace.read_text(path).text)))
            except (PathRefused, AttachmentRefused):  # a picture, or what will not be sent
                whole = False
        return [*parts, Text(self.attaching.spoken(text))], whole


def _names(text: str) -> list[str]:
    return [quoted or bare for quoted, bare in MENTION.findall(text)]


def _picture(file: PictureFile, model: Model) -> int:
    if file.kind == PDF:
        told = max(map(int, COUNT.findall(file.data)), default=0)
        return (told or ceil(len(file.data) / PAGE_BYTES)) * PAGE
    return image_tokens(*fitted(*(size_of(file.data) or (1, 1)), model, edge_of(model)), model)


def _with(messages: Sequence[Message], parts: Sequence[Part]) -> tuple[Message, ...]:
    """The conversation with what the user says next, as `Session.say` adds it."""
    if messages and messages[-1].role == "user":
        return (*messages[:-1], Message("user", (*messages[-1].parts, *parts)))
    return (*messages, Message("user", tuple(parts)))


def _order(found: Forecast) -> tuple[bool, object, str]:
    """Cheaper ones first, those without a price last."""
    return found.expected is None, found.expected or 0, found.model.alias
