"""Owns how a terminal is asked for its ground: the question, its answer among the keys, and what else tells of it.

The first frame needs this before anything slow is imported, so this file imports next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself would be the slowest import here
if TYPE_CHECKING:
    from collections.abc import Mapping

QUERY = b"\x1b]11;?\x07"  # OSC 11 of xterm, understood by nearly all: which colour has the ground?
LIMIT = 0.1  # seconds that the answer is waited for
LONGEST = 64  # bytes of an answer
_HEAD = b"\x1b]11;"
_BODY = frozenset(b"0123456789abcdefABCDEF/rgba:#")
Rgb = tuple[float, float, float]


class Answers:
    """Takes the answers of the terminal out of its input, wherever they are cut; what is left are keys, in order.

    asked: whether an answer is still to come; rgb: the ground of the last one, None before there is one.
    """

    def __init__(self) -> None:
        self.rgb: Rgb | None = None
        self.asked = False
        self._held = b""

    @property
    def waits(self) -> bool:
        """Whether bytes are held that may be the beginning of an answer, or a key: flush() where no more come."""
        return bool(self._held) and not self._held.startswith(_HEAD)

    def feed(self, data: bytes) -> bytes:
        """The bytes without answers; the beginning of one is held back until it is known to be one."""
        data, self._held = self._held + data, b""
        if b"\x1b" not in data:
            return data
        keys = bytearray()
        while (at := data.find(b"\x1b")) >= 0:
            keys += data[:at]
            data = data[at:]
            length = self._length(data)
            if length is None:
                self._held = data
                return bytes(keys)
            if not length:
                keys += data[:1]
                data = data[1:]
            else:
                data = data[length:]
        return bytes(keys + data)

    def flush(self) -> bytes:
        """Give back what was held for a key; the beginning of what can only be an answer is held on."""
        if not self.waits:
            return b""
        keys, self._held = self._held, b""
        return keys

    def _length(self, data: bytes) -> int | None:
        """How long the answer is that the data begins with; 0 if it is none, None if that cannot be known yet."""
        if len(data) < len(_HEAD):
            return None if self.asked and _HEAD.startswith(data) else 0
        if not data.startswith(_HEAD):
            return 0
        end = len(_HEAD)
        while end < len(data) and data[end] in _BODY:
            end += 1
        if end > LONGEST:
            return 0
        rest = data[end : end + 2]
        if rest in (b"", b"\x1b"):
            return None
        close = 1 if rest[:1] == b"\x07" else 2 if rest == b"\x1b\\" else 0
        if not close:
            return 0
        self.asked = False
        self.rgb = parsed(data[len(_HEAD) : end].decode("ascii")) or self.rgb
        return end + close


def parsed(color: str) -> Rgb | None:
    """A colour as X names it ("rgb:14/16/1c", "rgba:1414/1616/1c1c/ffff", "#14161c"): parts of 0 to 1; None if none."""
    if color.startswith("#") and len(color) in (4, 7, 13):
        size = len(color) // 3
        parts = [color[n : n + size] for n in range(1, len(color), size)]
    else:
        kind, _, rest = color.partition(":")
        parts = rest.split("/")
        if (kind, len(parts)) not in (("rgb", 3), ("rgba", 4)):
            return None
    try:
        red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in parts[:3])
    except (ValueError, ZeroDivisionError):
        return None
    return red, green, blue


def is_dark(rgb: Rgb) -> bool:
    """Whether light text is read better on this ground than dark text (WCAG 2.2: relative luminance)."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179


def told(environ: Mapping[str, str]) -> bool | None:
    """Whether the ground is dark, as COLORFGBG ("15;0", "0;default;15") has it; None where it says nothing."""
    ground = environ.get("COLORFGBG", "").rpartition(";")[2].strip()
    if not ground.isdecimal() or int(ground) > 15:
        return None
    return int(ground) in (0, 1, 2, 3, 4, 5, 6, 8)


def few_colours(environ: Mapping[str, str]) -> bool:
    """Whether the terminal has 16 colours at most, or none are wanted: then its own palette is what can be read."""
    if environ.get("NO_COLOR"):
        return True
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return False
    kind = environ.get("TERM", "").strip().lower()
    return bool(kind) and kind.rpartition("-")[2] not in ("256color", "kitty")  # as Rich has it, which draws


def hear(answers: Answers, limit: float) -> bytes:
    """The keys that come while the answer is waited for, `limit` seconds at most; the terminal sends each at once."""
    import os
    from select import select
    from time import monotonic

    end, keys = monotonic() + limit, b""
    while answers.asked and select([0], [], [], max(0.0, end - monotonic()))[0]:
        data = os.read(0, 4096)
        if not data:
            break
        keys += answers.feed(data)
    return keys


def ask() -> tuple[Answers, bytes]:
    """Ask a terminal that sends each key at once and shows none; the answer, if it comes in time, and the keys then."""
    import os

    answers = Answers()
    os.write(1, QUERY)
    answers.asked = True
    keys = hear(answers, LIMIT)
    answers.asked = False
    return answers, keys + answers.flush()


def ground(answers: Answers, environ: Mapping[str, str]) -> bool | None:
    """Whether the ground is dark, as the terminal answered or else its environment has it; None where nobody knows."""
    return told(environ) if answers.rgb is None else is_dark(answers.rgb)
