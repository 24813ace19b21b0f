"""Pictures and PDFs as models take them: how large they may be, how many tokens they are, who sees them.

Source of the limits: platform.claude.com, "Images and vision" and "PDF support", read 2026-11-20.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from pathlib import PurePath
from typing import Protocol

from haikuterm.core.guard import visible_line
from haikuterm.core.messages import Document, Image, Message, Part, Text
from haikuterm.core.models import Model
from haikuterm.core.picture_heads import Kind, size_of

PATCH = 28  # pixels: a picture costs a token for each patch of 28 x 28, parts of one too
STANDARD, HIGH = 1_568, 4_784  # the most tokens of a picture, by the model's resolution
STANDARD_EDGE = 1_568  # pixels of the longer edge that a model of standard resolution looks at
MANY_EDGE = 2_000  # pixels: larger ones make a request of more than 20 pictures fail
IMAGE_BYTES = 3_750_000  # 5 MB as base64, the lowest limit of all platforms
PDF_BYTES = 22_000_000  # some 29 MB as base64: a request is at most 32 MB
REQUEST_BYTES = 22_500_000  # of all pictures and PDFs of a conversation; 30 MB as base64
WIDE = 1_000_000  # tokens of a context window from which a request may hold MANY instead of FEW
FEW, MANY = 100, 600  # pictures, and pages of PDFs, in one request
PAGE = 2_400  # tokens of a page of a PDF, its text and its picture: three make some 7,000
PAGE_MOST = 10_000  # tokens; a page's picture has at most HIGH, and three times the text of a typical page fits beside
IMAGE_NAMES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
OTHER_NAMES = (".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff")  # pictures that models do not take
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture or PDF as it is on disk. path: as for `Attachment`. digest: SHA-256 of `data` in hex."""

    path: str
    kind: Kind
    data: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture or PDF as it is sent. was, size: pixels on disk and as sent, (0, 0) for a PDF.

    frames: how many the file has, of which the first is sent. pages: of a PDF. bytes: of the file. author: whom a PDF
    names, as it says nowhere on its pages.
    """

    path: str
    digest: str
    part: Image | Document
    was: tuple[int, int] = (0, 0)
    size: tuple[int, int] = (0, 0)
    frames: int = 1
    pages: int = 0
    bytes: int = 0
    author: str = ""


class Pictures(Protocol):
    """The pictures and PDFs of the root, and those outside of it that the user names; not for a model's tools."""

    def find(self, name: str) -> str | None:
        """The absolute path of a picture or PDF outside of the root; None for any other name; cheap.

        Raises AttachmentRefused where a name that only a picture or PDF has leads out of the root, but not to one.
        """
        ...

    def beside(self, typed: str) -> tuple[str, ...]:
        """What a half-typed path out of the root may become: folders ("/" at their end), pictures, PDFs; blocks."""
        ...

    def open(self, path: str) -> PictureFile | None:
        """The file, if it is a picture or a PDF by what it holds; None for any other, or none.

        path: relative to the root, or absolute as `find` gave it. Raises PathRefused, AttachmentRefused.
        """
        ...

    def fit(self, file: PictureFile, model: Model) -> Picture:
        """The file as it is sent to the model, the same bytes each time; blocks. Raises AttachmentRefused."""
        ...

    def keep(self, data: bytes) -> str:
        """Keep a pasted picture in a file; returns its absolute path. Raises AttachmentRefused."""
        ...


class Clipboard(Protocol):
    """The desktop's clipboard."""

    def picture(self) -> bytes:
        """The picture in it; blocks. Raises AttachmentRefused where there is none, or no way to it."""
        ...

    def write(self, text: str) -> bool:
        """Put a text into it; blocks. Whether there was a way to; a terminal may have one of its own (OSC 52)."""
        ...


def has_picture_name(path: str) -> bool:
    """Whether the file's name says that it is a picture or a PDF."""
    return path.lower().endswith((*IMAGE_NAMES, ".pdf"))


def shown_name(path: str) -> str:
    """The attached path as a model is told it: of one outside of the root only the file's name."""
    return PurePath(path).name if PurePath(path).is_absolute() else path


def edge_of(model: Model) -> int:
    """The longest edge in pixels at which a picture is sent to the model.

    Never over `MANY_EDGE`: what was sent stays in the conversation, which may get more than 20 pictures.
    """
    return min(model.image_edge, MANY_EDGE)


def fitted(width: int, height: int, model: Model, edge: int = 0) -> tuple[int, int]:
    """The largest size of the same shape that the model looks at whole. edge: pixels, else the model's own."""
    most, long = _most(model), max(width, height)
    fits, room = 1, min(long, edge or model.image_edge)
    while fits < room:  # the longest edge that fits lies between the two
        half = (fits + room + 1) // 2
        if patches(*_scaled(width, height, half)) <= most:
            fits = half
        else:
            room = half - 1
    return (width, height) if fits == long else _scaled(width, height, fits)


def _most(model: Model) -> int:
    return HIGH if model.image_edge > STANDARD_EDGE else STANDARD


def _scaled(width: int, height: int, long: int) -> tuple[int, int]:
    share = long / max(width, height)
    return max(1, round(width * share)), max(1, round(height * share))


def patches(width: int, height: int) -> int:
    """How many patches of 28 x 28 pixels cover the picture."""
    return ceil(width / PATCH) * ceil(height / PATCH)


def image_tokens(width: int, height: int, model: Model) -> int:
    """How many tokens a picture of so many pixels is for the model."""
    return patches(*fitted(width, height, model))


def part_tokens(part: Image | Document, model: Model) -> int:
    """How many tokens the part is; of a PDF, and of a picture whose head cannot be read, about."""
    if isinstance(part, Document):
        return max(1, part.pages) * PAGE
    size = size_of(part.data)
    return image_tokens(*size, model) if size else _most(model)


def label(picture: Picture) -> Text:
    """What stands before a picture, so that the model knows which file it is and how its pixels count."""
    name = visible_line(shown_name(picture.path)).replace('"', "&quot;")
    width, height = picture.size
    return Text(f'<picture path="{name}" size="{width}x{height}"/>\n')


def blind(model: Model, parts: Iterable[Part]) -> str:
    """What of the parts the model cannot see, as in "takes no pictures"; "" if nothing."""
    seen = tuple(parts)
    if not model.images and any(isinstance(part, Image) for part in seen):
        return "takes no pictures"
    if not model.pdfs and any(isinstance(part, Document) for part in seen):
        return "takes no PDFs"
    return ""


def parts_of(messages: Iterable[Message]) -> tuple[Image | Document, ...]:
    """All pictures and PDFs of a conversation, in order."""
    return tuple(part for message in messages for part in message.parts if isinstance(part, Image | Document))


def overfull(parts: Iterable[Image | Document], model: Model) -> str:
    """Why a request cannot hold all of these, as a sentence; "" if it can."""
    held = tuple(parts)
    most = MANY if model.context >= WIDE else FEW
    images = sum(isinstance(part, Image) for part in held)
    pages = sum(part.pages for part in held if isinstance(part, Document))
    if images > most:
        return f"a conversation with {model.alias} holds at most {most} pictures"
    if pages > most:
        return f"a conversation with {model.alias} holds at most {most} pages of PDFs, and this makes {pages}"
    size = sum(len(part.data) for part in held)
    if size > REQUEST_BYTES:
        return f"a conversation holds at most {REQUEST_BYTES / 1e6:.0f} MB of pictures and PDFs"
    return ""
