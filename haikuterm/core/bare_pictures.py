"""The file of a picture without what it tells beside its pixels: place, time, camera, person, texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from haikuterm.core.picture_heads import HEAD, Kind, kind_of

_PNG_HEAD = 8  # bytes before the first chunk
# chunks that say which pixels there are and of what color (PNG 3rd edition, 11.2 and 11.3.2)
_PNG_KEPT = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP")
_WEBP_KEPT = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP")
_WEBP_TOLD = 0x08 | 0x04  # flags of VP8X for chunks that are left out: Exif and XMP (RFC 9649, 2.7)
_SCAN, _LAST = 0xDA, 0xD9  # JPEG markers: start of scan, end of image
_PLAIN_JFIF = 16  # bytes of a JFIF segment without a small picture of its own
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # the end of a scan's data (ITU-T T.81, B.1.1.5)
_CONTROL, _FRAME, _EXTENSION, _TRAILER = 0xF9, 0x2C, 0x21, 0x3B  # of GIF89a


def bare(data: bytes) -> bytes:
    """The same picture, to the last pixel, without its Exif, XMP, comments, texts and what follows its end.

    Color profiles stay, since the pixels mean something else without. Of an animated GIF the first frame is left.
    Nothing for a file that is put together in a way that is not known here.
    """
    walk = _WALKS.get(kind_of(data[:HEAD]))
    try:
        return b"".join(walk(data)) if walk else b""
    except (IndexError, ValueError):
        return b""


def _part(data: bytes, start: int, end: int) -> bytes:
    """The bytes from start to end. Raises ValueError if there are fewer."""
    if end > len(data):
        raise ValueError("cut off")
    return data[start:end]


def _png(data: bytes) -> Iterator[bytes]:
    yield data[:_PNG_HEAD]
    at, kind = _PNG_HEAD, b""
    while kind != b"IEND":
        end = at + 12 + int.from_bytes(_part(data, at, at + 4), "big")
        kind = _part(data, at + 4, at + 8)
        if kind in _PNG_KEPT:
            yield _part(data, at, end)
        at = end


def _jpeg(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    at = 2
    while (marker := _jpeg_marker(data, at)) != _LAST:
        end = at + 2 + int.from_bytes(_part(data, at + 2, at + 4), "big")
        segment = _part(data, at, end)
        if marker == _SCAN:
            after = _MARKER.search(data, end)
            if after is None:
                raise ValueError("no end")
            end = after.start()
            yield data[at:end]
        elif _shows_jpeg(marker, segment):
            yield segment
        at = end
    yield data[at : at + 2]


def _jpeg_marker(data: bytes, at: int) -> int:
    if data[at] != 0xFF:
        raise ValueError("no marker")
    return data[at + 1]


def _shows_jpeg(marker: int, segment: bytes) -> bool:
    """Whether the segment has to do with the pixels, and not with where they are from."""
    match marker:
        case 0xE0:
            return segment[4:9] == b"JFIF\0" and len(segment) == _PLAIN_JFIF + 2
        case 0xE2:
            return segment[4:16] == b"ICC_PROFILE\0"
        case 0xEE:
            return segment[4:9] == b"Adobe"
        case 0xFE:
            return False
        case _:
            return not 0xE0 <= marker <= 0xEF


def _gif(data: bytes) -> Iterator[bytes]:
    at = 13 + _gif_colors(data[10])
    yield _part(data, 0, at)
    while (kind := data[at]) != _FRAME:
        if kind != _EXTENSION:
            raise ValueError("no frame")
        end = _gif_blocks(data, at + 2)
        if data[at + 1] == _CONTROL:
            yield data[at:end]
        at = end
    end = _gif_blocks(data, at + 11 + _gif_colors(data[at + 9]))
    yield data[at:end] + bytes([_TRAILER])


def _gif_colors(flags: int) -> int:
    """Bytes of the color table that the flags announce."""
    return 3 << ((flags & 0x07) + 1) if flags & 0x80 else 0


def _gif_blocks(data: bytes, at: int) -> int:
    """Where the data blocks that begin here end."""
    while data[at]:
        at += data[at] + 1
    return at + 1


def _webp(data: bytes) -> Iterator[bytes]:
    chunks = b"".join(_webp_chunks(data))
    yield b"RIFF" + (len(chunks) + 4).to_bytes(4, "little") + b"WEBP" + chunks


def _webp_chunks(data: bytes) -> Iterator[bytes]:
    at, last = 12, 8 + int.from_bytes(data[4:8], "little")
    while at < last:
        size = int.from_bytes(_part(data, at + 4, at + 8), "little")
        end = at + 8 + size + size % 2
        kind, chunk = data[at : at + 4], _part(data, at, end)
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_TOLD]) + chunk[9:]
        if kind in _WEBP_KEPT:
            yield chunk
        at = end


_WALKS: Mapping[Kind, Callable[[bytes], Iterator[bytes]]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
}
