"""A file's bytes as text and back, without losing one of them."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from haikuterm.core.errors import EditRefused

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # PEP 263
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file as text. encoding: the codec that turns it back; bom: the bytes that stood before the text.

    declared: False where the encoding is only one that keeps every byte, since the file names none that fits.
    """

    text: str
    encoding: str
    bom: bytes = b""
    declared: bool = True

    @property
    def crlf(self) -> bool:
        """True if every line ends in CRLF (and there is at least one)."""
        lines = self.text.count("\n")
        return lines > 0 and lines == self.text.count("\r\n")

    def encode(self, text: str) -> bytes:
        """Other text in this file's encoding.

        Raises EditRefused if that has no character for it; a file that does not say what its bytes mean takes only
        plain ASCII beside what it holds.
        """
        signs = [] if self.declared else sorted(sign for sign in {*text} - {*self.text} if not sign.isascii())
        if signs:
            raise EditRefused(
                f"the file is not UTF-8 and declares no encoding, so {signs[0]!r} cannot be written to it."
            )
        try:
            return self.bom + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            sign = error.object[error.start : error.end]
            raise EditRefused(f"the file is {self.encoding}, which has no {sign!r}.") from error


def decode_both(before: bytes | None, after: bytes | None) -> tuple[Decoded, str, str]:
    """A file and its text before and after a change, both read in one encoding: equal bytes are equal text.

    None, for no such file, gives "". The file's own encoding (where there was none: the new one's) is taken if it fits
    both, else one that keeps every byte. A mark that only one of them begins with is part of its text.
    """
    old, new = before or b"", after or b""
    file: Decoded | None = decode(new if before is None else old)
    if file and file.bom and after is not None and not new.startswith(file.bom):
        file = _try(old, "utf-8")
    found = _try(new.removeprefix(file.bom), file.encoding) if file else None
    if file is None or found is None:
        file, found = (Decoded(data.decode("latin-1"), "latin-1", declared=False) for data in (old, new))
    return file, file.text if before is not None else "", found.text


def keep_ends(text: str) -> list[str]:
    """The lines with their endings, split on line feeds only: other separators are part of a line."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def is_binary(data: bytes) -> bool:
    """Whether the bytes hold a NUL that no UTF-16 or UTF-32 byte order mark explains."""
    return b"\0" in data and not any(data.startswith(bom) for bom, codec in _BOMS if codec != "utf-8")


def decode(data: bytes) -> Decoded:
    """The bytes as text in the encoding they declare, else UTF-8 or Latin-1; `encode(text)` gives them back exactly."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            found = _try(data[len(bom) :], encoding, bom)
            if found:
                return found
    return (
        _try(data, "utf-8") or _try(data, _cookie(data)) or Decoded(data.decode("latin-1"), "latin-1", declared=False)
    )


def _try(data: bytes, encoding: str, bom: bytes = b"") -> Decoded | None:
    """The decoded file, if the codec exists and gives the same bytes back."""
    try:
        text = data.decode(encoding)
        return Decoded(text, encoding, bom) if text.encode(encoding) == data else None
    except (UnicodeError, LookupError):
        return None


def _cookie(data: bytes) -> str:
    """The encoding that a Python source declares in its first two lines, or "utf-8"."""
    for line in data.split(b"\n", 2)[:2]:
        found = _COOKIE.match(line)
        if found:
            return found[1].decode("ascii", "replace")
    return "utf-8"
