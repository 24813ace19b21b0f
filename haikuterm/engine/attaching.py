"""Files that go with the conversation: named with @, looked at before each prompt, sent again only when changed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass

from haikuterm.core.context import estimate, file_block
from haikuterm.core.errors import AttachmentRefused, HaikutermError, PathRefused
from haikuterm.core.events import AttachmentsChanged, Event, Notice
from haikuterm.core.messages import Part, Text
from haikuterm.core.money import Usage, cost
from haikuterm.core.ports import FileText, Workspace
from haikuterm.engine.session import Attachment, Session

# "@src/app.py", "@"with blanks.py"", at the beginning of a word; a decorator in pasted code is no file and stays.
MENTION = re.compile(r'(?<!\S)@(?:"([^"\n]+)"|([^\s"]+))')
MOST_FILES = 200


@dataclass(frozen=True, slots=True)
class Attaching:
    """Attaches files of one workspace to one session."""

    workspace: Workspace
    session: Session

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
            return name if self._is_file(self._trim(name)) else match[0]

        return MENTION.sub(plain, prompt)

    async def named(self, prompt: str) -> list[Event]:
        """Attach the files whose paths stand in the prompt as words: a model without tools cannot look them up."""
        listed = frozenset(await asyncio.to_thread(self.workspace.files))
        names = (word.strip(".,;:!?()[]{}'\"`") for word in prompt.split())
        return [event for name in dict.fromkeys(names) if name in listed for event in await self.add(name)]

    def _trim(self, name: str) -> str:
        """The name without a full stop or bracket of the sentence around it, if it is no file with it."""
        short = name.rstrip(".,;:!?)]}'")
        return short if short and short != name and not self._is_file(name) else name

    def _is_file(self, name: str) -> bool:
        try:
            return bool(self.workspace.expand(name))
        except PathRefused:
            return False

    async def add(self, pattern: str) -> list[Event]:
        """Attach a file, a folder or a glob.

        Raises PathRefused if it names nothing, AttachmentRefused if it is one file that cannot be sent.
        """
        paths = await asyncio.to_thread(self.workspace.expand, pattern)
        if len(paths) > MOST_FILES:
            raise PathRefused(f"{pattern} names {len(paths)} files; at most {MOST_FILES} are attached at once.")
        looked = await asyncio.to_thread(self._look, paths)
        refused = [found for found in looked.values() if not isinstance(found, FileText)]
        if refused and len(paths) == 1:
            raise refused[0]
        added = [self._attach(found) for found in looked.values() if isinstance(found, FileText)]
        events: list[Event] = [Notice(str(error), "warning") for error in refused]
        return [self.changed(), *events] if any(added) else events

    def _look(self, paths: Iterable[str]) -> dict[str, FileText | HaikutermError]:
        """The files as they are on disk, or why they cannot be sent; blocks."""
        found: dict[str, FileText | HaikutermError] = {}
        for path in paths:
            try:
                found[path] = self.workspace.read_text(path)
            except (AttachmentRefused, PathRefused) as error:
                found[path] = error
        return found

    def _attach(self, file: FileText) -> bool:
        """Attach one file; False if it was attached already."""
        known = self.session.attachments.get(file.path)
        tokens = estimate(file.text, self.session.model)
        sent = known.sent if known else ""
        self.session.attachments[file.path] = Attachment(file.path, file.digest, tokens, sent)
        return known is None

    def seen_again(self, path: str, sent: str) -> Attachment:
        """An attachment of a resumed conversation; `sent` is the digest that the model has seen."""
        found = self._look([path])[path]
        if isinstance(found, FileText):
            return Attachment(path, found.digest, estimate(found.text, self.session.model), sent)
        return Attachment(path, "", 0, sent)  # the next prompt says what is wrong with it

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
        looked = await asyncio.to_thread(self._look, tuple(self.session.attachments))
        for path, file in looked.items():
            attachment = self.session.attachments[path]
            if not isinstance(file, FileText):
                del self.session.attachments[path]
                events += [Notice(f"{file} It is no longer attached.", "warning"), self.changed()]
                if attachment.sent:
                    parts.append(Text(f"(The file {path} is no longer there.)"))
                continue
            if file.digest != attachment.sent:
                parts.append(Text(file_block(path, file.text)))
            self._attach(file)
            self.session.told(path, file.digest)
        return parts, events
