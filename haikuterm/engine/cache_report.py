"""What a request is made of and what the cache did for it, as a small document for /context."""

from __future__ import annotations

from collections import Counter
from time import monotonic

from haikuterm.core.context import estimate
from haikuterm.core.guard import visible_line
from haikuterm.core.prefix import LIFE, CacheLook, Prefix, prefix_of
from haikuterm.engine.room import next_request, used
from haikuterm.engine.session import Session

ROWS = ("tools", "system prompt", "files", "said by you", "said by the model", "tools' calls and results")
REASONS = {  # `diagnostics.cache_miss_reason` of the Messages API
    "model_changed": "the model changed",
    "system_changed": "the system prompt changed",
    "tools_changed": "the tools changed",
    "messages_changed": "an earlier message changed",
    "previous_message_not_found": "it does not know the request before any more",
    "unavailable": "it cannot tell",
}


def report(session: Session, now: float | None = None) -> str:
    """What the next request would hold, and how the cache served the last one, as Markdown.

    now: seconds of the monotonic clock, for how long the cache still lives.
    """
    prefix = prefix_of(next_request(session))
    return f"{_contents(session, prefix)}\n\n{cache_line(session.cache, monotonic() if now is None else now)}"


def _contents(session: Session, prefix: Prefix) -> str:
    weights: Counter[str] = Counter()
    for part in prefix.parts:
        weights[_row(part.name)] += part.tokens
    window, own = session.model.context, ""
    if session.instructions and session.extra:
        own = visible_line(session.instructions.path)
        weights[own] = estimate(session.extra, session.model)
        weights["system prompt"] -= weights[own]
    names = [*ROWS[:2], *([own] if own else []), *ROWS[2:]]
    rows = [f"| {row} | ~{weights[row]:,} | {weights[row] / window:.1%} |" for row in names if weights[row]]
    total = used(session)
    mark = "" if total.known else "~"
    summed = f"| **in all** | {mark}{total.tokens:,} | {total.tokens / window:.1%} of {window:,} |"
    return "\n".join(["| part | tokens | of the window |", "|---|---:|---:|", *rows, summed])


def _row(name: str) -> str:
    """The row of the table that a part belongs to."""
    if not name.startswith("message "):
        return "tools" if name.startswith("tool ") else name
    if "(file " in name:
        return "files"
    if "tool " in name:
        return "tools' calls and results"
    return "said by you" if "(user" in name else "said by the model"


def cache_line(seen: CacheLook | None, now: float) -> str:
    """What the cache did for the last request, and how long it still lives."""
    if seen is None:
        return "Cache: nothing was asked since the program started."
    lines = [_last(seen)]
    if seen.diagnosed:
        lines.append(f"The API says of the miss: {REASONS.get(seen.diagnosed, seen.diagnosed)}.")
    left = LIFE - (now - seen.at)
    if seen.prefix.marked and left > 0:
        lines.append(f"It lives for another {int(left // 60)}:{int(left % 60):02d} minutes.")
    elif seen.prefix.marked:
        lines.append("It has expired: the next request writes it anew.")
    return " ".join(lines)


def _last(seen: CacheLook) -> str:
    if not seen.prefix.marked:
        return "Cache: the last request was too short to be cached, or its model has none."
    read, wrote = seen.usage.cache_read, seen.usage.cache_write_5m + seen.usage.cache_write_1h
    got = f"{read:,} tokens were read from it and {wrote:,} written"
    if not seen.same and not seen.broken:
        return f"Cache: the first request since the program started; {got}."
    part = f"~{seen.same:,} of ~{seen.whole:,} tokens were the same as before"
    why = f", up to a change in {seen.broken}" if seen.broken else ""
    late = f" (left alone for {seen.idle / 60:.0f} minutes, so it had expired)" if seen.expired else ""
    mark = "~" if seen.broken else ""
    return f"Cache: {part}{why}. Expected to be read: {mark}{seen.expected:,}{late}; {got}."
