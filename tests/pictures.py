"""Pictures and PDFs for tests, made here: real files of every kind that models take."""

from __future__ import annotations

import random
from io import BytesIO
from pathlib import Path

from PIL import Image
from pypdf import PdfWriter


def picture(width: int = 60, height: int = 40, form: str = "PNG", mode: str = "RGB", **options: object) -> bytes:
    """The bytes of a picture with something to see in it."""
    made = Image.linear_gradient("L").resize((width, height)).convert(mode)
    out = BytesIO()
    made.save(out, form, **options)
    return out.getvalue()


def noise(width: int, height: int, mode: str = "RGB") -> bytes:
    """A PNG that cannot be packed: as large as it gets."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    made = Image.frombytes(mode, (width, height), random.Random(1).randbytes(width * height * bands))
    out = BytesIO()
    made.save(out, "PNG", compress_level=0)
    return out.getvalue()


def film(frames: int = 3, form: str = "GIF") -> bytes:
    """An animated picture."""
    made = [Image.new("RGB", (30, 20), (80 * n, 0, 0)) for n in range(frames)]
    out = BytesIO()
    made[0].save(out, form, save_all=True, append_images=made[1:])
    return out.getvalue()


def pdf(pages: int = 2, password: str = "", author: str = "") -> bytes:
    """A PDF with blank pages."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    if author:
        writer.add_metadata({"/Author": author})
    if password:
        writer.encrypt(password)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def write(path: Path, data: bytes) -> Path:
    """The file, written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
