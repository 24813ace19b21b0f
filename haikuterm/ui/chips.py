"""Big pastes folded to one word of the draft each, and what they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LINES, SIGNS = 12, 1_200  # what is longer is folded: more than the composer shows at once
MOST = 0xE0  # chips of one conversation; then the first numbers are given again
# A chip begins and ends with a private sign at the end of Unicode, where no font has icons: so a text that was typed
# is never one. They are drawn as brackets.
_FIRST = 0x10FF00
_CLOSE = "\U0010fffd"
_CHIP = re.compile(f"[{chr(_FIRST)}-{chr(_FIRST + MOST - 1)}][^\n]{{1,40}}?{_CLOSE}")
_SIGNS = re.compile(f"[{chr(_FIRST)}-{_CLOSE}]")
_DRAWN = {_FIRST + number: "[" for number in range(MOST)} | {ord(_CLOSE): "]"}


@dataclass(frozen=True, slots=True)
class Chip:
    """A paste that is shown as `mark`."""

    mark: str
    text: str


@dataclass(slots=True)
class Chips:
    """The chips of one composer. They outlive the draft, for undo and the history bring drafts back."""

    _known: dict[str, Chip] = field(default_factory=dict)  # by the first sign
    _opened: set[str] = field(default_factory=set)
    _count: int = 0

    def add(self, text: str) -> str:
        """The mark that stands for a text from now on; the one it has, if it was folded before."""
        for chip in self._known.values():
            if chip.text == text:
                self._opened.discard(chip.mark)
                return chip.mark
        sign = chr(_FIRST + self._count % MOST)
        self._count += 1
        self._known[sign] = chip = Chip(f"{sign}pasted {_size(text)}{_CLOSE}", text)
        self._opened.discard(chip.mark)
        return chip.mark

    def spans(self, line: str) -> Iterator[tuple[int, int, Chip]]:
        """Where the chips of a line begin and end."""
        if _CLOSE in line:
            for found in _CHIP.finditer(line):
                chip = self._known.get(found[0][0])
                if chip and chip.mark == found[0]:
                    yield found.start(), found.end(), chip

    def whole(self, text: str) -> str:
        """The text with what its chips stand for."""
        if _CLOSE not in text:
            return text
        parts, at = [], 0
        for start, end, chip in self.spans(text):
            parts += [text[at:start], chip.text]
            at = end
        return "".join([*parts, text[at:]])

    def mended(self, text: str) -> str:
        """The text without what is left of marks that were cut."""
        if not _SIGNS.search(text):
            return text
        parts, at = [], 0
        for start, end, _ in self.spans(text):
            parts += [self._uncut(text[at:start]), text[start:end]]
            at = end
        return "".join([*parts, self._uncut(text[at:])])

    def _uncut(self, text: str) -> str:
        while found := _SIGNS.search(text):
            sides = [(chip.mark[::-1], text[found.start() :: -1]) for chip in self._known.values()]
            if found[0] != _CLOSE:
                sides = [(chip.mark, text[found.start() :]) for chip in self._known.values()]
            left = max((_alike(*side) for side in sides), default=1)
            start = found.end() - left if found[0] == _CLOSE else found.start()
            text = text[:start] + text[start + left :]
        return text

    def fold(self, text: str) -> str:
        """The text with its chips for the texts that were folded before, less those that the user opened."""
        text = plain(text)
        for chip in self._known.values():
            if chip.mark not in self._opened:
                text = text.replace(chip.text, chip.mark)
        return text

    def folded(self, text: str) -> tuple[str, ...]:
        """The texts of the chips in a draft, each once."""
        return tuple(dict.fromkeys(chip.text for _, _, chip in self.spans(text)))

    def open(self, chip: Chip) -> str:
        """The text of a chip that will not be folded again by itself."""
        self._opened.add(chip.mark)
        return chip.text


def big(text: str) -> bool:
    """Whether a paste is folded."""
    return text.count("\n") >= LINES or len(text) > SIGNS


def plain(text: str) -> str:
    """A text of others without the signs that begin and end a chip."""
    return _SIGNS.sub("\ufffd", text)


def drawn(line: str) -> str:
    """The line as it is shown: of the same length, with brackets around its chips."""
    return line.translate(_DRAWN) if _CLOSE in line else line


def _alike(mark: str, text: str) -> int:
    """How much of the mark the text begins with; at least its first sign."""
    return next((n for n, (a, b) in enumerate(zip(mark, text, strict=False)) if a != b), min(len(mark), len(text))) or 1


def _size(text: str) -> str:
    lines = text.rstrip("\n").count("\n") + 1
    return f"{lines} lines" if lines > 1 else f"{len(text):,} characters"
