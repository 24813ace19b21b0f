"""The region of a file that is most like a text: only to show it back, never to change it."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

LONG, MANY = 300, 5_000  # characters of a line, and lines, that are looked at for what comes nearest
AROUND, MOST = 3, 40  # lines before and after the region, and lines shown at most
LEAST = 0.3  # how alike a region must be to be worth showing


def nearest(wanted: Sequence[str], lines: Sequence[str]) -> tuple[int, float]:
    """The 1-based line where the window most like `wanted` begins, and how alike it is (0 to 1)."""
    bag, size = {line.strip() for line in wanted if line.strip()}, max(1, len(wanted))
    if not bag or not lines:
        return 1, 0.0
    hits = [line.strip() in bag for line in lines]
    counts = [sum(hits[:size])]
    for i in range(max(0, len(lines) - size)):
        counts.append(counts[-1] - hits[i] + hits[i + size])
    best = max(range(len(counts)), key=counts.__getitem__)
    if counts[best]:
        return best + 1, counts[best] / size
    first = next(line.strip() for line in wanted if line.strip())[:LONG]
    ratios = [SequenceMatcher(None, first, line.strip()[:LONG], autojunk=False).ratio() for line in lines[:MANY]]
    best = max(range(len(ratios)), key=ratios.__getitem__)
    return best + 1, ratios[best]


def region(wanted: Sequence[str], lines: Sequence[str]) -> str:
    """The lines nearest to `wanted` with some around them, as the read view shows them; "" if nothing is like it."""
    start, ratio = nearest(wanted, lines)
    if ratio < LEAST:
        return ""
    first = max(1, start - AROUND)
    last = min(len(lines), start + len(wanted) - 1 + AROUND, first + MOST - 1)
    return "\n".join(f"{n}\t{lines[n - 1][:LONG]}" for n in range(first, last + 1))
