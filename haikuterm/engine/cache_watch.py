"""Keeps what the cache did for each request of a conversation, and says so when most of it was missed."""

from __future__ import annotations

from time import monotonic

from haikuterm.core.prefix import CacheLook, look, prefix_of
from haikuterm.core.request import Reply, Request
from haikuterm.engine.session import Session


def noted(session: Session, request: Request, reply: Reply) -> str:
    """Keep what the cache did for the request; a line for the user if most of it was missed for no reason they know."""
    now = CacheLook(
        prefix_of(request), reply.usage, monotonic(), diagnosed=reply.cache_miss, message_id=reply.message_id
    )
    before, session.cache = session.cache, look(session.cache, now)
    return missed(before, session.cache) if before else ""


def missed(before: CacheLook, now: CacheLook) -> str:
    """That less than half of what was in the cache was read from it, and why; "" where that was to be expected.

    It is after another model was chosen, after the conversation was shortened, and once the cache's time was over.
    """
    kept = before.usage.cache_read + before.usage.cache_write_5m + before.usage.cache_write_1h
    if now.usage.cache_read * 2 >= kept or now.expired or before.retold or before.prefix.model != now.prefix.model:
        return ""
    from haikuterm.engine.cache_report import REASONS  # a rare road

    why = f"{now.broken} is not what it was" if now.broken else "all that was in it was sent again as it was"
    said = f" The API says: {REASONS.get(now.diagnosed, now.diagnosed)}." if now.diagnosed else ""
    return f"The cache was missed: {now.usage.cache_read:,} of its {kept:,} tokens were read; {why}.{said}"
