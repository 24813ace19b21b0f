"""Files that go with the conversation: named with @, looked at before each prompt, sent again only when changed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from haikuterm.core.context import estimate, file_block
from haikuterm.core.errors import AttachmentRefused, HaikutermError, PathRefused
from haikuterm.core.events import AttachmentsChanged, Event, Notice
from haikuterm.core.messages import Document, Part, Text
from haikuterm.core.money import Usage, cost
from haikuterm.core.picture_heads import size_of
from haikuterm.core.pictures import (
    PAGE,
    PDF,
    Picture,
    PictureFile,
    Pictures,
    edge_of,
    fitted,
    has_picture_name,
    image_tokens,
    parts_of,
    shown_name,
)
from haikuterm.core.ports import FileText, Workspace
from haikuterm.engine.seeing import Seeing
from haikuterm.engine.session import Attachment, Session

# "@src/app.py", "@"with blanks.py"", at the beginning of a word; a decorator in pasted code is no file and stays.
MENTION = re.compile(r'(?<!\S)@(?:"([^"\n]+)"|([^\s"]+))')
MOST_FILES = 200

Looked: TypeAlias = FileText | PictureFile | HaikutermError
Ready: TypeAlias = FileText | Picture | HaikutermError


@dataclass(frozen=True, slots=True)
class Attaching:
    """Attaches files of one workspace to one session."""

    workspace: Workspace
    session: Session
    pictures: Pictures

    @property
    def _seeing(self) -> Seeing:
        return Seeing(self.pictures, self.session)

    async def mentions(self, prompt: str) -> list[Event]:
        """Attach what the prompt names with @; a name that is no file is left as text, with a warning."""
        events: list[Event] = []
        for quoted, bare in MENTION.findall(prompt):
            name = quoted or self._trim(bare)
            try:
                events += await self.add(name)
            except AttachmentRefused as error:
                events.append(Notice(str(error), "warning"))
            except PathRefused as error:
                if "." in name or "/" in name:
                    events.append(Notice(f"@{name} was not attached: {error}", "warning"))
        return events

    def spoken(self, prompt: str) -> str:
        """The prompt as the model hears it: without the @ of files, which small models take for decorators."""

        def plain(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            short = self._trim(name)
            if outside := self._outside(short):
                return name.replace(short, shown_name(outside), 1)
            return name if self._is_file(short) else match[0]

        return MENTION.sub(plain, prompt)

    async def named(self, prompt: str) -> list[Event]:
        """Attach the files whose paths stand in the prompt as words: a model without tools cannot look them up."""
        listed = frozenset(await asyncio.to_thread(self.workspace.files))
        names = (word.strip(".,;:!?()[]{}'\"`") for word in prompt.split())
        events: list[Event] = []
        for name in dict.fromkeys(names):
            if name in listed:
                try:
                    events += await self.add(name)
                except AttachmentRefused as error:
                    events.append(Notice(str(error), "warning"))
        return events

    def _trim(self, name: str) -> str:
        """The name without a full stop or bracket of the sentence around it, if it is no file with it."""
        short = name.rstrip(".,;:!?)]}'")
        return short if short and short != name and not self._is_file(name) else name

    def _is_file(self, name: str) -> bool:
        try:
            return bool(self._outside(name) or self.workspace.expand(name))
        except PathRefused:
            return False

    def _outside(self, name: str) -> str | None:
        """The absolute path of a picture or PDF outside of the root, which only the user may name."""
        try:
            return self.pictures.find(name)
        except AttachmentRefused:
            return None

    async def add(self, pattern: str) -> list[Event]:
        """Attach a file, a folder, a glob, or a picture or PDF anywhere.

        Raises PathRefused if it names nothing, AttachmentRefused if it is one file that cannot be sent.
        """
        outside = await asyncio.to_thread(self.pictures.find, pattern)
        paths = (outside,) if outside else await asyncio.to_thread(self.workspace.expand, pattern)
        if len(paths) > MOST_FILES:
            raise PathRefused(f"{pattern} names {len(paths)} files; at most {MOST_FILES} go at once. Name fewer.")
        looked = await asyncio.to_thread(self._look, paths)
        passed = [] if len(paths) == 1 or has_picture_name(pattern) else _pictures_of(looked)
        ready = await asyncio.to_thread(self._ready, {path: looked[path] for path in looked if path not in passed})
        refused = [found for found in ready.values() if isinstance(found, HaikutermError)]
        if refused and len(paths) == 1:
            raise refused[0]
        added = [found for found in ready.values() if not isinstance(found, HaikutermError) and self._attach(found)]
        events: list[Event] = [Notice(self._seeing.line(new)) for new in added if isinstance(new, Picture)]
        events += [Notice(str(error), "warning") for error in refused]
        if passed:
            events.append(
                Notice(f"Not attached: {_count(passed)} in there. Name one to send it: @{passed[0]}", "warning")
            )
        return [self.changed(), *events] if added else events

    def _look(self, paths: Iterable[str]) -> dict[str, Looked]:
        """The files as they are on disk, or why they cannot be sent; blocks."""
        found: dict[str, Looked] = {}
        for path in paths:
            try:
                found[path] = self.pictures.open(path) or self.workspace.read_text(path)
            except (AttachmentRefused, PathRefused) as error:
                found[path] = error
        return found

    def _ready(self, looked: Mapping[str, Looked], beside: Sequence[Part] = ()) -> dict[str, Ready]:
        """The files as they are sent, or why they cannot be; blocks. beside: what goes with the same prompt."""
        ready: dict[str, Ready] = {}
        parts = [*beside]
        for path, file in looked.items():
            try:
                found = self._seeing.fit(file, parts) if isinstance(file, PictureFile) else file
                parts += [found.part] if isinstance(found, Picture) else []
            except AttachmentRefused as error:
                found = error
            ready[path] = found
        return ready

    def _attach(self, file: FileText | Picture) -> bool:
        """Attach one file; False if it was attached already."""
        known = self.session.attachments.get(file.path)
        sent = known.sent if known else ""
        self.session.attachments[file.path] = (
            self._seeing.attachment(file, sent) if isinstance(file, Picture) else self._text(file, sent)
        )
        return known is None

    def _text(self, file: FileText, sent: str) -> Attachment:
        return Attachment(file.path, file.digest, estimate(file.text, self.session.model), sent)

    def seen_again(self, path: str, sent: str) -> Attachment:
        """An attachment of a resumed conversation; `sent` is the digest that the model has seen."""
        found = self._look([path])[path]
        if isinstance(found, FileText):
            return self._text(found, sent)
        if isinstance(found, PictureFile):
            return self._seen(found, sent)
        return Attachment(path, "", 0, sent)  # the next prompt says what is wrong with it

    def _seen(self, file: PictureFile, sent: str) -> Attachment:
        """A picture or PDF of a resumed conversation, weighed without opening it: that takes a while."""
        if file.kind == PDF:
            told = [part for part in parts_of(self.session.messages) if isinstance(part, Document)]
            pages = next((part.pages for part in told if part.name == shown_name(file.path)), 1)
            return Attachment(file.path, file.digest, pages * PAGE, sent, pages=pages)
        model = self.session.model
        size = fitted(*(size_of(file.data) or (1, 1)), model, edge_of(model))
        return Attachment(file.path, file.digest, image_tokens(*size, model), sent, size)

    def drop(self, names: Iterable[str]) -> list[Event]:
        """Let files go (all of them, if none is named). Raises PathRefused for one that is not attached."""
        attached = self.session.attachments
        for path in [self._attached(name) for name in names] or [*attached]:
            attached.pop(path, None)
        return [self.changed()]

    def moved(self, path: str, to: str) -> list[Event]:
        """Go along with a file that we renamed."""
        attached = path in self.session.attachments
        self.session.moved(path, to)
        return [self.changed()] if attached else []

    def removed(self, path: str) -> list[Event]:
        """Let a file go that we deleted."""
        attached = path in self.session.attachments
        self.session.removed(path)
        return [self.changed()] if attached else []

    def _attached(self, name: str) -> str:
        """The attached path that the name means: the path itself, or its end."""
        for path in self.session.attachments:
            if path == name or path.endswith(f"/{name}"):
                return path
        raise PathRefused(f"{name} is not attached. Attached are: {', '.join(self.session.attachments) or 'none'}.")

    def changed(self) -> AttachmentsChanged:
        """The event that says what is attached now."""
        attached = self.session.attachments
        tokens = sum(a.tokens for a in attached.values())
        return AttachmentsChanged(tuple(attached), tokens, cost(Usage(input=tokens), self.session.model.prices))

    async def outgoing(self) -> tuple[list[Part], list[Event]]:
        """The parts that bring the model up to date, and what to say of files that cannot be sent."""
        parts: list[Part] = []
        events: list[Event] = []
        attached = self.session.attachments
        looked = await asyncio.to_thread(self._look, tuple(attached))
        news = {path: file for path, file in looked.items() if _digest(file) != attached[path].sent}
        for path, file in (await asyncio.to_thread(self._ready, news)).items():
            attachment = attached[path]
            if isinstance(file, HaikutermError):
                del attached[path]
                events += [Notice(f"{file} It is no longer attached.", "warning"), self.changed()]
                if attachment.sent:
                    parts.append(Text(f"(The file {shown_name(path)} is no longer there.)"))
                continue
            if isinstance(file, Picture):
                parts += self._seeing.parts(file)
                if file.digest != attachment.digest:
                    events.append(Notice(f"changed: {self._seeing.line(file)}"))
            else:
                parts.append(Text(file_block(path, file.text)))
            self._attach(file)
            self.session.told(path, file.digest)
        return parts, events


def _digest(file: Looked) -> str:
    """What tells a file that changed from one that did not; "-" for one that cannot be read."""
    return file.digest if isinstance(file, FileText | PictureFile) else "-"


def _pictures_of(looked: Mapping[str, Looked]) -> list[str]:
    """The pictures and PDFs among the files of a folder or a glob: each costs as much as many texts."""
    return [path for path, file in looked.items() if isinstance(file, PictureFile)]


def _count(paths: Sequence[str]) -> str:
    return "a picture or PDF" if len(paths) == 1 else f"{len(paths)} pictures and PDFs"
