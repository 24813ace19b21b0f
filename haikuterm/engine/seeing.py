"""Pictures and PDFs that go with the conversation: which the model can see, whether there is room, what they weigh."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from haikuterm.core.errors import AttachmentRefused
from haikuterm.core.guard import visible_line
from haikuterm.core.messages import Document, Image, Part
from haikuterm.core.models import Model
from haikuterm.core.money import Usage, cost
from haikuterm.core.pictures import (
    Picture,
    PictureFile,
    Pictures,
    blind,
    label,
    overfull,
    part_tokens,
    parts_of,
    shown_name,
)
from haikuterm.engine.session import Attachment, Session

LONGEST_NAME = 60  # characters of an author that are shown


@dataclass(frozen=True, slots=True)
class Seeing:
    """The pictures and PDFs of one session."""

    pictures: Pictures
    session: Session

    def fit(self, file: PictureFile, beside: Iterable[Part] = ()) -> Picture:
        """The file as it is sent to the session's model; blocks. beside: what goes with the same prompt.

        Raises AttachmentRefused where the model cannot see it, or the conversation has no room for it.
        """
        model = self.session.model
        stand_in = Image(file.kind, b"") if file.kind.startswith("image/") else Document("", 0, b"")
        if lacking := blind(model, (stand_in,)):
            raise AttachmentRefused(
                f"{shown_name(file.path)!r} is not attached: {model.alias} {lacking}. Choose another with /model."
            )
        picture = self.pictures.fit(file, model)
        held = [part for part in beside if isinstance(part, Image | Document)]
        if full := overfull((*parts_of(self.session.messages), *held, picture.part), model):
            raise AttachmentRefused(f"{shown_name(file.path)!r} is not attached: {full}. Begin anew with /clear.")
        return picture

    def attachment(self, picture: Picture, sent: str) -> Attachment:
        """The picture as an attachment; sent: the digest that the model has seen last."""
        tokens = part_tokens(picture.part, self.session.model)
        return Attachment(picture.path, picture.digest, tokens, sent, picture.size, picture.pages)

    def parts(self, picture: Picture) -> tuple[Part, ...]:
        """What is said to bring the model the picture; a PDF bears its name itself."""
        return (picture.part,) if isinstance(picture.part, Document) else (label(picture), picture.part)

    def line(self, picture: Picture) -> str:
        """What was done to it and what it costs to send, in one line."""
        model = self.session.model
        tokens = part_tokens(picture.part, model)
        price = _dollars(cost(Usage(input=tokens), model.prices))
        if isinstance(picture.part, Document):
            what = f", {picture.pages} page{'s' * (picture.pages != 1)}, {_size(picture.bytes)}"
            what += f", tells its author: {visible_line(picture.author)[:LONGEST_NAME]}" if picture.author else ""
        else:
            scaled = "" if picture.size == picture.was else f" -> {_pixels(picture.size)}"
            first = f", the first of {picture.frames} frames" if picture.frames > 1 else ""
            what = f" {_pixels(picture.was)}{scaled}{first}"
        return f"{visible_line(shown_name(picture.path))}{what}, ~{tokens:,} tokens, {price}"


def refuse_blind(session: Session, model: Model) -> None:
    """Raise AttachmentRefused if the model cannot see what was said or is attached; nothing is sent then."""
    seen, attached = parts_of(session.messages), session.attachments.values()
    pictures = any(isinstance(part, Image) for part in seen) or any(any(item.size) for item in attached)
    pdfs = any(isinstance(part, Document) for part in seen) or any(item.pages for item in attached)
    lacking = "pictures" if pictures and not model.images else "PDFs" if pdfs and not model.pdfs else ""
    if lacking:
        raise AttachmentRefused(
            f"{model.alias} takes no {lacking}, and this conversation has some. Stay on {session.model.alias}, "
            "or let them go with /reset first."
        )


def _pixels(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{ceil(count / 1e3)} kB"


def _dollars(amount: Decimal | None) -> str:
    """About so much, to two figures."""
    if amount is None:
        return "unpriced"
    places = max(2, 1 - amount.adjusted()) if amount else 2
    return f"~${amount:.{places}f}"
