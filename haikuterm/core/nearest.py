"""The region of a file that is most like a text: only to show it back, never to change it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from difflib import SequenceMatcher

LONG, MANY = 300, 5_000  # characters of a line that are compared, and lines with one word that are counted
WORDS, START, CLOSE = 12, 4, 40  # words of a line that are looked for, letters of a beginning, lines compared in full
AROUND, MOST = 3, 40  # lines before and after the region, and lines shown at most
LEAST = 0.3  # how alike a region must be to be worth showing

_WORD = re.compile(r"\w{2,}")


def nearest(wanted: Sequence[str], lines: Sequence[str]) -> tuple[int, float]:
    """The 1-based line where the window most like `wanted` begins, and how alike it is (0 to 1)."""
    bag, size = {line.strip() for line in wanted if line.strip()}, max(1, len(wanted))
    if not bag or not lines:
        return 1, 0.0
    hits = [line.strip() in bag for line in lines]
    counts = [sum(hits[:size])]
    for i in range(max(0, len(lines) - size)):
        counts.append(counts[-1] - hits[i] + hits[i + size])
    most = max(counts)
    if most:
        return _first_in_step(wanted, lines, [n for n, count in enumerate(counts) if count == most]) + 1, most / size
    first = next(line.strip() for line in wanted if line.strip())[:LONG]
    return _most_alike(first, lines)


def _first_in_step(wanted: Sequence[str], lines: Sequence[str], starts: Sequence[int]) -> int:
    """Of windows with as many equal lines, the one that has the most of them where they stand in `wanted`."""
    rows = [line.strip() for line in wanted]
    return max(
        starts[:CLOSE],
        key=lambda start: sum(
            row == line.strip() for row, line in zip(rows, lines[start : start + len(rows)], strict=False)
        ),
    )


def _most_alike(wanted: str, lines: Sequence[str]) -> tuple[int, float]:
    """The 1-based line most like one line, of those that share the most of its words, and how alike it is."""
    ratios = {
        row: SequenceMatcher(None, wanted, lines[row].strip()[:LONG], autojunk=False).ratio()
        for row in _sharing(wanted, lines)
    }
    best = max(ratios, key=ratios.__getitem__, default=0)
    return best + 1, ratios.get(best, 0.0)


def _sharing(wanted: str, lines: Sequence[str]) -> list[int]:
    """The lines, 0-based and not many, that share the most with a line: its words, and beginnings of long ones.

    A word counts the more the fewer lines have it; case does not matter.
    """
    text = "\n".join(lines).lower()
    words = sorted({piece for word in _WORD.findall(wanted.lower()) for piece in (word, word[:START])}, key=len)
    score: defaultdict[int, float] = defaultdict(float)
    for word in words[-WORDS:]:
        rows = _rows_with(word, text)
        for row in rows:
            score[row] += len(word) / len(rows)
    return sorted(score, key=score.__getitem__, reverse=True)[:CLOSE]


def _rows_with(word: str, text: str) -> set[int]:
    """The lines of the text that hold the word; not all if they are very many."""
    rows: set[int] = set()
    row = start = 0
    at = text.find(word)
    while at >= 0 and len(rows) < MANY:
        row += text.count("\n", start, at)
        rows.add(row)
        start, line = at, text.find("\n", at)
        at = text.find(word, line) if line >= 0 else -1
    return rows


def region(wanted: Sequence[str], lines: Sequence[str]) -> str:
    """The lines nearest to `wanted` with some around them, as the read view shows them; "" if nothing is like it."""
    start, ratio = nearest(wanted, lines)
    if ratio < LEAST:
        return ""
    first = max(1, start - AROUND)
    last = min(len(lines), start + len(wanted) - 1 + AROUND, first + MOST - 1)
    return "\n".join(f"{n}\t{lines[n - 1][:LONG]}" for n in range(first, last + 1))
