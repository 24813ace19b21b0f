"""The pieces of the status line, which of them stay where there is little room, and the one that counts down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from haikuterm.core.budget import Standing
from haikuterm.core.guard import visible_line
from haikuterm.engine.status import Status
from haikuterm.ui.present import alias, cells, tokens, total, usd

FULL = (Decimal("0.95"), Decimal("0.8"))  # shares of the context from which the gauge is an error, a warning
LONGEST_BRANCH = 24  # columns
STEPS = ((60, 10), (10, 5), (-1, 1))  # a countdown with more seconds left goes by so many: an idle screen is left alone


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the status line. rank: 0 is kept longest. role: a colour of the theme.

    short: what it says where there is no room for all of it, "" if it goes then.
    until: of a countdown, when it is gone, in seconds of the monotonic clock; "{}" in its text stands for what is left.
    """

    text: str
    rank: int
    role: str
    until: float = 0.0
    short: str = ""


def segments(status: Status) -> tuple[Segment, ...]:
    """The status line's pieces in display order: who answers, about what, for how much, for how long it is cheap."""
    found = [Segment(visible_line(status.model.alias), 0, "accent"), *_serving(status)]
    if status.offline:
        found.append(Segment("offline", 1, "warning"))
    if status.accepts:
        found.append(Segment("edits unasked", 0, "warning"))
    if status.repo.branch:
        found.append(Segment(_branch(status.repo.branch) + "*" * bool(status.repo.dirty), 7, "muted"))
    if status.attached:
        count = len(status.attached)
        noun = "file" if count == 1 else "files"
        weight = tokens(status.attached_tokens)
        found.append(Segment(f"{count} {noun} ~{weight}", 5, "muted", short=f"{count} {noun}"))
    found += [_gauge(status), *_costs(status)]
    if status.cache_until:
        found.append(Segment("cache {}", 4, "muted", status.cache_until))
    return tuple(found)


def _serving(status: Status) -> list[Segment]:
    """What stands behind the alias, or who answered instead."""
    if status.served:
        return [Segment(f"→ {alias(status.served)} answers", 2, "warning")]
    if status.model.snapshot != status.model.id:
        return [Segment(f"→ {visible_line(status.model.snapshot)}", 9, "muted")]
    return []


def _branch(name: str) -> str:
    """The branch, a long one without its end."""
    shown = visible_line(name)
    if cells(shown) <= LONGEST_BRANCH:
        return shown
    while cells(shown) >= LONGEST_BRANCH:
        shown = shown[:-1]
    return shown + "…"


def _gauge(status: Status) -> Segment:
    used, room = status.context_tokens, status.model.context
    share = Decimal(used) / room if room else Decimal(0)
    role = "error" if share >= FULL[0] else "warning" if share >= FULL[1] else "muted"
    mark = "" if status.context_known else "~"
    return Segment(f"{mark}{tokens(used)}/{tokens(room)} {share:.0%}", 2, role, short=f"{share:.0%} full")


def _costs(status: Status) -> list[Segment]:
    """Turn, session and day, the nearest budget beside its own; a local model costs nothing, what was paid stays."""
    near, period = status.budget, status.budget.limit.period if status.budget else ""
    local, paid = status.model.local, bool(status.session.usd or status.session.unpriced)
    found = [Segment("local: $0", 0, "success")] if local else []
    if status.turn.requests and not local:
        found.append(Segment(f"turn {total(status.turn)}", 6, "muted"))
    if near and period == "session":
        found.append(_capped("session", total(status.session), near, status))
    elif paid or not local:
        found.append(Segment(f"session {total(status.session)}", 1, "text", short=total(status.session)))
    if near and period == "day":
        found.append(_capped("today", usd(max(near.spent, status.today or near.spent)), near, status))
    elif status.today:
        found.append(Segment(f"today {usd(status.today)}", 8, "muted"))
    if near and period == "month":
        found.append(_capped("month", usd(near.spent), near, status))
    return found


def _capped(name: str, spent: str, near: Standing, status: Status) -> Segment:
    """What is spent of a budget; how much of it is told in words too, once it is nearly or wholly gone."""
    cap, rank, role = near.limit.usd, 1 if near.limit.period == "session" else 3, "text"
    words = f"{spent} of {usd(cap)}"
    if near.spent >= cap:
        words, rank, role = f"{words} reached", 0, "error"
    elif status.stopped:
        words, rank, role = f"{words}, too little left", 0, "error"
    elif near.soft:
        words, rank, role = f"{words} {near.spent / cap:.0%}", 0, "warning"
    return Segment(f"{name} {words}", rank, role, short=words)


def shown(pieces: Sequence[Segment], now: float) -> tuple[Segment, ...]:
    """The pieces as they are to be drawn at this moment: countdowns filled in, those that are over left out."""
    return tuple(
        replace(piece, text=piece.text.format(remaining(piece.until, now))) if piece.until else piece
        for piece in pieces
        if not piece.until or piece.until > now
    )


def remaining(until: float, now: float) -> str:
    """The time that is left in minutes and seconds, "4:10"; the more there is, the rounder."""
    left = int(until - now)
    left -= left % _step(left)
    return f"{left // 60}:{left % 60:02d}"


def _step(left: int) -> int:
    return next(step for above, step in STEPS if left > above)


def next_change(pieces: Sequence[Segment], now: float) -> float | None:
    """Seconds until a countdown among the pieces has just changed, maybe 0; None where nothing counts down."""
    left = [piece.until - now for piece in pieces if piece.until > now]
    return min(rest % _step(int(rest)) for rest in left) if left else None


def fit(pieces: Sequence[Segment], width: int, gap: int = 2) -> tuple[Segment, ...]:
    """Those of the pieces that fit into `width` columns with `gap` between them, the unimportant dropped first.

    One that has a short form is shortened before it goes. Of equals the later one goes first; if not even one fits,
    there is none.
    """
    kept = list(pieces)
    while kept and sum(cells(s.text) for s in kept) + gap * (len(kept) - 1) > width:
        worst = max(range(len(kept)), key=lambda i: (kept[i].rank, i))
        if short := kept[worst].short:
            kept[worst] = replace(kept[worst], text=short, short="")
        else:
            del kept[worst]
    return tuple(kept)
