"""Pictures and PDFs on disk: found by what they hold, checked, and scaled to what a model takes."""

from __future__ import annotations

import errno
import logging
import os
import struct
import time
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from haikuterm.adapters import disk, paths
from haikuterm.core.bare_pictures import bare
from haikuterm.core.errors import AttachmentRefused
from haikuterm.core.guard import secret_name
from haikuterm.core.messages import Document, Image
from haikuterm.core.models import Model
from haikuterm.core.picture_heads import HEAD, Kind, kind_of, size_of
from haikuterm.core.pictures import (
    FEW,
    IMAGE_BYTES,
    MANY,
    OTHER_NAMES,
    PDF,
    PDF_BYTES,
    WIDE,
    Picture,
    PictureFile,
    edge_of,
    fitted,
    has_picture_name,
    shown_name,
)

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels

HUGE = 60_000_000  # bytes of a picture that is read at all
MOST_PIXELS = 120_000_000  # of a picture that is opened; decoded they take half a gigabyte
SCAN, MOST_SCANS = b"\xff\xda", 100  # of a JPEG: some ten are usual, thousands are there to keep us busy for hours
KEPT = 6  # pictures as sent that are kept in memory: the one just attached is asked for again by the prompt
BESIDE = 5_000  # entries of a folder that are looked at for completion
KEEP_DAYS = 30  # after which a pasted picture is removed
QUALITIES = (90, 80, 65, 45)  # of JPEG and WebP, tried until the file is small enough
# what Pillow and pypdf raise for files that are cut off or made to do harm
BROKEN = (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError,
          EOFError, RecursionError, MemoryError, struct.error, zlib.error)  # fmt: skip


class PictureFiles:
    """The pictures and PDFs of a root, and those outside of it that the user names.

    start: the folder the program was started in. folder: where pasted pictures are kept.
    """

    def __init__(self, root: str, start: str | Path, folder: Path) -> None:
        self._root = root
        self._start = os.path.realpath(start)
        self._folder = folder
        self._fitted: OrderedDict[tuple[str, str, int], Picture] = OrderedDict()

    def find(self, name: str) -> str | None:
        """The absolute path of a picture or PDF outside of the root; None for any other name.

        Raises AttachmentRefused where a name that only a picture or PDF has leads out of the root, but not to one.
        """
        place = self._outside(name)
        if place is None:
            return None
        try:
            if kind_of(_head(place)):
                return place
        except OSError as error:
            if has_picture_name(name):
                raise AttachmentRefused(
                    f"{name!r} cannot be read: {_reason(error)}. Change its permissions."
                ) from error
            return None
        if place.lower().endswith((*OTHER_NAMES, ".pdf")) or has_picture_name(place):
            raise _no_picture(name)
        return None

    def beside(self, typed: str) -> tuple[str, ...]:
        """Folders, with "/" at their end, pictures and PDFs whose path begins so; none where it leads nowhere."""
        folder, slash, name = typed.rpartition("/")
        if not slash:
            return (f"{typed}/",)
        found: list[str] = []
        with (
            suppress(OSError, ValueError, RuntimeError),  # as in ~nobody/
            os.scandir(Path(self._start) / Path(folder + slash).expanduser()) as entries,
        ):
            for entry in islice(entries, BESIDE):
                hidden = entry.name.startswith(".") and not name.startswith(".")
                if hidden or '"' in entry.name or not entry.name.lower().startswith(name.lower()):
                    continue
                if entry.is_dir() or has_picture_name(entry.name):
                    found.append(f"{folder}/{entry.name}{'/' if entry.is_dir() else ''}")
        return tuple(sorted(found, key=lambda path: (not path.endswith("/"), path)))[:50]

    def _outside(self, name: str) -> str | None:
        """The real path of a name that leads out of the root."""
        if not name.startswith(("/", "~", "..")) and not Path(name).is_absolute():
            return None
        with suppress(OSError, ValueError, RuntimeError):  # as in ~nobody/x.png
            place = os.path.realpath(Path(self._start) / Path(name).expanduser())
            if place != self._root and not place.startswith(self._root.rstrip(os.sep) + os.sep):
                return place
        return None

    def open(self, path: str) -> PictureFile | None:
        """The file, if it is a picture or a PDF by what it holds, whatever its name; None for any other.

        path: relative to the root, or absolute as `find` gave it. Raises PathRefused, AttachmentRefused.
        """
        place = os.path.realpath(path) if Path(path).is_absolute() else str(paths.real(self._root, path))
        try:
            kind = kind_of(_head(place))
            if not kind:
                if path.lower().endswith((*OTHER_NAMES, ".pdf")) or has_picture_name(path):
                    raise _no_picture(path)
                return None
            return self._read(path, place, kind)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR) or not has_picture_name(path):
                return None
            raise AttachmentRefused(f"{path!r} cannot be read: {_reason(error)}. Change its permissions.") from error

    def _read(self, path: str, place: str, kind: Kind) -> PictureFile:
        if secret_name(path) or secret_name(place):
            raise AttachmentRefused(
                f"{path!r} has the name of a file of secrets, so it is not sent. Rename it if it is none."
            )
        limit = PDF_BYTES if kind == PDF else HUGE
        data = disk.read(Path(place), limit)
        if len(data) > limit:
            more = "Split it." if kind == PDF else "Scale it down first."
            raise AttachmentRefused(f"{path!r} is over the limit of {limit / 1e6:.0f} MB. {more}")
        return PictureFile(path, kind, data, sha256(data).hexdigest())

    def fit(self, file: PictureFile, model: Model) -> Picture:
        """The file as it is sent to the model; the same bytes for the same file each time; blocks.

        Raises AttachmentRefused for a file that is broken, locked or too large to be opened.
        """
        key = (file.path, file.digest, FEW + (model.context >= WIDE) if file.kind == PDF else model.image_edge)
        if key not in self._fitted:
            self._fitted[key] = _document(file, model) if file.kind == PDF else _image(file, model)
            if len(self._fitted) > KEPT:
                self._fitted.popitem(last=False)
        return self._fitted[key]

    def keep(self, data: bytes) -> str:
        """Keep a pasted picture where only the user can read it; returns its path. Raises AttachmentRefused.

        Pictures that were pasted long ago are removed on the way.
        """
        suffix = kind_of(data[:HEAD]).rpartition("/")[2]
        place = self._folder / f"pasted-{sha256(data).hexdigest()[:8]}.{suffix or 'bin'}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _forget(self._folder, time.time())
            disk.replace(place, data, mode=0o600)
        except OSError as error:
            raise AttachmentRefused(
                f"The picture cannot be kept in {self._folder}: {_reason(error)}. Make room there or change its rights."
            ) from error
        return os.path.realpath(place)


def _forget(folder: Path, now: float) -> None:
    for old in folder.glob("pasted-*"):
        with suppress(OSError):
            if now - old.stat().st_mtime > KEEP_DAYS * disk.DAY:
                old.unlink()


def _head(place: str) -> bytes:
    return disk.read(Path(place), HEAD - 1)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _no_picture(name: str) -> AttachmentRefused:
    if name.lower().endswith(OTHER_NAMES):
        return AttachmentRefused(f"{name!r} is of a kind that models do not take. Convert it to PNG or JPEG.")
    return AttachmentRefused(
        f"{name!r} is no PNG, JPEG, GIF, WebP or PDF, whatever its name says. Rename it, or name another file."
    )


def _document(file: PictureFile, model: Model) -> Picture:
    """A PDF, sent as it is."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings would be written across the screen
    try:
        reader = PdfReader(BytesIO(file.data))
        locked = reader.is_encrypted
        pages = 0 if locked else len(reader.pages)
        author = "" if locked or reader.metadata is None else str(reader.metadata.author or "")
    except (PyPdfError, *BROKEN) as error:
        raise AttachmentRefused(f"{file.path!r} is a broken PDF. Print it into a new one.") from error
    if locked:
        raise AttachmentRefused(f"{file.path!r} is locked with a password. Save it without one, then attach it.")
    if not pages:
        raise AttachmentRefused(f"{file.path!r} is a PDF without pages, or a broken one. Print it into a new one.")
    most = MANY if model.context >= WIDE else FEW
    if pages > most:
        raise AttachmentRefused(f"{file.path!r} has {pages} pages, and {model.alias} takes {most}. Split it.")
    part = Document(shown_name(file.path), pages, file.data)
    return Picture(file.path, file.digest, part, pages=pages, bytes=len(file.data), author=author.strip())


def _image(file: PictureFile, model: Model) -> Picture:
    """A picture: upright, its first frame, no larger than the model looks at; its own bytes where they will do.

    What a file tells beside its pixels (where and when a photo was taken) is never sent.
    """
    from PIL import Image as Pillow
    from PIL import ImageOps

    Pillow.MAX_IMAGE_PIXELS = None  # it only warns; the check below refuses
    head = size_of(file.data)
    if head is None or (file.kind == "image/jpeg" and file.data.count(SCAN) > MOST_SCANS):
        raise _broken(file)
    _check_pixels(head, file)
    try:
        with Pillow.open(BytesIO(file.data), formats=("PNG", "JPEG", "GIF", "WEBP")) as opened:
            _check_pixels(opened.size, file)  # made to do harm, a file says two sizes
            frames = getattr(opened, "n_frames", 1) if file.kind != "image/jpeg" else 1
            opened.load()  # a file that is cut off says so here
            turned = opened.getexif().get(0x0112, 1) not in (0, 1)
            upright = ImageOps.exif_transpose(opened) if turned else opened
            size = fitted(*upright.size, model, edge_of(model))
            changed = size != upright.size or turned or frames > 1
            own = b"" if changed else bare(file.data)
            part = Image(file.kind, own) if 0 < len(own) <= IMAGE_BYTES else _encoded(_scaled(upright, size), file)
            return Picture(file.path, file.digest, part, upright.size, size, frames, bytes=len(file.data))
    except BROKEN as error:
        raise _broken(file) from error


def _check_pixels(size: tuple[int, int], file: PictureFile) -> None:
    """Raises AttachmentRefused for a picture that would fill the memory."""
    width, height = size
    if width * height > MOST_PIXELS:
        raise AttachmentRefused(
            f"{file.path!r} has {width}x{height} pixels, {width * height / 1e6:.0f} million, and at most "
            f"{MOST_PIXELS / 1e6:.0f} million are opened. Scale it down first."
        )


def _broken(file: PictureFile) -> AttachmentRefused:
    kind = file.kind.rpartition("/")[2].upper().replace("WEBP", "WebP")
    return AttachmentRefused(f"{file.path!r} is a {kind} that is cut off or broken. Make it anew.")


def _scaled(picture: Pixels, size: Sequence[int]) -> Pixels:
    """The picture in these pixels; transparency stays."""
    from PIL import Image as Pillow

    clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    if picture.mode.startswith("I;16"):  # of 16 bits the upper 8
        picture = picture.convert("I").point(lambda level: level / 256)
    grey = picture.mode in ("1", "L", "I", "F") and not clear
    mode = "RGBA" if clear else "L" if grey else "RGB"
    picture = picture.convert(mode) if picture.mode != mode else picture
    picture.info.pop("comment", None)  # Pillow would write it again
    width, height = size
    return picture if picture.size == (width, height) else picture.resize((width, height), Pillow.Resampling.LANCZOS)


def _encoded(picture: Pixels, file: PictureFile) -> Image:
    """The picture as a file small enough: a photo as JPEG, all others as PNG where they are not too large for it."""
    if file.kind != "image/jpeg":
        data = _saved(picture, "PNG", optimize=False)
        if len(data) <= IMAGE_BYTES:
            return Image("image/png", data)
    form = "WEBP" if picture.mode == "RGBA" else "JPEG"  # JPEG knows no transparency
    for quality in QUALITIES:
        data = _saved(picture, form, quality=quality)
        if len(data) <= IMAGE_BYTES:
            break
    return Image(f"image/{form.lower()}", data)


def _saved(picture: Pixels, form: str, **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()
