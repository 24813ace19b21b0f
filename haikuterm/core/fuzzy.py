"""Fuzzy ranking of paths and names for completion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def rank(query: str, names: Iterable[str], limit: int = 50) -> list[str]:
    """The names that hold the query's letters in order, best first.

    Best is: the file's own name begins with the query, then holds it, then the path holds it, then the letters lie
    close together; shorter names before longer ones.
    """
    wanted = query.lower().replace("\\", "/")
    if not wanted:
        return list(names)[:limit] if isinstance(names, Sequence) else sorted(names)[:limit]
    scored = []
    for name in names:
        low = name.lower()
        at, spread = -1, 0
        for letter in wanted:
            found = low.find(letter, at + 1)
            if found < 0:
                break
            spread += found - at if at >= 0 else 0
            at = found
        else:
            scored.append((_kind(wanted, low), spread, len(name), name))
    scored.sort()
    return [row[3] for row in scored[:limit]]


def _kind(wanted: str, low: str) -> int:
    """0 to 3: how plainly the name answers the query."""
    base = low[low.rfind("/") + 1 :]
    if base.startswith(wanted) or low.startswith(wanted):
        return 0
    if wanted in base:
        return 1
    return 2 if wanted in low else 3
