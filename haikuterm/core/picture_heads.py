"""What the first bytes of a file say: which picture or document it is, and how many pixels it has."""

from __future__ import annotations

from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["", "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"]

HEAD = 1_024  # bytes that are enough to know the kind; a PDF may have other bytes before its first line
_NO_SIZE = (0xC4, 0xC8, 0xCC)  # JPEG markers between SOF0 and SOF15 that hold no size


def kind_of(head: bytes) -> Kind:
    """The kind of a file by its content, "" for anything that is no picture or PDF; head: its first `HEAD` bytes."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    # a text may speak of "%PDF-" in its first lines; a file with other bytes before it has them binary
    at = head.find(b"%PDF-", 0, HEAD)
    return "application/pdf" if at == 0 or (at > 0 and b"\0" in head[:at]) else ""


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as the head of a picture says them, before any turning; None where it says none."""
    match kind_of(data[:HEAD]):
        case "image/png":
            size = (_big(data[16:20]), _big(data[20:24]))
        case "image/gif":
            size = (_little(data[6:8]), _little(data[8:10]))
        case "image/jpeg":
            size = _jpeg(data)
        case "image/webp":
            size = _webp(data)
        case _:
            return None
    return size if min(size) > 0 else None


def _jpeg(data: bytes) -> tuple[int, int]:
    """The size in the frame header (ITU-T T.81, B.2.2); (0, 0) where there is none."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_SIZE:
            return _big(data[at + 7 : at + 9]), _big(data[at + 5 : at + 7])
        else:
            at += 2 + max(2, _big(data[at + 2 : at + 4]))
    return 0, 0


def _webp(data: bytes) -> tuple[int, int]:
    """The size in the first chunk (RFC 9649); (0, 0) where there is none."""
    match data[12:16]:
        case b"VP8X":
            return _little(data[24:27]) + 1, _little(data[27:30]) + 1
        case b"VP8L":
            bits = _little(data[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
        case _:
            return 0, 0


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
